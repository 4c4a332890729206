"""Notifications as a mail: subject, text and HTML in the member's language."""

from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from common.parties import SELLERS, Seller
from functions.notifications.facts import account, facts
from functions.notifications.model import FAILED, REMINDERS, Notification, Words
from functions.notifications.wording import MailWords

HERE: Final = Path(__file__).parent
ORDER: Final = (
    "final_notice", "second_reminder", "reminder", "payment_returned", "payment_authenticate", "payment_new_mandate",
    "payment_new_method", "payment_failed", "payment_retry", "payment_received", "receipt", "part_payment",
)  # fmt: skip
"""In one mail: what matters most comes first, and names the mail."""
LEADS: Final = REMINDERS | FAILED | {"invoice_transfer", "payment_returned", "part_payment"}
"""Kinds of mail that lead to the page on which the member pays."""
STEERING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Unicode's bidirectional controls (UAX 9); the letters of right-to-left scripts are none of them."""


def mail(told: Sequence[Notification], sender: str, page: str = "") -> EmailMessage:
    """The message, without attachments: the same notifications give the same one. ValueError for bad headers.

    All are to the same member and of the same legal entity. `page` is where the member pays by themselves.
    """
    first = told[0]
    seller = SELLERS[first.words.entity]
    filled = _filled(told, seller, page)
    message = EmailMessage()
    message["From"] = formataddr((seller.name, sender))
    message["Reply-To"] = seller.email
    message["To"] = first.to
    message["Subject"] = filled["subject"]
    message["Message-ID"] = f"<{first.id}@{sender.partition('@')[2]}>"
    message["Date"] = format_datetime(first.created_at)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_environment().get_template("mail.txt").render(filled))
    message.add_alternative(_environment().get_template("mail.html").render(filled), subtype="html")
    return message


def _filled(told: Sequence[Notification], seller: Seller, page: str) -> dict[str, Any]:
    words = MailWords(told[0].language, told[0].words.country)
    groups = _by_kind(told)
    sections = [_section(kind, group, words) for kind, group in groups]
    asking = any(_asks(one) for one in told)
    leads = page if any(kind in LEADS for kind, _ in groups) else ""
    name = one_line(told[0].words.name)
    return {
        "subject": _subject(*groups[0], words),
        "language": words.language,
        "greeting": words["greeting"].format(name=name) if name else "",
        "sections": sections,
        "account": account(seller, words) if asking else [],
        "page": leads,
        "pay": words.kind(groups[0][0]).get("button", words["pay"]),
        "closings": list(dict.fromkeys(section["closing"] for section in sections)),
        "regards": words["regards"],
        "seller": seller,
        "imprint": _imprint(seller, words),
    }


def _by_kind(told: Sequence[Notification]) -> list[tuple[str, list[Notification]]]:
    groups: dict[str, list[Notification]] = {}
    for one in sorted(told, key=lambda one: ORDER.index(one.template) if one.template in ORDER else len(ORDER)):
        groups.setdefault(_kind(one), []).append(one)
    return list(groups.items())


def _section(kind: str, group: Sequence[Notification], words: MailWords) -> dict[str, Any]:
    texts = words.kind(kind)
    values = _values(group[0].words, words)
    many = len(group) > 1 and "texts" in texts
    return {
        "text": one_line(texts["texts" if many else "text"].format(**values)),
        "blocks": [facts(one, words, asks=_asks(one)) for one in group],
        "closing": one_line(texts["closing"].format(**values)),
    }


def _subject(kind: str, group: Sequence[Notification], words: MailWords) -> str:
    texts = words.kind(kind)
    if len(group) > 1 and "subjects" in texts:
        return words.counted(texts["subjects"], len(group))
    return one_line(texts["subject"].format(**_values(group[0].words, words)))


def _values(said: Words, words: MailWords) -> dict[str, str]:
    amounts = {"amount": said.amount_minor, "offset": said.offset_minor, "kept": said.kept_minor,
               "refund": said.refund_minor, "open": said.open_minor}  # fmt: skip
    return {
        **{name: words.money(minor, said.currency) for name, minor in amounts.items()},
        "name": one_line(said.name),
        "number": said.number,
        "invoice_number": said.invoice_number,
        "mandate": said.mandate,
        "due_on": words.on(said.due_on),
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


def _asks(notification: Notification) -> bool:
    """Whether the mail asks its reader to transfer money."""
    return notification.template in REMINDERS or _kind(notification) == "invoice_transfer"


def _imprint(seller: Seller, words: MailWords) -> list[str]:
    address = f"{seller.address.street}, {seller.address.country}-{seller.address.postcode} {seller.address.city}"
    return [f"{seller.name}, {address}", f"{words['vat_id']} {seller.vat_id}", seller.email]


def one_line(text: str) -> str:
    """The text on one line and without what steers its direction, so that a name can't fake the words around it.

    What holds an amount and its currency together stays.
    """
    steered = "".join("\ufffd" if letter in STEERING else letter for letter in text)
    return "\u00a0".join(" ".join(part.split()) if part.strip() else "" for part in steered.split("\u00a0"))


@lru_cache(maxsize=1)
def _environment() -> Environment:
    loader = FileSystemLoader(HERE / "templates")
    return Environment(
        loader=loader, autoescape=select_autoescape(["html"]), undefined=StrictUndefined, trim_blocks=True
    )
