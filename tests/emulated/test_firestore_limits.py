"""What the service does not take is not taken here, with the reason."""

from collections.abc import Iterator
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter, Or

from tests.emulated.firestore_running import serve

pytestmark = pytest.mark.emulated


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with serve() as connected:
        yield connected


def nested(depth: int) -> dict[str, Any]:
    return {"m": nested(depth - 1)} if depth else {"n": 1}


TOO_MUCH: dict[str, tuple[dict[str, Any], str]] = {
    "a value of a mebibyte": ({"text": "x" * 1_048_488}, "longer than 1048487 bytes"),
    "a document of a mebibyte": ({"a": "x" * 600_000, "b": "x" * 600_000}, "exceeds the maximum allowed size"),
    "a long name of a field": ({"ä" * 751: 1}, "longer than 1500 bytes"),
    "a long name of a field in a map": ({"m": {"x" * 1501: 1}}, "longer than 1500 bytes"),
    "a reserved name of a field": ({"__mine__": 1}, "reserved"),
    "maps in maps": (nested(21), "20 deep"),
    "an array in an array": ({"list": [[1]]}, "array directly in an array"),
}
JUST_ENOUGH = {
    "value": {"text": "x" * 1_048_000},
    "name": {"ä" * 750: 1},
    "depth": nested(20),
    "array": {"list": [{"list": [1]}]},
    "underscores": {"__mine": 1, "mine__": 1},
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_a_document_is_refused_for(client: Any, what: str) -> None:
    fields, reason = TOO_MUCH[what]
    with pytest.raises(exceptions.InvalidArgument, match=reason):
        client.document("rows/1").set(fields)


@pytest.mark.parametrize("what", JUST_ENOUGH)
def test_a_document_at_its_limit_is_kept(client: Any, what: str) -> None:
    client.document(f"rows/{what}").set(JUST_ENOUGH[what])
    assert client.document(f"rows/{what}").get().to_dict() == JUST_ENOUGH[what]


@pytest.mark.parametrize("name", ["rows/__mine__", "__mine__/1", "rows/.", "rows/" + "x" * 1501, "a/b/" * 101 + "c/d"])
def test_a_name_is_refused(client: Any, name: str) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        client.document(name).set({})


def test_a_numeric_id_is_a_name(client: Any) -> None:
    client.document("rows/__id7__").set({"n": 1})
    assert client.document("rows/__id7__").get().exists


def test_a_transaction_larger_than_ten_mebibytes_is_refused_whole(client: Any) -> None:
    def write(transaction: Any) -> None:
        for number in range(11):
            transaction.set(client.document(f"large/{number}"), {"body": "x" * 1_000_000})

    with pytest.raises(exceptions.InvalidArgument, match="Transaction too big"):
        firestore.transactional(write)(client.transaction())
    assert not client.collection("large").get()


def test_more_than_five_hundred_transforms_of_a_document_are_refused(client: Any) -> None:
    few = {f"n{number}": firestore.Increment(1) for number in range(500)}
    client.document("rows/few").set(few)
    with pytest.raises(exceptions.InvalidArgument, match="500"):
        client.document("rows/many").set({**few, "more": firestore.Increment(1)})


def test_a_batch_of_single_writes_takes_five_hundred(client: Any) -> None:
    parent = "projects/p/databases/(default)/documents"
    writes = [{"update": {"name": f"{parent}/rows/{number}"}} for number in range(501)]
    with pytest.raises(exceptions.InvalidArgument, match="500"):
        client._firestore_api.batch_write({"database": "projects/p/databases/(default)", "writes": writes})


def test_more_than_thirty_alternatives_are_refused(client: Any) -> None:
    rows = client.collection("rows")
    rows.where(filter=FieldFilter("a", "in", [*range(15)])).where(filter=FieldFilter("b", "in", [1, 2])).get()
    with pytest.raises(exceptions.InvalidArgument, match="disjunctions"):
        rows.where(filter=FieldFilter("a", "in", [*range(16)])).where(filter=FieldFilter("b", "in", [1, 2])).get()


def test_two_memberships_are_refused_unless_they_are_alternatives(client: Any) -> None:
    rows = client.collection("rows")
    both = [FieldFilter("tags", "array_contains", tag) for tag in "ab"]
    rows.where(filter=Or(both)).get()
    with pytest.raises(exceptions.InvalidArgument, match="ARRAY_CONTAINS"):
        rows.where(filter=both[0]).where(filter=both[1]).get()


def test_inequalities_on_more_than_ten_fields_are_refused(client: Any) -> None:
    rows = client.collection("rows")
    for number in range(11):
        rows = rows.where(filter=FieldFilter(f"n{number}", ">", 1))
    with pytest.raises(exceptions.InvalidArgument, match="10 fields"):
        rows.get()
