"""What protects a form: a token against forgery, a key against doing it twice, exact amounts, safe destinations."""

import hashlib
import hmac
import re
import secrets
from decimal import Decimal, InvalidOperation
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

from flask import Response, g, request

from common.money import EXPONENTS, LARGEST
from functions.console.providers import Refused

COOKIE: Final = "billing_form"
KEY: Final = re.compile(r"[0-9a-f-]{36}")
SEED: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def seed() -> str:
    """This browser's secret, which no other site can read; made on the first page."""
    if "form_seed" not in g:
        known = request.cookies.get(COOKIE, "")
        g.form_seed = known if SEED.fullmatch(known) else secrets.token_urlsafe(32)
    return str(g.form_seed)


def keep_seed(response: Response, *, secure: bool) -> None:
    """Lets the browser keep its secret, where a page made a new one."""
    if "form_seed" in g and request.cookies.get(COOKIE) != g.form_seed:
        response.set_cookie(COOKIE, g.form_seed, httponly=True, samesite="Strict", secure=secure, path="/console")


def form_token() -> str:
    """What a form carries to show it came from our page, for this browser and this person."""
    person = g.person.email if g.get("person") else ""
    return hmac.new(seed().encode(), person.encode(), hashlib.sha256).hexdigest()


def must_be_ours() -> None:
    """Refuses a form that another site sent."""
    theirs = request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}
    sent = request.form.get("form_token", "")
    known = SEED.fullmatch(request.cookies.get(COOKIE, ""))
    if theirs or not known or not hmac.compare_digest(sent.encode(), form_token().encode()):
        raise Refused(
            403, "Form refused", "This form did not come from the page you see. Load the page again.", "form_refused"
        )


def form_key(action: str) -> str:
    """The key the form for a path carries, so that sending it twice does it once.

    After an attempt nobody knows the outcome of, the same key comes back: trying again can't do it twice.
    """
    if "kept_key" in g and action == request.path:
        return str(g.kept_key)
    return str(uuid4())


def typed(action: str, name: str, otherwise: str = "") -> str:
    """What was typed into the form for a path, where it is shown again after a refusal."""
    return request.form.get(name, otherwise) if action == request.path else otherwise


def sent_key() -> str:
    """The key of the form that was sent; Refused where it has none."""
    key = request.form.get("idempotency_key", "")
    if not KEY.fullmatch(key):
        raise Refused(400, "Form refused", "The form carries no key. Load the page again.", "form_without_key")
    return key


def minor_of(text: str, currency: str) -> int:
    """An amount as typed (`12.50` or `12,50`), in minor units; Refused where it is none."""
    places = EXPONENTS.get(currency)
    try:
        amount = Decimal(text.strip().replace(",", ".")) if places is not None else Decimal("NaN")
        minor = amount.scaleb(places or 0)
        exact = minor.is_finite() and minor == minor.to_integral_value() and 0 < minor <= LARGEST
    except InvalidOperation:
        exact = False
    if not exact:
        raise Refused(422, "Not an amount", f"Write the amount in {currency}, like 12.50.", "not_an_amount")
    return int(minor)


def safe_next(wanted: str) -> str:
    """A destination inside the console; its start page for any other."""
    parts = urlsplit(wanted)
    inside = not parts.scheme and not parts.netloc and re.fullmatch(r"/console/[A-Za-z0-9_/.~:@?=&%+-]*", wanted)
    return wanted if inside and ".." not in wanted else "/console/"
