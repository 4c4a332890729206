"""Documents written, read, refused and kept, as the real client sees them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.services.firestore import FirestoreClient

from tests.emulated.firestore_running import client_of, serve

pytestmark = pytest.mark.emulated

MEBIBYTE = 1_048_576


@pytest.fixture
def client() -> Iterator[Any]:
    with serve() as connected:
        yield connected


def test_every_type_of_value_comes_back_as_it_was_written(client: Any) -> None:
    written = {
        "nothing": None,
        "flag": True,
        "cents": 9_007_199_254_740_993,
        "ratio": 0.1,
        "at": datetime(2026, 11, 23, 8, 30, 0, 123456, tzinfo=UTC),
        "text": "Żółć 💶",
        "bytes": b"\x00\xff",
        "who": client.document("members/a"),
        "where": firestore.GeoPoint(52.5, 13.4),
        "list": [1, "two", {"three": [3]}],
        "map": {"a.b": {"`": 1}, "empty": {}},
    }
    client.document("things/all").set(written)
    assert client.document("things/all").get().to_dict() == written


def test_a_document_that_is_not_there_is_missing_and_not_an_error(client: Any) -> None:
    client.document("members/a").set({"n": 1})
    found = {
        snapshot.id: snapshot.exists for snapshot in client.get_all(map(client.document, ("members/a", "members/b")))
    }
    assert found == {"a": True, "b": False}


def test_a_document_is_created_only_once(client: Any) -> None:
    client.document("invoices/1").create({"total": 1})
    with pytest.raises(exceptions.Conflict):
        client.document("invoices/1").create({"total": 2})
    assert client.document("invoices/1").get().get("total") == 1


def test_a_missing_document_cannot_be_updated_but_can_be_deleted(client: Any) -> None:
    with pytest.raises(exceptions.NotFound):
        client.document("invoices/none").update({"total": 2})
    with pytest.raises(exceptions.NotFound):
        client.document("invoices/none").delete(option=client.write_option(exists=True))
    client.document("invoices/none").delete()


def test_a_write_to_a_version_that_is_no_longer_there_fails(client: Any) -> None:
    invoice = client.document("invoices/1")
    first = invoice.set({"total": 1}).update_time
    invoice.set({"total": 2})
    with pytest.raises(exceptions.FailedPrecondition):
        invoice.update({"total": 3}, option=client.write_option(last_update_time=first))
    current = invoice.get().update_time
    invoice.update({"total": 3}, option=client.write_option(last_update_time=current))
    assert invoice.get().get("total") == 3


def test_one_refused_write_refuses_the_whole_batch(client: Any) -> None:
    batch = client.batch()
    for number in range(300):
        batch.set(client.document(f"rows/{number}"), {"n": number})
    batch.create(client.document("rows/0"), {})
    with pytest.raises(exceptions.AlreadyExists):
        batch.commit()
    assert client.collection("rows").count().get()[0][0].value == 0


def test_writes_to_one_document_in_a_batch_build_on_each_other(client: Any) -> None:
    batch = client.batch()
    row = client.document("rows/1")
    batch.create(row, {"a": 1})
    batch.update(row, {"b": 2})
    batch.delete(row)
    batch.set(row, {"c": 3}, merge=True)
    batch.commit()
    assert row.get().to_dict() == {"c": 3}


def test_an_update_touches_only_the_fields_it_names(client: Any) -> None:
    row = client.document("rows/1")
    row.set({"a": {"x": 1, "y": {"z": 2}}, "b": 3, "c": 4})
    row.update({"a.y.z": 5, "b": firestore.DELETE_FIELD, client.field_path("d", "e f"): 6})
    row.set({"a": {"new": True}}, merge=["a.new"])
    assert row.get().to_dict() == {"a": {"x": 1, "y": {"z": 5}, "new": True}, "c": 4, "d": {"e f": 6}}


def test_transforms_are_worked_out_from_what_is_there(client: Any) -> None:
    row = client.document("rows/1")
    row.set({"n": 1, "tags": ["a", "b"], "text": "x", "high": 3, "low": 3, "edge": 2**63 - 1})
    result = row.update(
        {
            "n": firestore.Increment(41),
            "text": firestore.Increment(2),
            "edge": firestore.Increment(1),
            "tags": firestore.ArrayUnion(["b", "c", "c"]),
            "high": firestore.Maximum(2.5),
            "low": firestore.Minimum(2.5),
            "at": firestore.SERVER_TIMESTAMP,
        }
    )
    row.update({"tags": firestore.ArrayRemove(["a"])})
    found = row.get().to_dict()
    at = found.pop("at")
    assert found == {"n": 42, "text": 2, "edge": 2**63 - 1, "tags": ["b", "c"], "high": 3, "low": 2.5}
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
    assert [each.integer_value for each in result.transform_results if each.integer_value] == [2**63 - 1, 3, 42, 2]


def test_a_write_that_changes_nothing_keeps_the_update_time(client: Any) -> None:
    row = client.document("rows/1")
    first, second = row.set({"n": 1}).update_time, row.set({"n": 1}).update_time
    third = row.set({"n": 2}).update_time
    assert first == second < third
    assert row.get().create_time == first


def test_each_write_of_a_bulk_succeeds_or_fails_for_itself(client: Any) -> None:
    client.document("rows/there").set({})
    failed: list[str] = []

    def fail(failure: Any, _: Any) -> bool:
        failed.append(failure.operation.reference.id)
        return False

    bulk = client.bulk_writer()
    bulk.on_write_error(fail)
    bulk.create(client.document("rows/there"), {"n": 1})
    bulk.create(client.document("rows/new"), {"n": 1})
    bulk.close()
    assert failed == ["there"]
    assert client.document("rows/new").get().exists


def test_only_the_fields_asked_for_are_read(client: Any) -> None:
    client.document("rows/1").set({"a": {"x": 1, "y": 2}, "b": 3})
    assert client.document("rows/1").get(field_paths=["a.y", "none"]).to_dict() == {"a": {"y": 2}}


def test_collections_and_parents_that_do_not_exist_are_listed(client: Any) -> None:
    client.document("members/ghost/wallets/eur").set({})
    client.document("members/real").set({})
    client.document("invoices/1").set({})
    assert sorted(each.id for each in client.collections()) == ["invoices", "members"]
    assert [each.id for each in client.document("members/ghost").collections()] == ["wallets"]
    assert [each.id for each in client.collection("members").list_documents(page_size=1)] == ["ghost", "real"]


def test_deleting_recursively_takes_what_is_below(client: Any) -> None:
    for path in ("members/a", "members/a/wallets/eur", "members/b", "other/x"):
        client.document(path).set({"n": 1})
    client.recursive_delete(client.collection("members"))
    assert [each.id for each in client.collections()] == ["other"]


def test_a_document_of_more_than_a_mebibyte_is_refused(client: Any) -> None:
    with pytest.raises(exceptions.InvalidArgument, match="exceeds the maximum allowed size"):
        client.document("rows/1").set({"blob": b"x" * (MEBIBYTE // 2), "other": b"x" * (MEBIBYTE // 2)})
    client.document("rows/1").set({"blob": b"x" * (MEBIBYTE - 200)})


def test_a_commit_of_more_than_ten_mebibytes_is_refused(client: Any) -> None:
    batch = client.batch()
    for number in range(11):
        batch.set(client.document(f"rows/{number}"), {"blob": b"x" * (MEBIBYTE - 200)})
    with pytest.raises(exceptions.InvalidArgument, match="Transaction too big"):
        batch.commit()


def test_what_is_not_served_is_refused_by_name(client: Any) -> None:
    api: FirestoreClient = client._firestore_api
    with pytest.raises(exceptions.MethodNotImplemented, match="does not serve Write"):
        list(api.write(iter([{"database": "projects/p/databases/(default)"}])))
    with pytest.raises(exceptions.MethodNotImplemented, match="does not serve ExecutePipeline"):
        list(api.execute_pipeline({"database": "projects/p/databases/(default)"}))


def test_documents_are_there_again_when_the_folder_is_opened_again(tmp_path: Path) -> None:
    with serve(tmp_path) as client:
        client.document("rows/1").set({"n": 1})
        client.document("rows/2").set({"n": 2})
        client.document("rows/1").delete()
        kept = client.document("rows/2").get()
    with serve(tmp_path) as client:
        assert [each.id for each in client.collection("rows").get()] == ["2"]
        assert client.document("rows/2").get().update_time == kept.update_time


_SERVER = """
import pathlib, sys, time
from tests.emulated.firestore_running import listening
with listening(pathlib.Path(sys.argv[1])) as address:
    print(address, flush=True)
    time.sleep(60)
"""


def test_an_answered_commit_survives_the_process_being_killed(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", _SERVER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        client = client_of(process.stdout.readline().strip())
        try:
            for number in range(50):
                client.document(f"rows/{number}").set({"n": number})
        finally:
            os.kill(process.pid, signal.SIGKILL)
            client._firestore_api_internal.transport.close()
    with serve(tmp_path) as again:
        assert again.collection("rows").count().get()[0][0].value == 50
