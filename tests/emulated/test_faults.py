"""Faults strike exactly as told, are counted, and cost nothing when there are none."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

from common.google.documents import FirestoreDocuments
from common.ports import Counts, Write
from emulators.faults import CODES, Fault, Faults
from emulators.process import Emulators
from tests.emulated import tasks_running
from tests.emulated.pubsub_running import QUICK, TOPIC, Running, serve
from tests.emulated.receiving import Endpoint, Received, receiving, until

pytestmark = pytest.mark.emulated
DATABASE = "projects/p/databases/(default)"
DOCUMENT = f"{DATABASE}/documents/a/b"
RAISED = {
    "UNAVAILABLE": exceptions.ServiceUnavailable,
    "DEADLINE_EXCEEDED": exceptions.DeadlineExceeded,
    "ABORTED": exceptions.Aborted,
    "INTERNAL": exceptions.InternalServerError,
    "UNKNOWN": exceptions.Unknown,
    "RESOURCE_EXHAUSTED": exceptions.ResourceExhausted,
}


@pytest.fixture(scope="module")
def emulators() -> Iterator[Emulators]:
    with Emulators(None) as emulators:
        yield emulators


@pytest.fixture
def faults(emulators: Emulators) -> Iterator[Faults]:
    yield emulators.faults
    emulators.faults.clear()


@pytest.fixture
def documents(emulators: Emulators) -> Iterator[Any]:
    """The plain client, which does not try again by itself."""
    import grpc

    with grpc.insecure_channel(emulators.environment()["FIRESTORE_EMULATOR_HOST"]) as channel:
        yield FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))


def write(documents: Any, value: int) -> None:
    fields = {"n": {"integer_value": value}}
    request = {"database": DATABASE, "writes": [{"update": {"name": DOCUMENT, "fields": fields}}]}
    documents.commit(request=request, retry=None, timeout=5)


def value(documents: Any) -> int:
    return int(documents.get_document(request={"name": DOCUMENT}).fields["n"].integer_value)


# -- RPCs ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_a_lost_answer_comes_after_the_effect(documents: Any, faults: Faults, code: str) -> None:
    write(documents, 1)
    fault = faults.add("lose_answer", on="Commit", code=code, times=1)
    with pytest.raises(RAISED[code], match="the answer was lost"):
        write(documents, 2)
    assert (value(documents), fault.struck) == (2, 1)
    write(documents, 3)
    assert (value(documents), fault.struck, fault.met) == (3, 1, 2)


@pytest.mark.parametrize("code", CODES)
def test_a_refusal_comes_before_any_effect(documents: Any, faults: Faults, code: str) -> None:
    write(documents, 1)
    faults.add("refuse", on="google.firestore.v1.Firestore/Commit", code=code, times=1)
    with pytest.raises(RAISED[code], match="before it had any effect"):
        write(documents, 2)
    assert value(documents) == 1


def test_a_storm_of_aborted_commits_ends_after_its_count(documents: Any, faults: Faults) -> None:
    faults.add("refuse", on="Commit", code="ABORTED", skip=1, times=3)
    ended = [fails(lambda n=n: write(documents, n)) for n in range(6)]
    assert ended == [False, True, True, True, False, False]


def fails(act: Any) -> bool:
    try:
        act()
    except exceptions.GoogleAPICallError:
        return True
    return False


def test_a_storm_by_chance_is_the_same_for_the_same_seed() -> None:
    first, again, other = (Fault("refuse", probability=0.5, seed=seed) for seed in (7, 7, 8))
    drawn = [[fault.strikes("s/Commit", b"") for _ in range(50)] for fault in (first, again, other)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert 10 < first.struck < 40


def test_the_real_client_bears_a_storm_by_trying_again(emulators: Emulators, faults: Faults, monkeypatch: Any) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulators.environment()["FIRESTORE_EMULATOR_HOST"])
    client = firestore.Client(project="p", credentials=AnonymousCredentials())
    faults.add("refuse", on="Commit", code="ABORTED", times=3)

    def work(transaction: Any) -> None:
        transaction.set(client.document("storm/x"), {"n": 1})

    firestore.transactional(work)(client.transaction())
    assert client.document("storm/x").get().to_dict() == {"n": 1}


@pytest.mark.parametrize("kind", ["lose_answer", "refuse"])
@pytest.mark.parametrize("code", CODES)
def test_the_platforms_engine_commits_once_and_learns_that_it_did(
    emulators: Emulators, faults: Faults, monkeypatch: Any, kind: str, code: str
) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulators.environment()["FIRESTORE_EMULATOR_HOST"])
    client = firestore.Client(project="p", credentials=AnonymousCredentials())
    name = f"{kind}-{code}"
    faults.add(kind, on="Commit", code=code, times=1, containing=name)
    done: list[bool] = []

    def work(session: Any) -> tuple[list[Write], str]:
        known = session.load([("once", name)])[0]
        done.append(known is not None)
        return ([], "again") if known else ([Write("once", name, {"n": 1}, new=True)], "done")

    told = FirestoreDocuments(client, Counts()).transact(work)
    assert (told, done) == (("again", [False, True]) if kind == "lose_answer" else ("done", done))
    assert client.document(f"once/{name}").get().to_dict() == {"n": 1}


def test_what_is_unavailable_comes_back_when_its_time_is_over(documents: Any, faults: Faults) -> None:
    faults.add("unavailable", on="google.firestore.*", for_s=0.3)
    with pytest.raises(exceptions.ServiceUnavailable):
        write(documents, 1)
    until(lambda: not fails(lambda: write(documents, 2)))
    assert value(documents) == 2


def test_a_stall_holds_a_call_and_ends_when_it_is_cleared(documents: Any, faults: Faults) -> None:
    faults.add("stall", on="Commit", seconds=0.2, times=1)
    began = time.monotonic()
    write(documents, 1)
    assert 0.2 <= time.monotonic() - began < 2
    faults.add("stall", on="Commit", seconds=60)
    threading.Timer(0.1, faults.clear).start()
    began = time.monotonic()
    write(documents, 2)
    assert time.monotonic() - began < 2


def test_only_the_calls_that_contain_something_are_struck_and_each_value_counts_apart(
    documents: Any, faults: Faults
) -> None:
    fault = faults.add("refuse", on="Commit", containing="documents/per/", per=r"documents/per/(\w+)", times=1)

    def put(name: str) -> bool:
        request = {"database": DATABASE, "writes": [{"update": {"name": f"{DATABASE}/documents/{name}"}}]}
        return fails(lambda: documents.commit(request=request, retry=None, timeout=5))

    assert [put(name) for name in ("per/x", "per/x", "per/y", "other/x")] == [True, False, True, False]
    assert fault.keys == {"x": 2, "y": 1}


def test_a_streaming_call_can_lose_its_answer_too(documents: Any, faults: Faults) -> None:
    write(documents, 1)
    faults.add("lose_answer", on="BatchGetDocuments", code="INTERNAL", times=1)
    asked = {"database": DATABASE, "documents": [DOCUMENT]}
    with pytest.raises(exceptions.InternalServerError):
        list(documents.batch_get_documents(request=asked, retry=None, timeout=5))
    assert len(list(documents.batch_get_documents(request=asked, retry=None, timeout=5))) == 1


# -- the admin routes ----------------------------------------------------------------------------------


def test_faults_are_added_listed_with_their_counts_and_cleared_over_http(
    emulators: Emulators, documents: Any, faults: Faults
) -> None:
    url = f"{emulators.url}/admin/faults"
    made = httpx.post(url, json={"kind": "refuse", "on": "Commit", "code": "INTERNAL", "times": 1}).json()
    httpx.post(url, json={"kind": "stall", "on": "Listen", "seconds": 1}).raise_for_status()
    assert fails(lambda: write(documents, 1))
    listed = httpx.get(url).json()["faults"]
    assert [(f["id"], f["kind"], f["struck"]) for f in listed] == [
        (made["id"], "refuse", 1),
        (made["id"] + 1, "stall", 0),
    ]
    left = httpx.delete(url, params={"id": made["id"]}).json()["faults"]
    assert [f["kind"] for f in left] == ["stall"]
    assert httpx.delete(url).json() == {"faults": []}
    assert not faults.any()


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"kind": "explode"}, "there is no fault"),
        ({"kind": "refuse", "code": "OK"}, "is none of"),
        ({"kind": "refuse", "colour": "red"}, "colour"),
        ({"kind": "refuse", "probability": 2}, "probability"),
        ({"kind": "refuse", "containing": "("}, "subpattern"),
        ({"kind": "refuse", "struck": 5}, "struck"),
        ({"kind": "refuse", "times": "often"}, "times is no number"),
        (["refuse"], "a JSON object"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(emulators: Emulators, faults: Faults, asked: Any, why: str) -> None:
    answer = httpx.post(f"{emulators.url}/admin/faults", json=asked)
    assert answer.status_code == 400
    assert why in answer.json()["error"]
    assert faults.listed() == []


# -- deliveries of Pub/Sub -----------------------------------------------------------------------------


@pytest.fixture
def receiver() -> Iterator[Endpoint]:
    with receiving() as endpoint:
        yield endpoint


@pytest.fixture
def running() -> Iterator[Running]:
    running, end = serve(None)
    running.publisher.create_topic(name=TOPIC)
    yield running
    end()


def ids(receiver: Endpoint) -> list[str]:
    return [json.loads(request.body)["message"]["messageId"] for request in receiver.requests]


def test_a_duplicated_message_comes_so_often_more_and_no_other_does(running: Running, receiver: Endpoint) -> None:
    running.subscribe(push_config={"push_endpoint": receiver.url})
    fault = running.faults.add("duplicate", on="rating", copies=2, times=1)
    first, second = running.publish("a", "b")
    until(running.emulator.idle)
    assert sorted(ids(receiver)) == sorted([first] * 3 + [second])
    assert fault.struck == 1


def test_a_duplicate_that_fails_is_not_tried_again(running: Running, receiver: Endpoint) -> None:
    taken: list[int] = []

    def answer(_request: Received) -> int:
        taken.append(1)
        return 200 if len(taken) == 1 else 500

    receiver.answer = answer
    running.subscribe(push_config={"push_endpoint": receiver.url}, retry_policy=QUICK, ack_deadline_seconds=10)
    running.faults.add("duplicate", copies=1)
    running.publish("a")
    until(lambda: len(receiver.requests) >= 2)
    assert set(ids(receiver)) == {ids(receiver)[0]}


def test_delayed_messages_wait_and_are_not_idle(running: Running, receiver: Endpoint) -> None:
    running.subscribe(push_config={"push_endpoint": receiver.url})
    running.faults.add("delay", seconds=0.3, times=1)
    began = time.monotonic()
    late, soon = running.publish("late", "soon")
    until(lambda: ids(receiver) == [soon])
    assert not running.emulator.idle()
    until(running.emulator.idle)
    assert ids(receiver) == [soon, late]
    assert receiver.requests[-1].at - began >= 0.3


def test_reordered_messages_all_come_within_the_window_but_in_another_order(
    running: Running, receiver: Endpoint
) -> None:
    running.subscribe(push_config={"push_endpoint": receiver.url})
    running.faults.add("reorder", seconds=0.4, seed=3)
    sent = running.publish(*(str(n) for n in range(20)))
    until(running.emulator.idle)
    assert sorted(ids(receiver)) == sorted(sent)
    assert ids(receiver) != sent


def test_messages_with_an_ordering_key_keep_their_order_whatever_is_delayed(
    running: Running, receiver: Endpoint
) -> None:
    running.subscribe(push_config={"push_endpoint": receiver.url}, enable_message_ordering=True)
    running.faults.add("reorder", seconds=0.2, seed=1)
    sent = [running.publisher.publish(TOPIC, str(n).encode(), ordering_key="k").result(5) for n in range(6)]
    until(running.emulator.idle)
    assert ids(receiver) == sent


# -- dispatches of Cloud Tasks -------------------------------------------------------------------------


@pytest.fixture
def queues() -> Iterator[tasks_running.Running]:
    running, end = tasks_running.serve(None)
    running.queue()
    yield running
    end()


def test_a_duplicated_task_runs_twice_and_is_done_once(queues: tasks_running.Running, receiver: Endpoint) -> None:
    queues.faults.add("duplicate", on="reminders", copies=1, times=1)
    queues.create(receiver.url, name=tasks_running.NAMED)
    until(lambda: queues.emulator.idle() and len(receiver.requests) == 2)
    assert {r.headers["x-cloudtasks-taskname"] for r in receiver.requests} == {"invoice-1"}
    assert queues.emulator.pending()["tasks"] == 0


def test_a_delayed_task_waits_and_keeps_its_schedule_time(queues: tasks_running.Running, receiver: Endpoint) -> None:
    queues.faults.add("delay", seconds=0.3)
    began = time.monotonic()
    made = queues.create(receiver.url)
    assert not queues.emulator.idle()
    until(queues.emulator.idle)
    (request,) = receiver.requests
    assert request.at - began >= 0.25
    assert float(request.headers["x-cloudtasks-tasketa"]) == pytest.approx(made.schedule_time.timestamp(), abs=0.01)


def test_reordered_tasks_all_run(queues: tasks_running.Running, receiver: Endpoint) -> None:
    queues.faults.add("reorder", seconds=0.3, seed=5)
    for number in range(12):
        queues.create(receiver.url, name=f"{tasks_running.QUEUE}/tasks/t{number:02d}")
    until(queues.emulator.idle)
    names = [r.headers["x-cloudtasks-taskname"] for r in receiver.requests]
    assert len(names) == 12
    assert names != sorted(names)
