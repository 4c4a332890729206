"""The page a Checkout Session leads to: pay, be declined, answer the bank's question, or leave."""

from urllib.parse import urlsplit

from flask import Flask, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from emulators.stripe.checkout import CHOICES, Checkout
from emulators.stripe.ledger import Json

_SAID = {
    "insufficient_funds": "Your card has insufficient funds. Try another way to pay.",
    "payment_intent_authentication_failure": "We are unable to authenticate your payment method.",
    "not_possible": "This is not possible any more.",
}
_SEE_OTHER = 303


def serve_hosted(app: Flask, checkout: Checkout) -> None:
    """Adds the page's addresses."""

    @app.get("/pay/<name>")
    def page(name: str) -> Response:
        return _page(checkout.session(name))

    @app.post("/pay/<name>")
    def choose(name: str) -> Response | Redirect:
        said = checkout.choose(name, request.form.get("method", ""))
        if said == "authenticate":
            return redirect(url_for("authentication", name=name), _SEE_OTHER)
        return _after(checkout.session(name), said)

    @app.get("/pay/<name>/authenticate")
    def authentication(name: str) -> Response:
        return _protected(render_template("stripe_3ds.html", session=checkout.session(name)), checkout.session(name))

    @app.post("/pay/<name>/authenticate")
    def authenticate(name: str) -> Response | Redirect:
        said = checkout.authenticate(name, passed=request.form.get("answer") == "confirm")
        return _after(checkout.session(name), said)


def page_address() -> str:
    """Where pages are, for whoever asks now."""
    return url_for("page", name="x", _external=True).removesuffix("/x")


def _after(session: Json, said: str) -> Response | Redirect:
    if said == "done":
        return redirect(_back(session), _SEE_OTHER)
    return _page(session, _SAID.get(said, f"Your payment was declined ({said}). Try another way to pay."))


def _page(session: Json, said: str = "") -> Response:
    kinds = session["payment_method_types"]
    choices = {name: choice.label for name, choice in CHOICES.items() if choice.kind in kinds}
    return _protected(
        render_template("stripe_pay.html", session=session, choices=choices, said=said, back=_back(session)), session
    )


def _back(session: Json) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _protected(page: str, session: Json) -> Response:
    """With leave to go on to the shop after a form: browsers hold a redirect to `form-action`, too."""
    shop = urlsplit(session["success_url"])
    response = make_response(page)
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; form-action 'self' {shop.scheme}://{shop.netloc}"
    )
    return response
