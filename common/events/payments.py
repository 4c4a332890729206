"""What `payments` tells."""

from datetime import date

from common.events.base import Event


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
    reference: str = ""
    """Structured creditor reference, as given."""
    text: str = ""
    """Remittance information, as given."""
    payer_name: str = ""
    payer_iban: str = ""
    account_iban: str = ""
    final_on: date | None = None
    """From this day on the money can't be taken back by scheme rules."""
