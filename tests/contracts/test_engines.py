"""What both engines promise, by one suite."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import pytest

from common.commit import Cause
from common.documents import Document
from common.events.matching import ItemSettled
from common.failures import Rejected, TryLater
from common.ports import Engine, Session, SystemClock, TooLarge, Within, Write
from common.runtime import Runtime
from common.settings import Settings
from common.transaction import ReadAfterWrite, UnitOfWork
from common.world import Library


class Account(Document):
    """A balance somebody changes."""

    collection = "accounts"
    indexed = ("owner",)

    owner: str = "anna"
    balance_minor: int = 0
    note: str = ""


def write(engine: Engine, *writes: Write) -> None:
    engine.transact(lambda _: (writes, None))


def fields(body: str = "{}", **more: Any) -> dict[str, Any]:
    return {"body": body, "version": 1, "head": "", **more}


@pytest.fixture
def runtime(engine: Engine) -> Runtime:
    return Runtime(engine, SystemClock(), Settings())


def cause(key: str, fingerprint: str = "") -> Cause:
    return Cause("contract", key, "machine:test", fingerprint=fingerprint)


def deposit(amount_minor: int) -> Any:
    def work(unit: UnitOfWork) -> dict[str, int]:
        account = unit.find(Account, "a") or Account(id="a")
        unit.put(account.but(balance_minor=account.balance_minor + amount_minor))
        return {"balance_minor": account.balance_minor + amount_minor}

    return work


def test_all_writes_of_a_commit_are_visible_together(engine: Engine) -> None:
    write(engine, Write("docs", "a", fields("1"), new=True), Write("docs", "b", fields("2"), new=True))
    found = engine.load([("docs", "b"), ("docs", "x"), ("docs", "a")])
    assert [stored and stored.fields["body"] for stored in found] == ["2", None, "1"]


STRANGE = [".", "..", "a/b", "a/b/c", "/", "__a__", "x" * 2000, "\ud800"]
"""What no document can have as its id."""


@pytest.mark.parametrize("strange", ["", *STRANGE])
def test_an_id_that_no_document_can_have_is_not_found(engine: Engine, runtime: Runtime, strange: str) -> None:
    write(engine, Write("docs", "a", fields(), new=True))
    found = engine.load([("docs", strange), ("docs", "a"), ("docs", strange)])
    assert [stored and stored.id for stored in found] == [None, "a", None]
    assert engine.load([("docs", strange)]) == [None]
    assert runtime.commit(cause("1"), lambda unit: unit.find(Account, strange) is None) is True


@pytest.mark.parametrize("strange", STRANGE)
def test_a_page_begins_after_an_id_or_is_refused(engine: Engine, runtime: Runtime, strange: str) -> None:
    write(engine, Write("docs", "a", fields(), new=True), Write("docs", "b", fields(), new=True))
    assert [stored.id for stored in engine.select("docs", {}, limit=9, after="a")] == ["b"]
    with pytest.raises(Rejected, match="page_token_unknown"):
        engine.select("docs", {}, limit=9, after=strange)
    with pytest.raises(Rejected, match="page_token_unknown"):
        runtime.commit(cause("1"), lambda unit: unit.select(Account, after=strange))


def test_a_failed_handler_leaves_nothing(engine: Engine, runtime: Runtime) -> None:
    def work(unit: UnitOfWork) -> None:
        unit.put(Account(id="a"))
        raise Rejected("no")

    with pytest.raises(Rejected):
        runtime.commit(cause("1"), work)
    assert engine.load([("accounts", "a")]) == [None]


def test_selection_is_by_equality_in_order_of_id_page_by_page(engine: Engine) -> None:
    for i in ("c", "a", "d", "b"):
        write(engine, Write("docs", i, fields(owner="anna" if i != "d" else "ben"), new=True))
    first = engine.select("docs", {"owner": "anna"}, limit=2)
    rest = engine.select("docs", {"owner": "anna"}, limit=2, after=first[-1].id)
    assert [s.id for s in first + rest] == ["a", "b", "c"]
    assert engine.count("docs", {"owner": "anna"}) == 3


def test_a_list_field_is_selected_by_what_it_contains(engine: Engine) -> None:
    write(engine, Write("docs", "a", fields(search=["anna", "berg"]), new=True))
    assert [s.id for s in engine.select("docs", {"search": Within("berg")}, limit=5)] == ["a"]
    assert engine.select("docs", {"search": Within("ber")}, limit=5) == []
    assert engine.count("docs", {"search": Within("berg")}) == 1


def test_a_transaction_may_count_what_it_does_not_read(engine: Engine, runtime: Runtime) -> None:
    for i in ("a", "b", "c"):
        write(engine, Write("docs", i, fields(search=["anna"]), new=True))

    def work(unit: UnitOfWork) -> int:
        unit.put(Account(id="a"))
        return unit.count(Account)

    assert runtime.commit(cause("1"), work) == 0
    assert engine.transact(lambda session: ([], session.count("docs", {"search": Within("anna")}))) == 3


def test_a_cause_has_one_effect_however_often_it_is_delivered(runtime: Runtime) -> None:
    answers = [runtime.commit(cause("1"), deposit(5)) for _ in range(3)]
    assert answers == [{"balance_minor": 5}] * 3
    account = runtime.world.read.find(Account, "a")
    assert account is not None
    assert (account.version, account.balance_minor) == (1, 5)


def test_another_request_under_the_same_key_is_refused(runtime: Runtime) -> None:
    runtime.commit(cause("1", "body one"), deposit(5))
    with pytest.raises(Rejected, match="idempotency_key_reused"):
        runtime.commit(cause("1", "body two"), deposit(6))


def test_concurrent_deposits_on_one_account_lose_nothing(runtime: Runtime) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: runtime.commit(cause(str(n)), deposit(1)), range(20)))
    account = runtime.world.read.find(Account, "a")
    assert account is not None
    assert (account.balance_minor, account.version) == (20, 20)


def test_the_same_cause_at_the_same_time_has_one_effect(runtime: Runtime) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: runtime.commit(cause("same"), deposit(1)), range(8)))
    assert answers == [{"balance_minor": 1}] * 8


def test_reads_come_before_writes(runtime: Runtime) -> None:
    def work(unit: UnitOfWork) -> None:
        unit.put(Account(id="a"))
        unit.find(Account, "b")

    with pytest.raises(ReadAfterWrite):
        runtime.commit(cause("1"), work)


def test_what_is_missing_is_tried_later(runtime: Runtime) -> None:
    with pytest.raises(TryLater):
        runtime.commit(cause("1"), lambda unit: unit.get(Account, "nobody"))


def test_a_new_document_must_not_exist_yet(engine: Engine) -> None:
    write(engine, Write("docs", "a", fields("1"), new=True))
    calls: list[int] = []

    def work(session: Session) -> tuple[Sequence[Write], None]:
        calls.append(1)
        there = session.load([("docs", "a")])[0] if len(calls) > 1 else None
        return ([] if there else [Write("docs", "a", fields("2"), new=True)]), None

    engine.transact(work)
    stored = engine.load([("docs", "a")])[0]
    assert stored is not None
    assert (len(calls), stored.fields["body"]) == (2, "1")


def test_a_document_over_one_mebibyte_is_refused(runtime: Runtime) -> None:
    with pytest.raises(TooLarge):
        runtime.commit(cause("1"), lambda unit: unit.put(Account(id="a", note="x" * 1_048_577)))


@pytest.mark.parametrize(("documents", "fits"), [(11, True), (12, False)])
def test_a_commit_over_ten_mebibytes_is_refused_whole(engine: Engine, documents: int, *, fits: bool) -> None:
    writes = [Write("docs", str(n), fields("x" * 900_000), new=True) for n in range(documents)]
    with nullcontext() if fits else pytest.raises(TooLarge, match="10 MiB"):
        write(engine, *writes)
    assert engine.count("docs", {}) == (documents if fits else 0)


def test_a_commits_record_counts_towards_its_ten_mebibytes(runtime: Runtime) -> None:
    def work(unit: UnitOfWork) -> None:
        for n in range(6):
            unit.put(Account(id=f"a{n}", note="x" * 900_000))

    with pytest.raises(TooLarge, match="10 MiB"):
        runtime.commit(cause("1"), work)
    assert runtime.record(cause("1").commit_id) is None
    assert runtime.world.read.count(Account) == 0


def test_a_long_record_goes_on_in_parts_and_reads_back_whole(runtime: Runtime) -> None:
    def work(unit: UnitOfWork) -> None:
        for n in range(4):
            unit.put(Account(id=f"a{n}", note="ä" * 300_000))

    runtime.commit(cause("1"), work)
    record = runtime.record(cause("1").commit_id)
    assert record is not None
    assert [entry["body"]["note"] for entry in record.body["documents"]] == ["ä" * 300_000] * 4


def test_numbers_are_reserved_in_blocks_without_gaps(runtime: Runtime) -> None:
    def reserve(n: int) -> Any:
        return lambda unit: unit.next_numbers("MP-2026", n)

    firsts = [runtime.commit(cause(str(n)), reserve(n)) for n in (3, 1, 5)]
    assert firsts == [1, 4, 5]


def test_a_published_commit_is_no_longer_pending(engine: Engine, runtime: Runtime) -> None:
    told = ItemSettled(
        member_id="m",
        item_id="i",
        item_version=1,
        invoice_id="v",
        invoice_number="N",
        currency="EUR",
        total_minor=1,
        settled_on=datetime(2026, 1, 1, tzinfo=UTC).date(),
    )
    kept = runtime.publish
    runtime.publish = lambda record: None  # type: ignore[method-assign]  # noqa: ARG005 - its own name
    runtime.commit(cause("1"), lambda unit: unit.emit(told))
    record = runtime.record(cause("1").commit_id)
    assert record is not None
    pending = [s.id for n in range(8) for s in engine.select("commits", {"pending": str(n)}, limit=5)]
    assert pending == [record.id]
    engine.mark_published([record.id])
    assert [s.id for n in range(8) for s in engine.select("commits", {"pending": str(n)}, limit=5)] == []
    runtime.publish = kept  # type: ignore[method-assign]


def test_an_archived_file_keeps_its_first_content(engine: Engine) -> None:
    if hasattr(engine, "settings"):
        from common.google import channels

        channels.storage_client(engine.settings).bucket(engine.settings.bucket).create()
    engine.put_file("a.pdf", b"first", "application/pdf")
    engine.put_file("a.pdf", b"second", "application/pdf")
    assert engine.get_file("a.pdf") == b"first"
    assert engine.get_file("b.pdf") is None
    engine.put_file("inbox/b.xml", b"longer", "application/xml")
    engine.put_file("inbox/a.xml", b"short", "application/xml")
    listed = engine.list_files("inbox/")
    assert [(one.name, one.size) for one in listed] == [("inbox/a.xml", 5), ("inbox/b.xml", 6)]
    assert all(one.generation for one in listed)
    assert engine.list_files("nothing/") == []


def test_a_selection_by_an_unindexed_field_is_a_bug(engine: Engine) -> None:
    with pytest.raises(RuntimeError, match="not indexed"):
        Library(engine).select(Account, note="x")


def test_the_chain_of_a_document_links_every_commit(runtime: Runtime) -> None:
    for n in range(3):
        runtime.commit(cause(str(n)), deposit(1))
    records = runtime.world.records(documents="accounts/a")
    heads = {r.hash for r in records}
    previous = [r.body["documents"][0]["previous"] for r in records]
    assert len(heads) == 3
    assert set(previous) <= heads | {""}
    assert previous.count("") == 1
