"""The past hour stays readable, expired documents go, and databases know nothing of each other."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from emulators.clock import Clock
from emulators.process import Emulators
from tests.emulated.firestore_running import client_of, listening, serve

pytestmark = pytest.mark.emulated


@pytest.fixture(params=["memory", "disk"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    with serve(tmp_path if request.param == "disk" else None) as connected:
        yield connected


def moment(client: Any) -> datetime:
    """A moment the server gave, after all that is committed."""
    read_at: datetime = client.document("nothing/there").get().read_time
    return read_at


def change_everything(client: Any) -> datetime:
    """Documents that were changed, deleted, made and made again after the moment returned."""
    for name in ["changed", "deleted", "kept", "again"]:
        client.document(f"rows/{name}").set({"n": 1})
    client.document("old/1").set({})
    then = moment(client)
    client.document("rows/changed").set({"n": 2})
    client.document("rows/changed").set({"n": 3})
    client.document("rows/deleted").delete()
    client.document("rows/again").delete()
    client.document("rows/again").set({"n": 4})
    client.document("rows/made").set({"n": 1})
    client.document("old/1").delete()
    client.document("fresh/1").set({})
    return then


def seen(snapshots: Any) -> dict[str, int]:
    return {each.id: each.get("n") for each in snapshots}


THEN = {"changed": 1, "deleted": 1, "kept": 1, "again": 1}


def test_documents_are_read_as_they_were(client: Any) -> None:
    then = change_everything(client)
    rows = [client.document(f"rows/{name}") for name in [*THEN, "made"]]
    found = {each.id: each for each in client.get_all(rows, read_time=then)}
    assert seen(each for each in found.values() if each.exists) == THEN
    assert not found["made"].exists
    assert rows[0].get(read_time=then).read_time == then


def test_queries_and_counts_look_at_what_was(client: Any) -> None:
    then = change_everything(client)
    rows = client.collection("rows")
    assert seen(rows.stream(read_time=then)) == THEN
    assert seen(rows.where(filter=FieldFilter("n", "==", 1)).stream(read_time=then)) == THEN
    assert rows.where(filter=FieldFilter("n", "==", 1)).count().get(read_time=then)[0][0].value == 4
    assert seen(rows.stream()) == {"changed": 3, "kept": 1, "again": 4, "made": 1}


def test_lists_of_documents_and_collections_are_those_that_were(client: Any) -> None:
    then = change_everything(client)
    assert sorted(each.id for each in client.collections(read_time=then)) == ["old", "rows"]
    assert sorted(each.id for each in client.collections()) == ["fresh", "rows"]
    assert {each.id for each in client.collection("rows").list_documents(read_time=then)} == set(THEN)


def test_an_open_transaction_does_not_hide_the_past_from_others(client: Any) -> None:
    then = change_everything(client)
    looking = client.transaction(read_only=True)
    looking._begin()
    assert client.document("rows/made").get(transaction=looking).exists
    client.document("rows/changed").set({"n": 9})
    assert seen(client.collection("rows").stream(read_time=then)) == THEN
    assert client.document("rows/changed").get(transaction=looking).get("n") == 3


def test_the_past_survives_a_restart(tmp_path: Path) -> None:
    with serve(tmp_path) as client:
        then = change_everything(client)
    with serve(tmp_path) as client:
        assert seen(client.collection("rows").stream(read_time=then)) == THEN


def test_what_is_older_than_an_hour_or_yet_to_come_is_refused(client: Any) -> None:
    with pytest.raises(exceptions.FailedPrecondition, match="too old"):
        client.document("rows/1").get(read_time=datetime.now(UTC) - timedelta(minutes=61))
    with pytest.raises(exceptions.InvalidArgument, match="future"):
        client.document("rows/1").get(read_time=datetime.now(UTC) + timedelta(minutes=1))


def test_a_query_is_cut_into_parts_that_make_the_whole(client: Any) -> None:
    for number in range(100):
        client.document(f"parents/{number % 7}/rows/{number:03}").set({"n": number})
    group = client.collection_group("rows")
    parts = list(group.get_partitions(4))
    sizes = [len(list(part.query().stream())) for part in parts]
    assert sizes == [20] * 5
    found = [each.get("n") for part in parts for each in part.query().stream()]
    assert sorted(found) == list(range(100))


def test_parts_are_never_more_than_there_are_documents(client: Any) -> None:
    client.document("rows/1").set({})
    assert len(list(client.collection_group("rows").get_partitions(10))) == 1


def test_databases_of_other_names_know_nothing_of_each_other(tmp_path: Path) -> None:
    with listening(tmp_path) as address:
        first, second = client_of(address), client_of(address, "reports")
        first.document("rows/1").set({"n": 1})
        second.document("rows/2").set({"n": 2})

        def add(transaction: Any) -> None:
            found = [each.id for each in second.collection("rows").stream(transaction=transaction)]
            transaction.set(second.document("sums/all"), {"found": found})

        firestore.transactional(add)(second.transaction())
        assert [each.id for each in first.collection_group("rows").stream()] == ["1"]
        assert second.document("sums/all").get().get("found") == ["2"]
        assert [each.id for each in first.collections()] == ["rows"]
    with listening(tmp_path) as address:
        assert client_of(address, "reports").document("rows/2").get().exists


POLICY = {"fieldOverrides": [{"collectionGroup": "seen", "fieldPath": "expires_at", "ttl": True, "indexes": []}]}


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    file = tmp_path / "firestore.indexes.json"
    file.write_text(json.dumps(POLICY))
    return file


def test_what_has_expired_goes_when_the_clock_moves_on(policies: Path) -> None:
    clock = Clock()
    with serve(indexes=policies, clock=clock) as client:
        in_days = {days: clock.now() + timedelta(days=days) for days in (1, 30)}
        client.document("seen/soon").set({"expires_at": in_days[1]})
        client.document("parents/1/seen/soon").set({"expires_at": in_days[1]})
        client.document("seen/late").set({"expires_at": in_days[30]})
        client.document("seen/never").set({})
        client.document("seen/text").set({"expires_at": "2020-01-01"})
        client.document("other/1").set({"expires_at": in_days[1]})
        clock.advance_to(in_days[1] + timedelta(seconds=1))
        assert [each.id for each in client.collection_group("seen").stream()] == ["late", "never", "text"]
        assert client.document("other/1").get().exists


def test_what_has_expired_goes_when_asked_and_listeners_are_told(policies: Path) -> None:
    import httpx

    with Emulators(None, indexes=policies) as emulators:
        client = client_of(emulators.environment()["FIRESTORE_EMULATOR_HOST"])
        client.document("seen/1").set({"expires_at": datetime.now(UTC) - timedelta(days=1)})
        asked = httpx.post(f"{emulators.url}/admin/firestore/expire").raise_for_status()
        assert asked.json() == {"removed": 1}
        assert not client.document("seen/1").get().exists
        assert httpx.post(f"{emulators.url}/admin/firestore/expire").json() == {"removed": 0}


def test_the_admin_page_tells_each_rpc() -> None:
    import httpx

    with Emulators(None) as emulators:
        told = httpx.get(f"{emulators.url}/admin/firestore").raise_for_status().json()
    assert told["Listen"]["served"]
    assert not told["ExecutePipeline"]["served"]
