"""What `accounting` tells."""

from datetime import date

from common.events.base import Event
from common.values import Value


class Posting(Value):
    """One line of a journal: exactly one of debit and credit is positive, in minor units."""

    account: str
    debit_minor: int = 0
    credit_minor: int = 0
    tax_code: str = ""
    country: str = ""


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


class BatchAccepted(Event, name="batch.accepted"):
    """SAP took a summary batch and gave it a document number."""

    batch_id: str
    entity: str
    currency: str
    posted_on: date
    journals: int
    total_minor: int
    sap_document: str
