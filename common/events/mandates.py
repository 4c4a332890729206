"""What `payments` tells of SEPA mandates, and of debits by them before they are collected."""

from datetime import date
from typing import Annotated, Literal

from common.events.base import Event
from common.parties import personal


class MandateChanged(Event, name="mandate.changed"):
    """A mandate was given, changed or ended; `revision` grows by one each time, so that the newest is known."""

    mandate_id: str
    revision: int
    entity: str
    scheme: Literal["CORE", "B2B"]
    state: Literal["requested", "signed", "active", "suspended", "cancelled", "expired"]
    reference: str
    """By which the member finds it on their bank statement (UMR)."""
    creditor_id: str
    creditor_name: str
    account_ending: Annotated[str, personal("")]
    """The last four characters of the debtor's IBAN."""
    signed_on: date | None = None
    reason: str = ""
    """Why it was suspended or ended: a code of the scheme, or a word."""


class DebitAnnounced(Event, name="debit.announced"):
    """A direct debit is to be collected: the pre-notification a member is entitled to (SDD rulebooks, 4.3.1)."""

    debit_id: str
    payment_id: str
    attempt: int
    invoice_id: str
    invoice_number: str
    entity: str
    amount_minor: int
    """At most so much: what is paid otherwise until then is not debited."""
    currency: str
    collect_on: date
    mandate_id: str
    mandate_reference: str
    scheme: Literal["CORE", "B2B"]
    creditor_id: str
    creditor_name: str
    account_ending: Annotated[str, personal("")]
    """The last four characters of the IBAN that is debited."""
