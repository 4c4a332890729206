"""What `payments` tells."""

from datetime import date
from typing import Annotated, Literal

from common.events.base import Event
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


class PaymentFailed(Event, name="payment.failed"):
    """An attempt failed for good: nothing is in flight any more."""

    payment_id: str
    attempt: int
    invoice_id: str
    invoice_number: str
    amount_minor: int
    currency: str
    code: str
    soft: bool
    """Whether asking again later may succeed."""


class Purpose(Value):
    """So much of the money is for that invoice."""

    invoice_number: str
    amount_minor: int


class PaymentReceived(Event, name="payment.received"):
    """Money came: from a provider for a known invoice, or on a bank account from somebody."""

    receipt_id: str
    source: str
    """Who tells: a provider (`stripe`, `adyen`, `gocardless`, `mollie`), `sepa` (our own direct debits) or `bank`."""
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
    reference: str = ""
    """Structured creditor reference, as given."""
    text: Annotated[str, personal("")] = ""
    """Remittance information, as given."""
    payer_name: Annotated[str, personal("")] = ""
    payer_iban: Annotated[str, personal("")] = ""
    account_iban: str = ""
    final_on: date | None = None
    """From this day on the money can't be taken back by scheme rules."""


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
