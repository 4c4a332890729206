"""The ledger of intents: what a member is to be told, once, and what became of it."""

from datetime import date, datetime, timedelta
from typing import Annotated, Final, Literal, get_args

from common.documents import Document, id_from
from common.events.base import Task
from common.events.dunning import OfReminder
from common.events.matching import CreditNoteApplied
from common.machine import Machine
from common.parties import PaymentMethod, personal
from common.values import Value

Template = Literal[
    "invoice",
    "receipt",
    "payment_received",
    "part_payment",
    "credit_note",
    "refund_paid",
    "reminder",
    "second_reminder",
    "final_notice",
    "payment_authenticate",
    "payment_new_method",
    "payment_new_mandate",
    "payment_retry",
    "payment_failed",
    "payment_returned",
    "debit_announced",
    "mandate_given",
    "mandate_changed",
    "mandate_suspended",
    "mandate_ended",
    "method_set_up",
    "dispute_opened",
]
Group = Literal["", "reminders", "collections", "debits", "receipts"]
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
LADDER: Final[tuple[str, ...]] = get_args(OfReminder.model_fields["level"].annotation)
"""The levels of a reminder, the first one first."""
REMINDERS: Final = frozenset(LADDER)
ASKING: Final = frozenset({"payment_authenticate", "payment_new_method", "payment_new_mandate"})
"""What only the member can put right."""
FAILED: Final = ASKING | {"payment_retry", "payment_failed"}
GROUPS: Final[dict[str, Group]] = {
    **dict.fromkeys(REMINDERS, "reminders"),
    **dict.fromkeys(FAILED | {"payment_returned"}, "collections"),
    "debit_announced": "debits",
    **dict.fromkeys(("receipt", "payment_received", "part_payment"), "receipts"),
}
"""What is told in one mail where several are due; all else has a mail of its own."""
TOGETHER: Final[dict[Group, timedelta]] = {
    "reminders": timedelta(minutes=10),
    "collections": timedelta(minutes=10),
    "debits": timedelta(minutes=10),
    "receipts": timedelta(minutes=1),
}
"""How long the first one waits for others: what one night or one payment brings comes within moments."""
PATIENCE: Final = (timedelta(minutes=5), timedelta(hours=1), timedelta(hours=6))
"""How long to wait after each try that failed; after the last one it is given up."""
FOR_THE_PDF: Final = timedelta(minutes=2)
"""An invoice's mail waits so long for its document."""
AFTER_THE_INVOICE: Final = timedelta(seconds=30)
"""Who pays at once is thanked so long after the invoice was to be sent, not before it."""
OVERDUE: Final = timedelta(hours=12)
"""A task that is so late was lost, or given up: what comes next to a digest asks for another."""
MOST_TOGETHER: Final = 100
"""So much stands in one mail; what is more has the next."""


FRESH: Final = timedelta(hours=4)
"""So long it holds that no money is on its way for what a reminder asks for; an older word is asked for anew."""
STALE: Final = "it was confirmed too long ago: it is asked for anew"
ON_ITS_WAY: Final = "money for it is on its way, or is to be collected"
TOO_EARLY: Final = "the reminder before it has not gone out, or the day it gave has not come"
DOUBTS: Final = frozenset({STALE, ON_ITS_WAY, TOO_EARLY})
"""Why a reminder is not sent now, and another round of it may be."""


class SendNotification(Task, name="notifications.send"):
    """Send a notification if it is still to be sent, with those that are told together with it."""

    notification_id: str


class Words(Value):
    """What a template is filled with; amounts in minor units. `entity` is who writes."""

    name: Annotated[str, personal()]
    number: str
    amount_minor: int
    currency: str
    entity: str = "MP"
    country: str = ""
    """The member's: how amounts and days are written there."""
    reference: str = ""
    due_on: str = ""
    """Until when to pay or to act, or the day something is collected on."""
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
    open_minor: int = 0
    """Of a part that was paid: what is left."""
    fee_minor: int = 0
    """Of a returned debit: what the bank charges us."""
    owed: bool = True
    """False once nothing is left to pay: the mail must not ask for money."""
    numbers: tuple[str, ...] = ()
    """The invoices a payment was for."""
    mandate: str = ""
    """The mandate's reference, as it stands on the member's bank statement."""
    creditor_id: str = ""
    creditor: str = ""
    account: Annotated[str, personal("")] = ""
    """The last characters of the account, or how the member knows their card."""
    payment_number: str = ""
    reason: str = ""


class Asked(Value):
    """Of a reminder: by which case it was asked for, and when it was confirmed that no money was on its way."""

    case_id: str
    item_id: str
    due_on: date
    pay_by: date
    days_to_pay: int = 0
    round: int = 0
    confirmed_at: datetime


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
    """The open item it is about, where it is about one: once that is settled nobody is reminded."""
    created_at: datetime
    state: State = "pending"
    tries: int = 0
    sent_at: datetime | None = None
    sha256: str = ""
    reason: str = ""
    digest: str = ""
    """Where it waits for others that are due; empty where it has a mail of its own."""
    not_before: datetime | None = None
    item_version: int = 0
    """The open item's version its amount is of: newer news goes over it."""
    attempt: int = 0
    """Which attempt to collect it is about."""
    mail: str = ""
    """The notification the mail it stood in is named by (Message-ID), where several were told together."""
    asked: Asked | None = None
    """Of a reminder alone."""


class Digest(Document):
    """What waits to be told to a member together: reminders, what could not be collected, debits to come, thanks."""

    collection = "digests"

    member_id: str
    waiting: tuple[str, ...] = ()
    """Notifications, the first of which has its task."""
    next_at: datetime | None = None
    """When that task is due; None where nothing waits."""


class Answer(Value):
    """What became of a try: sent with the hash of the exact copy, refused for now, put off, or not needed any more."""

    outcome: Literal["sent", "failed", "suppressed", "waits"]
    sha256: str = ""
    reason: str = ""
    told: tuple[Notification, ...] = ()
    """What stood, or was to stand, in the mail, in the words it said; empty where that was the one asked for."""
    dropped: tuple[tuple[str, str], ...] = ()
    """What is not to be told any more (id), and why."""
    held: tuple[tuple[str, str], ...] = ()
    """What has to wait (id), and why."""
    again_at: datetime | None = None
    """When to look at what waits."""

    @property
    def names(self) -> list[str]:
        """The ids of all it speaks of."""
        return [*(one.id for one in self.told), *(one for one, _ in (*self.dropped, *self.held))]


def notification_id(template: str, *subject: str) -> str:
    """The one notification of a kind about a subject, for instance an invoice number, or that on one day."""
    return id_from("ntf", template, *subject)


def digest_id(member_id: str, entity: str, group: Group) -> str:
    """Where a member's notifications of a group wait for each other."""
    return id_from("dig", member_id, entity, group)


def is_stale(confirmed_at: datetime, now: datetime) -> bool:
    """Whether a reminder that was confirmed at a moment has to be asked for anew."""
    return now - confirmed_at > FRESH


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


def pay_by(notification: Notification, today: date) -> str:
    """Until when to pay: as many days as were meant, from the day it is sent."""
    if not notification.words.due_on:
        return ""
    meant = date.fromisoformat(notification.words.due_on)
    return (meant + (today - notification.created_at.date())).isoformat()


def answered(notification: Notification, answer: Answer, now: datetime) -> Notification:
    """The notification after a try."""
    if answer.outcome == "sent":
        state = NOTIFICATION.move(notification.state, "send")
        return notification.but(state=state, sent_at=now, sha256=answer.sha256, tries=notification.tries + 1, reason="")
    if answer.outcome == "suppressed":
        return suppressed(notification, answer.reason)
    verb = "wait" if notification.tries < len(PATIENCE) else "fail"
    state = NOTIFICATION.move(notification.state, verb)
    return notification.but(state=state, tries=notification.tries + 1, reason=answer.reason)


def suppressed(notification: Notification, reason: str) -> Notification:
    """The notification that is not sent, and why."""
    return notification.but(state=NOTIFICATION.move(notification.state, "suppress"), reason=reason)


def put_off(notification: Notification, reason: str) -> Notification:
    """The notification that has to wait for now, and why."""
    return notification.but(state=NOTIFICATION.move(notification.state, "wait"), reason=reason)


def as_said(notification: Notification, said: Notification) -> Notification:
    """The notification in the words and to the address it was sent with."""
    return notification.but(words=said.words, to=said.to, language=said.language)
