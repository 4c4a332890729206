"""A notification as a mail: subject, text and HTML in the member's language."""

import json
from datetime import date
from email.message import EmailMessage
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from common.money import decimal_text
from common.parties import SELLERS
from functions.notifications.model import Notification

HERE: Final = Path(__file__).parent
TEXTS: Final[dict[str, dict[str, Any]]] = json.loads((HERE / "texts.json").read_text(encoding="utf-8"))
FALLBACK: Final = "en"
DAYS: Final = {"de": "%d.%m.%Y", "en": "%d %B %Y"}


def mail(notification: Notification, sender: str) -> EmailMessage:
    """The message, without attachments: the same notification always gives the same one. ValueError for bad headers."""
    language = notification.language if notification.language in TEXTS else FALLBACK
    filled = _filled(notification, language)
    message = EmailMessage()
    message["From"] = sender
    message["To"] = notification.to
    message["Subject"] = _one_line(filled["subject"])
    message["Message-ID"] = f"<{notification.id}@{sender.partition('@')[2]}>"
    message["Date"] = format_datetime(notification.created_at)
    message.set_content(_environment().get_template("mail.txt").render(filled))
    message.add_alternative(_environment().get_template("mail.html").render(filled), subtype="html")
    return message


def _filled(notification: Notification, language: str) -> dict[str, Any]:
    texts, words = TEXTS[language], notification.words
    values = {
        "name": words.name,
        "number": words.number,
        "invoice_number": words.invoice_number,
        "amount": f"{decimal_text(words.amount_minor, words.currency)} {words.currency}",
        "due_on": _day(words.due_on, language),
    }
    told = {key: sentence.format(**values) for key, sentence in texts[notification.template].items()}
    return {
        **told,
        "language": language,
        "greeting": texts["greeting"].format(**values),
        "regards": texts["regards"],
        "seller": SELLERS["MP"].name,
        "facts": _facts(notification, texts, values),
    }


def _facts(notification: Notification, texts: dict[str, Any], values: dict[str, str]) -> list[tuple[str, str]]:
    facts = [(texts["amount"], values["amount"])]
    if notification.words.due_on and notification.template != "receipt":
        facts.append((texts["pay_by"], values["due_on"]))
        facts.append((texts["reference"], notification.words.reference))
        facts.append((texts["account"], SELLERS["MP"].iban))
    return facts


def _day(iso: str, language: str) -> str:
    return date.fromisoformat(iso).strftime(DAYS[language]) if iso else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())


@lru_cache(maxsize=1)
def _environment() -> Environment:
    loader = FileSystemLoader(HERE / "templates")
    return Environment(loader=loader, autoescape=select_autoescape(["html"]), undefined=StrictUndefined)
