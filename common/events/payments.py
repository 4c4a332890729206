"""What `payments` tells."""

from datetime import date
from typing import Annotated

from common.events.base import Event
from common.parties import personal


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


class PaymentReceived(Event, name="payment.received"):
    """Money came: from a provider for a known invoice, or on a bank account from somebody."""

    receipt_id: str
    source: str
    """`stripe` or `bank`."""
    entity: str
    amount_minor: int
    currency: str
    received_on: date
    invoice_number: str = ""
    """Where the source knows it for certain (our own request to a provider)."""
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
