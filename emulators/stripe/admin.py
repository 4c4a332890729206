"""The strings behind the Stripe simulator: behaviours, disputes and their outcome, refunds and payouts that fail."""

from typing import Any

from flask import Flask, Response, jsonify

from emulators.stripe.behaviours import read
from emulators.stripe.books import books
from emulators.stripe.disputes import STATUSES
from emulators.stripe.ledger import Json
from emulators.stripe.works import Works
from emulators.world.pages import Refused, body
from emulators.world.script import DEFAULT


def serve_admin(app: Flask, works: Works) -> None:
    """Adds the addresses under /admin."""
    _serve_script(app, works)
    _serve_money(app, works)

    app.add_url_rule("/admin/books", "books", lambda: jsonify(books(works.ledger)))

    @app.post("/admin/mandates/<name>")
    def mandate(name: str) -> Response:
        found = works.ledger.get("mandate", name)
        if found is None:
            raise Refused(f"there is no mandate {name}")
        return jsonify(works.end_mandate(found, _text(body(), "status", "inactive")))

    @app.post("/admin/checkout/<name>")
    def visit(name: str) -> Response:
        sent = body()
        said = works.checkout.choose(name, _text(sent, "method", "visa"))
        if said == "authenticate":
            said = works.checkout.authenticate(name, passed=sent.get("confirm", True) is True)
        return jsonify({"said": said, "session": works.checkout.session(name)})


def _serve_script(app: Flask, works: Works) -> None:
    @app.post("/admin/webhook")
    def webhook() -> Response:
        sent = body()
        url, secret = sent.get("url"), sent.get("secret")
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise Refused("url must be an http address")
        if not isinstance(secret, str) or not secret:
            raise Refused("secret must be a text")
        works.webhooks.register(url, secret)
        return jsonify({"url": url})

    @app.post("/admin/behaviour")
    def behaviour() -> Response:
        key, steps = _key_and_steps(body())
        try:
            works.script.write(key, steps)
        except ValueError as error:
            raise Refused(str(error)) from error
        return jsonify(works.script.all())


def _serve_money(app: Flask, works: Works) -> None:
    @app.post("/admin/disputes")
    def dispute() -> Response:
        sent = body()
        status, amount = _text(sent, "status", ""), sent.get("amount", 0)
        if status and status not in STATUSES:
            raise Refused(f"there are these states of a dispute: {', '.join(sorted(STATUSES))}")
        if type(amount) is not int or amount < 0:
            raise Refused("amount must be a whole number")
        opened = works.disputes.open(_text(sent, "payment_intent"), _text(sent, "reason", ""), status, amount)
        return jsonify(opened)

    @app.post("/admin/disputes/<name>")
    def decide(name: str) -> Response:
        status = _text(body(), "status")
        if status not in STATUSES:
            raise Refused(f"there are these states of a dispute: {', '.join(sorted(STATUSES))}")
        return jsonify(works.disputes.decide(name, status))

    @app.post("/admin/refunds/<name>/fail")
    def fail_refund(name: str) -> Response:
        return jsonify(works.refunds.fail(name, _text(body(), "reason", "lost_or_stolen_card")))

    @app.post("/admin/payouts/<name>/fail")
    def fail_payout(name: str) -> Response:
        if works.ledger.get("payout", name) is None:
            raise Refused(f"there is no payout {name}")
        if works.ledger.got("payout", name)["status"] == "failed":
            raise Refused(f"the payout {name} has failed already")
        return jsonify(works.balance.decide(name, read(f"refuse:{_text(body(), 'code', 'account_closed')}")))


def _key_and_steps(sent: Json) -> tuple[str, list[Any]]:
    steps = sent.get("behaviour", sent.get("default"))
    key = sent.get("payment_method", DEFAULT)
    if not isinstance(steps, list) or not isinstance(key, str) or not key:
        raise Refused('send {"payment_method": id, "behaviour": [step, ...]}, or "default": true for all the others')
    return key, steps


def _text(sent: Json, name: str, otherwise: str | None = None) -> str:
    value = sent.get(name, otherwise)
    if not isinstance(value, str):
        raise Refused(f"{name} must be a text")
    return value
