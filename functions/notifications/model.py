"""The ledger of intents: what a member is to be told, once, and what became of it."""

from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from common.documents import Document, id_from
from common.events.base import Task
from common.events.matching import CreditNoteApplied
from common.machine import Machine
from common.parties import PaymentMethod, personal
from common.values import Value

Template = Literal["invoice", "receipt", "credit_note", "reminder", "second_reminder", "final_notice"]
State = Literal["pending", "sent", "suppressed", "failed"]

NOTIFICATION: Machine[State] = Machine(
    "notification",
    {
        "pending": {"send": "sent", "suppress": "suppressed", "fail": "failed", "wait": "pending"},
        "sent": {},
        "suppressed": {},
        "failed": {},
    },
)
REMINDERS: Final = frozenset({"reminder", "second_reminder", "final_notice"})
PATIENCE: Final = (timedelta(minutes=5), timedelta(hours=1), timedelta(hours=6))
"""How long to wait after each try that failed; after the last one it is given up."""
FOR_THE_PDF: Final = timedelta(minutes=2)
"""An invoice's mail waits so long for its document."""
AFTER_THE_INVOICE: Final = timedelta(seconds=30)
"""Who pays at once is thanked so long after the invoice was to be sent, not before it."""


class SendNotification(Task, name="notifications.send"):
    """Send a notification if it is still to be sent."""

    notification_id: str


class Words(Value):
    """What a template is filled with; amounts in minor units. `entity` is who writes."""

    name: Annotated[str, personal()]
    number: str
    amount_minor: int
    currency: str
    entity: str = "MP"
    reference: str = ""
    due_on: str = ""
    invoice_number: str = ""
    invoice_id: str = ""
    """Of what is to be paid: its link leads to the page where it can be."""
    payment_method: PaymentMethod = "transfer"
    offset_minor: int = 0
    """Of a credit note: what it took off what was still to be paid."""
    kept_minor: int = 0
    """What had been paid and stays to the member's credit."""
    refund_minor: int = 0
    """What had been paid and is paid back."""
    owed: bool = True
    """False once nothing is left to pay: the mail must not ask for money."""


class Notification(Document):
    """One thing a member is told. Its id comes from what it is about, so that nothing is told twice."""

    collection = "notifications"
    indexed = ("member_id", "state", "item_key")

    member_id: str
    template: Template
    to: Annotated[str, personal("")]
    language: str
    words: Words
    item_key: str
    """The open item it is about; settling it makes reminders pointless."""
    created_at: datetime
    state: State = "pending"
    tries: int = 0
    sent_at: datetime | None = None
    sha256: str = ""
    reason: str = ""


class Answer(Value):
    """What became of a try: sent with the hash of the exact copy, refused for now, or not needed any more."""

    outcome: Literal["sent", "failed", "suppressed"]
    sha256: str = ""
    reason: str = ""


def notification_id(template: Template, subject: str) -> str:
    """The one notification of a kind about a subject, for instance an invoice number."""
    return id_from("ntf", template, subject)


def item_key(invoice_number: str) -> str:
    """The open item of an invoice."""
    return id_from("item", invoice_number)


def told_as_settled(invoice: Notification) -> Notification:
    """The mail of an invoice that was settled before it was sent: it asks for no money."""
    return invoice.but(words=invoice.words.model_copy(update={"owed": False}))


def told_as_applied(note: Notification, applied: CreditNoteApplied) -> Notification:
    """The mail of a credit note that says what becomes of the amount."""
    known = {
        "offset_minor": applied.offset_minor,
        "kept_minor": applied.credit_minor,
        "refund_minor": applied.refund_minor,
    }
    return note.but(words=note.words.model_copy(update=known))


def thanks_at(invoice: Notification, now: datetime) -> datetime:
    """When to thank for a payment: now, but never before the invoice itself."""
    if invoice.state != "pending":
        return now
    return max(now, invoice.created_at + FOR_THE_PDF) + AFTER_THE_INVOICE


def answered(notification: Notification, answer: Answer, now: datetime) -> Notification:
    """The notification after a try."""
    if answer.outcome == "sent":
        state = NOTIFICATION.move(notification.state, "send")
        return notification.but(state=state, sent_at=now, sha256=answer.sha256, tries=notification.tries + 1)
    if answer.outcome == "suppressed":
        return suppressed(notification, answer.reason)
    verb = "wait" if notification.tries < len(PATIENCE) else "fail"
    state = NOTIFICATION.move(notification.state, verb)
    return notification.but(state=state, tries=notification.tries + 1, reason=answer.reason)


def suppressed(notification: Notification, reason: str) -> Notification:
    """The notification that is not sent, and why."""
    return notification.but(state=NOTIFICATION.move(notification.state, "suppress"), reason=reason)
