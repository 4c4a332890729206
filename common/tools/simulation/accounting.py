"""What accounting does in the story: nights of closing, months closed and one opened again, what SAP refused."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from common.parties import SELLERS
from common.tools.simulation import desk
from functions.accounting.handlers import batches, periods
from functions.accounting.model import batches as model
from functions.accounting.model.batches import SapBatch, batch_id
from functions.accounting.model.periods import Period, period_id
from functions.accounting.posting.deferring import month_of
from functions.accounting.requests import ChangePeriod, Resending, Reversing

if TYPE_CHECKING:
    from common.tools.simulation.story import Story

CLOSES_ON: Final = 4
"""The day of the month from which on the month before is closed."""
OPENS_AGAIN_ON, AGREES_ON, CLOSES_AGAIN_ON = 46, 48, 50
"""On which days of the story the first month is asked for, opened, and closed again."""
FEW_JOURNALS, FEW_LINES = 6, 5
"""In a page and in a batch of the story's, so that its days have what a day of a million journals has."""
REVERSED_DAY, REVERSED_ON = 31, 52
"""Of which day the batch is taken back, and from which day on somebody tries."""
GIVEN_UP_ON: Final = 90
SETTLED: Final = frozenset({"accepted", "reversed", "void"})
NIGHTLY: Final = (("accounting-start-releases", time(1, 40)), ("accounting-complete-periods", time(4, 45)))
MOST_NIGHTS: Final = 40


@contextmanager
def small_batches() -> Iterator[None]:
    """Batches that are full soon: their journals come in pages, and supplements take the rest."""
    usual = model.PAGE, model.FULL
    _limit(FEW_JOURNALS, FEW_LINES)
    try:
        yield
    finally:
        _limit(*usual)


def _limit(journals: int, lines: int) -> None:
    for module, name, much in ((model, "PAGE", journals), (batches, "PAGE", journals), (model, "FULL", lines)):
        setattr(module, name, much)


class Accounting:
    """The people of accounting, and the schedules of their nights."""

    def __init__(self, story: "Story", first: date) -> None:
        self._story = story
        self._first = first
        self.closed: set[str] = set()
        """The periods somebody closed, by their ids."""

    def night(self, day: date, closes: Callable[[], Any]) -> Any:
        """The schedules of a night in their order, `closes` between them; what that says."""
        (before, early), (after, late) = NIGHTLY
        if day.day <= CLOSES_ON:
            self._comes_round(before, datetime.combine(day, early, UTC))
        told = closes()
        if day.day <= 2 * CLOSES_ON or self._is_closing():
            self._comes_round(after, datetime.combine(day, late, UTC))
        return told

    def _comes_round(self, name: str, slot: datetime) -> None:
        self._story.scheduler.run_until(slot)
        self._story.scheduler.fire(name, slot)

    def _is_closing(self) -> bool:
        return any(period.state == "closing" for period in self._story.runtime.world.read.select(Period, limit=100))

    def day(self, day: date, number: int) -> None:
        """Refused documents are sent again; months are closed, one is opened again, a batch is taken back."""
        self.put_right(day.isoformat())
        if day.day >= CLOSES_ON:
            self._close_month(month_of(day.replace(day=1) - timedelta(days=1)), day)
        first = period_id("MP", month_of(self._first))
        if number == OPENS_AGAIN_ON:
            self._change(first, periods.reopen_period, desk.STAFF, "forgotten")
        if number == AGREES_ON:
            self._change(first, periods.reopen_period, desk.SECOND, "agreed")
        if number == CLOSES_AGAIN_ON:
            self._change(first, periods.close_period, desk.STAFF, "again")
        if number == GIVEN_UP_ON:
            desk.give_up(self._story)
        if number == GIVEN_UP_ON + 1:
            desk.decide_write_offs(self._story)
        if number >= REVERSED_ON:
            self._take_back(day)

    def put_right(self, day: str) -> bool:
        """Sends again what SAP refused; whether anything was."""
        refused = [batch for batch in self._batches() if batch.state in {"rejected", "unreversed"}]
        for batch in refused:
            given = Resending(batch_id=batch.id, reason="put right at SAP")
            self._story.do(f"resend {batch.id} on {day}", batches.resend, given, desk.STAFF)
        return bool(refused)

    def end(self, night: Callable[[date], Any]) -> None:
        """Nights until SAP has everything and the months are closed."""
        for _ in range(MOST_NIGHTS):
            if not self._is_closing() and all(batch.state in SETTLED for batch in self._batches()):
                return
            day = self._story.clock.now().date() + timedelta(days=1)
            night(day)
            self._story.scheduler.run_until(datetime.combine(day, time(9), UTC))
            self.put_right(day.isoformat())

    def _close_month(self, month: str, day: date) -> None:
        if month < month_of(self._first):
            return
        for name in (period_id(entity, month) for entity in SELLERS):
            if name not in self.closed and self._change(name, periods.close_period, desk.STAFF, f"closed on {day}"):
                self.closed.add(name)

    def _change(self, name: str, handler: Callable[..., Any], actor: str, why: str) -> bool:
        """Whether it was not refused."""
        given = ChangePeriod(period_id=name, reason=why)
        return self._story.do(f"{why}: {handler.__name__} {name}", handler, given, actor) is not None

    def _take_back(self, day: date) -> None:
        """SAP's documents of the day of the billing run are countered, once; its journals are posted anew."""
        wanted = batch_id(self._first + timedelta(days=REVERSED_DAY), "MP", "EUR")
        batch = self._story.runtime.world.read.find(SapBatch, wanted)
        if batch is not None and batch.state == "accepted":
            given = Reversing(batch_id=wanted, reason="posted to the wrong company code")
            self._story.do(f"reverse {wanted} on {day}", batches.reverse, given, desk.STAFF)

    def _batches(self) -> list[SapBatch]:
        return self._story.runtime.world.read.select(SapBatch, limit=1000)
