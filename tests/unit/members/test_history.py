"""Every version of a member is told with what changed, when, by whom and why, and what was erased stays erased."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common.failures import Rejected
from functions.members import handlers
from functions.members.history import changes
from functions.members.requests import Batch, EraseMember, HistoryAnswer, HistoryOf, MergeMember
from tests.kit import Platform
from tests.unit.members.given import ADDRESS, ANNA, STAFF, VAT_ID, Scripted, stored, upsert, with_register


@pytest.fixture
def platform() -> Platform:
    return Platform("members")


def history(platform: Platform, member: str = "m-1", **more: Any) -> HistoryAnswer:
    given = HistoryOf.model_validate({"member_id": member, **more})
    return handlers.show_history(given, platform.runtime.world)


def changed(answer: HistoryAnswer, index: int = 0) -> dict[str, tuple[Any, Any]]:
    return {change.field: (change.before, change.after) for change in answer.items[index].changes}


def later(platform: Platform, **time: int) -> datetime:
    platform.advance_to(platform.clock.now() + timedelta(**time))
    return platform.clock.now()


def test_a_change_is_told_with_what_it_changed_by_whom_and_why(platform: Platform) -> None:
    upsert(platform)
    at = later(platform, days=3)
    upsert(platform, actor=STAFF, address=ADDRESS | {"city": "Bonn"}, billing_day=15, reason="moved")
    answer = history(platform)
    newest = answer.items[0]
    assert [version.version for version in answer.items] == [2, 1]
    assert (newest.actor, newest.reason, newest.at, newest.revision) == (STAFF, "", at, 2)
    assert changed(answer) == {
        "address": (ADDRESS, ADDRESS | {"city": "Bonn"}),
        "billing_day": (1, 15),
        "revision": (1, 2),
    }


def test_the_first_version_tells_all_there_was(platform: Platform) -> None:
    upsert(platform)
    first = changed(history(platform))
    assert first["name"] == (None, "Anna Müller-Weiß")
    assert "merged_into" not in first
    assert not {"search", "version", "id"} & set(first)


def test_what_the_tax_authorities_said_is_part_of_the_history(platform: Platform) -> None:
    with_register(platform, Scripted("MS_UNAVAILABLE", "valid"))
    upsert(platform, kind="business", vat_id=VAT_ID)
    later(platform, hours=1)
    answer = history(platform)
    assert [changed(answer, n).get("vat_state", ("", ""))[1] for n in range(3)] == ["valid", "", "unknown"]
    assert changed(answer, 1)["vat_check"][1]["code"] == "MS_UNAVAILABLE"
    assert changed(answer)["vat_proof"][1]["request_id"] == "WAPI2"
    assert answer.items[0].actor == "function:members-check-vat-ids"
    assert answer.items[0].reason == "the tax authorities' answer about the VAT id"
    assert answer.items[0].because == answer.items[1].commit


def test_the_state_as_of_a_moment_is_what_was_in_force_then(platform: Platform) -> None:
    before = platform.clock.now() - timedelta(seconds=1)
    upsert(platform)
    first = later(platform, days=1)
    upsert(platform, name="Anna Schmidt")
    second = platform.clock.now()
    names = {
        moment: (history(platform, at=moment).as_of or {}).get("name")
        for moment in (before, first - timedelta(hours=1), second)
    }
    assert list(names.values()) == [None, "Anna Müller-Weiß", "Anna Schmidt"]
    assert history(platform).as_of is None


def test_a_moment_has_an_offset_and_means_the_same_instant_in_every_one(platform: Platform) -> None:
    upsert(platform)
    with pytest.raises(ValueError, match="timezone"):
        history(platform, at="2026-10-01T08:00:00")
    for moment in ("2026-10-01T08:00:00Z", "2026-10-01T10:00:00+02:00"):
        assert history(platform, at=moment).as_of is not None
    assert history(platform, at="2026-10-01T09:59:59+02:00").as_of is None


def test_pages_show_every_version_once(platform: Platform) -> None:
    for number in range(7):
        upsert(platform, terms_days=number)
    seen: list[int] = []
    token = ""
    while True:
        page = history(platform, limit=3, page_token=token)
        seen += [version.version for version in page.items]
        token = page.next_page_token
        if not token:
            break
    assert seen == [7, 6, 5, 4, 3, 2, 1]
    assert changed(history(platform, limit=3, page_token="5"))["terms_days"] == (2, 3)
    assert history(platform, page_token="1").items == []
    for strange in ("x", "-1", "9" * 10):
        with pytest.raises(ValueError, match="page_token"):
            history(platform, page_token=strange)


def test_members_of_one_batch_have_histories_of_their_own(platform: Platform) -> None:
    batch = Batch(members=[ANNA | {"external_id": f"m-{n}", "name": f"Anna {n}"} for n in range(5)])
    platform.do(handlers.upsert_members, batch)
    assert [changed(history(platform, f"m-{n}"))["name"][1] for n in range(5)] == [f"Anna {n}" for n in range(5)]


def test_a_merge_is_part_of_both_histories(platform: Platform) -> None:
    upsert(platform)
    upsert(platform, external_id="m-2")
    platform.do(handlers.merge_member, MergeMember(member_id="m-1", into="m-2", reason="twice"))
    assert changed(history(platform))["merged_into"] == ("", stored(platform, "m-2").id)
    assert changed(history(platform, "m-2"))["replaces"] == ([], [stored(platform).id])


def test_after_erasure_nothing_personal_is_shown_though_records_still_hold_it(platform: Platform) -> None:
    secret = {"reference": "Kanarienvogel", "endpoint": "EM:canary@aviary.example", "payment_token": "pm_canary"}
    upsert(platform, name="Karla Kanarienvogel", address=ADDRESS | {"street": "Voliere 1"}, **secret)
    upsert(platform, name="Karla Canary", email="canary@aviary.example")
    assert "Kanarienvogel" in history(platform).model_dump_json()
    moment = platform.clock.now()
    later(platform, days=1)
    platform.do(handlers.erase_member, EraseMember(member_id="m-1", reason="art. 17"))
    told = history(platform, at=moment).model_dump_json()
    for canary in ("Kanarienvogel", "Canary", "canary", "Voliere"):
        assert canary not in told
    assert "[erased]" in told
    assert changed(history(platform))["erased_at"][1] is not None


def test_the_history_of_nobody_is_not_found(platform: Platform) -> None:
    with pytest.raises(Rejected, match="not_found"):
        history(platform, "nobody")


def test_versions_written_before_a_field_was_known_are_still_told(platform: Platform) -> None:
    upsert(platform)
    records = platform.runtime.world.records(documents=f"members/{stored(platform).id}")
    (entry,) = records[0].body["documents"]
    assert datetime.fromisoformat(records[0].body["at"]).tzinfo == UTC
    before = {name: value for name, value in entry["body"].items() if name != "billing_day"}
    (change,) = changes(before, entry["body"])
    assert (change.field, change.before, change.after) == ("billing_day", None, 1)
