"""Cutting a batch into SAP documents: one for each document type, and none longer than SAP takes."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from common.failures import Rejected
from functions.accounting.model.batches import BATCH, SapBatch, SummaryLine
from functions.accounting.model.parts import Exchange, Part, message_id

MOST_LINES: Final = 850
"""An SAP document holds 999 lines (message F5 727); we stay clear of it."""
SIDES: Final = 2
"""Debit and credit."""


def sealed(batch: SapBatch, now: datetime) -> SapBatch:
    """The batch cut into documents and on its way: its journals are settled. Rejected `too_many_lines`."""
    lines = tuple(sorted(batch.lines, key=_order))
    spans = list(_spans(lines))
    parts = tuple(
        Part(
            number=number,
            document_type=lines[first].document_type,
            first=first,
            last=last,
            posting=Exchange(message_id=message_id(batch.id, number, "posting", 1)),
        )
        for number, (first, last) in enumerate(spans, start=1)
    )
    return batch.but(lines=lines, parts=parts, sealed_at=now, state=BATCH.move(batch.state, "send"))


def _order(line: SummaryLine) -> tuple[str, ...]:
    """Document types together, and within them a tax code with all its accounts."""
    return (line.document_type, line.tax_code, line.country, line.account, line.debtor)


def _unit(line: SummaryLine) -> tuple[str, ...]:
    """What can't be parted: a tax item stands beside its base."""
    return _order(line)[:3] if line.tax_code else _order(line)


def _spans(lines: Sequence[SummaryLine]) -> Iterator[tuple[int, int]]:
    """From which line up to before which each document goes."""
    first = place = room = 0
    for unit, group in groupby(lines, key=_unit):
        held = list(group)
        needed = _items(held)
        if needed + 1 > MOST_LINES:
            raise Rejected("too_many_lines", f"{needed} items of tax code {unit[1]} do not fit one SAP document")
        same = place > first and lines[first].document_type == held[0].document_type
        if place > first and not (same and room >= needed):
            yield first, place
            first = place
        if place == first:
            room = MOST_LINES - 1  # one is kept for the item that balances the part
        room -= needed
        place += len(held)
    if place > first:
        yield first, place


def _items(held: Sequence[SummaryLine]) -> int:
    """Items of these lines at most: each side that is not empty, and for a tax code one more for each side."""
    sides = sum(bool(line.debit_minor) + bool(line.credit_minor) for line in held)
    return sides + (SIDES if held[0].tax_code else 0)
