"""The trial balance: what every account moved over some days, from frozen batches or, where none is, from journals."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from functions.accounting.model.batches import SapBatch, SummaryLine, summed
from functions.accounting.model.journals import batch_day


def days_between(day_from: date, day_to: date) -> list[date]:
    """Every day from the first to the last, both included."""
    return [day_from + timedelta(days=n) for n in range((day_to - day_from).days + 1)]


def frozen(batches: Sequence[SapBatch | None]) -> list[SapBatch]:
    """The batches whose summary is complete."""
    return [batch for batch in batches if batch is not None and batch.state != "collecting"]


def open_days(days: Sequence[date], batches: Sequence[SapBatch], entity: str, currency: str) -> list[str]:
    """The batch days whose journals have to be added up one by one."""
    done = {batch.posted_on for batch in batches}
    return [batch_day(day, entity, currency) for day in days if day not in done]


def by_account(lines: Iterable[SummaryLine]) -> tuple[SummaryLine, ...]:
    """Lines added up over all document types."""
    return summed(line.model_copy(update={"document_type": "", "debtor": ""}) for line in lines)
