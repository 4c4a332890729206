"""What is taken back, in whatever parts, is never more than was charged; credits keep to their limits."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from common.failures import Rejected
from functions.charging.handlers import corrections, intake, parked
from functions.charging.model.charges import Charge
from functions.charging.model.payers import MemberMonth
from functions.charging.model.reversals import Reversal
from functions.charging.requests.charges import Approve, Batch, GiveCredit, Rate, RateParked
from functions.charging.requests.corrections import Reverse
from tests.kit import Platform
from tests.unit.charging.given import ADA, BOB, fees_in, member, take, take_raw, told


@pytest.fixture
def platform() -> Platform:
    made = Platform("charging")
    made.tell(member())
    return made


def reverse(platform: Platform, charge_id: str = "c-1", **part: Any) -> dict[str, Any]:
    given = Reverse.model_validate({"charge_id": charge_id, "reason": "unpaid"} | part)
    answer: dict[str, Any] = platform.do(corrections.reverse_charge, given)
    return answer


def refused(platform: Platform, **part: Any) -> str:
    """The code of the refusal; empty where it was done."""
    try:
        reverse(platform, **part)
    except Rejected as refusal:
        return refusal.code
    return ""


def credit(platform: Platform, amount_minor: int = 1000, *, actor: str = ADA, **changes: Any) -> dict[str, Any]:
    named = {
        "credit": "g-1", "member": "m-1", "currency": "EUR", "amount_minor": amount_minor,
        "description": "Credit", "reason": "sorry", "occurred_on": "2026-10-01",
    } | changes  # fmt: skip
    answer: dict[str, Any] = platform.do(intake.give_credit, GiveCredit.model_validate(named), actor=actor)
    return answer


def owed(platform: Platform) -> int:
    return sum(event.amount_minor for event in told(platform))


def months(platform: Platform) -> list[tuple[str, dict[str, int], int]]:
    return [(one.month, one.turnover_minor, one.credited_minor) for one in platform.all(MemberMonth)]


PARTS = st.lists(
    st.one_of(
        st.builds(lambda n: {"amount_minor": n}, st.integers(1, 2000)),
        st.builds(lambda n: {"share_basis_points": n}, st.integers(1, 10_000)),
        st.just({}),
    ),
    max_size=6,
)


@given(st.integers(1, 2000), PARTS)
def test_no_parts_ever_take_back_more_than_was_charged(amount_minor: int, parts: list[dict[str, int]]) -> None:
    platform = Platform("charging")
    platform.tell(member())
    take(platform, amount_minor=amount_minor)
    for part in parts:
        assert refused(platform, **part) in {"", "more_than_charged", "wrong_state", "nothing_to_take_back"}
    (charge,) = platform.all(Charge)
    assert 0 <= owed(platform) == charge.left_minor <= amount_minor
    assert (charge.state == "reversed") == (charge.left_minor == 0)
    assert sum(one.amount_minor for one in platform.all(Reversal)) == -charge.reversed_minor


@given(st.integers(1, 10**9), st.lists(st.integers(1, 2000), max_size=8))
def test_shares_that_make_a_whole_take_back_the_whole(amount_minor: int, shares: list[int]) -> None:
    platform = Platform("charging")
    platform.tell(member())
    take(platform, amount_minor=amount_minor)
    shares.append(10_000 - sum(shares))
    refusals = {refused(platform, share_basis_points=points) for points in shares if points > 0}
    beyond = {"more_than_charged"} if min(shares) < 0 else set()
    assert refusals <= {"", "nothing_to_take_back", "wrong_state"} | beyond
    if ("nothing_to_take_back" not in refusals and min(shares) >= 0) or "wrong_state" in refusals:
        assert owed(platform) == 0


def test_two_parts_and_the_rest_are_three_lines_that_tell_how(platform: Platform) -> None:
    take(platform, amount_minor=1001)
    reverse(platform, amount_minor=300)
    reverse(platform, share_basis_points=5000)
    answer = reverse(platform)
    assert (answer["state"], answer["reversed_minor"], answer["allowed"]) == ("reversed", 1001, [])
    back = sorted((event.amount_minor, event.rule) for event in told(platform) if event.reverses)
    assert [amount for amount, _ in back] == [-501, -300, -200]
    assert (
        back[0][1]
        == "takes back 50 % of charge c-1 over 10.01 EUR, 3.00 EUR of it taken back before = -5.01 EUR: unpaid"
    )
    assert back[1][1] == "takes back 3.00 EUR of charge c-1 over 10.01 EUR = -3.00 EUR: unpaid"
    assert back[2][1].startswith("takes back the rest of charge c-1 over 10.01 EUR, 8.01 EUR of it taken back before")
    assert len({event.charge_id for event in told(platform)}) == 4


def test_a_part_larger_than_what_is_left_is_refused(platform: Platform) -> None:
    take(platform)
    reverse(platform, amount_minor=1000)
    with pytest.raises(Rejected, match="more_than_charged: 251 is more than the 250 that are left"):
        reverse(platform, amount_minor=251)
    assert owed(platform) == 250


def test_a_reversal_with_its_own_id_is_done_once_however_often_it_is_asked_for(platform: Platform) -> None:
    take(platform)
    first = reverse(platform, amount_minor=100, reversal="r-1")
    assert reverse(platform, amount_minor=100, reversal="r-1") == first
    assert owed(platform) == 1150
    with pytest.raises(Rejected, match="reversal_id_reused"):
        reverse(platform, amount_minor=200, reversal="r-1")
    reverse(platform, amount_minor=100, reversal="r-2")
    assert owed(platform) == 1050


def test_a_charge_is_taken_back_in_at_most_a_hundred_parts(platform: Platform) -> None:
    take(platform)
    for _ in range(100):
        reverse(platform, amount_minor=1)
    with pytest.raises(Rejected, match="too_many_reversals"):
        reverse(platform, amount_minor=1)


def test_a_parked_charge_is_taken_back_as_a_whole_only(platform: Platform) -> None:
    take_raw(platform, 1000, kind="other")
    with pytest.raises(Rejected, match="nothing_to_take_back"):
        reverse(platform, amount_minor=1)
    assert reverse(platform)["code"] == ""
    assert told(platform) == []


def test_a_gross_charge_is_taken_back_gross(platform: Platform) -> None:
    take(platform, gross=True)
    reverse(platform)
    assert [event.gross for event in told(platform)] == [True, True]


@pytest.mark.parametrize(
    "part",
    [
        {"amount_minor": 0}, {"amount_minor": 1.0}, {"share_basis_points": 0}, {"share_basis_points": 10_001},
        {"amount_minor": 1, "share_basis_points": 1}, {"unused_from": "soon"}, {"reversal": "a/b"}, {"surprise": 1},
    ],
)  # fmt: skip
def test_a_part_that_makes_no_sense_is_refused(part: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Reverse.model_validate({"charge_id": "c-1", "reason": "unpaid"} | part)


def test_only_a_period_has_unused_days(platform: Platform) -> None:
    take(platform)
    with pytest.raises(Rejected, match="not_a_period"):
        reverse(platform, unused_from="2026-10-01")


# -- turnover ------------------------------------------------------------------------------------


def by_turnover(platform: Platform) -> None:
    bands = [{"up_to_minor": 10_000, "basis_points": 1000}, {"basis_points": 500}]
    fees_in(platform, "JPY", {"kind": "commission", "by": "turnover", "graduated": bands})


def sell(platform: Platform, charge: str, price: int, day: str = "2026-10-01") -> int:
    answer = take_raw(platform, price, charge=charge, currency="JPY", occurred_on=day)
    return int(answer["charge"]["amount_minor"])


def test_fees_by_turnover_follow_the_members_month(platform: Platform) -> None:
    by_turnover(platform)
    assert [sell(platform, f"s-{n}", 6000) for n in range(3)] == [600, 500, 300]
    assert sell(platform, "s-sept", 6000, "2026-09-30") == 600
    assert sorted(months(platform)) == [("2026-09", {"commission": 6000}, 0), ("2026-10", {"commission": 18_000}, 0)]


def test_a_batch_counts_its_own_sales(platform: Platform) -> None:
    by_turnover(platform)
    sales = [
        {"charge": f"s-{n}", "member": "m-1", "currency": "JPY", "kind": "commission", "description": "Sale",
         "occurred_on": "2026-10-01", "basis_minor": 6000}
        for n in range(3)
    ]  # fmt: skip
    items = platform.do(intake.take_charges, Batch(charges=sales))["items"]
    assert [item["amount_minor"] for item in items] == [600, 500, 300]


def test_what_is_taken_back_is_no_turnover(platform: Platform) -> None:
    by_turnover(platform)
    sell(platform, "s-1", 9000)
    sell(platform, "s-2", 999)
    reverse(platform, "s-1", share_basis_points=3333)
    assert months(platform) == [("2026-10", {"commission": 9999 - 3000}, 0)]
    reverse(platform, "s-1")
    reverse(platform, "s-2")
    assert months(platform) == [("2026-10", {"commission": 0}, 0)]
    assert sell(platform, "s-3", 10_000) == 1000


def test_members_and_kinds_without_turnover_keep_no_months(platform: Platform) -> None:
    by_turnover(platform)
    take_raw(platform, 1000)
    take(platform, charge="given", currency="JPY")
    assert months(platform) == []


# -- credits -------------------------------------------------------------------------------------


def test_a_credit_is_a_negative_charge_with_its_reason(platform: Platform) -> None:
    answer = credit(platform)
    (event,) = told(platform)
    assert (event.amount_minor, event.kind, event.rule) == (-1000, "other", "credit of 10.00 EUR net")
    assert (answer["outcome"], answer["charge"]["credit"], answer["charge"]["reason"]) == ("accepted", True, "sorry")
    assert credit(platform)["outcome"] == "duplicate"
    assert owed(platform) == -1000


def test_a_credit_above_the_limit_waits_for_a_second_person(platform: Platform) -> None:
    answer = credit(platform, 5001)["charge"]
    assert (answer["state"], answer["code"], answer["allowed"]) == ("parked", "needs_approval", ["approve", "reverse"])
    assert told(platform) == []
    given = Approve(charge_id="g-1", reason="agreed")
    with pytest.raises(Rejected, match="four_eyes"):
        platform.do(corrections.approve_credit, given, actor=ADA)
    assert platform.do(corrections.approve_credit, given, actor=BOB)["amount_minor"] == -5001
    assert owed(platform) == -5001
    with pytest.raises(Rejected, match="wrong_state"):
        platform.do(corrections.approve_credit, given, actor=BOB)


def test_a_credit_that_waits_is_not_rated_past_its_approval(platform: Platform) -> None:
    credit(platform, 5001)
    with pytest.raises(Rejected, match="wrong_state"):
        platform.do(parked.rate_charge, Rate(charge_id="g-1", reason="now"), actor=ADA)
    with pytest.raises(ValidationError):
        RateParked.model_validate({"code": "needs_approval"})
    assert told(platform) == []


def test_small_credits_add_up_to_the_months_limit(platform: Platform) -> None:
    states = [credit(platform, 4000, credit=f"g-{n}")["charge"]["state"] for n in range(3)]
    assert states == ["accepted", "accepted", "parked"]
    assert credit(platform, 2000, credit="g-3")["charge"]["state"] == "accepted"
    assert months(platform) == [("2026-10", {}, 10_000)]
    platform.do(corrections.approve_credit, Approve(charge_id="g-2", reason="agreed"), actor=BOB)
    assert months(platform) == [("2026-10", {}, 14_000)]
    reverse(platform, "g-0")
    assert months(platform) == [("2026-10", {}, 10_000)]


def test_a_currency_without_a_limit_always_needs_approval(platform: Platform) -> None:
    assert credit(platform, 1, currency="JPY")["charge"]["code"] == "needs_approval"


def test_a_charge_can_not_be_approved(platform: Platform) -> None:
    take_raw(platform, 1000, kind="other")
    with pytest.raises(Rejected, match="wrong_state"):
        platform.do(corrections.approve_credit, Approve(charge_id="c-1", reason="agreed"), actor=BOB)


def test_a_credit_can_be_taken_back_in_parts(platform: Platform) -> None:
    credit(platform)
    reverse(platform, "g-1", amount_minor=400)
    assert owed(platform) == -600
    reverse(platform, "g-1")
    assert owed(platform) == 0


def test_a_credit_for_a_member_nobody_knows_waits_for_them(platform: Platform) -> None:
    assert credit(platform, member="late")["charge"]["code"] == "unknown_member"
    platform.tell(member("late"))
    assert owed(platform) == -1000
