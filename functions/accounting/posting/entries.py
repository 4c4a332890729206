"""What is to be journalled for one event, and how its lines are made."""

from collections.abc import Iterable
from datetime import date
from typing import Literal

from common.documents import id_from
from common.events.accounting import Conversion, Posting
from common.failures import Rejected
from common.values import Exact, Value, of_checked
from functions.accounting.posting.charts import Chart

DocumentType = Literal["DR", "DG", "DZ", "AB", "SA"]
"""SAP's: DR customer invoice, DG customer credit memo, DZ customer payment, AB clearing, SA general ledger."""


class Part(Exact):
    """Revenue of one charge that belongs to one month after the one it was billed in."""

    charge_id: str
    month: str
    """`2026-11`"""
    scheme: str
    country: str
    amount_minor: int


class Entry(Value):
    """What is to be journalled for one event; no lines where it moves no money."""

    event: str
    """The event's name."""
    causes: tuple[str, ...]
    """What makes it unique, for the journal's id."""
    document_type: DocumentType
    document: str
    entity: str
    currency: str
    member_id: str
    effective_on: date
    """The day it happened, by its own document: it may be posted later."""
    postings: tuple[Posting, ...]
    reverses: str = ""
    """The journal it takes back, in whole or in part."""
    settles_with: str = ""
    """The journal of the money that a match puts to use."""
    conversion: Conversion | None = None
    deferred: tuple[Part, ...] = ()
    """Of an invoice: the revenue of later months."""


def journal_id(*causes: str) -> str:
    """The id of the journal of what these causes name: known before it is there."""
    return id_from("jrn", *causes)


def line(chart: Chart, word: str, signed_minor: int, tax_code: str = "", country: str = "") -> Posting:
    """A line: a positive amount is a debit, a negative one a credit. Rejected `no_account` for an unknown word."""
    account = chart.words.get(word)
    if account is None:
        raise Rejected("no_account", f"the chart has no account for {word!r}")
    return of_checked(
        Posting,
        {
            "account": account,
            "debit_minor": max(signed_minor, 0),
            "credit_minor": max(-signed_minor, 0),
            "tax_code": tax_code,
            "country": country,
            "word": word,
        },
    )


def transfer(chart: Chart, debit: str, credit: str, amount_minor: int) -> tuple[Posting, ...]:
    """An amount from one account to another; the other way round where it is negative."""
    return balanced([line(chart, debit, amount_minor), line(chart, credit, -amount_minor)])


def balanced(lines: Iterable[Posting]) -> tuple[Posting, ...]:
    """The lines that move something; Rejected `unbalanced` where they don't come to nothing."""
    moved = tuple(each for each in lines if each.debit_minor or each.credit_minor)
    difference = sum(each.debit_minor - each.credit_minor for each in moved)
    if difference:
        raise Rejected("unbalanced", f"debits and credits differ by {difference} minor units")
    return moved
