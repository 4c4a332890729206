"""The addresses of the Stripe simulator: its API under /v1, pages to pay on, scripts under /admin, one to look at."""

import hashlib
import json
from collections.abc import Callable

from flask import Flask, Response, g, jsonify, render_template, request

from emulators.stripe import asked, faults, lists, methods
from emulators.stripe.admin import serve_admin
from emulators.stripe.answers import Answer
from emulators.stripe.expanding import expanded
from emulators.stripe.hosted import page_address, serve_hosted
from emulators.stripe.ledger import Json, Ledger, new_id
from emulators.stripe.works import Works
from emulators.world.clock import epoch
from emulators.world.pages import HangUp, site

_KINDS = {
    "payment_intents": "payment_intent",
    "charges": "charge",
    "refunds": "refund",
    "events": "event",
    "customers": "customer",
    "setup_intents": "setup_intent",
    "payment_methods": "payment_method",
    "mandates": "mandate",
    "disputes": "dispute",
    "payouts": "payout",
    "balance_transactions": "balance_transaction",
}
_PLURALS = ", ".join(_KINDS)
_SESSIONS = "checkout.session"
_LONGEST_KEY = 255
_UNAUTHORISED = 401
_SHOWN = 200


def stripe_site(works: Works) -> Flask:
    """The application with all its addresses."""
    app = site("stripe")
    app.register_error_handler(faults.StripeError, _fault)
    app.before_request(_identified)
    app.before_request(works.agenda.settle)
    app.after_request(_labelled)
    _serve_writes(app, works)
    _serve_checkout(app, works)
    _serve_disputes(app, works)
    _serve_reads(app, works.ledger)
    serve_hosted(app, works.checkout)
    serve_admin(app, works)
    app.add_url_rule("/", "home", lambda: _home(works))
    return app


def _serve_writes(app: Flask, works: Works) -> None:
    @app.post("/v1/payment_intents")
    def pay() -> Response:
        form, key = _form(), _key()
        return _once(works, lambda: works.payments.pay(asked.payment(form), key))

    @app.post("/v1/refunds")
    def refund() -> Response:
        form, key = _form(), _key()
        return _once(works, lambda: works.refunds.refund(asked.refund(form), key))

    @app.post("/v1/customers")
    def customer() -> Response:
        form = _form()
        asked.known(form, frozenset({"email", "name", "metadata", "description", "expand"}))
        told = (form.get("email"), form.get("name"), asked.labels(form))
        return _once(works, lambda: Answer(200, methods.customer(works.ledger, *told, epoch(works.clock))))


def _serve_checkout(app: Flask, works: Works) -> None:
    @app.post("/v1/checkout/sessions")
    def create() -> Response:
        form, address = _form(), page_address()
        return _once(works, lambda: works.checkout.create(form, address))

    @app.get("/v1/checkout/sessions")
    def sessions() -> Response:
        return _shown(works.ledger, lists.listing(works.ledger, _SESSIONS, _query(), "/v1/checkout/sessions"))

    @app.get("/v1/checkout/sessions/<name>")
    def session(name: str) -> Response:
        return _shown(works.ledger, works.checkout.session(name))

    @app.post("/v1/checkout/sessions/<name>/expire")
    def expire(name: str) -> Response:
        return _once(works, lambda: works.checkout.expire(name))


def _serve_disputes(app: Flask, works: Works) -> None:
    @app.post("/v1/disputes/<name>")
    def update(name: str) -> Response:
        form, key = _form(), _key()
        return _once(works, lambda: works.disputes.update(name, form, key))

    @app.post("/v1/disputes/<name>/close")
    def close(name: str) -> Response:
        return _once(works, lambda: works.disputes.close(name))


def _serve_reads(app: Flask, ledger: Ledger) -> None:
    @app.get("/v1/payment_intents/search")
    def search() -> Response:
        return _shown(ledger, lists.search(ledger, "payment_intent", _query(), "/v1/payment_intents/search"))

    @app.get(f"/v1/<any({_PLURALS}):plural>")
    def listing(plural: str) -> Response:
        return _shown(ledger, lists.listing(ledger, _KINDS[plural], _query(), f"/v1/{plural}"))

    @app.get(f"/v1/<any({_PLURALS}):plural>/<name>")
    def one(plural: str, name: str) -> Response:
        found = ledger.get(_KINDS[plural], name)
        if found is None:
            param = "intent" if plural == "payment_intents" else "id"
            raise faults.missing(_KINDS[plural], name, param)
        return _shown(ledger, found)

    @app.route("/v1/<path:rest>", methods=["GET", "POST", "DELETE"])
    def unknown(rest: str) -> Response:
        raise faults.invalid(f"Unrecognized request URL ({request.method}: /v1/{rest}).", status=404)


def _identified() -> None:
    g.request_id = new_id("req")
    if not request.path.startswith("/v1/"):
        return
    given = request.authorization
    key = (given.token if given.type == "bearer" else given.username) if given else None
    if not key:
        raise faults.invalid(
            "You did not provide an API key. You need to provide your API key in the Authorization header, "
            "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            status=_UNAUTHORISED,
        )
    if not key.startswith(("sk_test_", "rk_test_")):
        raise faults.invalid(f"Invalid API Key provided: {key[:8]}****", status=_UNAUTHORISED)


def _labelled(response: Response) -> Response:
    response.headers["Request-Id"] = g.get("request_id", "")
    if key := request.headers.get("Idempotency-Key"):
        response.headers["Idempotency-Key"] = key
    return response


def _form() -> Json:
    return asked.nested(request.form.items(multi=True))


def _query() -> Json:
    return asked.nested(request.args.items(multi=True))


def _key() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key and len(key) > _LONGEST_KEY:
        raise faults.StripeError(
            400, "idempotency_error", f"Idempotency keys can be at most {_LONGEST_KEY} characters long."
        )
    return key


def _fingerprint() -> str:
    whole = json.dumps([request.path, sorted(request.form.items(multi=True))])
    return hashlib.sha256(whole.encode()).hexdigest()


def _once(works: Works, work: Callable[[], Answer]) -> Response:
    answer = works.answers.once(_key(), _fingerprint(), work)
    if answer.cut:
        return HangUp()
    response = jsonify(answer.body)
    response.status_code = answer.status
    if answer.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return _patient(response, answer.retry_after)


def _shown(ledger: Ledger, found: Json) -> Response:
    wanted = _query().get("expand") or []
    return jsonify(expanded(ledger, found, [str(path) for path in wanted]))


def _fault(error: faults.StripeError) -> Response:
    response = jsonify({"error": error.error})
    response.status_code = error.status
    return _patient(response, error.retry_after)


def _patient(response: Response, seconds: int) -> Response:
    if seconds:
        response.headers["Retry-After"] = str(seconds)
    return response


def _home(works: Works) -> str:
    ledger = works.ledger
    payments, _ = ledger.page("payment_intent", [], _SHOWN)
    for payment in payments:
        charge = ledger.get("charge", payment["latest_charge"] or "") or {}
        payment["refunded"] = charge.get("amount_refunded", 0)
        payment["payment_method"] = charge.get("payment_method", payment["payment_method"])
    return render_template(
        "stripe.html",
        payments=payments,
        total=ledger.rows.count("SELECT count(*) FROM objects WHERE kind = 'payment_intent'"),
        sessions=ledger.page(_SESSIONS, [], _SHOWN)[0],
        refunds=ledger.page("refund", [], _SHOWN)[0],
        disputes=ledger.page("dispute", [], _SHOWN)[0],
        payouts=ledger.page("payout", [], _SHOWN)[0],
        endpoints=[row["url"] for row in ledger.rows.read("SELECT url FROM endpoints")],
        deliveries=ledger.rows.read(f"SELECT * FROM deliveries ORDER BY id DESC LIMIT {_SHOWN}"),
        script=works.script.all(),
    )
