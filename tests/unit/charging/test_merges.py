"""Who closed an account for another one: charges, old and new, are that one's from then on."""

from common.documents import id_from
from functions.charging.handlers import corrections, intake
from functions.charging.model.charges import Charge
from functions.charging.model.payers import MemberMonth
from functions.charging.requests.charges import Batch
from functions.charging.requests.corrections import Reverse
from tests.kit import Platform
from tests.unit.charging.given import ANNA, body, fees_in, member, take, take_raw, tiers, told

OTHER = id_from("mem", "m-2")


def merged(platform: Platform, closed: str = "m-2", into: str = ANNA, revision: int = 2) -> None:
    platform.tell(member(closed, revision=revision, merged_into=into))


def platform_of_two() -> Platform:
    made = Platform("charging")
    made.tell(member(), member("m-2", segment="business"))
    return made


def test_a_charge_for_a_closed_account_is_the_others_by_its_fees() -> None:
    platform = platform_of_two()
    merged(platform)
    charge = take_raw(platform, 10_000, member="m-2")["charge"]
    assert (charge["member_id"], charge["member"], charge["amount_minor"]) == (ANNA, "m-2", 1050)
    assert [event.member_id for event in told(platform)] == [ANNA]


def test_what_was_charged_before_is_moved_however_much_it_is() -> None:
    platform = platform_of_two()
    platform.do(intake.take_charges, Batch(charges=[body(charge=f"c-{n}", member="m-2") for n in range(250)]))
    take(platform, charge="mine")
    merged(platform)
    assert {charge.member_id for charge in platform.all(Charge)} == {ANNA}
    assert {charge.given.member for charge in platform.all(Charge)} == {"m-1", "m-2"}


def test_a_charge_taken_back_after_its_account_was_closed_is_a_line_of_the_others() -> None:
    platform = platform_of_two()
    take(platform, member="m-2")
    merged(platform)
    platform.do(corrections.reverse_charge, Reverse(charge_id="c-1", reason="unpaid"))
    assert [(event.member_id, event.amount_minor) for event in told(platform) if event.reverses] == [(ANNA, -1250)]


def test_the_turnover_of_both_accounts_is_one() -> None:
    platform = platform_of_two()
    rule = tiers("graduated", (10_000, 1000), (None, 500), by="turnover")
    fees_in(platform, "JPY", rule.model_dump(mode="json"))
    for number, who in enumerate(("m-1", "m-2")):
        take_raw(platform, 4000, charge=f"s-{number}", member=who, currency="JPY", occurred_on="2026-10-01")
    merged(platform)
    months = {month.member_id: month.turnover_minor for month in platform.all(MemberMonth)}
    assert months == {ANNA: {"commission": 8000}, OTHER: {}}
    sold = take_raw(platform, 4000, charge="s-3", member="m-2", currency="JPY", occurred_on="2026-10-01")
    assert sold["charge"]["amount_minor"] == 300
    platform.do(corrections.reverse_charge, Reverse(charge_id="s-1", reason="unpaid"))
    assert {month.member_id: month.turnover_minor for month in platform.all(MemberMonth)} == {
        ANNA: {"commission": 8000},
        OTHER: {},
    }


def test_charges_wait_for_the_one_who_goes_on_where_nobody_told_of_them_yet() -> None:
    platform = Platform("charging")
    platform.tell(member("m-2", merged_into=ANNA))
    assert take(platform, member="m-2")["charge"]["code"] == "unknown_member"
    platform.tell(member())
    assert [(event.member_id, event.amount_minor) for event in told(platform)] == [(ANNA, 1250)]


def test_an_account_merged_on_takes_everything_with_it() -> None:
    platform = platform_of_two()
    last = id_from("mem", "m-3")
    take(platform, member="m-2")
    merged(platform)
    platform.tell(
        member("m-3"), member("m-1", revision=2, merged_into=last), member("m-2", revision=3, merged_into=last)
    )
    assert {charge.member_id for charge in platform.all(Charge)} == {last}
    assert take(platform, charge="c-2", member="m-2")["charge"]["member_id"] == last


def test_a_merge_told_again_moves_nothing_again() -> None:
    platform = platform_of_two()
    take(platform, member="m-2")
    merged(platform)
    merged(platform)
    merged(platform, revision=3)
    assert [charge.version for charge in platform.all(Charge)] == [2]
