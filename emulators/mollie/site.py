"""The addresses of the Mollie simulator: its API under /v2, a payer's page, scripts and a page to look at."""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, jsonify, render_template, request

from emulators.mollie import shapes
from emulators.mollie.books import books
from emulators.mollie.faults import MollieError, invalid, missing
from emulators.mollie.payments import Answer, Payments
from emulators.world.hooks import Hooks
from emulators.world.kept import Kept
from emulators.world.pages import HangUp, Refused, body, site
from emulators.world.script import Script
from emulators.world.scripted import serve_script

Json = dict[str, Any]
METHODS = {"creditcard": "Card", "ideal": "iDEAL", "bancontact": "Bancontact", "paypal": "PayPal"}
_MOST = 250
_SHOWN = 200


def mollie_site(kept: Kept, payments: Payments, hooks: Hooks, script: Script) -> Flask:
    """The application with all its addresses."""
    app = site("mollie")
    app.register_error_handler(MollieError, lambda error: (jsonify(error.body), error.status))
    app.before_request(_identified)
    _serve_writes(app, payments)
    _serve_customers(app, payments)
    _serve_reads(app, payments)
    _serve_settlements(app, payments)
    _serve_page(app, payments)
    _serve_admin(app, payments, hooks)
    serve_script(app, script)
    app.add_url_rule("/admin/books", "books", lambda: _books(kept, payments))
    app.add_url_rule("/", "home", lambda: _home(kept, hooks, script))
    return app


def _serve_writes(app: Flask, payments: Payments) -> None:
    @app.post("/v2/payments")
    def pay() -> Response:
        asked = _asked()
        return _given(payments.once(_key(), _fingerprint(), lambda: payments.make(asked, _root())))

    @app.delete("/v2/payments/<name>")
    def cancel(name: str) -> Response:
        return jsonify(shapes.payment(payments.cancel(name), _root()))

    @app.post("/v2/payments/<name>/refunds")
    def refund(name: str) -> Response:
        asked = _asked()
        return _given(payments.once(_key(), _fingerprint(), lambda: payments.refund(name, asked)))


def _serve_customers(app: Flask, payments: Payments) -> None:
    kept = payments.kept

    def make_customer() -> Answer:
        asked = _asked()
        name = shapes.new_id("cst")
        customer = {"resource": "customer", "id": name, **asked}
        kept.put("customer", name, customer, payments.now())
        return Answer(201, customer)

    @app.post("/v2/customers")
    def customer() -> Response:
        return _given(payments.once(_key(), _fingerprint(), make_customer))

    @app.get("/v2/customers/<name>/payments")
    def of_customer(name: str) -> Response:
        payments.found("customer", name)
        ours = [one for one in kept.page("payment", 10**6) if one.get("customerId") == name]
        return _listed("payments", [shapes.payment(one, _root()) for one in ours])

    @app.get("/v2/customers/<name>/mandates/<mandate>")
    def show_mandate(name: str, mandate: str) -> Response:
        found = payments.found("mandate", mandate)
        if found["customer"] != name:
            raise missing(mandate)
        return jsonify(shapes.mandate(found))


def _serve_reads(app: Flask, payments: Payments) -> None:
    kept = payments.kept

    @app.get("/v2/payments/<name>")
    def show(name: str) -> Response:
        payments.settle()
        shown = shapes.payment(payments.found("payment", name), _root())
        if "chargebacks" in request.args.get("embed", ""):
            taken = reversed(kept.of("chargeback", name))
            shown["_embedded"] = {"chargebacks": [shapes.chargeback(one) for one in taken]}
        return jsonify(shown)

    @app.get("/v2/payments/<name>/<any(refunds, chargebacks):plural>/<thing>")
    def show_part(name: str, plural: str, thing: str) -> Response:
        payments.settle()
        kind, shown = _KINDS[plural]
        found = payments.found(kind, thing)
        if found["payment"] != name:
            raise missing(thing)
        return jsonify(shown(found))

    @app.get("/v2/payments/<name>/<any(refunds, chargebacks):plural>")
    def parts(name: str, plural: str) -> Response:
        payments.settle()
        kind, shown = _KINDS[plural]
        payments.found("payment", name)
        return _listed(plural, [shown(one) for one in reversed(kept.of(kind, name))])

    @app.get("/v2/<any(payments, refunds, chargebacks):plural>")
    def everything(plural: str) -> Response:
        payments.settle()
        kind, shown = _KINDS.get(plural) or ("payment", lambda one: shapes.payment(one, _root()))
        after, limit = request.args.get("from", ""), _limit()
        found = [shown(one) for one in kept.page(kind, limit + 1, after)]
        return _page_of(plural, found, limit)


_KINDS: dict[str, tuple[str, Callable[[Json], Json]]] = {
    "refunds": ("refund", shapes.refund),
    "chargebacks": ("chargeback", shapes.chargeback),
}


def _serve_settlements(app: Flask, payments: Payments) -> None:
    kept, settlements = payments.kept, payments.settlements

    @app.get("/v2/settlements")
    def listing() -> Response:
        _by_organisation()
        payments.settle()
        limit = _limit()
        found = kept.page("settlement", limit + 1, request.args.get("from", ""))
        return _page_of("settlements", [settlements.shown(one) for one in found], limit)

    @app.get("/v2/settlements/<name>")
    def one(name: str) -> Response:
        _by_organisation()
        payments.settle()
        return jsonify(settlements.shown(payments.found("settlement", name)))

    @app.get("/v2/settlements/<name>/<any(payments, refunds, chargebacks):plural>")
    def inside(name: str, plural: str) -> Response:
        _by_organisation()
        payments.found("settlement", name)
        kind, shown = _KINDS.get(plural) or ("payment", lambda one: shapes.payment(one, _root()))
        return _listed(plural, [shown(payments.found(kind, thing)) for thing in settlements.members(name, plural)])


def _serve_page(app: Flask, payments: Payments) -> None:
    @app.get("/pay/<name>")
    def page(name: str) -> str:
        payments.settle()
        return _page(payments.found("payment", name))

    @app.post("/pay/<name>")
    def act(name: str) -> str:
        outcome, method = request.form.get("outcome", ""), request.form.get("method", "")
        if outcome not in {"pays", "is_declined", "leaves"} or method not in METHODS:
            raise Refused("outcome or method make no sense")
        return _page(payments.visit(name, outcome, method))


def _page(payment: Json) -> str:
    offered = {payment["method"]: METHODS[payment["method"]]} if payment["method"] in METHODS else METHODS
    return render_template("mollie_pay.html", payment=payment, methods=offered)


def _serve_admin(app: Flask, payments: Payments, hooks: Hooks) -> None:
    @app.post("/admin/webhook")
    def webhook() -> Response:
        sent = body()
        url, secret = sent.get("url"), sent.get("secret")
        if not isinstance(url, str) or not url.startswith(("http://", "https://")) or not secret:
            raise Refused("url must be an http address, secret a text")
        hooks.register(url, str(secret))
        return jsonify({"url": url})

    @app.post("/admin/mandates")
    def mandate() -> Response:
        sent = body()
        name = str(sent.get("customer") or shapes.new_id("cst"))
        payments.kept.put("customer", name, {"resource": "customer", "id": name}, payments.now())
        made = payments.add_mandate(name, str(sent.get("method", "creditcard")), str(sent.get("mandate", "")))
        return jsonify({"token": f"{name}/{made}"})

    @app.post("/admin/payments/<name>/chargeback")
    def take_back(name: str) -> Response:
        return jsonify({"chargeback": payments.take_back(name)})

    @app.post("/admin/payments/<name>/reverse")
    def give_back(name: str) -> Response:
        for one in payments.kept.of("chargeback", name):
            payments.give_back(one["id"])
        return jsonify({"reversed": name})

    @app.post("/admin/refunds/<name>/fail")
    def fail_refund(name: str) -> Response:
        payments.fail_refund(name)
        return jsonify({"failed": name})

    @app.get("/admin/attempts/<attempt_id>")
    def of_attempt(attempt_id: str) -> Response:
        return jsonify(payments.of(attempt_id))


def _identified() -> None:
    """The simulator's own pages ask for nothing."""
    given = request.headers.get("Authorization", "")
    if request.path.startswith("/v2/") and not given.startswith(("Bearer test_", "Bearer live_", "Bearer access_")):
        raise MollieError(401, "Missing authentication, or failed to authenticate")


def _by_organisation() -> None:
    if not request.headers.get("Authorization", "").startswith("Bearer access_"):
        raise MollieError(401, "Settlements are shown to an organisation's access token")


def _asked() -> Json:
    sent = request.get_json(force=True, silent=True)
    if not isinstance(sent, dict):
        raise MollieError(400, "The request body is no JSON object")
    return sent


def _limit() -> int:
    text = request.args.get("limit", "50")
    if not text.isdecimal() or not 1 <= int(text) <= _MOST:
        raise invalid(f"The limit is between 1 and {_MOST}", "limit")
    return int(text)


def _listed(name: str, things: Iterable[Json]) -> Response:
    found = list(things)
    return _page_of(name, found, len(found))


def _page_of(name: str, found: list[Json], limit: int) -> Response:
    links: Json = {"self": {"href": request.url, "type": "application/hal+json"}, "previous": None, "next": None}
    if len(found) > limit:
        links["next"] = {
            "href": f"{request.base_url}?from={found[limit]['id']}&limit={limit}",
            "type": "application/hal+json",
        }
    shown = found[:limit]
    return jsonify({"count": len(shown), "_embedded": {name: shown}, "_links": links})


def _root() -> str:
    return f"{request.host_url.rstrip('/')}{request.script_root}"


def _key() -> str:
    return request.headers.get("Idempotency-Key", "")


def _fingerprint() -> str:
    return hashlib.sha256(request.path.encode() + request.get_data()).hexdigest()


def _given(answer: Answer) -> Response:
    if answer.cut:
        return HangUp()
    response = jsonify(answer.body)
    response.status_code = answer.status
    return response


def _books(kept: Kept, payments: Payments) -> Response:
    payments.settle()
    return jsonify(books(kept))


def _home(kept: Kept, hooks: Hooks, script: Script) -> str:
    return render_template(
        "mollie.html",
        payments=kept.page("payment", _SHOWN),
        total=kept.count("payment"),
        settlements=kept.page("settlement", _SHOWN),
        endpoints=[url for url, _ in hooks.endpoints()],
        deliveries=hooks.latest(_SHOWN),
        script=script.all(),
    )
