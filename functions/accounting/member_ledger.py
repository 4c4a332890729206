"""A member's account: what they owe, what they have paid for nothing yet, what they are owed, line by line."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from common.events.accounting import Posting
from common.failures import Rejected
from common.values import Value
from functions.accounting.model.journals import Journal
from functions.accounting.posting import chart_of

WORDS: Final = ("receivables", "unapplied", "refunds")
"""The accounts that are kept member by member."""


class LedgerLine(Value):
    """What one journal moved on a member's account."""

    journal_id: str
    posted_on: date
    effective_on: date
    event: str
    document_type: str
    document: str
    currency: str
    word: str
    """`receivables`, `unapplied` or `refunds`: what the member owes, has paid for nothing yet, or is owed back."""
    debit_minor: int
    credit_minor: int
    balance_minor: int
    """What the member owes after it, in this currency: debits less credits of all lines up to it."""


def lines_of(journals: Iterable[Journal], as_of: date | None, currency: str | None) -> list[LedgerLine]:
    """The member's lines up to a day, in the order of the books; the balance runs in each currency apart.

    Money that came as nobody's is in no member's account: a match of it only shows what it paid, so that what all
    members hold and what is nobody's add up to the accounts.
    """
    own = list(journals)
    ids = {journal.id for journal in own}
    balances: Counter[str] = Counter()
    found: list[LedgerLine] = []
    for journal in sorted(own, key=_order):
        if (as_of and journal.posted_on > as_of) or (currency and journal.currency != currency):
            continue
        for posting, word in _kept(journal, ids):
            balances[journal.currency] += posting.debit_minor - posting.credit_minor
            found.append(_line(journal, posting, word, balances[journal.currency]))
    return found


def _order(journal: Journal) -> tuple[date, date, str, str]:
    return journal.posted_on, journal.happened_on, journal.document, journal.id


def _kept(journal: Journal, own: set[str]) -> list[tuple[Posting, str]]:
    foreign = bool(journal.settles_with) and journal.settles_with not in own
    named = [(posting, _word(journal, posting)) for posting in journal.postings]
    return [(posting, word) for posting, word in named if word in WORDS and not (foreign and word == "unapplied")]


def _word(journal: Journal, posting: Posting) -> str:
    """What a line's account is for; of old journals, whose lines don't say, by the chart of their day."""
    if posting.word:
        return posting.word
    accounts = chart_of(journal.entity, journal.happened_on).accounts
    return next((word for word in WORDS if accounts[word] == posting.account), "")


def _line(journal: Journal, posting: Posting, word: str, balance_minor: int) -> LedgerLine:
    return LedgerLine(
        journal_id=journal.id,
        posted_on=journal.posted_on,
        effective_on=journal.happened_on,
        event=journal.event,
        document_type=journal.document_type,
        document=journal.document,
        currency=journal.currency,
        word=word,
        debit_minor=posting.debit_minor,
        credit_minor=posting.credit_minor,
        balance_minor=balance_minor,
    )


def totals(lines: Sequence[LedgerLine]) -> list[dict[str, str | int]]:
    """Debits less credits of each account and of all, by currency."""
    sums: Counter[tuple[str, str]] = Counter()
    for line in lines:
        sums[line.currency, line.word] += line.debit_minor - line.credit_minor
    return [
        {"currency": currency}
        | {f"{word}_minor": sums[currency, word] for word in WORDS}
        | {"balance_minor": sum(sums[currency, word] for word in WORDS)}
        for currency in sorted({line.currency for line in lines})
    ]


def page(lines: Sequence[LedgerLine], after: str, limit: int) -> tuple[list[LedgerLine], str]:
    """The next lines after a place, journals never torn apart, and the place they end at; empty at the end."""
    journals = list(dict.fromkeys(line.journal_id for line in lines))
    if after and after not in journals:
        raise Rejected("wrong_page", "there is no such page: ask without a page_token", status=400)
    start = journals.index(after) + 1 if after else 0
    chosen = journals[start : start + limit]
    more = start + limit < len(journals)
    inside = set(chosen)
    return [line for line in lines if line.journal_id in inside], chosen[-1] if more else ""
