"""The record keeps personal data beside what is hashed, so that erasing it leaves the proof."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

import orjson
import pytest

from common.commit import PART, Cause, Record, erase, open_record, part_refs
from common.documents import Document, canonical, lists_of
from common.events.members import MemberChanged
from common.failures import Rejected, TryLater
from common.parties import personal
from common.ports import LARGEST_DOCUMENT, Stored
from common.transaction import UnitOfWork
from tests.kit import Platform
from tests.unit import told


class Person(Document):
    """Somebody with a name."""

    collection = "people"
    indexed = ("words", "member_id")

    member_id: str
    name: Annotated[str, personal()]
    nickname: Annotated[str, personal("")] = ""
    words: tuple[str, ...] = ()
    size: int = 1


CAUSE = Cause("test", "1", "machine:test", fingerprint="ab")
ANNA = Person(id="p1", member_id="mem_1", name="Anna Canary")
BEN = Person(id="p2", member_id="mem_2", name="Ben Canary")


@pytest.fixture
def platform() -> Platform:
    return Platform("audit")


def put(platform: Platform, *documents: Document, answer: Any = None, cause: Cause = CAUSE) -> Stored:
    def work(unit: UnitOfWork) -> Any:
        for document in documents:
            unit.put(document)
        return answer

    platform.runtime.commit(cause, work)
    return stored(platform, cause)


def stored(platform: Platform, cause: Cause = CAUSE) -> Stored:
    found = platform.engine.load([("commits", cause.commit_id)])[0]
    assert found is not None
    return found


def record(platform: Platform) -> Record:
    found = platform.runtime.record(CAUSE.commit_id)
    assert found is not None
    return found


def erased(platform: Platform, member: str) -> int:
    return int(
        platform.runtime.commit(
            Cause("erase", member, "machine:test"), lambda unit: erase(unit, CAUSE.commit_id, member)
        )
    )


def changed(fields: Mapping[str, Any], **changes: Any) -> Record:
    return open_record(Stored("x", {**fields, **changes}))


def test_what_is_hashed_holds_no_personal_value_and_what_is_read_back_does(platform: Platform) -> None:
    fields = put(platform, ANNA, BEN, answer={"name": "Anna Canary"}).fields
    assert "Canary" not in fields["body"]
    assert hashlib.sha256(fields["body"].encode()).hexdigest() == fields["hash"]
    assert fields["personal"].count("Canary") == 3
    found = record(platform)
    assert [entry["body"]["name"] for entry in found.body["documents"]] == ["Anna Canary", "Ben Canary"]
    assert (found.answer, found.faults, found.erased) == ({"name": "Anna Canary"}, (), set())


def test_a_record_is_found_by_everyone_whose_data_it_holds(platform: Platform) -> None:
    put(platform, ANNA, BEN)
    assert [r.id for r in platform.runtime.world.records(subjects="mem_2")] == [CAUSE.commit_id]


def test_an_empty_value_and_a_document_without_personal_data_cost_nothing(platform: Platform) -> None:
    body = orjson.loads(put(platform, ANNA).fields["body"])
    assert body["documents"][0]["body"]["nickname"] == ""
    assert list(record(platform).personal["mem_1"]["values"]) == ["documents/0/body/name", "fingerprint"]


def test_the_same_name_has_another_commitment_in_every_record_and_for_every_member(platform: Platform) -> None:
    twins = [ANNA, BEN.but(name=ANNA.name)]
    first = orjson.loads(put(platform, *twins).fields["body"])["personal"]
    again = Cause("test", "2", "machine:test", fingerprint="ab")
    second = orjson.loads(put(platform, *[t.but(id=f"{t.id}b") for t in twins], cause=again).fields["body"])["personal"]
    assert len({one[member] for one in (first, second) for member in ("mem_1", "mem_2")}) == 4


def test_a_simulation_that_gives_its_own_salts_repeats_itself(platform: Platform) -> None:
    other = Platform("audit")
    for one in (platform, other):
        one.runtime.salts = lambda size: b"\1" * size
        put(one, ANNA)
    assert stored(platform) == stored(other)


def test_after_an_erasure_the_hash_still_holds_and_the_place_says_whose_it_was(platform: Platform) -> None:
    before = put(platform, ANNA, BEN)
    assert erased(platform, "mem_1") == 3 - 1
    after = stored(platform)
    assert (after.fields["body"], after.fields["hash"]) == (before.fields["body"], before.fields["hash"])
    found = record(platform)
    assert [entry["body"]["name"] for entry in found.body["documents"]] == [{"personal": "mem_1"}, "Ben Canary"]
    assert (found.faults, found.erased) == ((), {"mem_1", "*"})
    assert "Anna" not in str(after.fields)


def test_an_erasure_takes_the_salt_with_it_so_that_guessing_a_name_proves_nothing(platform: Platform) -> None:
    salt = orjson.loads(put(platform, ANNA, BEN).fields["personal"])["mem_1"]["salt"]
    erased(platform, "mem_1")
    assert salt not in str(stored(platform).fields)
    assert len(bytes.fromhex(salt)) == 16


def test_erasing_twice_or_somebody_else_erases_nothing_more(platform: Platform) -> None:
    put(platform, ANNA)
    assert [erased(platform, "mem_1"), erased(platform, "mem_9")] == [2, 0]
    assert platform.runtime.commit(Cause("t", "x", "m"), lambda unit: erase(unit, CAUSE.commit_id, "mem_1")) == 0


def test_an_erased_answer_is_refused_by_name_not_answered_wrongly(platform: Platform) -> None:
    put(platform, ANNA, answer={"name": "Anna Canary"})
    erased(platform, "mem_1")
    with pytest.raises(Rejected, match="erased"):
        put(platform, ANNA)


def test_a_record_that_is_still_to_be_published_is_not_erased_from(platform: Platform) -> None:
    told_of = MemberChanged(member_id="mem_1", revision=1, buyer=told.buyer(), segment="private")
    platform.runtime.publish = lambda record: None  # type: ignore[method-assign]  # noqa: ARG005 - its own name
    platform.runtime.commit(CAUSE, lambda unit: unit.emit(told_of))
    with pytest.raises(TryLater):
        erased(platform, "mem_1")
    assert record(platform).messages()[0].facts[0]["buyer"]["name"] == "Erika Muster"
    platform.engine.mark_published([CAUSE.commit_id])
    assert erased(platform, "mem_1") == 2
    assert record(platform).body["events"][0]["body"]["buyer"] == {"personal": "mem_1"}


@pytest.mark.parametrize(
    ("old", "new"),
    [('"Anna Canary"', '"Anna Other"'), ("documents/0/body/name", "documents/0/body/size"), ("mem_1", "mem_7")],
)
def test_personal_data_that_was_tampered_with_is_found(platform: Platform, old: str, new: str) -> None:
    fields = put(platform, ANNA).fields
    assert changed(fields).faults == ()
    assert len(changed(fields, personal=fields["personal"].replace(old, new)).faults) == 1


def test_personal_data_can_only_stand_where_it_was_taken_from(platform: Platform) -> None:
    fields = put(platform, ANNA).fields
    forged = {"mem_1": {"salt": "00", "values": {"documents/0/body/size": 9, "documents/7/body/name": "x"}}}
    found = changed(fields, personal=canonical(forged).decode())
    assert found.body["documents"][0]["body"]["size"] == 1
    assert found.faults


@pytest.mark.parametrize("letter", ["a", "ä"])
def test_a_long_record_is_split_body_and_personal_data_and_erased_whole(platform: Platform, letter: str) -> None:
    many = [ANNA.but(id=f"a{n}", name=letter * 400_000) for n in range(3)]
    first = put(platform, *many, BEN)
    parts = [part for part in platform.engine.load(part_refs(first)) if part is not None]
    pages = [first, *parts]
    assert all(len(str(page.fields).encode()) < LARGEST_DOCUMENT for page in pages)
    assert max(len(page.fields["personal"]) for page in pages) <= PART
    assert [e["body"]["name"][:3] for e in record(platform).body["documents"]] == [letter * 3] * 3 + ["Ben"]
    assert record(platform).faults == ()
    assert erased(platform, "mem_1") == 4
    after = [stored(platform), *(part for part in platform.engine.load(part_refs(first)) if part is not None)]
    assert letter * 10 not in "".join(page.fields["personal"] for page in after)
    assert record(platform).faults == ()
    assert record(platform).body["documents"][3]["body"]["name"] == "Ben Canary"


def test_a_record_from_before_personal_data_stood_beside_it_still_opens() -> None:
    body = {"scheme": 1, "documents": [], "events": [], "tasks": [], "answer": {"a": 1}, "fingerprint": "", "at": ""}
    raw = canonical(body)
    fields = {"body": raw.decode(), "hash": hashlib.sha256(raw).hexdigest(), "parts": 1, "pending": ""}
    found = open_record(Stored("x", fields))
    assert (found.answer, found.faults, found.erased) == ({"a": 1}, (), set())


def test_which_fields_are_lists_follows_from_their_annotations(platform: Platform) -> None:
    put(platform, ANNA.but(words=("anna", "canary")), BEN)
    assert lists_of(Person) == {"words"}
    assert [p.id for p in platform.read.select(Person, words="canary", member_id="mem_1")] == ["p1"]


def test_who_waited_for_a_document_is_dated_by_its_commit_and_not_by_its_beginning(platform: Platform) -> None:
    later = platform.clock.now() + timedelta(minutes=1)

    def slow(unit: UnitOfWork) -> None:
        unit.put(ANNA)
        platform.clock.advance_to(later)

    platform.runtime.commit(CAUSE, slow)
    (record,) = platform.runtime.world.records()
    assert record.body["at"] == later.isoformat()
