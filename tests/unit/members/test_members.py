"""Members are registered, changed and found, and every change is told once."""

from typing import Any

import pytest
from pydantic import ValidationError

from common.events.members import MemberChanged
from common.failures import Rejected
from functions.members import handlers
from functions.members.model import Member, member_id_of
from functions.members.requests import Batch, ByExternalId, ById, Search, UpsertMember
from tests.kit import Platform

ADDRESS = {"street": "Lange Straße 1", "city": "Köln", "postcode": "50667", "country": "DE"}
ANNA = {
    "external_id": "m-1",
    "kind": "private",
    "name": "Anna Müller-Weiß",
    "email": "Anna@shop.example",
    "address": ADDRESS,
}


def body(**changes: Any) -> dict[str, Any]:
    return ANNA | changes


def upsert(platform: Platform, actor: str = "machine:test", **changes: Any) -> dict[str, Any]:
    answer: dict[str, Any] = platform.do(
        handlers.upsert_member, UpsertMember.model_validate(body(**changes)), actor=actor
    )
    return answer


def in_order(platform: Platform) -> list[MemberChanged]:
    events = [event for event in platform.events(MemberChanged) if isinstance(event, MemberChanged)]
    return sorted(events, key=lambda event: event.revision)


def found(platform: Platform, q: str, **rest: Any) -> list[str]:
    page = handlers.search_members(Search(q=q, **rest), platform.runtime.world)
    return sorted(member.external_id for member in page.items)


@pytest.fixture
def platform() -> Platform:
    return Platform("members")


def test_a_new_member_is_told_with_the_snapshot_documents_need(platform: Platform) -> None:
    answer = upsert(platform, payment_method="card", payment_token="pm_1", terms_days=30)
    (told,) = platform.events(MemberChanged)
    assert answer["outcome"] == "created"
    assert isinstance(told, MemberChanged)
    assert told.member_id == told.buyer.member_id == member_id_of("m-1")
    assert (told.revision, told.segment, told.buyer.terms_days) == (1, "private", 30)
    assert (told.buyer.payment_method, told.buyer.payment_token) == ("card", "pm_1")


def test_the_same_details_again_change_and_tell_nothing(platform: Platform) -> None:
    upsert(platform)
    answer = upsert(platform)
    assert (answer["outcome"], answer["member"]["revision"]) == ("unchanged", 1)
    assert len(platform.events(MemberChanged)) == 1
    assert platform.all(Member)[0].version == 1


def test_a_change_is_a_new_revision(platform: Platform) -> None:
    upsert(platform)
    answer = upsert(platform, email="anna@new.example")
    assert (answer["outcome"], answer["member"]["revision"]) == ("changed", 2)
    assert sorted(event.revision for event in platform.events(MemberChanged)) == [1, 2]  # type: ignore[attr-defined]


def test_a_field_left_out_falls_back_to_its_default(platform: Platform) -> None:
    upsert(platform, terms_days=30)
    assert upsert(platform)["member"]["terms_days"] == 14


def test_a_business_is_of_its_own_segment_unless_said_otherwise(platform: Platform) -> None:
    assert upsert(platform, kind="business")["member"]["segment"] == "business"
    assert upsert(platform, kind="business", segment="semi_pro")["member"]["segment"] == "semi_pro"


def test_a_repeated_request_is_answered_as_before(platform: Platform) -> None:
    given = UpsertMember.model_validate(body())
    first = platform.do(handlers.upsert_member, given, key="same")
    upsert(platform, name="Anna Neu")
    assert platform.do(handlers.upsert_member, given, key="same") == first


def test_only_a_business_with_a_valid_vat_id_is_told_with_it(platform: Platform) -> None:
    upsert(platform, kind="business", vat_id="de 136 695 976")
    upsert(platform, external_id="m-2", kind="business", vat_id="DE136695977")
    upsert(platform, external_id="m-3", kind="private", vat_id="DE136695976")
    platform.settle()
    told = {event.member_id: event.buyer.vat_id for event in in_order(platform)}
    assert told == {member_id_of("m-1"): "DE136695976", member_id_of("m-2"): "", member_id_of("m-3"): ""}
    states = {member.external_id: member.vat_state for member in platform.all(Member)}
    assert states == {"m-1": "valid", "m-2": "invalid", "m-3": "valid"}


def test_a_vat_id_of_another_country_is_refused_and_nothing_is_kept(platform: Platform) -> None:
    with pytest.raises(Rejected, match="vat_id_of_another_country"):
        upsert(platform, kind="business", vat_id="ATU13585627")
    assert platform.all(Member) == []


def test_staff_say_why_they_change_a_member(platform: Platform) -> None:
    with pytest.raises(Rejected, match="reason_missing"):
        upsert(platform, actor="staff:ada@marketplace.example")
    assert upsert(platform, actor="staff:ada@marketplace.example", reason="moved")["outcome"] == "created"


def test_a_reason_alone_is_no_change(platform: Platform) -> None:
    upsert(platform)
    assert upsert(platform, reason="just because")["outcome"] == "unchanged"


def test_a_batch_tells_each_member_what_became_of_them(platform: Platform) -> None:
    upsert(platform, external_id="same")
    upsert(platform, external_id="other")
    members = [
        body(external_id="same"),
        body(external_id="other", name="Berta"),
        body(external_id="new"),
        body(external_id="broken", email="no\r\nBcc: all@x.example"),
        body(external_id="foreign", vat_id="FR40303265045"),
        {},
    ]
    items = platform.do(handlers.upsert_members, Batch(members=members))["items"]
    assert [item["outcome"] for item in items] == ["unchanged", "changed", "created", "refused", "refused", "refused"]
    assert [item["code"] for item in items[3:]] == ["invalid", "vat_id_of_another_country", "invalid"]
    assert items[3]["errors"][0]["pointer"] == "/email"
    assert len(platform.all(Member)) == 3


def test_a_member_twice_in_one_batch_is_taken_in_order(platform: Platform) -> None:
    batch = Batch(members=[body(name="First"), body(name="Second"), body(name="Second")])
    items = platform.do(handlers.upsert_members, batch)["items"]
    assert [(item["outcome"], item["revision"]) for item in items] == [("created", 1), ("changed", 2), ("unchanged", 2)]
    assert [(member.name, member.version) for member in platform.all(Member)] == [("Second", 1)]


def test_five_hundred_members_are_one_commit_and_one_read_each(platform: Platform) -> None:
    batch = Batch(members=[body(external_id=f"m-{n}") for n in range(500)])
    platform.do(handlers.upsert_members, batch)
    assert platform.engine.counts.reads <= 501
    assert len(platform.events(MemberChanged)) == 500


@pytest.mark.parametrize("size", [0, 501])
def test_a_batch_holds_one_to_five_hundred(size: int) -> None:
    with pytest.raises(ValidationError):
        Batch(members=[body()] * size)


def test_a_member_is_shown_by_either_id(platform: Platform) -> None:
    upsert(platform)
    by_external = handlers.show_member(ByExternalId(external_id="m-1"), platform.runtime.world)
    by_id = handlers.show_member_by_id(ById(member_id=member_id_of("m-1")), platform.runtime.world)
    assert by_external == by_id
    assert by_external.name == "Anna Müller-Weiß"


def test_a_member_nobody_registered_is_not_found(platform: Platform) -> None:
    with pytest.raises(Rejected) as refusal:
        handlers.show_member(ByExternalId(external_id="nobody"), platform.runtime.world)
    assert (refusal.value.code, refusal.value.status) == ("not_found", 404)


@pytest.mark.parametrize(
    "q", ["müller-weiß", "MULLER", "weiss anna", "anna@SHOP.example", "M-1", " anna, ", "Anna anna@shop.example"]
)
def test_a_member_is_found_by_words_email_or_id(platform: Platform, q: str) -> None:
    upsert(platform)
    upsert(platform, external_id="m-2", name="Bert Braun", email="bert@shop.example")
    assert found(platform, q) == ["m-1"]


@pytest.mark.parametrize("q", ["ann", "anna braun", "nobody@shop.example"])
def test_what_no_member_has_finds_nothing(platform: Platform, q: str) -> None:
    upsert(platform)
    assert found(platform, q) == []


def test_a_member_is_no_longer_found_by_a_former_name(platform: Platform) -> None:
    upsert(platform)
    upsert(platform, name="Anna Schmidt")
    assert found(platform, "müller") == []
    assert found(platform, "schmidt") == ["m-1"]


@pytest.mark.parametrize("q", ["", "anna", "anna common"])
def test_pages_show_every_member_once(platform: Platform, q: str) -> None:
    members = [body(external_id=f"m-{n}", name=f"Anna Common{' x' * (n % 2)}") for n in range(250)]
    platform.do(handlers.upsert_members, Batch(members=members))
    seen: list[str] = []
    token = ""
    while True:
        page = handlers.search_members(Search(q=q, limit=60, page_token=token), platform.runtime.world)
        seen += [member.external_id for member in page.items]
        assert len(page.items) <= 60
        token = page.next_page_token
        if not token:
            break
    assert sorted(seen) == sorted(f"m-{n}" for n in range(250))


def test_a_page_is_never_larger_than_a_hundred() -> None:
    assert Search.model_validate({"limit": "100000"}).limit == 100
