"""Listeners are told what is there, then every change, once and in order, and go on where they were."""

import queue
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.cloud.firestore_v1.base_query import FieldFilter
from google.cloud.firestore_v1.types import ListenRequest, Target

from tests.emulated.firestore_running import serve, together

pytestmark = pytest.mark.emulated
DATABASE = "projects/p/databases/(default)"


@pytest.fixture
def client() -> Iterator[Any]:
    with serve() as connected:
        yield connected


class Told:
    """What a listener of the client library was told: ids shown, and what changed."""

    def __init__(self, watched: Any) -> None:
        self._told: queue.Queue[tuple[list[str], list[str]]] = queue.Queue()
        self._watch = watched.on_snapshot(self._tell)

    def _tell(self, shown: list[Any], changes: list[Any], _read_at: Any) -> None:
        kinds = [f"{change.type.name} {change.document.id}" for change in changes]
        self._told.put(([each.id for each in shown], kinds))

    def next(self) -> tuple[list[str], list[str]]:
        return self._told.get(timeout=10)

    def no_more(self) -> bool:
        return self._told.empty()

    def end(self) -> None:
        self._watch.unsubscribe()


@pytest.fixture
def listen() -> Iterator[Any]:
    """Begins to listen; ends with the test."""
    begun: list[Told] = []

    def begin(watched: Any) -> Told:
        begun.append(Told(watched))
        return begun[-1]

    yield begin
    for told in begun:
        told.end()


def test_a_document_is_told_at_once_and_after_each_change_and_when_it_is_deleted(client: Any, listen: Any) -> None:
    fee = client.document("fees/1")
    told = listen(fee)
    assert told.next() == ([], [])
    fee.set({"n": 1})
    assert told.next() == (["1"], ["ADDED 1"])
    fee.set({"n": 2})
    assert told.next() == (["1"], ["MODIFIED 1"])
    fee.delete()
    assert told.next() == ([], ["REMOVED 1"])


def test_a_query_begins_with_what_it_finds_in_order(client: Any, listen: Any) -> None:
    for name, n in [("a", 3), ("b", 1), ("c", 2)]:
        client.document(f"fees/{name}").set({"n": n})
    told = listen(client.collection("fees").order_by("n"))
    assert told.next() == (["b", "c", "a"], ["ADDED b", "ADDED c", "ADDED a"])


def test_a_query_loses_what_no_longer_matches_and_is_silent_about_the_rest(client: Any, listen: Any) -> None:
    fees = client.collection("fees")
    fees.document("a").set({"open": True})
    told = listen(fees.where(filter=FieldFilter("open", "==", True)))
    assert told.next() == (["a"], ["ADDED a"])
    fees.document("closed").set({"open": False})
    client.document("others/x").set({"open": True})
    fees.document("a").update({"open": False})
    assert told.next() == ([], ["REMOVED a"])
    assert told.no_more()


def test_a_limit_is_refilled_when_one_of_its_documents_goes(client: Any, listen: Any) -> None:
    fees = client.collection("fees")
    for name in "abc":
        fees.document(name).set({})
    told = listen(fees.limit(2))
    assert told.next()[0] == ["a", "b"]
    fees.document("a").delete()
    assert told.next() == (["b", "c"], ["REMOVED a", "ADDED c"])


def test_one_commit_is_told_as_one(client: Any, listen: Any) -> None:
    told = listen(client.collection("fees"))
    told.next()
    batch = client.batch()
    for name in "abc":
        batch.set(client.document(f"fees/{name}"), {})
    batch.commit()
    assert told.next()[0] == ["a", "b", "c"]


def test_a_listener_sees_every_document_that_many_threads_write(client: Any, listen: Any) -> None:
    told = listen(client.collection("fees"))

    def write(number: int) -> None:
        for step in range(10):
            client.document(f"fees/{number}-{step}").set({"step": step})

    together(8, write)
    shown: list[str] = []
    while len(shown) < 80:
        shown, _ = told.next()
    assert shown == sorted(f"{number}-{step}" for number in range(8) for step in range(10))


class Stream:
    """A raw Listen stream, for what the client library keeps to itself."""

    def __init__(self, client: Any, **target: Any) -> None:
        self._requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._ended = threading.Event()
        asked = Target(target_id=7, **target)
        self.send(ListenRequest(database=DATABASE, add_target=asked))
        self._answers = client._firestore_api.listen(iter(self._requests.get, None))

    def send(self, request: Any) -> None:
        self._requests.put(request)

    def until(self, kind: str) -> list[Any]:
        """All answers up to a target change of a kind."""
        answers = []
        for answer in self._answers:
            answers.append(answer)
            if answer.target_change and answer.target_change.target_change_type.name == kind:
                return answers
        raise AssertionError(f"the stream ended before {kind}")

    def end(self) -> None:
        self._answers.cancel()
        self._requests.put(None)


def target_of(client: Any) -> dict[str, Any]:
    query = client.collection("fees")._query()._to_protobuf()
    return {"query": Target.QueryTarget(parent=f"{DATABASE}/documents", structured_query=query)}


def names(answers: list[Any], kind: str) -> list[str]:
    told = [getattr(each._pb, kind) for each in answers if each._pb.WhichOneof("response_type") == kind]
    found = [each.document.name if kind == "document_change" else each.document for each in told]
    return [name.rpartition("/")[2] for name in found]


def test_a_resumed_stream_tells_only_what_changed_meanwhile(client: Any) -> None:
    for name in "abc":
        client.document(f"fees/{name}").set({"n": 1})
    first = Stream(client, **target_of(client))
    token = first.until("NO_CHANGE")[-1].target_change.resume_token
    first.end()
    client.document("fees/b").set({"n": 2})
    client.document("fees/c").delete()
    client.document("fees/d").set({"n": 1})
    again = Stream(client, resume_token=token, **target_of(client))
    answers = again.until("NO_CHANGE")
    again.end()
    assert names(answers, "document_change") == ["b", "d"]
    assert names(answers, "document_delete") == ["c"]


def test_a_stream_resumed_from_what_is_forgotten_is_reset_and_told_everything(client: Any) -> None:
    client.document("fees/a").set({})
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    stream = Stream(client, read_time=long_ago, **target_of(client))
    answers = stream.until("NO_CHANGE")
    stream.end()
    assert [each.target_change.target_change_type.name for each in answers if each.target_change][:2] == [
        "ADD",
        "RESET",
    ]
    assert names(answers, "document_change") == ["a"]


def test_a_target_for_once_ends_itself_and_a_removed_one_is_told_no_more(client: Any) -> None:
    once = Stream(client, once=True, **target_of(client))
    assert once.until("REMOVE")[-1].target_change.target_ids == [7]
    once.end()
    stream = Stream(client, **target_of(client))
    stream.until("NO_CHANGE")
    stream.send(ListenRequest(database=DATABASE, remove_target=7))
    assert stream.until("REMOVE")[-1].target_change.cause.code == 0
    stream.end()


def test_a_listener_whose_query_lacks_an_index_is_refused_with_the_index(tmp_path: Path) -> None:
    file = tmp_path / "firestore.indexes.json"
    file.write_text("{}")
    with serve(indexes=file) as client:
        query = client.collection("fees").where(filter=FieldFilter("open", "==", True)).order_by("n")
        asked = Target.QueryTarget(parent=f"{DATABASE}/documents", structured_query=query._to_protobuf())
        stream = Stream(client, query=asked)
        cause = stream.until("REMOVE")[-1].target_change.cause
        stream.end()
    assert (cause.code, '"fieldPath": "n"' in cause.message) == (9, True)


def test_a_listener_goes_on_after_the_server_was_away(tmp_path: Path) -> None:
    with serve(tmp_path) as client:
        client.document("fees/a").set({})
        stream = Stream(client, **target_of(client))
        token = stream.until("NO_CHANGE")[-1].target_change.resume_token
        stream.end()
        client.document("fees/a").delete()
    with serve(tmp_path) as client:
        stream = Stream(client, resume_token=token, **target_of(client))
        answers = stream.until("NO_CHANGE")
        stream.end()
    assert names(answers, "document_delete") == ["a"]
    assert names(answers, "document_change") == []


def test_a_query_that_is_wrong_ends_its_target_with_the_reason(client: Any) -> None:
    asked = target_of(client)
    asked["query"].structured_query.offset = -1
    stream = Stream(client, **asked)
    change = stream.until("REMOVE")[-1].target_change
    stream.end()
    assert (change.cause.code, "negative" in change.cause.message) == (3, True)
