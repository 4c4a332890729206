"""A day of a legal entity's books as it is stored: what every comparison reads, each thing once."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, Final

import orjson

from common.dates import day_in
from common.documents import id_from
from common.parties import SELLERS, Seller
from common.ports import Stored
from common.world import PAGE, World

Body = dict[str, Any]
Key = tuple[str, str]
"""Account and currency."""

UNDER_WAY: Final = timedelta(hours=2)
"""So long an event may travel: fifty deliveries, a minute between them at most (`Delivery`), and the sweep."""


@dataclass(frozen=True, slots=True)
class SapSum:
    """What SAP moved on one account in one currency, debits less credits."""

    account: str
    currency: str
    amount_minor: int


AskSap = Callable[[Seller, date, World], Sequence[SapSum]]
"""What SAP holds on every account, posted up to and on a day; ConnectionError where nobody can say."""


@dataclass
class Day:
    """One day of one entity; `before` are the balances of the day before, by `account|currency`."""

    world: World
    entity: str
    on: date
    ask_sap: AskSap
    before: Counter[str] = field(default_factory=Counter)
    entries_before: Counter[str] = field(default_factory=Counter)
    first: bool = False
    """Whether no day before was proven: then what came before counts, too."""
    newest: bool = True
    """Whether it is the last day that is closed: what is open now can be compared with it."""
    seen_before: frozenset[str] = frozenset()
    """What the night before could not explain."""

    @property
    def seller(self) -> Seller:
        """The legal entity."""
        return SELLERS[self.entity]

    @cached_property
    def now(self) -> datetime:
        """When it is looked at."""
        return self.world.now

    @cached_property
    def stored_journals(self) -> list[Stored]:
        """The day's journals as they are stored, by id."""
        return list(self.world.scan("journals", entity_day=f"{self.on.isoformat()}|{self.entity}"))

    @cached_property
    def journals(self) -> dict[str, Body]:
        """The day's journals by id."""
        return {one.id: orjson.loads(one.fields["body"]) for one in self.stored_journals}

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the journals as they are stored."""
        found = hashlib.sha256()
        for one in self.stored_journals:
            found.update(one.fields["body"].encode())
        return found.hexdigest()

    @cached_property
    def moved(self) -> Counter[Key]:
        """Debits less credits of each account over the day."""
        return moved_by(self.journals.values())

    @cached_property
    def balances(self) -> Counter[str]:
        """What each account holds at the end of the day: carried, and the day's movement."""
        found = Counter(self.before)
        for (account, currency), minor in self.moved.items():
            found[f"{account}|{currency}"] += minor
        return found

    @cached_property
    def batches(self) -> list[Body]:
        """The day's batches for SAP."""
        found = self.bodies("sap_batches", posted_on=self.on.isoformat())
        return [body for body in found if body["entity"] == self.entity]

    def bodies(self, collection: str, **equals: str) -> list[Body]:
        """The documents of a collection that say so."""
        return [orjson.loads(one.fields["body"]) for one in self.world.scan(collection, page=PAGE, **equals)]

    def loaded(self, collection: str, ids: Iterable[str]) -> Iterator[tuple[str, Body | None]]:
        """Documents by id, None where there is none."""
        for one in dict.fromkeys(ids):
            found = self.world.stored(collection, one)
            yield one, orjson.loads(found["body"]) if found else None

    def account_of(self, word: str) -> str:
        """The account of a word: as the day booked it, else as the first chart has it."""
        return next(iter(sorted(self.accounts_of(word))), FIRST_CHART[word])

    def accounts_of(self, word: str) -> set[str]:
        """The accounts on which the day's journals booked a word (`receivables`, `money.stripe`)."""
        return {
            line["account"] for journal in self.journals.values() for line in journal["postings"] if is_word(line, word)
        }

    def is_under_way(self, collection: str, document_id: str) -> bool:
        """Whether a document was written so lately, or its news is so unpublished, that others need not know it."""
        records = self.world.records(documents=f"{collection}/{document_id}")
        return bool(records) and self.is_fresh(datetime.fromisoformat(records[-1].body["at"]))

    def is_fresh(self, at: datetime) -> bool:
        """Whether news of then may still be travelling."""
        return self.now - at < UNDER_WAY

    def day_of(self, at: datetime) -> date:
        """The entity's calendar day of an instant."""
        return day_in(self.seller.time_zone, at if at.tzinfo else at.replace(tzinfo=UTC))


def is_word(line: Body, word: str) -> bool:
    """Whether a line books a word; lines of before words were told are known by the account alone."""
    return bool(line.get("word") == word or (not line.get("word") and OLD_ACCOUNTS.get(line["account"]) == word))


FIRST_CHART: Final = {"receivables": "1400", "unapplied": "1590", "in_transit": "1365"}
"""Where a word stands if no journal of the day says."""
OLD_ACCOUNTS: Final = {"1400": "receivables", "1590": "unapplied", "1200": "money.bank", "1365": "in_transit"}
"""What the first chart's accounts are for, where a line does not say."""


def moved_by(journals: Iterable[Body]) -> Counter[Key]:
    """Debits less credits by account and currency."""
    found: Counter[Key] = Counter()
    for journal in journals:
        for line in journal["postings"]:
            found[line["account"], journal["currency"]] += net(line)
    return found


def net(line: Body) -> int:
    """Debit less credit."""
    return int(line["debit_minor"]) - int(line["credit_minor"])


def booked(journal: Body, *words: str) -> int:
    """What a journal books on the accounts of some words, debits less credits."""
    return sum(net(line) for line in journal["postings"] if any(is_word(line, word) for word in words))


def journal_id(*causes: str) -> str:
    """The id of the journal of what these causes name (`functions.accounting.posting`)."""
    return id_from("jrn", *causes)
