"""Bugs that somebody could make with the books: the simulation has to find every one."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Final

import pytest

from functions.accounting.handlers import answers, batches, periods, posting
from functions.accounting.model.parts import Exchange, Part, SapAnswer, message_id
from functions.accounting.model.periods import Period, completed

Patch = pytest.MonkeyPatch


def a_reversed_batch_is_forgotten(patch: Patch) -> None:
    """What was taken back at SAP is never posted anew."""

    def wrong(batch: Any, days: Any) -> None:
        days.put(batch)

    for module in (answers, batches):
        patch.setattr(module, "put_reversed", wrong)


def all_is_sent_again_when_a_part_is_refused(patch: Patch) -> None:
    """Of a batch with one refused document the others are posted a second time."""

    def wrong(self: Part, batch: str) -> Part:
        attempt = self.posting.attempt + 1
        again = Exchange(message_id=message_id(batch, self.number, "posting", attempt), attempt=attempt)
        return self.model_copy(update={"posting": again})

    patch.setattr(Part, "resent", wrong)


def any_number_is_believed(patch: Patch) -> None:
    """Whatever number SAP names is taken for the message's."""

    def wrong(answer: SapAnswer, *_: Any) -> SapAnswer:
        return answer

    patch.setattr(answers, "_believed", wrong)


def a_silent_sap_is_asked_under_a_new_id(patch: Patch) -> None:
    """SAP can't know that it has posted a message before."""
    right = Exchange.answered

    def wrong(self: Exchange, answer: SapAnswer, now: datetime) -> Exchange:
        after = right(self, answer, now)
        return after.model_copy(update={"message_id": f"{self.message_id[:28]}-2"}) if after.pending else after

    patch.setattr(Exchange, "answered", wrong)


def a_month_is_closed_before_sap_has_it(patch: Patch) -> None:
    """A period does not wait for its batches."""

    def wrong(period: Period, through: date | None, _: Any) -> Period:
        return completed(period, through, ())

    patch.setattr(periods, "completed", wrong)


def what_is_credited_is_released_all_the_same(patch: Patch) -> None:
    """A credit note takes all it takes back from this month's revenue."""

    def wrong(*_: Any) -> tuple[Any, ...]:
        return ()

    patch.setattr(posting, "taken_back", wrong)


BOOKS_BUGS: Final[Sequence[Callable[[Patch], None]]] = (
    a_reversed_batch_is_forgotten, all_is_sent_again_when_a_part_is_refused,
    any_number_is_believed, a_silent_sap_is_asked_under_a_new_id, a_month_is_closed_before_sap_has_it,
    what_is_credited_is_released_all_the_same,
)  # fmt: skip
