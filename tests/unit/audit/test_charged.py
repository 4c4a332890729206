"""The proof of charges that were taken back in parts holds, and is seen to break."""

from collections.abc import Callable
from typing import Any

import pytest

from common.documents import canonical
from common.ports import Write
from functions.audit.invariants.invoices import taken_back_is_no_more_than_charged
from functions.audit.invariants.state import State
from functions.charging.handlers import corrections
from functions.charging.model.charges import Charge
from functions.charging.model.reversals import Reversal
from functions.charging.requests.corrections import Reverse
from tests.kit import Platform
from tests.unit.charging.given import member, take, take_raw


@pytest.fixture
def platform() -> Platform:
    """A charge taken back in two parts, one taken back whole, one kept, and one that was never rated."""
    here = Platform("charging")
    here.tell(member())
    for number, amount_minor in enumerate((1_000, 300, 200), start=1):
        take(here, charge=f"c-{number}", amount_minor=amount_minor)
    take_raw(here, 100, charge="c-4", currency="JPY")
    asked: tuple[dict[str, Any], ...] = ({"amount_minor": 300}, {"share_basis_points": 2_500}, {}, {})
    for charge, what in zip(("c-1", "c-1", "c-2", "c-4"), asked, strict=True):
        given = {"charge_id": charge, "reason": "sorry", **what}
        here.do(corrections.reverse_charge, Reverse.model_validate(given))
    return here


def found(platform: Platform) -> list[str]:
    return [said.partition(": ")[2] for said in taken_back_is_no_more_than_charged(State(platform.runtime.world))]


def tamper(platform: Platform, kind: type[Charge] | type[Reversal], where: Callable[[Any], bool], **facts: Any) -> None:
    (document,) = (one for one in platform.all(kind) if where(one))
    body = canonical(document.model_dump(mode="json") | facts).decode()
    (stored,) = platform.engine.load([(kind.collection, document.id)])
    assert stored is not None
    platform.engine._put(Write(kind.collection, document.id, {**stored.fields, "body": body}))


def test_parts_that_are_no_more_than_their_charge_break_nothing(platform: Platform) -> None:
    assert sorted(reversal.amount_minor for reversal in platform.all(Reversal)) == [-300, -300, -250]
    assert found(platform) == []


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"amount_minor": 500}, "[-300, -250] taken back of 500, kept 550, accepted"),
        ({"amount_minor": -1_000}, "[-300, -250] taken back of -1000, kept 550, accepted"),
        ({"reversed_minor": 300}, "[-300, -250] taken back of 1000, kept 300, accepted"),
        ({"reversals": 1}, "[-300, -250] taken back of 1000, kept 550, accepted"),
        ({"state": "reversed"}, "[-300, -250] taken back of 1000, kept 550, reversed"),
    ],
)
def test_a_charge_that_says_something_else_is_found(platform: Platform, facts: dict[str, Any], says: str) -> None:
    tamper(platform, Charge, lambda charge: charge.reversals == 2, **facts)
    (evidence,) = found(platform)
    assert evidence in {says, says.replace("[-300, -250]", "[-250, -300]")}


def test_a_reversal_of_another_amount_than_was_told_is_found(platform: Platform) -> None:
    tamper(platform, Reversal, lambda reversal: reversal.amount_minor == -250, amount_minor=-251)
    assert found(platform) == ["-551 taken back, told were -550"]


def lose(platform: Platform, lost: Charge | Reversal) -> None:
    del platform.engine._collections[lost.collection][lost.id]
    platform.engine._indexes.clear()


def test_a_reversal_that_is_gone_is_found(platform: Platform) -> None:
    lose(platform, next(one for one in platform.all(Reversal) if one.amount_minor == -250))
    assert found(platform) == ["-300 taken back, told were -550"]


def test_a_reversal_of_no_charge_is_found(platform: Platform) -> None:
    lose(platform, next(charge for charge in platform.all(Charge) if charge.reversals == 2))
    assert found(platform) == ["-550 taken back, told were -550"]
