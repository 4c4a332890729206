"""Who is signed in: staff by Identity-Aware Proxy's header, and on one machine by a cookie that stands for it."""

import json
from typing import Final
from urllib.parse import quote

from flask import Blueprint, Response, g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as Answer

from common.access import staff
from common.failures import Rejected
from common.process import runtime
from functions.console.forms import must_be_ours, safe_next
from functions.console.providers import Person, Refused, identity_assertion

HEADER: Final = "X-Goog-IAP-JWT-Assertion"
COOKIE: Final = "billing_iap"
OPEN: Final = frozenset({"static", "sign_in.show", "sign_in.enter", "sign_in.leave"})
"""Pages nobody has to be signed in for."""

sign_in = Blueprint("sign_in", __name__)


def is_local() -> bool:
    """Whether this is one machine, where the console stands in for the proxy."""
    return runtime().settings.mode == "local"


def let_in() -> Answer | None:
    """Before every page: finds who asks, or answers in the page's place."""
    if request.endpoint in OPEN:
        return None
    try:
        g.person = _person()
    except Rejected:
        if is_local() and request.method == "GET":
            return redirect(f"/console/sign-in?next={quote(request.full_path.rstrip('?'))}")
        raise Refused(401, "Sign in", "You are not signed in, or not any more.", "unauthenticated") from None
    if not g.person.caller.scopes:
        raise Refused(403, "No role", f"{g.person.email} has no role in billing.", "no_role")
    if request.method == "POST":
        must_be_ours()
    return None


def _person() -> Person:
    assertion = request.headers.get(HEADER, "")
    if is_local() and not assertion:
        assertion = request.cookies.get(COOKIE, "")
    if not assertion:
        raise Rejected("unauthenticated", status=401)
    return Person(staff(assertion, runtime().settings), assertion)


@sign_in.get("/sign-in")
def show() -> str:
    """Offers the people of this machine."""
    return render_template("sign_in.html", people=_people(), wanted=safe_next(request.args.get("next", "")))


@sign_in.post("/sign-in")
def enter() -> Answer:
    """Signs one of them in."""
    people = _people()
    must_be_ours()
    email = request.form.get("email", "")
    if email not in people:
        raise Refused(403, "Unknown person", "Choose one of the people offered.", "unknown_person")
    settings = runtime().settings
    answer = redirect(safe_next(request.form.get("next", "")), 303)
    token = identity_assertion(settings.issuer_url, email, settings.iap_audience)
    answer.set_cookie(COOKIE, token, httponly=True, samesite="Lax", path="/console")
    return answer


@sign_in.post("/sign-out")
def leave() -> Answer:
    """Forgets who was signed in on this machine."""
    _people()
    try:
        g.person = _person()
    except Rejected:
        return redirect("/console/sign-in", 303)
    must_be_ours()
    answer: Response = make_response(redirect("/console/sign-in", 303))
    answer.delete_cookie(COOKIE, path="/console", httponly=True, samesite="Lax")
    return answer


def _people() -> dict[str, list[str]]:
    if not is_local():
        raise Refused(404, "Not found", "There is nothing here.", "not_found")
    found: dict[str, list[str]] = json.loads(runtime().settings.staff)
    return found
