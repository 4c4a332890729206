"""What `accounting` tells."""

from datetime import date
from typing import Literal

from common.events.base import Event
from common.values import Value


class Posting(Value):
    """One line of a journal: exactly one of debit and credit is positive, in minor units."""

    account: str
    debit_minor: int = 0
    credit_minor: int = 0
    tax_code: str = ""
    country: str = ""
    word: str = ""
    """What the account is for, the same in every chart: `receivables`, `money.stripe`, `revenue.oss`; empty: unsaid."""


class Conversion(Value):
    """At what rate the document's currency stands to another one, and who says so."""

    currency: str
    """The other one: of the tax office, or in which the money was sent."""
    rate: str
    """Units of it for one of the journal's currency, a decimal; empty where it can't be told."""
    on: date
    source: str
    amount_minor: int = 0
    """What was sent, in its minor units; 0 where no money was converted."""


class ReleasedPart(Value):
    """Revenue of one VAT scheme and country."""

    scheme: str
    country: str
    amount_minor: int


class JournalPosted(Event, name="journal.posted"):
    """A balanced journal was posted for one money event."""

    journal_id: str
    entity: str
    document_type: str
    """SAP's: DR invoice, DG credit memo, DZ payment, AB clearing, SA payout."""
    document: str
    """The number or id of what it is for."""
    currency: str
    posted_on: date
    postings: tuple[Posting, ...]
    effective_on: date | None = None
    """The day it happened, by its own document; None: the day it was posted."""
    event: str = ""
    """The name of the money event it is for; empty in old ones."""
    reverses: str = ""
    """The journal it takes back, in whole or in part."""
    conversion: Conversion | None = None


class RevenueReleased(Event, name="revenue.released"):
    """A month has come for which an invoice was paid in advance: its revenue is no contract liability any more."""

    release_id: str
    invoice_id: str
    invoice_number: str
    entity: str
    currency: str
    month: str
    """`2026-11`"""
    amount_minor: int
    parts: tuple[ReleasedPart, ...]
    released_on: date


class PeriodChanged(Event, name="period.changed"):
    """A month of a legal entity's books was closed, or opened again; `revision` grows by one each time."""

    period_id: str
    revision: int
    entity: str
    month: str
    state: Literal["open", "closing", "closed", "reopening"]
    reason: str
    by: str
    """Who did it, without a name: `staff:…`, or the schedule."""
    changed_on: date


class BatchAccepted(Event, name="batch.accepted"):
    """SAP took a summary batch and gave it a document number."""

    batch_id: str
    entity: str
    currency: str
    posted_on: date
    journals: int
    total_minor: int
    sap_document: str
    """The first of its documents in SAP."""
    sap_documents: tuple[str, ...] = ()
    """All of them: one for each document type, more where one would be too long."""
