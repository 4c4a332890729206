"""Journals: one for each money event, found by document, member and day. Never changed after."""

from datetime import date, datetime
from typing import Final, Self

from pydantic import model_validator

from common.dates import day_in
from common.documents import Document, id_from
from common.events.accounting import Conversion, JournalPosted, Posting, RevenueReleased
from common.failures import Rejected
from common.money import Currency
from common.parties import SELLERS, Seller
from functions.accounting.posting import DocumentType, Entry, journal_id, sales_accounts

SALES: Final = frozenset({"DR", "DG"})
"""Documents that book revenue and VAT."""


def batch_day(day: date, entity: str, currency: str) -> str:
    """What is posted to SAP together: `2026-10-01|MP|EUR`."""
    return f"{day.isoformat()}|{entity}|{currency}"


def entity_day(day: date, entity: str) -> str:
    """A day of a legal entity in all its currencies: `2026-10-01|MP`."""
    return f"{day.isoformat()}|{entity}"


def document_key(document: str) -> str:
    """How a journal is found by the document it is for: numbers in sequence are never indexed as they are."""
    return id_from("k", document)


def seller(entity: str) -> Seller:
    """The legal entity; Rejected `unknown_entity` where there is none of that code."""
    if entity not in SELLERS:
        raise Rejected("unknown_entity", f"there is no legal entity {entity!r}")
    return SELLERS[entity]


class Journal(Document):
    """A balanced journal for one money event, in the currency of its document. Never changed after."""

    collection = "journals"
    indexed = ("batch_day", "document_key", "entity_day", "member_id")

    batch_day: str
    entity_day: str
    document_key: str
    member_id: str
    entity: str
    document_type: DocumentType
    document: str
    currency: Currency
    posted_on: date
    """The day it stands in the books: of an open period, the day it was written."""
    postings: tuple[Posting, ...]
    effective_on: date | None = None
    """The day it happened, by its own document; None in old ones: the day it was posted."""
    event: str = ""
    """The name of the money event it is for; empty in old ones."""
    reverses: str = ""
    """The journal it takes back, in whole or in part."""
    settles_with: str = ""
    """Of a match: the journal of the money it puts to use."""
    conversion: Conversion | None = None

    @property
    def happened_on(self) -> date:
        """The day it happened."""
        return self.effective_on or self.posted_on

    @model_validator(mode="after")
    def _balanced(self) -> Self:
        if not self.postings:
            raise ValueError("a journal has lines")
        if any(min(p.debit_minor, p.credit_minor) != 0 or p.debit_minor + p.credit_minor <= 0 for p in self.postings):
            raise ValueError("each line has exactly one positive side")
        if sum(p.debit_minor - p.credit_minor for p in self.postings):
            raise ValueError("debits equal credits")
        if self._books_no_sale and sales_accounts() & {p.account for p in self.postings}:
            raise ValueError("revenue and VAT are booked by invoices and credit notes alone")
        return self

    @property
    def _books_no_sale(self) -> bool:
        return self.document_type not in SALES and self.event != RevenueReleased.name


def today(entity: str, now: datetime) -> date:
    """The legal entity's day; Rejected `unknown_entity`."""
    return day_in(seller(entity).time_zone, now)


def journal_of(entry: Entry, posted_on: date) -> Journal:
    """The journal of an entry, on a day of an open period."""
    return Journal(
        id=journal_id(*entry.causes),
        batch_day=batch_day(posted_on, entry.entity, entry.currency),
        entity_day=entity_day(posted_on, entry.entity),
        document_key=document_key(entry.document),
        member_id=entry.member_id,
        entity=entry.entity,
        document_type=entry.document_type,
        document=entry.document,
        currency=entry.currency,
        posted_on=posted_on,
        postings=entry.postings,
        effective_on=entry.effective_on,
        event=entry.event,
        reverses=entry.reverses,
        settles_with=entry.settles_with,
        conversion=entry.conversion,
    )


def posted(journal: Journal) -> JournalPosted:
    """The event that tells of a journal."""
    return JournalPosted(
        member_id=journal.member_id,
        journal_id=journal.id,
        entity=journal.entity,
        document_type=journal.document_type,
        document=journal.document,
        currency=journal.currency,
        posted_on=journal.posted_on,
        postings=journal.postings,
        effective_on=journal.effective_on,
        event=journal.event,
        reverses=journal.reverses,
        conversion=journal.conversion,
    )
