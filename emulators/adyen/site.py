"""The addresses of the Adyen simulator: its APIs, its reports, a shopper's page, scripts and a page to look at."""

import hashlib
from typing import Any

from flask import Flask, Response, jsonify, render_template, request

from emulators.adyen.batches import Batches
from emulators.adyen.books import books
from emulators.adyen.faults import AdyenError, missing
from emulators.adyen.links import METHODS, Links, shown
from emulators.adyen.payments import Answer, Payments
from emulators.world.hooks import Hooks
from emulators.world.kept import Kept
from emulators.world.pages import HangUp, Refused, body, site
from emulators.world.script import Script
from emulators.world.scripted import serve_script

Json = dict[str, Any]
_LONGEST_KEY = 64
_SHOWN = 200
_API = "/checkout/v71"
_DISPUTES = "/ca/services/DisputeService/v30/acceptDispute"


def adyen_site(kept: Kept, payments: Payments, batches: Batches, hooks: Hooks, script: Script, merchant: str) -> Flask:
    """The application with all its addresses."""
    app = site("adyen")
    links = Links(kept, payments, payments.clock)
    app.register_error_handler(AdyenError, lambda error: (jsonify(error.body), error.status))
    app.before_request(_identified)
    _serve_payments(app, payments, links, merchant)
    _serve_area(app, payments, batches, merchant)
    _serve_page(app, links)
    _serve_admin(app, payments, hooks)
    serve_script(app, script)
    app.add_url_rule("/admin/books", "books", lambda: _books(kept, payments))
    app.add_url_rule("/", "home", lambda: _home(kept, hooks, script))
    return app


def _serve_payments(app: Flask, payments: Payments, links: Links, merchant: str) -> None:
    @app.post(f"{_API}/payments")
    def pay() -> Response:
        asked = _asked(merchant, "reference", "amount", "paymentMethod", "returnUrl")
        if not asked["paymentMethod"].get("storedPaymentMethodId") or asked.get("shopperInteraction") != "ContAuth":
            raise AdyenError(422, "14_006", "The simulator serves only stored methods, without the shopper.")
        if asked["amount"]["value"] <= 0:
            raise AdyenError(422, "100", "No amount specified")
        return _given(payments.once(_key(), _fingerprint(), lambda: payments.pay(asked)))

    @app.post(f"{_API}/payments/<psp>/refunds")
    def refund(psp: str) -> Response:
        asked = _asked(merchant, "amount")
        return _given(payments.once(_key(), _fingerprint(), lambda: payments.refund(psp, asked)))

    @app.post(f"{_API}/paymentLinks")
    def make_link() -> Response:
        asked = _asked(merchant, "reference", "amount")
        if asked.get("storePaymentMethodMode") in {"enabled", "askForConsent"} and not asked.get("shopperReference"):
            raise missing("shopperReference")
        address = f"{request.host_url.rstrip('/')}{request.script_root}/pay"
        return _given(payments.once(_key(), _fingerprint(), lambda: links.make(asked, address)))

    @app.get(f"{_API}/paymentLinks/<name>")
    def show_link(name: str) -> Response:
        return jsonify(shown(links.get(name)))

    @app.patch(f"{_API}/paymentLinks/<name>")
    def close_link(name: str) -> Response:
        return jsonify(shown(links.close(name, request.get_json(silent=True) or {})))

    @app.get(f"{_API}/storedPaymentMethods")
    def stored() -> Response:
        shopper = request.args.get("shopperReference", "")
        found = {"merchantAccount": merchant, "shopperReference": shopper}
        return jsonify({**found, "storedPaymentMethods": links.stored(shopper)})


def _serve_area(app: Flask, payments: Payments, batches: Batches, merchant: str) -> None:
    @app.post(_DISPUTES)
    def accept() -> Response:
        sent = body()
        return _given(payments.accept(str(sent.get("disputePspReference"))))

    @app.get(f"/reports/download/MerchantAccount/{merchant}/<name>")
    def report(name: str) -> Response:
        payments.settle()
        text = batches.report(name)
        if text is None:
            return Response("Not found", 404, content_type="text/plain")
        return Response(text, content_type="text/csv; charset=utf-8")


def _serve_page(app: Flask, links: Links) -> None:
    @app.get("/pay/<name>")
    def page(name: str) -> str:
        return _page(links, links.get(name), "")

    @app.post("/pay/<name>")
    def act(name: str) -> str:
        outcome, method = request.form.get("outcome", ""), request.form.get("method", "")
        link = links.visit(name, outcome, method)
        said = "The payment was refused." if outcome == "is_declined" and link["status"] == "active" else ""
        return _page(links, link, said)


def _page(links: Links, link: Json, said: str) -> str:
    return render_template("adyen_link.html", link=link, methods=links.methods(link), names=METHODS, said=said)


def _serve_admin(app: Flask, payments: Payments, hooks: Hooks) -> None:
    @app.post("/admin/webhook")
    def webhook() -> Response:
        sent = body()
        url, key = sent.get("url"), sent.get("key")
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise Refused("url must be an http address")
        try:
            bytes.fromhex(str(key))
        except ValueError as error:
            raise Refused("key must be hexadecimal") from error
        hooks.register(url, str(key))
        return jsonify({"url": url})

    @app.post("/admin/disputes")
    def dispute() -> Response:
        return jsonify({"pspReference": payments.dispute(str(body().get("payment")))})

    @app.post("/admin/disputes/<name>")
    def decide(name: str) -> Response:
        verdict = body().get("verdict")
        if verdict not in {"won", "lost"}:
            raise Refused("verdict is won or lost")
        payments.decide(name, verdict)
        return jsonify({"verdict": verdict})

    @app.post("/admin/refunds/<name>/fail")
    def fail_refund(name: str) -> Response:
        payments.fail_refund(name)
        return jsonify({"failed": name})

    @app.get("/admin/payments/<reference>")
    def of_reference(reference: str) -> Response:
        return jsonify(payments.of(reference))


def _identified() -> None:
    """The simulator's own pages ask for nothing."""
    if request.path.startswith((_API, "/ca/", "/reports/")) and not request.headers.get("X-API-Key"):
        raise AdyenError(401, "000", "HTTP Status Response - Unauthorized", "security")


def _asked(merchant: str, *fields: str) -> Json:
    sent = request.get_json(force=True, silent=True)
    if not isinstance(sent, dict):
        raise AdyenError(400, "702", "Invalid JSON")
    for field in ("merchantAccount", *fields):
        if not sent.get(field):
            raise missing(field)
    if sent["merchantAccount"] != merchant:
        raise AdyenError(403, "901", "Invalid Merchant Account", "security")
    amount = sent.get("amount")
    if not isinstance(amount, dict) or type(amount.get("value")) is not int or not amount.get("currency"):
        raise AdyenError(422, "137", "Invalid amount specified")
    return sent


def _key() -> str:
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > _LONGEST_KEY:
        raise AdyenError(422, "702", "Idempotency key too long")
    return key


def _fingerprint() -> str:
    return hashlib.sha256(request.path.encode() + request.get_data()).hexdigest()


def _given(answer: Answer) -> Response:
    if answer.cut:
        return HangUp()
    response = jsonify(answer.body)
    response.status_code = answer.status
    if key := request.headers.get("Idempotency-Key"):
        response.headers["Idempotency-Key"] = key
    return response


def _books(kept: Kept, payments: Payments) -> Response:
    payments.settle()
    return jsonify(books(kept))


def _home(kept: Kept, hooks: Hooks, script: Script) -> str:
    return render_template(
        "adyen.html",
        payments=kept.page("payment", _SHOWN),
        total=kept.count("payment"),
        links=kept.page("link", _SHOWN),
        reports=kept.page("report", _SHOWN),
        endpoints=[url for url, _ in hooks.endpoints()],
        deliveries=hooks.latest(_SHOWN),
        script=script.all(),
    )
