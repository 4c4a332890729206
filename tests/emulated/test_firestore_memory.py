"""What Firestore's emulator keeps in memory has an end, however much the documents hold; no answer depends on it."""

import tempfile
from pathlib import Path

import pytest
from google.cloud.firestore_v1.base_query import FieldFilter
from hypothesis import given
from hypothesis import strategies as st

from emulators.firestore.bodies import KEPT, LARGE, Bodies
from emulators.firestore.storage import Storage
from emulators.launch import launch
from tests.benchmarks.ground import memory_mb
from tests.emulated.firestore_running import client_of, serve

pytestmark = pytest.mark.emulated
NAMES = [f"documents/{number}" for number in range(6)]
SIZES = st.none() | st.sampled_from([1, 40, 99, LARGE - 1, LARGE])
ROOM = LARGE + 100


@given(st.lists(st.tuples(st.sampled_from(NAMES), SIZES), max_size=40))
def test_whatever_is_kept_in_memory_a_body_is_the_one_written_last(steps: list[tuple[str, int | None]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        storage = Storage(Path(folder))
        bodies, there = Bodies(storage, ROOM), dict[str, bytes]()
        for moment, (name, size) in enumerate(steps, start=1):
            body = None if size is None else bytes([moment]) * size
            storage.save({name: there.get(name)}, {name: body}, moment)
            if body is None:
                bodies.drop(name)
                there.pop(name, None)
            else:
                bodies.put(name, body)
                there[name] = body
            assert {each: bodies[each] for each in there} == there
            assert bodies.held <= ROOM
        storage.close()


def test_without_a_folder_everything_stays_in_memory() -> None:
    storage = Storage(None)
    bodies = Bodies(storage, 10)
    bodies.put("documents/large", b"x" * LARGE)
    bodies.put("documents/small", b"y" * 20)
    assert (len(bodies["documents/large"]), len(bodies["documents/small"])) == (LARGE, 20)
    storage.close()


def test_a_collection_that_memory_can_not_hold_is_read_and_found_as_any(tmp_path: Path) -> None:
    count, text = 1600, "x" * 4000
    assert count * len(text) > KEPT
    with serve(tmp_path) as client:
        things = client.collection("things")
        for first in range(0, count, 400):
            batch = client.batch()
            for number in range(first, first + 400):
                batch.set(things.document(f"{number:04}"), {"n": number, "third": number % 3, "text": text})
            written = batch.commit()
        before = written[-1].update_time
        batch = client.batch()
        batch.delete(things.document("0000"))
        batch.update(things.document("0001"), {"third": 0})
        batch.commit()
        assert things.document("0002").get().get("text") == text
        assert [one.get("n") for one in things.order_by("n").stream()] == list(range(1, count))
        thirds = things.where(filter=FieldFilter("third", "==", 0)).count()
        assert thirds.get()[0][0].value == 534
        assert thirds.get(read_time=before)[0][0].value == 534
        assert things.document("0001").get(read_time=before).get("third") == 1
    with serve(tmp_path) as client:
        assert client.collection("things").count().get()[0][0].value == count - 1
        assert client.document("things/0001").get().get("third") == 0


def test_large_documents_take_room_on_disk_and_not_in_memory(tmp_path: Path) -> None:
    with launch(tmp_path) as launched:
        client = client_of(launched.environment["FIRESTORE_EMULATOR_HOST"])
        client.document("things/first").set({"body": b"x" * 500_000})
        before = memory_mb(launched.process.pid)
        for number in range(120):
            client.document(f"things/{number}").set({"body": bytes([number]) * 500_000})
        assert memory_mb(launched.process.pid) - before < 30, "60 MB were written"
        assert client.document("things/7").get().get("body") == bytes([7]) * 500_000
        client._firestore_api_internal.transport.close()
