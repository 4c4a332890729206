"""The addresses of the Stripe simulator: Stripe's API under /v1, the scripts under /admin, a page to look at."""

import hashlib
import json
from typing import Any

from flask import Flask, Response, g, jsonify, render_template, request

from emulators.stripe import asked, faults, lists
from emulators.stripe.ledger import Json, Ledger, new_id
from emulators.stripe.payments import Answer, Payments
from emulators.stripe.webhooks import Webhooks
from emulators.world.pages import HangUp, Refused, body, site
from emulators.world.script import DEFAULT, Script

_KINDS = {
    "payment_intents": "payment_intent",
    "charges": "charge",
    "refunds": "refund",
    "events": "event",
}
_LONGEST_KEY = 255
_UNAUTHORISED = 401
_SHOWN = 200


def stripe_site(ledger: Ledger, payments: Payments, webhooks: Webhooks, script: Script) -> Flask:
    """The application with all its addresses."""
    app = site("stripe")
    app.register_error_handler(faults.StripeError, _fault)
    app.before_request(_identified)
    app.after_request(_labelled)
    _serve_writes(app, payments)
    _serve_reads(app, ledger, payments)
    _serve_admin(app, webhooks, script)
    app.add_url_rule("/", "home", lambda: _home(ledger, script))
    return app


def _serve_writes(app: Flask, payments: Payments) -> None:
    @app.post("/v1/payment_intents")
    def pay() -> Response:
        form, key = _form(), _key()
        return _given(payments.once(key, _fingerprint(), lambda: payments.pay(asked.payment(form), key)))

    @app.post("/v1/refunds")
    def refund() -> Response:
        form, key = _form(), _key()
        return _given(payments.once(key, _fingerprint(), lambda: payments.refund(asked.refund(form), key)))


def _serve_reads(app: Flask, ledger: Ledger, payments: Payments) -> None:
    @app.get("/v1/payment_intents/search")
    def search() -> Response:
        payments.settle()
        return jsonify(lists.search(ledger, "payment_intent", _query(), "/v1/payment_intents/search"))

    @app.get("/v1/<any(payment_intents, charges, refunds, events):plural>")
    def listing(plural: str) -> Response:
        payments.settle()
        return jsonify(lists.listing(ledger, _KINDS[plural], _query(), f"/v1/{plural}"))

    @app.get("/v1/<any(payment_intents, charges, refunds, events):plural>/<name>")
    def one(plural: str, name: str) -> Response:
        payments.settle()
        found = ledger.get(_KINDS[plural], name)
        if found is None:
            param = "intent" if plural == "payment_intents" else "id"
            raise faults.missing(_KINDS[plural], name, param)
        return jsonify(found)

    @app.route("/v1/<path:rest>", methods=["GET", "POST", "DELETE"])
    def unknown(rest: str) -> Response:
        raise faults.invalid(f"Unrecognized request URL ({request.method}: /v1/{rest}).", status=404)


def _serve_admin(app: Flask, webhooks: Webhooks, script: Script) -> None:
    @app.post("/admin/webhook")
    def webhook() -> Response:
        sent = body()
        url, secret = sent.get("url"), sent.get("secret")
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise Refused("url must be an http address")
        if not isinstance(secret, str) or not secret:
            raise Refused("secret must be a text")
        webhooks.register(url, secret)
        return jsonify({"url": url})

    @app.post("/admin/behaviour")
    def behaviour() -> Response:
        sent = body()
        key, steps = _key_and_steps(sent)
        try:
            script.write(key, steps)
        except ValueError as error:
            raise Refused(str(error)) from error
        return jsonify(script.all())


def _key_and_steps(sent: Json) -> tuple[str, list[Any]]:
    steps = sent.get("behaviour", sent.get("default"))
    key = sent.get("payment_method", DEFAULT)
    if not isinstance(steps, list) or not isinstance(key, str) or not key:
        raise Refused('send {"payment_method": id, "behaviour": [step, ...]}, or "default": true for all the others')
    return key, steps


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


def _given(answer: Answer) -> Response:
    if answer.cut:
        return HangUp()
    response = jsonify(answer.body)
    response.status_code = answer.status
    if answer.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def _fault(error: faults.StripeError) -> tuple[Response, int]:
    return jsonify({"error": error.error}), error.status


def _home(ledger: Ledger, script: Script) -> str:
    payments, _ = ledger.page("payment_intent", [], _SHOWN)
    for payment in payments:
        charge = ledger.get("charge", payment["latest_charge"] or "") or {}
        payment["refunded"] = charge.get("amount_refunded", 0)
        payment["payment_method"] = charge.get("payment_method", payment["payment_method"])
    return render_template(
        "stripe.html",
        payments=payments,
        total=ledger.rows.count("SELECT count(*) FROM objects WHERE kind = 'payment_intent'"),
        endpoints=[row["url"] for row in ledger.rows.read("SELECT url FROM endpoints")],
        deliveries=ledger.rows.read(f"SELECT * FROM deliveries ORDER BY id DESC LIMIT {_SHOWN}"),
        script=script.all(),
    )
