"""Why nobody is reminded of an item just now: money that is on its way or may be there, a question, a dispute."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Final, Literal

from pydantic import Field

from common.documents import Document, id_from
from common.events.matching import PaymentSuggested
from common.events.payments import DisputeClosed, DisputeOpened, PaymentActionRequired, PaymentExpected
from common.values import Exact

HoldKind = Literal["expected", "suggested", "asked", "disputed"]
LONGEST: Final[dict[HoldKind, timedelta]] = {
    "expected": timedelta(days=21),
    "suggested": timedelta(days=14),
    "asked": timedelta(days=30),
    "disputed": timedelta(days=120),
}
"""After so long a hold ends by itself, whatever it was for: money nobody looks at keeps no debt from being late."""
ARRIVED: Final = timedelta(days=3)
"""By then money that has arrived is on its item, however late that is heard of here: until then nobody is chased."""
MOST_HELD: Final = 20
News = PaymentExpected | PaymentSuggested | PaymentActionRequired | DisputeOpened | DisputeClosed


class Hold(Exact):
    """One reason to wait, as the newest news of its source has it; one that is over is kept, so that older news is."""

    source_id: str
    kind: HoldKind
    revision: int
    until: date
    """The last day on which nobody is reminded."""
    over: bool = False
    why: str


class Holds(Document):
    """What is known of one item beside what is owed on it. Its id is the item's."""

    collection = "dunning_holds"

    holds: tuple[Hold, ...] = Field(default=(), max_length=MOST_HELD)

    def on(self, day: date) -> Hold | None:
        """The reason that lasts longest of those that hold on a day; None where nobody has to wait."""
        found = [hold for hold in self.holds if not hold.over and day <= hold.until]
        return max(found, key=lambda hold: hold.until, default=None)

    def told(self, news: Hold) -> "Holds":
        """With newer news of a source; older news changes nothing. Of too many the first to end is forgotten."""
        known = next((one for one in self.holds if one.source_id == news.source_id), None)
        if known is not None and known.revision >= news.revision:
            return self
        others = [one for one in self.holds if one.source_id != news.source_id]
        kept = sorted(others, key=lambda one: (not one.over, one.until))[-(MOST_HELD - 1) :]
        return self.but(holds=(*kept, news))


def holds_of(news: News, today: date) -> Iterator[tuple[str, Hold]]:
    """What news means for items: pairs of the item's id and the hold."""
    if isinstance(news, PaymentExpected):
        yield from _of_expected(news)
    elif isinstance(news, PaymentSuggested):
        yield from _of_suggested(news)
    elif isinstance(news, PaymentActionRequired):
        yield _item(news.invoice_number), _asked(news)
    elif news.invoice_number:
        yield _item(news.invoice_number), _disputed(news, today)


def sources(found: Iterable[tuple[str, Hold]]) -> list[str]:
    """The items that are spoken of, each once."""
    return list(dict.fromkeys(item_id for item_id, _ in found))


def _of_expected(news: PaymentExpected) -> Iterator[tuple[str, Hold]]:
    arrived = news.state == "arrived"
    hold = Hold(
        source_id=news.source_id,
        kind="expected",
        revision=news.revision,
        until=news.expected_at.date() + ARRIVED if arrived else _longest("expected", news.expected_at),
        over=news.state == "failed",
        why=f"a payment by {news.method.replace('_', ' ')} is on its way since {news.expected_at.date()}",
    )
    yield from ((_item(purpose.invoice_number), hold) for purpose in news.purposes)


def _of_suggested(news: PaymentSuggested) -> Iterator[tuple[str, Hold]]:
    for one in news.suggestions:
        hold = Hold(
            source_id=news.receipt_id,
            kind="suggested",
            revision=news.revision,
            until=news.suggested_on + LONGEST["suggested"],
            over=not one.stands,
            why=f"money that came may pay it ({news.receipt_id}): somebody has to say so",
        )
        yield one.item_id, hold


def _asked(news: PaymentActionRequired) -> Hold:
    return Hold(
        source_id=news.payment_id,
        kind="asked",
        revision=news.attempt,
        until=news.act_by,
        why=f"the member was asked to act by {news.act_by}",
    )


def _disputed(news: DisputeOpened | DisputeClosed, today: date) -> Hold:
    opened = isinstance(news, DisputeOpened)
    return Hold(
        source_id=news.dispute_id,
        kind="disputed",
        revision=1 if opened else 2,
        until=today + LONGEST["disputed"] if opened else today,
        over=not opened,
        why="the member disputes the payment at their bank",
    )


def _longest(kind: HoldKind, since: datetime) -> date:
    return since.date() + LONGEST[kind]


def _item(invoice_number: str) -> str:
    return id_from("item", invoice_number)
