"""A notification as a mail: subject, text and HTML in the member's language."""

import json
from datetime import date
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from common.money import decimal_text
from common.parties import SELLERS, Seller
from functions.notifications.model import REMINDERS, Notification, Words

HERE: Final = Path(__file__).parent
TEXTS: Final[dict[str, dict[str, Any]]] = json.loads((HERE / "texts.json").read_text(encoding="utf-8"))
FALLBACK: Final = "en"


def mail(notification: Notification, sender: str, page: str = "") -> EmailMessage:
    """The message, without attachments: the same notification always gives the same one. ValueError for bad headers.

    `page` is where the member pays by themselves; it stands in what asks them to.
    """
    language = notification.language if notification.language in TEXTS else FALLBACK
    seller = SELLERS[notification.words.entity]
    filled = _filled(notification, language, seller) | {"page": page if _asks(notification) else ""}
    message = EmailMessage()
    message["From"] = formataddr((seller.name, sender))
    message["Reply-To"] = seller.email
    message["To"] = notification.to
    message["Subject"] = filled["subject"]
    message["Message-ID"] = f"<{notification.id}@{sender.partition('@')[2]}>"
    message["Date"] = format_datetime(notification.created_at)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_environment().get_template("mail.txt").render(filled))
    message.add_alternative(_environment().get_template("mail.html").render(filled), subtype="html")
    return message


def _filled(notification: Notification, language: str, seller: Seller) -> dict[str, Any]:
    texts, words = TEXTS[language], notification.words
    values = {
        "name": one_line(words.name),
        "number": words.number,
        "invoice_number": words.invoice_number,
        "amount": amount(words.amount_minor, words.currency, language),
        "offset": amount(words.offset_minor, words.currency, language),
        "kept": amount(words.kept_minor, words.currency, language),
        "refund": amount(words.refund_minor, words.currency, language),
        "due_on": _day(words.due_on, texts["day"]),
    }
    told = {key: one_line(sentence.format(**values)) for key, sentence in texts[_kind(notification)].items()}
    return {
        **told,
        "language": language,
        "greeting": texts["greeting"].format(**values),
        "regards": texts["regards"],
        "pay": texts["pay"],
        "seller": seller,
        "imprint": _imprint(seller, texts),
        "facts": _facts(notification, texts, values, seller),
    }


def _kind(notification: Notification) -> str:
    """Which texts fit: an invoice's say how it is paid, or that nothing is left; a credit note's say what it did."""
    if notification.template == "credit_note":
        return _kind_of_credit_note(notification.words)
    if notification.template != "invoice":
        return notification.template
    return f"invoice_{notification.words.payment_method}" if notification.words.owed else "invoice_settled"


def _kind_of_credit_note(words: Words) -> str:
    if words.refund_minor or words.kept_minor:
        done = "refund" if words.refund_minor else "kept"
        return f"credit_note_{done}_and_offset" if words.offset_minor else f"credit_note_{done}"
    return "credit_note_offset" if words.offset_minor else "credit_note"


def _facts(
    notification: Notification, texts: dict[str, Any], values: dict[str, str], seller: Seller
) -> list[tuple[str, str]]:
    """What a member looks for; where to pay only if they are to transfer it: else some would pay twice."""
    number = values["invoice_number"] or values["number"]
    facts = [(texts["invoice_number"], number), (texts["amount"], values["amount"])]
    if _asks(notification):
        facts += [
            (texts["pay_by"], values["due_on"]),
            (texts["reference"], notification.words.reference),
            (texts["holder"], seller.name),
            (texts["account"], " ".join(seller.iban[place : place + 4] for place in range(0, len(seller.iban), 4))),
            (texts["bic"], seller.bic),
        ]
    return facts


def _asks(notification: Notification) -> bool:
    """Whether the mail asks its reader to pay."""
    return notification.template in REMINDERS or _kind(notification) == "invoice_transfer"


def _imprint(seller: Seller, texts: dict[str, Any]) -> list[str]:
    address = f"{seller.address.street}, {seller.address.country}-{seller.address.postcode} {seller.address.city}"
    return [f"{seller.name}, {address}", f"{texts['vat_id']} {seller.vat_id}", seller.email]


def amount(amount_minor: int, currency: str, language: str) -> str:
    """An amount as the language writes it: `1.234,50 EUR` in German."""
    texts = TEXTS[language]
    whole, _, part = decimal_text(abs(amount_minor), currency).partition(".")
    grouped = f"{int(whole):,}".replace(",", texts["thousands"])
    sign = "−" if amount_minor < 0 else ""
    return f"{sign}{grouped}{texts['decimal'] + part if part else ''} {currency}"


def _day(iso: str, written: str) -> str:
    return date.fromisoformat(iso).strftime(written) if iso else ""


def one_line(text: str) -> str:
    """The text on one line and without what steers its direction, so that a name can't fake the words around it."""
    return " ".join("".join("\ufffd" if letter in STEERING else letter for letter in text).split())


STEERING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Unicode's bidirectional controls (UAX 9); the letters of right-to-left scripts are none of them."""


@lru_cache(maxsize=1)
def _environment() -> Environment:
    loader = FileSystemLoader(HERE / "templates")
    return Environment(
        loader=loader, autoescape=select_autoescape(["html"]), undefined=StrictUndefined, trim_blocks=True
    )
