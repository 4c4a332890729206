"""Any document can be rebuilt, shown as of a moment, and a change behind the platform's back is found."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common.commit import Cause
from common.documents import Document, canonical
from common.events.matching import ItemSettled
from common.ports import Write
from functions.audit.api import show_timeline, show_trail
from functions.audit.invariants import INVARIANTS, prove
from functions.audit.requests import OneMember, OneTrail
from tests.kit import Platform

NUMBERS = {number for rule in INVARIANTS for number in rule.numbers}


class Account(Document):
    """A balance."""

    collection = "accounts"

    balance_minor: int = 0


@pytest.fixture
def platform() -> Platform:
    found = Platform("audit")
    for n in range(3):
        found.clock.advance_to(datetime(2026, 10, 1, 8, tzinfo=UTC) + timedelta(hours=n))
        found.runtime.commit(Cause("test", str(n), "staff:anna", reason="test"), deposit)
    return found


def deposit(unit: Any) -> None:
    account = unit.find(Account, "a") or Account(id="a")
    unit.put(account.but(balance_minor=account.balance_minor + 5))


def trail(platform: Platform, at: str = "") -> Any:
    return show_trail(OneTrail(collection="accounts", document_id="a", at=at), platform.runtime.world)


def tamper(platform: Platform, collection: str, document_id: str, **fields: Any) -> None:
    stored = platform.engine.load([(collection, document_id)])[0]
    assert stored is not None
    platform.engine._put(Write(collection, document_id, {**stored.fields, **fields}))


def test_a_trail_holds_every_version_and_who_wrote_it(platform: Platform) -> None:
    shown = trail(platform)
    assert [(step.version, step.body["balance_minor"]) for step in shown.steps] == [(1, 5), (2, 10), (3, 15)]
    assert {(step.actor, step.reason) for step in shown.steps} == {("staff:anna", "test")}
    assert shown.faults == []


def test_a_document_is_shown_as_of_a_moment(platform: Platform) -> None:
    assert trail(platform, at="2026-10-01T09:30:00+00:00").as_of["balance_minor"] == 10
    assert trail(platform, at="2026-09-01T00:00:00+00:00").as_of is None


def test_a_document_edited_behind_the_platforms_back_is_found(platform: Platform) -> None:
    body = canonical({"id": "a", "version": 3, "balance_minor": 1_000_000}).decode()
    tamper(platform, "accounts", "a", body=body)
    assert trail(platform).faults == ["accounts/a: the stored document is not the one that was committed"]
    assert [broken.invariant.numbers for broken in prove(platform.runtime.world)] == [(56,)]


def test_an_edited_commit_record_is_found(platform: Platform) -> None:
    commit = trail(platform).steps[1].commit
    stored = platform.engine.load([("commits", commit)])[0]
    assert stored is not None
    tamper(platform, "commits", commit, body=stored.fields["body"].replace('"balance_minor":10', '"balance_minor":99'))
    assert f"accounts/a: commit {commit} does not have its hash" in trail(platform).faults


def test_a_deleted_commit_record_is_found(platform: Platform) -> None:
    commit = trail(platform).steps[1].commit
    del platform.engine._collections["commits"][commit]
    platform.engine._indexes.clear()
    assert any("version 2 is missing" in fault for fault in trail(platform).faults)


def test_a_document_written_without_a_commit_is_found(platform: Platform) -> None:
    platform.engine._put(Write("accounts", "b", {"body": "{}", "version": 1, "head": ""}))
    (broken,) = prove(platform.runtime.world)
    assert broken.invariant.numbers == (59,)
    assert broken.evidence == ("accounts/b was written without a commit",)


def test_a_change_by_staff_without_a_reason_is_found(platform: Platform) -> None:
    platform.runtime.commit(Cause("test", "no reason", "staff:anna"), deposit)
    assert [broken.invariant.numbers for broken in prove(platform.runtime.world)] == [(60,)]


def test_a_members_timeline_is_what_was_committed_about_them(platform: Platform) -> None:
    told = ItemSettled(
        member_id="mem_1",
        item_id="i",
        item_version=1,
        invoice_id="v",
        invoice_number="N",
        currency="EUR",
        total_minor=1,
        open_minor=0,
        settled_on=datetime(2026, 1, 1, tzinfo=UTC).date(),
    )
    platform.tell(told, told.model_copy(update={"member_id": "mem_2"}))
    shown = show_timeline(OneMember(member_id="mem_1"), platform.runtime.world)
    assert [(h.name, h.event["member_id"]) for h in shown.happenings] == [("item.settled", "mem_1")]


def test_at_least_25_numbered_invariants_are_checked() -> None:
    assert len(NUMBERS) >= 25
