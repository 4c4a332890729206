"""The addresses of the GoCardless simulator: its API, the page a member agrees on, scripts under /admin."""

import hmac
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as Answered

from emulators.gocardless import asked, faults
from emulators.gocardless.behaviours import BEHAVIOURS
from emulators.gocardless.books import books
from emulators.gocardless.flows import Flows
from emulators.gocardless.ledger import Json, Ledger
from emulators.gocardless.payments import Payments
from emulators.gocardless.payouts import shown
from emulators.gocardless.webhooks import Webhooks
from emulators.world.pages import HangUp, Refused, body, site
from emulators.world.script import DEFAULT, Script, Step

VERSION = "2015-07-06"
_LONGEST_KEY = 128
_SHOWN = 200
_KINDS = "payments, refunds, mandates, payouts, events, billing_requests, customer_bank_accounts"


class Desk:
    """What all addresses work with."""

    def __init__(self, ledger: Ledger, payments: Payments, flows: Flows, webhooks: Webhooks, script: Script) -> None:
        self.ledger = ledger
        self.payments = payments
        self.flows = flows
        self.webhooks = webhooks
        self.script = script

    def made(self, name: str, make: Callable[[Json], Json]) -> Response:
        """The answer to a request for a new thing: once for an idempotency key, then a conflict that names it."""
        given = asked.envelope(request.get_json(force=True, silent=True), name)
        key = request.headers.get("Idempotency-Key", "")
        if len(key) > _LONGEST_KEY:
            raise faults.misused(faults.MALFORMED, "idempotency_key_too_long", "The key has 128 characters at most")
        with self.ledger.rows.transaction():
            self.payments.settle()
            if key and (before := self.ledger.made_by(key)):
                raise faults.made_before(before)
            thing = make(given)
            if key:
                self.ledger.note_key(key, thing["id"])
        answer = jsonify({name: thing})
        answer.status_code = 201
        return answer


def gocardless_site(desk: Desk) -> Flask:
    """The application with all its addresses."""
    app = site("gocardless")
    app.register_error_handler(faults.GoCardlessError, _fault)
    _serve_writes(app, desk)
    _serve_reads(app, desk)
    _serve_pages(app, desk)
    _serve_admin(app, desk)
    _serve_fates(app, desk)
    app.add_url_rule("/admin/books", "books", lambda: _books(desk))
    app.add_url_rule("/", "home", lambda: _home(desk))
    return app


def _serve_writes(app: Flask, desk: Desk) -> None:
    @app.post("/payments")
    def pay() -> Response:
        _must_be_let_in()
        given = asked.payment(asked.envelope(request.get_json(force=True, silent=True), "payments"))
        key = request.headers.get("Idempotency-Key", "")
        known = desk.ledger.made_by(key) if key else ""
        step = None if known else desk.payments.step_of(given["mandate"])
        return _as_scripted(step, lambda: desk.made("payments", lambda _: desk.payments.pay(given, step or _PLAIN)))

    @app.post("/refunds")
    def refund() -> Response:
        _must_be_let_in()
        return desk.made("refunds", desk.payments.refund)

    @app.post("/billing_requests")
    def billing_request() -> Response:
        _must_be_let_in()
        return desk.made("billing_requests", desk.flows.ask)

    @app.post("/billing_request_flows")
    def flow() -> Response:
        _must_be_let_in()
        base = request.url_root.rstrip("/")
        return desk.made("billing_request_flows", lambda given: desk.flows.open(given, base))

    @app.post("/billing_requests/<name>/actions/cancel")
    def cancel(name: str) -> Response:
        _must_be_let_in()
        return jsonify({"billing_requests": desk.flows.cancel(name)})


_PLAIN = Step({"succeed": ""})


def _as_scripted(step: Step | None, make: Callable[[], Response]) -> Response:
    """The answer as a script wants it: lost before or after the work, or an error that says nothing."""
    if step is None:
        return make()
    if "timeout_before" in step:
        return HangUp()
    if "error" in step:
        return _broken()
    answer = make()
    if "timeout" in step:
        return HangUp()
    return _broken() if "error_after" in step else answer


def _serve_reads(app: Flask, desk: Desk) -> None:
    @app.get(f"/<any({_KINDS}):kind>")
    def listing(kind: str) -> Response:
        _must_be_let_in()
        desk.payments.settle()
        found, meta = asked.page(desk.ledger, kind, request.args.to_dict())
        return jsonify({kind: found, "meta": meta})

    @app.get("/payout_items")
    def items() -> Response:
        _must_be_let_in()
        desk.payments.settle()
        if desk.ledger.get("payouts", request.args.get("payout", "")) is None:
            raise faults.misused(faults.MISSING, "resource_not_found", "There is no such payout")
        found, meta = asked.page(desk.ledger, "payout_items", request.args.to_dict())
        return jsonify({"payout_items": [shown(item) for item in found], "meta": meta})

    @app.get(f"/<any({_KINDS}):kind>/<name>")
    def one(kind: str, name: str) -> Response:
        _must_be_let_in()
        desk.payments.settle()
        found = desk.payments.mandate(name) if kind == "mandates" else desk.ledger.get(kind, name)
        if found is None:
            raise faults.missing()
        return jsonify({kind: found})


def _serve_pages(app: Flask, desk: Desk) -> None:
    @app.get("/flow/<name>")
    def flow_page(name: str) -> Response:
        return _page(desk, name)

    @app.post("/flow/<name>")
    def flow_answered(name: str) -> Response | Answered:
        page, _ = desk.flows.shown(name)
        done = request.form.get("done", "")
        if done == "leave":
            return _gone(page["exit_uri"] or "")
        try:
            holder, iban = request.form.get("holder", ""), request.form.get("iban", "")
            return _gone(desk.flows.fulfil(name, holder, iban, declined=done == "decline"))
        except ValueError as error:
            return _page(desk, name, str(error), 400)


def _page(desk: Desk, name: str, fault: str = "", status: int = 200) -> Response:
    page, wanted = desk.flows.shown(name)
    answer = Response(render_template("gocardless_flow.html", flow=page, wanted=wanted, fault=fault), status)
    aims = {_origin(page[uri]) for uri in ("redirect_uri", "exit_uri") if page[uri]}
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; form-action 'self' {' '.join(sorted(aims))}".strip()
    )
    return answer


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _gone(url: str) -> Answered:
    return redirect(url, 303) if url else Response("Thank you. You can close this page.", 200)


def _serve_admin(app: Flask, desk: Desk) -> None:
    @app.post("/admin/webhook")
    def webhook() -> Response:
        sent = body()
        url, secret = sent.get("url"), sent.get("secret")
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise Refused("url must be an http address")
        if not isinstance(secret, str) or not secret:
            raise Refused("secret must be a text")
        desk.webhooks.register(url, secret)
        return jsonify({"url": url})

    @app.post("/admin/behaviour")
    def behaviour() -> Response:
        sent = body()
        key, steps = sent.get("mandate", DEFAULT), sent.get("behaviour", sent.get("default"))
        if not isinstance(steps, list) or not isinstance(key, str) or not key:
            raise Refused('send {"mandate": id, "behaviour": [step, ...]}, or {"default": [step, ...]} for all others')
        try:
            desk.script.write(key, steps)
        except ValueError as error:
            raise Refused(f"{error}; there are: {', '.join(sorted(BEHAVIOURS))}") from error
        return jsonify(desk.script.all())


def _serve_fates(app: Flask, desk: Desk) -> None:
    @app.post("/admin/payments/<name>/charge_back")
    def charge_back(name: str) -> Response:
        return jsonify(desk.payments.charge_back(name, str(body().get("cause") or "refund_requested")))

    @app.post("/admin/payments/<name>/cancel_charge_back")
    def cancel_charge_back(name: str) -> Response:
        return jsonify(desk.payments.cancel_charge_back(name))

    @app.post("/admin/refunds/<name>/return")
    def return_refund(name: str) -> Response:
        return jsonify(desk.payments.return_refund(name))

    @app.post("/admin/mandates/<name>/<any(cancelled, failed, expired):action>")
    def end_mandate(name: str, action: str) -> Response:
        return jsonify(desk.payments.end_mandate(name, action, str(body().get("cause") or "mandate_cancelled")))


def _must_be_let_in() -> None:
    given = request.authorization
    token = given.token if given and given.type == "bearer" else None
    if not token or not hmac.compare_digest(token[:7].encode(), b"sandbox"):
        raise faults.misused(faults.UNAUTHORISED, "access_token_not_found", "No such access token")
    if request.headers.get("GoCardless-Version") != VERSION:
        raise faults.misused(faults.MALFORMED, "missing_version_header", f"Send GoCardless-Version: {VERSION}")


def _broken() -> Response:
    answer = jsonify({"error": {"type": "gocardless", "code": 500, "message": "Internal server error", "errors": []}})
    answer.status_code = 500
    return answer


def _fault(error: faults.GoCardlessError) -> tuple[Response, int]:
    return jsonify({"error": error.error}), error.status


def _books(desk: Desk) -> Response:
    desk.payments.settle()
    return jsonify(books(desk.ledger))


def _home(desk: Desk) -> str:
    desk.payments.settle()
    latest: dict[str, list[dict[str, Any]]] = {
        kind: desk.ledger.each(kind, limit=_SHOWN) for kind in ("payments", "payouts", "events")
    }
    return render_template(
        "gocardless.html",
        **latest,
        endpoints=[row["url"] for row in desk.ledger.rows.read("SELECT url FROM endpoints")],
        deliveries=desk.ledger.rows.read(f"SELECT * FROM deliveries ORDER BY id DESC LIMIT {_SHOWN}"),
        script=desk.script.all(),
    )
