"""Whether an account's statements follow each other without a gap, whatever the order they come in.

Statements that follow each other are joined into spans. More than one span is a gap: a state and not a refusal, for
the money on a later statement is there whether or not an earlier one has come, and must not wait for it. The gap is
shown with what is missing until the missing statement closes it.
"""

from datetime import date
from itertools import pairwise
from typing import Final, Literal

from common.money import Minor
from common.values import Value
from functions.payments.bank.entries import AccountStatement

Reason = Literal["missing", "numbers", "contradiction"]
"""`missing`: a balance does not go on. `numbers`: it does, but the bank's numbers say that a statement is missing.
`contradiction`: the numbers follow each other, the balances don't: a question to the bank."""


_NEAR: Final = 50
"""Numbers further apart belong to different series: of daily and of monthly statements, for instance."""


class Run(Value):
    """Days of a span that came in one format."""

    format: str
    first_on: date
    last_on: date


class Span(Value):
    """Statements that follow each other, from the first one's opening balance to the last one's closing balance."""

    first_on: date
    last_on: date
    opening_minor: Minor
    closing_minor: Minor
    first_sequence: int | None = None
    last_sequence: int | None = None
    statements: int = 1
    runs: tuple[Run, ...] = ()


class Gap(Value):
    """What is missing between two spans."""

    reason: Reason
    after: date
    before: date
    closing_minor: int
    """Where the earlier span ends."""
    opening_minor: int
    """Where the later one begins; the difference is what the missing statements moved."""
    first_missing: int | None = None
    """By the bank's numbers."""
    last_missing: int | None = None


def span_of(statement: AccountStatement) -> Span:
    """A statement as a span of its own; ValueError where it has no balances."""
    if statement.opening_minor is None or statement.closing_minor is None:
        raise ValueError(f"statement {statement.number} has no balances")
    number = None if _tells_date(statement) else statement.sequence
    return Span(
        first_on=statement.opened_on,
        last_on=statement.closed_on,
        opening_minor=statement.opening_minor,
        closing_minor=statement.closing_minor,
        first_sequence=number,
        last_sequence=number,
        runs=(Run(format=statement.format, first_on=statement.opened_on, last_on=statement.closed_on),),
    )


def joined(spans: tuple[Span, ...], statement: AccountStatement) -> tuple[Span, ...]:
    """The spans with one more statement, in order of time."""
    grown = span_of(statement)
    rest = list(spans)
    for span in spans:
        if _overlaps(span, statement):
            rest.remove(span)
            grown = _covering(span, grown)
    while (other := next((span for span in rest if _one(span, grown) is not None), None)) is not None:
        rest.remove(other)
        grown = _one(other, grown) or grown
    return tuple(sorted([*rest, grown], key=_place))


def gaps(spans: tuple[Span, ...]) -> tuple[Gap, ...]:
    """What is missing between spans."""
    return tuple(_gap(earlier, later) for earlier, later in pairwise(spans))


def told_otherwise(spans: tuple[Span, ...], format_: str, day: date) -> bool:
    """Whether a day's entries have come in statements of another format: their references need not be the same."""
    return any(run.format != format_ and run.first_on <= day <= run.last_on for span in spans for run in span.runs)


def _one(a: Span, b: Span) -> Span | None:
    """Two spans as one, where one follows or contains the other."""
    first, second = (a, b) if _place(a) <= _place(b) else (b, a)
    if _follows(first, second):
        return _chained(first, second)
    if _follows(second, first):
        return _chained(second, first)
    if _contains(first, second):
        return _covering(first, second)
    return _covering(second, first) if _contains(second, first) else None


def _follows(first: Span, second: Span) -> bool:
    return (
        first.closing_minor == second.opening_minor and first.last_on <= second.first_on and _counts_on(first, second)
    )


def _counts_on(first: Span, second: Span) -> bool:
    """Pages of a statement have one number; a series may begin again on another day (each year, or each month)."""
    last, following = first.last_sequence, second.first_sequence
    if last is None or following is None or following in {last, last + 1}:
        return True
    return following < last and first.last_on < second.first_on


def _contains(outer: Span, inner: Span) -> bool:
    """Days in the middle are contained: the outer span's balances go through. At its edges the balances must agree."""
    if inner.first_on < outer.first_on or inner.last_on > outer.last_on:
        return False
    begins = inner.first_on > outer.first_on or inner.opening_minor == outer.opening_minor
    ends = inner.last_on < outer.last_on or inner.closing_minor == outer.closing_minor
    return begins and ends and not _counted_beyond(outer, inner)


def _counted_beyond(outer: Span, inner: Span) -> bool:
    """A statement of the first or last day whose number lies just before or behind the others' is one more of them.

    Its balances may be those of another: what came in between may have gone again.
    """
    if outer.runs[-1].format != inner.runs[0].format:
        return False
    first, last, own = outer.first_sequence, outer.last_sequence, inner.first_sequence
    if first is None or last is None or own is None:
        return False
    behind = inner.last_on == outer.last_on and last < own <= last + _NEAR
    return behind or (inner.first_on == outer.first_on and first - _NEAR <= own < first)


def _overlaps(span: Span, statement: AccountStatement) -> bool:
    """Whether a statement begins within a span and goes on, or ends within it, and the balances of that day agree."""
    if span.first_on <= statement.opened_on <= span.last_on < statement.closed_on and span.last_on > span.first_on:
        return statement.at_end_of(span.last_on) == span.closing_minor
    if statement.opened_on < span.first_on <= statement.closed_on <= span.last_on:
        before = sum(entry.amount_minor for entry in statement.entries if entry.booked_on < span.first_on)
        return statement.opening_minor is not None and statement.opening_minor + before == span.opening_minor
    return False


def _chained(first: Span, second: Span) -> Span:
    return Span(
        first_on=first.first_on,
        last_on=second.last_on,
        opening_minor=first.opening_minor,
        closing_minor=second.closing_minor,
        first_sequence=first.first_sequence,
        last_sequence=second.last_sequence,
        statements=first.statements + second.statements,
        runs=_runs((*first.runs, *second.runs)),
    )


def _covering(a: Span, b: Span) -> Span:
    """Two spans that share days: from the earlier beginning to the later end."""
    first = a if (a.first_on, -a.last_on.toordinal()) <= (b.first_on, -b.last_on.toordinal()) else b
    last = b if b.last_on > a.last_on else a if a.last_on > b.last_on else first
    return _chained(first, last).model_copy(
        update={"statements": a.statements + b.statements, "runs": _runs((*a.runs, *b.runs))}
    )


def _runs(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    """Runs of one format beside each other are one: days without a statement between chained ones had no entries."""
    found: list[Run] = []
    for run in sorted(runs, key=lambda one: (one.first_on, one.last_on, one.format)):
        if found and found[-1].format == run.format:
            last_on = max(found[-1].last_on, run.last_on)
            found[-1] = Run(format=run.format, first_on=found[-1].first_on, last_on=last_on)
        elif not any(one.first_on <= run.first_on and run.last_on <= one.last_on for one in found):
            found.append(run)
    return tuple(found)


def _gap(earlier: Span, later: Span) -> Gap:
    last, following = earlier.last_sequence, later.first_sequence
    counted = last is not None and following is not None
    missing = (last + 1, following - 1) if last is not None and following is not None and following > last + 1 else None
    reason: Reason = "missing"
    if earlier.closing_minor == later.opening_minor and missing:
        reason = "numbers"
    elif counted and following == (last or 0) + 1:
        reason = "contradiction"
    return Gap(
        reason=reason,
        after=earlier.last_on,
        before=later.first_on,
        closing_minor=earlier.closing_minor,
        opening_minor=later.opening_minor,
        first_missing=missing[0] if missing else None,
        last_missing=missing[1] if missing else None,
    )


def _place(span: Span) -> tuple[date, date, int]:
    return span.first_on, span.last_on, span.first_sequence or 0


def _tells_date(statement: AccountStatement) -> bool:
    """Some banks number statements by the day of the year (`:28C:26293/1`): such numbers leave out days on purpose."""
    number, day = str(statement.sequence or ""), statement.closed_on
    return number.endswith((f"{day:%j}", f"{day:%m%d}")) or number == str(int(f"{day:%j}"))
