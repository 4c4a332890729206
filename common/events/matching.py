"""What `matching` tells. It alone knows what is still owed."""

from datetime import date
from typing import Annotated, Literal

from common.events.base import Event, Fact
from common.events.dunning import OfReminder
from common.parties import personal
from common.values import Value


class OfItem(Fact):
    """An item as a commit left it: all its events of one commit say the same."""

    item_id: str
    item_version: int
    """Counts the item's commits: news of a lower version is older."""
    invoice_id: str
    invoice_number: str
    currency: str
    open_minor: int
    """Left open on the item."""


class PaymentMatched(OfItem, Event, name="payment.matched"):
    """Money was put on an open item. The rest of the money, if any, is unapplied credit."""

    match_id: str
    receipt_id: str
    entity: str
    amount_minor: int
    evidence: tuple[str, ...]
    score_basis_points: int = 0
    """How probable it was by the evidence; 0 where a person decided, or nobody counted."""
    rules_version: str = ""
    """Of the rules of evidence; empty where it was certain by itself, or a person decided."""
    decided_by: str = ""
    """The person, or `rules`."""
    unapplied_minor: int
    """Left of the money after this match."""
    matched_on: date


class Suggestion(Value):
    """So much of a receipt may be for that item."""

    item_id: str
    invoice_number: str
    amount_minor: int
    score_basis_points: int
    """How likely it is, by the evidence."""
    stands: bool = True
    """False once it is decided, whichever way, or nothing speaks for it any more."""


class PaymentSuggested(Event, name="payment.suggested"):
    """Unapplied money plausibly pays some items of a member, and somebody has to say so; or does not any more.

    Nobody is reminded of them meanwhile. Where several members may have sent it, each is told of for themselves.
    """

    receipt_id: str
    revision: int
    """Grows with each news of the same receipt: the newest holds."""
    entity: str
    currency: str
    suggestions: tuple[Suggestion, ...]
    """Every item that was ever suggested for it, so that who holds something back for one knows when that is over."""
    evidence: tuple[str, ...] = ()
    """Why, in words; empty where nothing stands any more."""
    rules_version: str = ""
    suggested_on: date


class PaymentUnmatched(OfItem, Event, name="payment.unmatched"):
    """A match was taken back, in whole or in part, by a counter-entry: that money is unapplied credit again."""

    unmatch_id: str
    """A match can be cut more than once: this names the one time."""
    match_id: str
    receipt_id: str
    entity: str
    amount_minor: int
    reason: str
    unmatched_on: date


class Refund(Value):
    """So much of a receipt is to be paid back."""

    receipt_id: str
    amount_minor: int


class RefundRequested(Event, name="refund.requested"):
    """Money is set aside to be paid back: owed to whoever paid it, until it is."""

    refund_id: str
    receipt_id: str
    source: str
    """Who brought the money: it goes back the same way."""
    provider_id: str = ""
    """The provider's id of the payment; empty for money that came by bank."""
    entity: str
    amount_minor: int
    currency: str
    invoice_number: str = ""
    credit_note_id: str = ""
    """Empty where money that paid for nothing is given back."""
    credit_note_number: str = ""
    payer_name: Annotated[str, personal("")] = ""
    payer_iban: Annotated[str, personal("")] = ""
    reason: str = ""
    requested_by: str = ""
    """The person who asked for it; empty where a rule did."""
    requested_on: date


class RefundWithdrawn(Event, name="refund.withdrawn"):
    """The money that was set aside was taken from us meanwhile (a returned debit, a chargeback): nothing is owed back.

    Where it was paid back all the same, the member has it twice.
    """

    refund_id: str
    receipt_id: str
    return_id: str
    """What took it."""
    entity: str
    amount_minor: int
    currency: str
    reason: str
    withdrawn_on: date


class CreditNoteApplied(OfItem, Event, name="credit_note.applied"):
    """What became of a credit note: offset, credit and refund add up to it."""

    credit_note_id: str
    credit_note_number: str
    entity: str
    offset_minor: int
    """It reduced what was still due."""
    credit_minor: int
    """It had been paid: unapplied money of the member again."""
    refund_minor: int
    """It had been paid and is to be paid back: owed to the member until then."""
    refunds: tuple[Refund, ...] = ()
    """Out of which money."""
    applied_on: date


SettledBy = Literal["payment", "credit_note", "write_off", "nothing"]


class ItemSettled(OfItem, Event, name="item.settled"):
    """Nothing is open on an item any more (paid, credited or both)."""

    open_minor: int = 0
    total_minor: int
    settled_on: date
    by: SettledBy = "payment"
    """What settled it last; `nothing` where nothing was ever owed."""


class ItemReopened(OfItem, Event, name="item.reopened"):
    """A settled item is open again."""


class ItemOverdue(OfItem, Event, name="item.overdue"):
    """Nothing came by the due date, and nothing is in flight."""

    reference: str
    entity: str
    total_minor: int
    due_on: date
    email: Annotated[str, personal("")]
    language: str
    buyer_name: Annotated[str, personal()]


class OverdueItemChanged(OfItem, Event, name="overdue_item.changed"):
    """An item that was told as overdue has changed: money, credit, a collection begun or ended.

    Who follows what is late needs no other event; of items that never were overdue it is not told.
    """

    overdue_version: int
    """The version of its last `item.overdue`: whoever has not heard of that yet waits for it."""
    in_flight: bool
    """Whether a provider is collecting it."""


class WriteOffDecided(OfItem, Event, name="write_off.decided"):
    """So much of an item is not claimed any more: a difference of cents by rule, or somebody's decision."""

    write_off_id: str
    entity: str
    amount_minor: int
    reason: str
    decided_by: str
    """The person, or `rules`."""
    approved_by: str = ""
    """The second person, where one may not alone."""
    decided_on: date


class WriteOffWithdrawn(OfItem, Event, name="write_off.withdrawn"):
    """What was written off is claimed again, all of it."""

    write_off_id: str
    entity: str
    amount_minor: int
    reason: str
    withdrawn_on: date


class ReminderOwed(OfReminder, Event, name="reminder.owed"):
    """What a reminder asks for is owed, and no collection of it is known here: its amount is what is open by now."""
