"""From what is to be shown to the bytes a browser gets, with the headers that keep everybody else out."""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from common.functions.routes import Page
from common.parties import Seller
from functions.payments.page.words import NAMES, PageWords

if TYPE_CHECKING:
    from jinja2 import Environment

HERE: Final = Path(__file__).parent
COLOUR: Final = "#33475b"
"""Of a page that does not know whose it is."""
STEERING: Final = dict.fromkeys((0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\ufffd")
"""Unicode's bidirectional controls (UAX 9), with which a text could turn the amounts beside it."""
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""The address is a key: it is told to no other site, kept in no cache, found by no search engine."""


def page(
    template: str,
    words: PageWords,
    title: str,
    told: Mapping[str, Any],
    *,
    seller: Seller | None = None,
    status: int = 200,
    refresh: str = "",
) -> Page:
    """A page. Nothing on it comes from anywhere else, and only the style and script that we wrote are obeyed."""
    css, script = _file("page.css"), _file("page.js") if template in {"invoices.html", "transfer.html"} else ""
    brand = f":root{{--brand:{seller.colour if seller else COLOUR}}}"
    around = {
        "t": words.texts,
        "language": words.language,
        "title": title,
        "seller": seller,
        "languages": list(NAMES.items()) if "here" in told else [],
        "expires": "",
        "refresh": refresh,
        "css": _markup(css),
        "brand": _markup(brand),
        "script": _markup(script),
    }
    body = _environment().get_template(template).render({**around, **told}).encode()
    return Page(body, {**HEADERS, "Content-Security-Policy": _policy((css, brand), script)}, status)


def _policy(styles: tuple[str, ...], script: str) -> str:
    allowed, obeyed = " ".join(map(_hashed, styles)), _hashed(script) if script else "'none'"
    return (
        f"default-src 'none'; style-src {allowed}; script-src {obeyed}; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _markup(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - our own files, and a colour that was checked


@cache
def _file(name: str) -> str:
    return (HERE / name).read_text("utf-8")


@cache
def _environment() -> "Environment":
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )


def _harmless(value: Any) -> Any:
    """A text that can't steer the direction of what stands around it."""
    return value.translate(STEERING) if type(value) is str else value
