"""Transactions that want the same documents: nothing is lost, nobody waits for ever."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from tests.emulated.firestore_running import serve, together

pytestmark = pytest.mark.emulated


@pytest.fixture(params=["pessimistic", "optimistic"])
def client(request: pytest.FixtureRequest) -> Iterator[Any]:
    with serve(concurrency=request.param) as connected:
        yield connected


@pytest.fixture
def pessimistic() -> Iterator[Any]:
    with serve() as connected:
        yield connected


@pytest.fixture
def optimistic() -> Iterator[Any]:
    with serve(concurrency="optimistic") as connected:
        yield connected


def attempt(client: Any, work: Callable[[Any], None], attempts: int = 80) -> None:
    """Runs work in a transaction until it stands, also when a read is told ABORTED."""
    for _ in range(10):
        try:
            firestore.transactional(work)(client.transaction(max_attempts=attempts))
        except exceptions.Aborted:
            continue
        return
    pytest.fail("aborted while reading ten times")


def begun(client: Any) -> Any:
    transaction = client.transaction()
    transaction._begin()
    return transaction


def add(reference: Any, amount: int) -> Callable[[Any], None]:
    def work(transaction: Any) -> None:
        held = reference.get(transaction=transaction)
        transaction.set(reference, {"n": (held.get("n") if held.exists else 0) + amount})

    return work


def increment_from_eight_threads(client: Any, counter: Any, attempts: int) -> None:
    def run(_: int) -> None:
        for _ in range(10):
            attempt(client, add(counter, 1), attempts)

    together(8, run)


def test_increments_from_eight_threads_are_all_counted(client: Any) -> None:
    counter = client.document("counters/hot")
    increment_from_eight_threads(client, counter, attempts=80)  # each failure is another one's success: never more
    assert counter.get().get("n") == 80


def test_a_hot_document_needs_no_more_than_the_clients_own_attempts(pessimistic: Any) -> None:
    counter = pessimistic.document("counters/hot")
    began = time.monotonic()
    increment_from_eight_threads(pessimistic, counter, attempts=5)
    assert counter.get().get("n") == 80
    assert time.monotonic() - began < 10


def test_transfers_that_cross_each_other_lose_nothing(client: Any) -> None:
    accounts = [client.document(f"accounts/{number}") for number in range(3)]
    for account in accounts:
        account.set({"n": 100})

    def transfer(giver: Any, taker: Any) -> Callable[[Any], None]:
        def work(transaction: Any) -> None:
            given, taken = giver.get(transaction=transaction), taker.get(transaction=transaction)
            transaction.update(giver, {"n": given.get("n") - 1})
            transaction.update(taker, {"n": taken.get("n") + 1})

        return work

    def run(number: int) -> None:
        for step in range(8):
            giver, taker = (number + step) % 3, (number + step + 1 + number % 2) % 3
            attempt(client, transfer(accounts[giver], accounts[taker]))

    together(6, run)
    balances = [account.get().get("n") for account in accounts]
    assert sum(balances) == 300


def test_of_two_that_read_the_same_document_only_one_commits(client: Any) -> None:
    counter = client.document("counters/one")
    counter.set({"n": 0})
    first, second = begun(client), begun(client)
    add(counter, 1)(first)
    add(counter, 10)(second)
    first._commit()
    with pytest.raises(exceptions.Aborted):
        second._commit()
    assert counter.get().get("n") == 1


def test_a_document_that_appears_where_none_was_read_aborts(client: Any) -> None:
    marker = client.document("seen/event")
    first, second = begun(client), begun(client)
    for transaction in (first, second):
        assert not marker.get(transaction=transaction).exists
        transaction.create(marker, {})
    first._commit()
    with pytest.raises(exceptions.Aborted):
        second._commit()


def test_a_document_that_joins_what_a_query_found_aborts(client: Any) -> None:
    rows = client.collection("rows")
    query = rows.where(filter=FieldFilter("n", "==", 1))
    first, second = begun(client), begun(client)
    for number, transaction in enumerate((first, second)):
        assert query.get(transaction=transaction) == []
        transaction.create(rows.document(str(number)), {"n": 1})
    first._commit()
    with pytest.raises(exceptions.Aborted):
        second._commit()


def test_a_document_that_leaves_what_was_counted_aborts(optimistic: Any) -> None:
    rows = optimistic.collection("rows")
    rows.document("a").set({"n": 1})
    transaction = begun(optimistic)
    assert rows.count().get(transaction=transaction)[0][0].value == 1
    transaction.set(optimistic.document("totals/rows"), {"n": 1})
    rows.document("a").delete()
    with pytest.raises(exceptions.Aborted):
        transaction._commit()


def test_a_document_that_takes_the_place_of_one_found_aborts(optimistic: Any) -> None:
    batch = optimistic.batch()
    for name in "ab":  # written at once, they bear the same time
        batch.set(optimistic.document(f"rows/{name}"), {"n": 1})
    batch.commit()
    transaction = begun(optimistic)
    rows = optimistic.collection("rows").limit(1)
    assert [each.id for each in rows.stream(transaction=transaction)] == ["a"]
    optimistic.document("rows/a").delete()
    transaction.set(optimistic.document("sums/first"), {"of": "a"})
    with pytest.raises(exceptions.Aborted):
        transaction._commit()


def test_a_change_to_what_no_query_looked_at_disturbs_nobody(client: Any) -> None:
    rows = client.collection("rows")
    transaction = begun(client)
    assert rows.where(filter=FieldFilter("n", "==", 1)).get(transaction=transaction) == []
    rows.document("other").set({"n": 2})
    transaction.create(rows.document("mine"), {"n": 1})
    transaction._commit()
    assert len(rows.get()) == 2


def test_a_transaction_sees_the_moment_of_its_first_read(optimistic: Any) -> None:
    rows = optimistic.collection("rows")
    for name in "ab":
        rows.document(name).set({"n": 1})
    reader = optimistic.transaction(read_only=True)
    reader._begin()
    assert rows.document("a").get(transaction=reader).get("n") == 1
    rows.document("a").set({"n": 2})
    rows.document("b").delete()
    rows.document("c").set({"n": 1})
    assert rows.document("b").get(transaction=reader).exists
    assert [each.id for each in rows.where(filter=FieldFilter("n", "==", 1)).get(transaction=reader)] == ["a", "b"]
    assert not rows.document("c").get(transaction=reader).exists
    reader._commit()


def test_a_read_only_transaction_locks_nothing(pessimistic: Any) -> None:
    counter = pessimistic.document("counters/one")
    counter.set({"n": 0})
    reader = pessimistic.transaction(read_only=True)
    reader._begin()
    counter.get(transaction=reader)
    began = time.monotonic()
    counter.set({"n": 1})
    assert time.monotonic() - began < 0.5
    assert counter.get(transaction=reader).get("n") == 0


def test_a_write_from_outside_waits_for_the_transaction_that_read(pessimistic: Any) -> None:
    counter = pessimistic.document("counters/one")
    counter.set({"n": 1})
    transaction = begun(pessimistic)
    add(counter, 1)(transaction)
    outside = threading.Thread(target=lambda: counter.update({"n": 100}))
    outside.start()
    outside.join(0.1)
    assert outside.is_alive()
    transaction._commit()
    outside.join(5)
    assert counter.get().get("n") == 100


def test_a_transaction_left_open_holds_nobody_up_for_long(pessimistic: Any) -> None:
    counter = pessimistic.document("counters/one")
    left = begun(pessimistic)
    counter.get(transaction=left)
    began = time.monotonic()
    attempt(pessimistic, add(counter, 1))
    assert time.monotonic() - began < 3
    left.set(counter, {"n": 0})
    with pytest.raises(exceptions.Aborted):
        left._commit()


def test_a_rolled_back_transaction_lets_go_and_is_over(client: Any) -> None:
    counter = client.document("counters/one")
    transaction = begun(client)
    add(counter, 1)(transaction)
    identity = transaction._id
    transaction._rollback()
    counter.set({"n": 7})
    transaction._id = identity
    with pytest.raises(exceptions.InvalidArgument, match="no longer valid"):
        counter.get(transaction=transaction)


def test_a_transaction_begun_by_its_first_read_can_commit(client: Any) -> None:
    api = client._firestore_api
    name = client.document("counters/one")._document_path
    request = {"database": client._database_string, "documents": [name], "new_transaction": {"read_write": {}}}
    answers = list(api.batch_get_documents(request))
    assert answers[0].transaction
    assert answers[1].missing == name
    write = {"update": {"name": name, "fields": {"n": {"integer_value": 1}}}}
    api.commit({"database": client._database_string, "writes": [write], "transaction": answers[0].transaction})
    assert client.document("counters/one").get().get("n") == 1


def test_nothing_is_written_in_a_read_only_transaction(client: Any) -> None:
    reader = client.transaction(read_only=True)
    reader._begin()
    write = {"update": {"name": client.document("rows/1")._document_path}}
    with pytest.raises(exceptions.InvalidArgument, match="read-only"):
        client._firestore_api.commit(
            {"database": client._database_string, "writes": [write], "transaction": reader._id}
        )
