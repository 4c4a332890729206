"""What `payments` tells."""

from datetime import date, datetime
from typing import Annotated, Literal

from common.events.base import Event
from common.events.dunning import OfReminder
from common.parties import personal
from common.values import Value


class PaymentRequested(Event, name="payment.requested"):
    """A provider was asked to collect: from now on the money is in flight."""

    payment_id: str
    attempt: int
    invoice_id: str
    invoice_number: str
    entity: str
    amount_minor: int
    currency: str
    provider: str


class CollectionAnnounced(Event, name="collection.announced"):
    """An attempt is about to be made: credit that is there is used first, and nobody is chased meanwhile."""

    payment_id: str
    attempt: int
    invoice_id: str
    invoice_number: str
    entity: str
    currency: str
    collects_at: datetime
    """When it asks for what is still open by then."""


class PaymentActionRequired(Event, name="payment.action_required"):
    """A collection goes on only with its member: the bank wants them, or another card, account or mandate is needed."""

    payment_id: str
    attempt: int
    invoice_id: str
    invoice_number: str
    entity: str
    amount_minor: int
    currency: str
    method: str
    provider: str
    why: Literal["authenticate", "new_method", "new_mandate"]
    code: str
    act_by: date


class Purpose(Value):
    """So much of the money is for that invoice."""

    invoice_number: str
    amount_minor: int


class PaymentExpected(Event, name="payment.expected"):
    """Money that a member sent by themselves is on its way, or is so no longer: nobody is chased for it meanwhile."""

    source_id: str
    """Of the checkout by which it comes."""
    revision: int
    """Grows with each news of the same money, so that the newest is known."""
    state: Literal["on_its_way", "arrived", "failed"]
    entity: str
    currency: str
    amount_minor: int
    method: str
    provider: str
    purposes: tuple[Purpose, ...]
    expected_at: datetime
    """When it was said so."""


class PaymentFailed(Event, name="payment.failed"):
    """An attempt failed: nothing is in flight any more, unless a further one is planned."""

    payment_id: str
    attempt: int
    invoice_id: str
    invoice_number: str
    amount_minor: int
    currency: str
    code: str
    soft: bool
    """Whether asking again later may succeed."""
    reason_class: str = ""
    """What the failure means: `soft`, `needs_member`, `new_method`, `new_mandate`, `stop`."""
    retry_at: datetime | None = None
    """When the next attempt is made by itself: until it is over, its money counts as in flight."""


class WayBack(Value):
    """One way in which money can still be taken back, and the last day of it.

    `returned` by the payer's bank, `refunded` on the payer's word, `claimed` as unauthorised, `disputed` with a card.
    """

    can: Literal["returned", "refunded", "claimed", "disputed"]
    until: date


class PaymentReceived(Event, name="payment.received"):
    """Money came: from a provider for a known invoice, or on a bank account from somebody."""

    receipt_id: str
    source: str
    """Who tells: a provider (`stripe`, `adyen`, `gocardless`, `mollie`), `sepa` (our own direct debits), `bank`,
    or `proceeds` (of the member's own sales, which the marketplace keeps back)."""
    entity: str
    amount_minor: int
    currency: str
    received_on: date
    invoice_number: str = ""
    """Where the source knows it for certain (our own request to a provider)."""
    purposes: tuple[Purpose, ...] = ()
    """Where one payment was made for several invoices, known for certain; then `invoice_number` is empty."""
    attempt: int = 0
    """Which of our requests it answers, and ends; 0 where we asked nobody."""
    checkout_id: str = ""
    """By which the member paid it themselves, with a provider; empty for all other money."""
    method: str = ""
    """By which they paid it there (`card`, `direct_debit`, `ideal`); empty where nobody says."""
    last_attempt: int = 0
    """The number of the attempt that was planned beside it and is not made any more; 0 where there was none."""
    provider_id: str = ""
    """The provider's id of the payment; empty for money that came by bank."""
    reference: str = ""
    """Structured creditor reference, as given."""
    references: tuple[str, ...] = ()
    """All of them, where the payer gave several."""
    text: Annotated[str, personal("")] = ""
    """Remittance information, as given."""
    end_to_end_id: Annotated[str, personal("")] = ""
    """The payer's own id of the payment, as banks pass it on."""
    ultimate_debtor: Annotated[str, personal("")] = ""
    """For whom the payer paid, where it says so."""
    charges_minor: int = 0
    """What banks say they took on the way; already off the amount."""
    original_minor: int = 0
    """What was sent, in minor units of `original_currency`; 0 where it was this amount."""
    original_currency: str = ""
    payer_name: Annotated[str, personal("")] = ""
    payer_iban: Annotated[str, personal("")] = ""
    account_iban: str = ""
    final_on: date | None = None
    """From this day on the money can't be taken back by scheme rules."""
    ways_back: tuple[WayBack, ...] = ()
    """How it can be taken back until then, in the order these ways close."""


class PaymentReturned(Event, name="payment.returned"):
    """Money that had come was taken back: a returned debit, a chargeback. What it paid is open again."""

    return_id: str
    """The same return has the same id, whoever tells it first and however often."""
    receipt_id: str
    source: str
    kind: Literal["return", "chargeback"]
    entity: str
    amount_minor: int
    currency: str
    invoice_number: str = ""
    """Where it is known for certain."""
    code: str = ""
    """The scheme's reason: ISO 20022 (`AM04`), or the card network's."""
    fee_minor: int = 0
    """What the bank or provider charges us for it, beside the amount."""
    returned_on: date


class RefundPaid(Event, name="refund.paid"):
    """Money was given back, by the way it had come or by transfer."""

    refund_id: str
    receipt_id: str
    sequence: int
    """Counts what was told of this refund."""
    source: str
    """Whose account it left: a provider or `bank`."""
    entity: str
    amount_minor: int
    currency: str
    invoice_number: str = ""
    credit_note_number: str = ""
    paid_on: date


class RefundFailed(Event, name="refund.failed"):
    """Money could not be given back this way (a closed account, an expired card): somebody finds another one."""

    refund_id: str
    receipt_id: str
    sequence: int
    source: str
    entity: str
    amount_minor: int
    currency: str
    code: str
    undone: bool = False
    """Whether it had been told as paid: the money has come back to us."""
    failed_on: date


class DisputeOpened(Event, name="dispute.opened"):
    """A member disputes a payment at their bank. What was taken of us for it, `payment.returned` tells."""

    dispute_id: str
    receipt_id: str
    provider: str
    invoice_number: str
    amount_minor: int
    currency: str
    reason: str
    evidence_due_at: datetime | None = None
    """Until when we may answer."""


class DisputeClosed(Event, name="dispute.closed"):
    """A dispute is over. Money that comes back with it is told as received."""

    dispute_id: str
    receipt_id: str
    provider: str
    invoice_number: str
    amount_minor: int
    currency: str
    outcome: Literal["won", "lost", "closed"]


class PayoutSettled(Event, name="payout.settled"):
    """A provider pays out what it collected, less what it gave back and keeps. All amounts are signed, plus is ours."""

    payout_id: str
    provider: str
    entity: str
    currency: str
    amount_minor: int
    """What reaches the bank: the sum of the others."""
    charges_minor: int = 0
    refunds_minor: int = 0
    chargebacks_minor: int = 0
    fees_minor: int = 0
    adjustments_minor: int = 0
    unexplained: int = 0
    """How many of its lines we have no movement of our own for: a case each."""
    settled_on: date


class PayoutArrived(Event, name="payout.arrived"):
    """A provider's payout is on our bank account."""

    receipt_id: str
    """The bank entry's."""
    provider: str
    payout_id: str = ""
    """Empty until it is known which."""
    entity: str
    amount_minor: int
    currency: str
    account_iban: str = ""
    arrived_on: date


class PaymentMethodSetUp(Event, name="payment_method.set_up"):
    """A member has set up a method, with strong authentication, by which later invoices are collected without them."""

    checkout_id: str
    provider: Literal["stripe", "adyen", "gocardless", "mollie"]
    method: Literal["card", "direct_debit"]
    token: Annotated[str, personal("")]
    label: Annotated[str, personal("")] = ""
    """As the member knows it: `Visa 4242`."""
    expires_on: date | None = None


class BankEntryBooked(Event, name="bank_entry.booked"):
    """Something was booked on our bank account that is nobody's payment: fees, interest, transfers of our own."""

    entry_id: str
    kind: Literal["bank_fee", "interest", "own_transfer", "unknown"]
    """`unknown`: nobody can say yet; it waits on a suspense account for people."""
    entity: str
    amount_minor: int
    """Signed: plus came in."""
    currency: str
    account_iban: str
    booked_on: date


class ReminderConfirmed(OfReminder, Event, name="reminder.confirmed"):
    """No money for it is on its way by anything we asked for or were told of: the reminder may be sent, but soon."""

    confirmed_at: datetime
    """When that was so: an older one is asked for anew."""
