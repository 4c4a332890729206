"""Journal and SAP: what SAP moved over the day is what it said it took, account by account."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from functions.audit.proof.batches import COUNTING, live
from functions.audit.proof.day import Body, Day, Key, net
from functions.audit.proof.model import Difference, Figure, Outcome, Timing

OPEN: Final = frozenset({"sent", "unknown"})
"""States of a message that SAP owes an answer to."""


def sap(day: Day) -> Outcome:
    """Compares SAP's movement of the day with the journals; what SAP has not answered is late, what it refused is not.

    A movement is the balance at the end of the day less that of the day before: a difference is one day's alone.
    """
    if not day.journals and not day.batches:
        return Outcome()
    try:
        theirs = _moved(day)
    except ConnectionError as fault:
        return Outcome(late=[Timing(source="sap", code="unreachable", says=f"SAP's balances can't be read: {fault}")])
    found = Outcome(figures=_figures(day, theirs))
    found.late += _late(day)
    found.differences += _refused(day)
    waiting, taken = set(_waiting(day)), _taken(day)
    off = Counter({key: theirs[key] - taken[key] for key in taken.keys() | theirs.keys() if key not in waiting})
    whole = _whole(day, off)
    found.differences += [_difference(day, key, minor, whole) for key, minor in sorted(off.items()) if minor]
    return found


def _moved(day: Day) -> Counter[Key]:
    moved: Counter[Key] = Counter()
    for on, sign in ((day.on, 1), (day.on - timedelta(days=1), -1)):
        for one in day.ask_sap(day.seller, on, day.world):
            moved[one.account, one.currency] += sign * one.amount_minor
    return moved


def _parts(day: Day) -> Iterator[tuple[Body, Body]]:
    """Every SAP document of the day with its batch, reversed ones too: both sides of those are SAP's."""
    for batch in day.batches:
        if batch["state"] not in COUNTING:
            yield from ((batch, part) for part in batch["parts"])


def _said(part: Body) -> str:
    """What SAP said about a part that counts now."""
    return str((part.get("reversal") or part["posting"])["state"])


def _sums(batch: Body, part: Body) -> Counter[Key]:
    found: Counter[Key] = Counter()
    for line in batch["lines"][part["first"] : part["last"]]:
        found[line["account"], batch["currency"]] += net(line)
    return found


def _taken(day: Day) -> Counter[Key]:
    """What SAP says it has posted and not countered."""
    found: Counter[Key] = Counter()
    for batch, part in _parts(day):
        countered = (part.get("reversal") or {}).get("state") == "accepted"
        if part["posting"]["state"] == "accepted" and not countered:
            found.update(_sums(batch, part))
    return found


def _waiting(day: Day) -> Iterator[Key]:
    """The accounts on which nobody knows yet what SAP has."""
    for batch, part in _parts(day):
        if _said(part) in OPEN:
            yield from _sums(batch, part)


def _late(day: Day) -> Iterator[Timing]:
    for batch, part in _parts(day):
        if _said(part) in OPEN:
            yield Timing(
                source="sap",
                code="unanswered",
                documents=(f"sap_batches/{batch['id']}",),
                currency=batch["currency"],
                says=f"SAP has not answered part {part['number']} of batch {batch['id']}, which is {batch['state']}",
            )


def _refused(day: Day) -> Iterator[Difference]:
    """What SAP refused waits for people, not for time."""
    for batch in live(day):
        refused = [part for part in batch["parts"] if _said(part) == "rejected"]
        if refused:
            yield Difference(
                source="sap",
                code="refused",
                currency=batch["currency"],
                documents=(f"sap_batches/{batch['id']}",),
                says=f"SAP refused {len(refused)} parts of batch {batch['id']}: {batch['reason'][:200]}",
            )


def _whole(day: Day, off: Counter[Key]) -> dict[Key, tuple[str, str]]:
    """The documents that are there once more, or once less, on all their accounts: code and reference, by account."""
    found: dict[Key, tuple[str, str]] = {}
    for batch, part in _parts(day):
        sums = {key: minor for key, minor in _sums(batch, part).items() if minor}
        for code, sign in (("lost_by_sap", -1), ("posted_twice", 1)):
            if sums and all(off[key] == sign * minor for key, minor in sums.items()):
                found |= dict.fromkeys(sums, (code, _reference(batch, part)))
    return found


def _difference(day: Day, key: Key, off: int, whole: dict[Key, tuple[str, str]]) -> Difference:
    """With the one document that is there twice or not at all, else all that have the account."""
    account, currency = key
    every = [_reference(batch, part) for batch, part in _parts(day) if _sums(batch, part)[key]]
    code, document = whole.get(key, ("balance_differs", ""))
    return Difference(
        source="sap",
        code=code,
        account=account,
        currency=currency,
        amount_minor=off,
        documents=(document,) if document else tuple(dict.fromkeys(every)),
        says=f"account {account}: SAP moved {off:+d} minor units of {currency} other than it said it took",
    )


def _reference(batch: Body, part: Body) -> str:
    return f"sap_batches/{batch['id']}#{part['posting'].get('document') or part['number']}"


def _figures(day: Day, theirs: Counter[Key]) -> list[Figure]:
    return [
        Figure(
            source="sap",
            measure="moved",
            account=account,
            currency=currency,
            journal_minor=day.moved[account, currency],
            other_minor=theirs[account, currency],
        )
        for account, currency in sorted(day.moved.keys() | {key for key, minor in theirs.items() if minor})
    ]
