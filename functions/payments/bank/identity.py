"""What makes an entry the same one in every file it comes in.

An entry is known by account, currency, booking day, signed amount and evidence, the first of these that it has:

1. the bank's own reference of it (`AcctSvcrRef`) or the payment's UETR. Banks keep both the same in reports,
   notifications and statements, so that any number of files with it is one entry (*strong*);
2. the end-to-end id, a structured reference, or who is on the other side and what they wrote. Payers repeat these, so
   that two such entries may be two payments (*weak*): they are counted. A statement tells of all entries of its
   stretch of the account; so of two statements that share a stretch the larger count is right, of two stretches beside
   each other the sum, and reports and notifications can only confirm what a statement tells or run ahead of it.

Within one file equal entries are as many as there are, so each has a rank. What is counted so is the same whatever
the order of the files, however they overlap and however often they come.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from common.documents import id_from
from common.values import Value
from functions.payments.bank.entries import AccountStatement, Detail, Entry, Kind

_MOST_COMPARED = 10
_IT_AND_ITS_CHARGE = 2


@dataclass(frozen=True, slots=True)
class Placed:
    """One payment of an entry with all that tells it from others."""

    entry: Entry
    """Without its details: a batch may have a hundred thousand."""
    detail: Detail
    parts: int
    """How many details its entry has."""
    fee_minor: int
    """What the bank took in the same entry."""
    key: str
    """Of the entry."""
    strong: bool
    rank: int
    """Among equal entries of its statement, from 1."""
    part: int
    """Among the payments of its entry, from 0."""
    sighting: "Sighting | None" = None
    """Where it is weak: what its statement says of how many there are."""
    charged: Detail | None = None
    """What the bank took this for, where it is a charge and the only other part of its entry."""


class Sighting(Value):
    """How many entries of one key a statement has, and on which stretch of that day's balances."""

    statement_id: str
    kind: Kind
    count: int
    known_before: int = 0
    """How many there were without it, when it was seen first."""
    brings: int = 0
    """How many it added then: its last ones."""
    before_minor: int = 0
    """The balance where its stretch of the day begins."""
    after_minor: int = 0
    whole_day: bool = False
    """It goes on before and after that day: whatever else there is of it is in this stretch."""
    number: str = ""
    """Format, number and page in the bank's series; empty where the bank does not count."""


def placed(statement: AccountStatement, statement_id: str = "") -> list[Placed]:
    """Every payment of a statement in its order; reversals last, so that what they take back is there."""
    keys = [_key(statement, entry) for entry in statement.entries]
    twins = Counter(key for key, _ in keys)
    stretches = _stretches(statement)
    sightings: dict[str, Sighting] = {}
    ranks: Counter[str] = Counter()
    found: list[Placed] = []
    for entry, (key, strong) in zip(statement.entries, keys, strict=True):
        ranks[key] += 1
        if not strong and key not in sightings:
            sightings[key] = _sighting(statement, statement_id, entry.booked_on, twins[key], stretches)
        seen = sightings.get(key)
        head, details = entry.head(), entry.details
        parts, rank = len(details), ranks[key]
        fee = (
            -sum(detail.amount_minor for detail in details if detail.is_charge)
            if parts > 1 or details[0].is_charge
            else 0
        )
        found += [
            Placed(head, detail, parts, fee, key, strong, rank, part, seen, _charged(detail, entry))
            for part, detail in enumerate(details)
        ]
    return sorted(found, key=_is_reversal) if any(entry.reversal for entry in statement.entries) else found


def _is_reversal(one: Placed) -> bool:
    return one.entry.reversal


def _charged(detail: Detail, entry: Entry) -> Detail | None:
    if not detail.is_charge or len(entry.details) != _IT_AND_ITS_CHARGE:
        return None
    others = [other for other in entry.details if not other.is_charge]
    return others[0] if len(others) == 1 else None


def id_of(key: str, occurrence: int, part: int) -> str:
    """The id of one payment of the so manieth entry of a key."""
    return id_from("rcp", key, str(occurrence), str(part))


def _stretches(statement: AccountStatement) -> dict[date, tuple[int, int]]:
    """The balances between which each day's entries lie."""
    moved: Counter[date] = Counter()
    for entry in statement.entries:
        moved[entry.booked_on] += entry.amount_minor
    found, balance = {}, statement.opening_minor or 0
    for day in sorted(moved):
        found[day] = (balance, balance + moved[day])
        balance += moved[day]
    return found


def _sighting(
    statement: AccountStatement, statement_id: str, day: date, count: int, stretches: dict[date, tuple[int, int]]
) -> Sighting:
    if statement.kind != "booked" or statement.opening_minor is None:
        return Sighting(statement_id=statement_id, kind=statement.kind, count=count)
    before, after = stretches[day]
    return Sighting(
        statement_id=statement_id,
        kind="booked",
        count=count,
        before_minor=before,
        after_minor=after,
        whole_day=statement.opened_on < day < statement.closed_on,
        number=f"{statement.format} {statement.sequence}/{statement.page}" if statement.sequence else "",
    )


def number_of(sightings: Iterable[Sighting]) -> int:
    """How many entries of a key there are, by everything that was sighted. More sightings never make it fewer."""
    by_kind: dict[Kind, list[Sighting]] = {"booked": [], "report": [], "notification": []}
    for one in sightings:
        by_kind[one.kind].append(one)
    hinted = max((one.count for kind in ("report", "notification") for one in by_kind[kind]), default=0)
    return max(hinted, _most_beside(by_kind["booked"]))


def _most_beside(booked: Sequence[Sighting]) -> int:
    """The most entries on stretches that lie beside each other."""
    if len(booked) > _MOST_COMPARED:
        booked = sorted(booked, key=lambda one: (-one.count, one.statement_id))[:_MOST_COMPARED]
    best = max((one.count for one in booked), default=0)
    for size in range(2, len(booked) + 1):
        for chosen in combinations(booked, size):
            if all(_beside(a, b) for a, b in combinations(chosen, 2)):
                best = max(best, sum(one.count for one in chosen))
    return best


def _beside(a: Sighting, b: Sighting) -> bool:
    """Whether two statements tell of different stretches of a day, by their balances, else by their numbers."""
    if a.whole_day or b.whole_day:
        return False
    chained = a.after_minor == b.before_minor or b.after_minor == a.before_minor
    shared = a.before_minor == b.before_minor or a.after_minor == b.after_minor
    if chained != shared:
        return chained
    return bool(a.number and b.number) and a.number != b.number and a.number.split()[0] == b.number.split()[0]


def _key(statement: AccountStatement, entry: Entry) -> tuple[str, bool]:
    evidence, strong = _evidence(entry)
    booked = (entry.booked_on.isoformat(), str(entry.amount_minor))
    return id_from("key", statement.account, statement.currency, *booked, *evidence), strong


def _evidence(entry: Entry) -> tuple[tuple[str, str], bool]:
    one = entry.details[0]
    alone = len(entry.details) == 1
    if entry.bank_reference or (alone and one.bank_reference):
        return ("bank", entry.bank_reference or one.bank_reference), True
    if alone and one.uetr:
        return ("uetr", one.uetr.lower()), True
    if entry.batch_id or entry.message_id:
        return ("batch", f"{entry.message_id} {entry.batch_id}"), False
    if one.end_to_end_id:
        return ("end to end", one.end_to_end_id), False
    if one.references:
        return ("reference", one.references[0]), False
    return ("said", _plain(f"{one.counterparty_iban or one.counterparty_name} {one.text}")), False


def _plain(text: str) -> str:
    """Letters and digits alone: banks break lines and fill with blanks differently."""
    return re.sub(r"[\W_]+", "", text).upper()
