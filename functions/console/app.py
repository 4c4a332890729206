"""The console as one WSGI application: pages, what protects them, and how a refusal looks."""

from typing import Any, Final

import jinja2
from flask import Flask, Response, g, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter

from common.process import runtime
from functions.console import shown, telling
from functions.console.forms import form_key, form_token, keep_seed, typed
from functions.console.pages import PAGES
from functions.console.pages.asking import DONE
from functions.console.providers import TITLES, Person, Refused
from functions.console.sign_in import COOKIE, is_local, let_in, sign_in

POLICY: Final = (
    "default-src 'self'; script-src 'none'; object-src 'self'; frame-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
MENU: Final = (
    ("/console/", "Search", "members:read"),
    ("/console/runs", "Billing runs", "invoices:read"),
    ("/console/receipts", "Unmatched money", "items:read"),
    ("/console/refunds", "Refunds", "payments:read"),
    ("/console/disputes", "Disputes", "payments:read"),
    ("/console/payouts", "Payouts", "payments:read"),
    ("/console/debit-batches", "Direct debits", "payments:read"),
    ("/console/statements", "Bank statements", "payments:read"),
    ("/console/finance", "Finance", "reports:read"),
    ("/console/journals", "Journals", "journals:read"),
    ("/console/periods", "Periods", "journals:read"),
    ("/console/parked", "Parked messages", "parked:read"),
)


class Id(BaseConverter):
    """An id in a path: no slashes, no dots alone, nothing that means something to a server."""

    regex = r"[A-Za-z0-9][A-Za-z0-9_:@.~-]{0,199}"


def _application() -> Flask:
    made = Flask(__name__, static_url_path="/console/static")
    made.jinja_options = {"finalize": shown.harmless}
    made.url_map.converters["id"] = Id
    made.jinja_env.undefined = jinja2.StrictUndefined
    made.jinja_env.filters.update(shown.FILTERS, booked=telling.booked)
    made.jinja_env.globals.update(form_key=form_key, form_token=form_token, may=_may, can=_can, typed=typed)
    made.before_request(let_in)
    made.after_request(_protected)
    made.context_processor(_around)
    made.register_blueprint(sign_in, url_prefix="/console")
    made.register_blueprint(PAGES, url_prefix="/console")
    made.register_error_handler(Refused, refused)
    made.register_error_handler(HTTPException, _http_fault)
    return made


def _may(scope: str) -> bool:
    return "person" in g and g.person.may(scope)


def _can(thing: dict[str, Any], verb: str, scope: str) -> bool:
    """A button appears exactly when the API lists its verb and the person has its scope."""
    return verb in thing.get("allowed", []) and _may(scope)


def _around() -> dict[str, Any]:
    person: Person | None = g.get("person")
    menu = [(path, name) for path, name, scope in MENU if _may(scope)]
    return {
        "person": person,
        "menu": menu,
        "here": request.path,
        "leaves": is_local() and COOKIE in request.cookies,
        "refusal": g.get("refusal"),
        "today": runtime().clock.now().date().isoformat(),
        "done": DONE.get(request.args.get("done", ""), ""),
    }


def _protected(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint == "static":
        response.headers["Cache-Control"] = "private, max-age=300"
    keep_seed(response, secure=runtime().settings.mode == "cloud")
    return response


def refused(refusal: Refused) -> tuple[str, int]:
    """A page that says what the API said, in words."""
    g.refusal = refusal
    return render_template("refused.html"), refusal.status


def _http_fault(fault: HTTPException) -> tuple[str, int] | HTTPException:
    code = fault.code or 500
    if code < 400:  # noqa: PLR2004 - a redirect is no fault
        return fault
    title = TITLES.get(code, fault.name)
    return refused(Refused(code, title, fault.description or "", fault.name.lower().replace(" ", "_")))


app: Final = _application()
