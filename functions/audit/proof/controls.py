"""Control accounts and what stands behind them: everything that is open now, whenever it was last touched."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from functions.audit.proof import ledgers
from functions.audit.proof.day import Body, Day, booked
from functions.audit.proof.model import Difference, Figure, Outcome, Source, Timing

UNAPPLIED_STATES: Final = ("unapplied", "partly")
MOST_DRILLED: Final = 20_000
CONTROL: Final = "_control"
"""How the codes of what the control accounts do not explain end."""


def controls(day: Day) -> Outcome:
    """Balances carried through the day, with what was posted since, against the open items, receipts and payouts.

    Its cost follows what is open, not how long the books are. What nobody explains is late when it is first seen and
    a difference when the next night sees the same: documents and journals of one moment are read one after another.
    """
    after = list(_after(day))
    found = Outcome()
    items = [one for one in day.bodies("items", state="open") if one["entity"] == day.entity]
    receipts = [
        one for state in UNAPPLIED_STATES for one in day.bodies("receipts", state=state) if one["entity"] == day.entity
    ]
    payouts = [one for one in day.bodies("payouts", state="settled") if one["entity"] == day.entity]
    found.add(_control(day, after, "receivables", "sub_ledger", _sums(items, "open_minor", 1)))
    if found.differences or found.late:
        found = _drilled(day, items, found)
    found.add(_control(day, after, "unapplied", "sub_ledger", _sums(receipts, "unapplied_minor", -1)))
    found.add(_control(day, after, "in_transit", "providers", _sums(payouts, "amount_minor", 1) - _arrived(day)))
    return found


def _after(day: Day) -> Iterator[Body]:
    """The journals posted since the day ended."""
    on, today = day.on, day.day_of(day.now)
    while on < today:
        on += timedelta(days=1)
        yield from day.bodies("journals", entity_day=f"{on.isoformat()}|{day.entity}")


class _Signed(Counter[str]):
    """Sums by currency that may be negative."""

    def __sub__(self, other: Counter[str]) -> "_Signed":
        return _Signed({key: self[key] - other[key] for key in self.keys() | other.keys()})


def _sums(bodies: list[Body], field: str, sign: int) -> _Signed:
    found = _Signed()
    for body in bodies:
        found[body["currency"]] += sign * body[field]
    return found


def _arrived(day: Day) -> Counter[str]:
    """Payouts that are on the bank account before it is known which they are."""
    found: Counter[str] = Counter()
    for one in day.bodies("bank_arrivals", payout_id=""):
        amount, _, currency = one["amount_text"].partition(" ")
        if one["entity"] == day.entity:
            found[currency] += int(amount)
    return found


def _control(day: Day, after: list[Body], word: str, source: Source, there: Counter[str]) -> Outcome:
    found = Outcome()
    account = day.account_of(word)
    currencies = {key.partition("|")[2] for key in day.balances if key.startswith(f"{account}|")} | there.keys()
    for currency in sorted(currencies):
        ours = day.balances[f"{account}|{currency}"]
        ours += sum(booked(one, word) for one in after if one["currency"] == currency)
        figure = Figure(
            source=source,
            measure="balance",
            account=account,
            currency=currency,
            journal_minor=ours,
            other_minor=there[currency],
        )
        found.figures.append(figure)
        if off := figure.difference_minor:
            _unexplained(day, figure, f"{word}{CONTROL}", off, found)
    return found


def _unexplained(day: Day, figure: Figure, code: str, off: int, found: Outcome) -> None:
    says = f"account {figure.account} holds {figure.journal_minor} now, what stands behind it {figure.other_minor}"
    about = {"source": figure.source, "code": code, "currency": figure.currency, "amount_minor": off, "says": says}
    if seen_as(late := Timing.model_validate(about)) in day.seen_before:
        found.differences.append(Difference.model_validate({"account": figure.account, **about}))
    else:
        found.late.append(late)


def seen_as(one: Timing | Difference) -> str:
    """By what the next night knows it again."""
    return f"{one.code}|{one.currency}|{one.amount_minor}"


def waits(found: Outcome) -> list[Timing | Difference]:
    """What of the control accounts nobody explained."""
    every: list[Timing | Difference] = [*found.late, *found.differences]
    return [one for one in every if one.code.endswith(CONTROL)]


def _drilled(day: Day, items: list[Body], control: Outcome) -> Outcome:
    """The items that are not what their journals say; where they explain the difference they stand for it."""
    drilled = ledgers.items(day, {one["number"] for one in items[:MOST_DRILLED]})
    off = sum(one.amount_minor for one in drilled.differences) + sum(one.amount_minor for one in drilled.late)
    whole = sum(figure.difference_minor for figure in control.figures)
    if off != whole:
        drilled.late += control.late
        drilled.differences += control.differences
    drilled.figures = control.figures
    return drilled
