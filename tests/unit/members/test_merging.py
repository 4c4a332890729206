"""An account is closed in favour of another one, once and for good."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.commit import Cause
from common.events.members import MemberErased, MemberMerged
from common.failures import Rejected
from functions.members import handlers
from functions.members.model import MOST_REPLACED, Member, member_id_of
from functions.members.requests import Batch, EraseMember, MergeMember, Search, UpsertMember
from tests.kit import Platform
from tests.unit.members.given import ANNA, stored, told, upsert

A, B, C = (member_id_of(name) for name in ("m-1", "m-2", "m-3"))


@pytest.fixture
def platform() -> Platform:
    platform = Platform("members")
    for name in ("m-1", "m-2", "m-3"):
        upsert(platform, external_id=name)
    return platform


def merge(platform: Platform, member: str, into: str, **more: Any) -> dict[str, Any]:
    given = MergeMember(member_id=member, into=into, reason="the same person")
    answer: dict[str, Any] = platform.do(handlers.merge_member, given, **more)
    return answer


def merges(platform: Platform) -> list[tuple[str, str, int]]:
    events = [event for event in platform.events(MemberMerged) if isinstance(event, MemberMerged)]
    return [(event.member_id, event.into, event.revision) for event in events]


def test_a_merged_account_is_closed_and_names_who_goes_on(platform: Platform) -> None:
    answer = merge(platform, "m-1", "m-2")
    assert (answer["into"], answer["member"]["state"], answer["member"]["allowed"]) == (B, "merged", ["erase"])
    assert (stored(platform).merged_into, stored(platform).merged_at) == (B, platform.clock.now())
    assert stored(platform, "m-2").replaces == (A,)
    assert merges(platform) == [(A, B, 2)]


def test_both_events_of_a_merge_say_the_same_so_that_their_order_does_not_matter(platform: Platform) -> None:
    merge(platform, "m-1", "m-2")
    assert [(event.revision, event.merged_into) for event in told(platform)] == [(1, ""), (2, B)]
    assert len(told(platform, "m-2")) == 1, "nothing that documents show of the other has changed"


def test_either_id_names_a_member(platform: Platform) -> None:
    merge(platform, A, "m-2")
    assert stored(platform).merged_into == B


def test_an_account_that_was_closed_can_not_be_changed_and_says_who_goes_on(platform: Platform) -> None:
    merge(platform, "m-1", "m-2")
    with pytest.raises(Rejected, match=B) as refusal:
        upsert(platform, name="Anna Neu")
    assert (refusal.value.code, refusal.value.status) == ("member_merged", 409)
    batch = Batch(members=[ANNA | {"name": "Anna Neu"}, ANNA | {"external_id": "m-2", "name": "Anna Neu"}])
    items = platform.do(handlers.upsert_members, batch)["items"]
    assert [item["code"] for item in items] == ["member_merged", ""]


@pytest.mark.parametrize(
    ("member", "into", "code", "status"),
    [
        ("m-1", "m-1", "merged_into_itself", 422),
        ("m-1", A, "merged_into_itself", 422),
        ("nobody", "m-1", "not_found", 404),
        ("m-1", "nobody", "not_found", 404),
        ("gone", "m-1", "member_erased", 409),
        ("m-1", "gone", "survivor_erased", 409),
        ("closed", "m-1", "member_merged", 409),
        ("closed", "m-3", "member_merged", 409),
        ("m-1", "closed", "survivor_merged", 409),
        ("m-3", "closed", "survivor_merged", 409),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    platform: Platform, member: str, into: str, code: str, status: int
) -> None:
    upsert(platform, external_id="gone")
    upsert(platform, external_id="closed")
    platform.do(handlers.erase_member, EraseMember(member_id="gone", reason="art. 17"))
    merge(platform, "closed", "m-3")
    before = {one.id: one for one in platform.all(Member)}
    with pytest.raises(Rejected) as refusal:
        merge(platform, member, into)
    assert (refusal.value.code, refusal.value.status) == (code, status)
    assert {one.id: one for one in platform.all(Member)} == before


def test_two_accounts_can_not_be_closed_for_each_other(platform: Platform) -> None:
    merge(platform, "m-1", "m-2")
    with pytest.raises(Rejected, match="survivor_merged"):
        merge(platform, "m-2", "m-1")


def test_what_was_closed_for_an_account_follows_it(platform: Platform) -> None:
    merge(platform, "m-1", "m-2")
    answer = merge(platform, "m-2", "m-3")
    assert answer["also"] == [A]
    assert sorted(merges(platform)) == sorted([(A, B, 2), (B, C, 2), (A, C, 3)])
    assert {one.external_id: (one.merged_into, one.replaces) for one in platform.all(Member)} == {
        "m-1": (C, ()),
        "m-2": (C, ()),
        "m-3": ("", (A, B)),
    }


def test_a_repeated_request_is_answered_as_before_and_closes_once(platform: Platform) -> None:
    first = merge(platform, "m-1", "m-2", key="same")
    assert merge(platform, "m-1", "m-2", key="same") == first
    assert len(merges(platform)) == 1


def test_no_more_are_closed_for_one_than_can_follow_it(platform: Platform) -> None:
    members = [ANNA | {"external_id": f"x-{n}"} for n in range(MOST_REPLACED + 1)]
    platform.do(handlers.upsert_members, Batch(members=members))
    for number in range(MOST_REPLACED):
        merge(platform, f"x-{number}", "m-1")
    with pytest.raises(Rejected, match="too_many_merged"):
        merge(platform, f"x-{MOST_REPLACED}", "m-1")
    with pytest.raises(Rejected, match="too_many_merged"):
        merge(platform, "m-1", "m-2")


def test_erasing_who_goes_on_erases_the_closed_accounts_of_the_same_person(platform: Platform) -> None:
    merge(platform, "m-1", "m-2")
    answer = platform.do(handlers.erase_member, EraseMember(member_id="m-2", reason="art. 17"))
    assert answer["also"] == [A]
    assert {one.external_id: one.name for one in platform.all(Member)} == {
        "m-1": "[erased]",
        "m-2": "[erased]",
        "m-3": "Anna Müller-Weiß",
    }
    assert len(platform.events(MemberErased)) == 2
    assert told(platform)[-1].merged_into == B, "what comes late for it still finds who went on"


def test_a_closed_account_can_be_erased_alone(platform: Platform) -> None:
    merge(platform, "m-1", "m-2")
    platform.do(handlers.erase_member, EraseMember(member_id="m-1", reason="art. 17"))
    assert (stored(platform).state, stored(platform).merged_into, stored(platform, "m-2").state) == (
        "erased",
        B,
        "active",
    )


def test_a_closed_account_is_still_found_and_shown_with_who_goes_on(platform: Platform) -> None:
    merge(platform, "m-1", "m-2")
    page = handlers.search_members(Search(q="m-1"), platform.runtime.world)
    assert [(member.external_id, member.merged_into) for member in page.items] == [("m-1", B)]


def test_a_merge_needs_a_reason() -> None:
    for reason in ("", "  ", "a\nb", "x" * 201):
        with pytest.raises(ValueError, match="reason"):
            MergeMember(member_id="m-1", into="m-2", reason=reason)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_whatever_is_merged_there_are_no_chains_and_no_circles(pairs: list[tuple[int, int]]) -> None:
    platform = Platform("members")
    members = [UpsertMember.model_validate(ANNA | {"external_id": f"m-{n}"}).model_dump() for n in range(6)]
    sent = [{k: v for k, v in member.items() if k != "if_revision"} for member in members]
    platform.do(handlers.upsert_members, Batch(members=sent))
    for member, into in pairs:
        try:
            merge(platform, f"m-{member}", f"m-{into}")
        except Rejected:
            continue
    found: dict[str, Member] = {one.id: one for one in platform.all(Member)}
    for one in found.values():
        if one.merged_into:
            assert not found[one.merged_into].merged_into
            assert one.id in found[one.merged_into].replaces
        assert one.replaces == () or not one.merged_into
        assert len(set(one.replaces)) == len(one.replaces)
    assert sum(len(one.replaces) for one in found.values()) == sum(bool(one.merged_into) for one in found.values())


def test_time_of_the_first_closing_stays_when_it_follows(platform: Platform) -> None:
    merge(platform, "m-1", "m-2")
    closed_at = platform.clock.now()
    platform.advance_to(closed_at + timedelta(days=3))
    merge(platform, "m-2", "m-3")
    assert (stored(platform).merged_at, stored(platform).merged_into) == (closed_at, C)


@pytest.mark.parametrize(
    ("meanwhile", "code"),
    [(("m-2", "m-3"), "survivor_merged"), (("m-2", "m-1"), "survivor_merged"), (("m-1", "m-3"), "member_merged")],
)
def test_of_two_merges_at_once_the_later_sees_the_earlier(
    platform: Platform, meanwhile: tuple[str, str], code: str
) -> None:
    attempts = []

    def slowly(unit: Any) -> Any:
        answer = handlers.merge_member(MergeMember(member_id="m-1", into="m-2", reason="slowly"), unit)
        attempts.append(answer)
        if len(attempts) == 1:
            merge(platform, *meanwhile)
        return answer

    with pytest.raises(Rejected, match=code):
        platform.runtime.commit(Cause("test", "slow", "machine:test"), slowly)
    assert len(merges(platform)) == 1


def test_a_change_that_crosses_a_merge_is_refused(platform: Platform) -> None:
    attempts = []

    def slowly(unit: Any) -> Any:
        given = UpsertMember.model_validate(ANNA | {"name": "Anna Neu"})
        attempts.append(handlers.upsert_member(given, unit))
        if len(attempts) == 1:
            merge(platform, "m-1", "m-2")
        return attempts[-1]

    with pytest.raises(Rejected, match="member_merged"):
        platform.runtime.commit(Cause("test", "slow", "machine:test"), slowly)
    assert stored(platform).name == "Anna Müller-Weiß"
