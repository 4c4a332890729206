"""A query that production would refuse for want of an index is refused here, with the index to add."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import And, FieldFilter, Or

from tests.emulated.firestore_running import serve

pytestmark = pytest.mark.emulated
PROJECT = Path(__file__).parent.parent.parent / "terraform" / "firestore.indexes.json"
UP, DOWN = "ASCENDING", "DESCENDING"
Query = Callable[[Any], Any]


def composite(*fields: tuple[str, str], group: str = "rows", scope: str = "COLLECTION") -> dict[str, Any]:
    told = [
        {"fieldPath": path, "arrayConfig": kind} if kind == "CONTAINS" else {"fieldPath": path, "order": kind}
        for path, kind in fields
    ]
    return {"collectionGroup": group, "queryScope": scope, "fields": told}


def exempt(path: str, *indexes: dict[str, str]) -> dict[str, Any]:
    return {"collectionGroup": "rows", "fieldPath": path, "indexes": list(indexes)}


INDEXES = [
    composite(("a", UP), ("n", UP)),
    composite(("b", UP), ("n", UP)),
    composite(("kind", UP), ("at", DOWN)),
    composite(("tags", "CONTAINS"), ("n", UP)),
    composite(("g", UP), ("n", UP), scope="COLLECTION_GROUP"),
    composite(("__name__", DOWN), group="backwards"),
    composite(("x", UP), ("y", DOWN)),
]
OVERRIDES = [
    exempt("body"),
    exempt("map"),
    exempt("map.inner", {"order": UP, "queryScope": "COLLECTION"}),
    exempt("group", {"order": UP, "queryScope": "COLLECTION_GROUP"}),
]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    file = tmp_path_factory.mktemp("indexes") / "firestore.indexes.json"
    file.write_text(json.dumps({"indexes": INDEXES, "fieldOverrides": OVERRIDES}))
    with serve(indexes=file) as client:
        client.document("rows/1").set({"a": 1, "b": 2, "n": 3, "tags": ["t"]})
        yield client.collection("rows")


def is_(path: str, value: Any = 1) -> FieldFilter:
    return FieldFilter(path, "==", value)


def above(path: str) -> FieldFilter:
    return FieldFilter(path, ">", 0)


SERVED: dict[str, Query] = {
    "everything": lambda rows: rows,
    "by name": lambda rows: rows.order_by("__name__"),
    "one field equal": lambda rows: rows.where(filter=is_("c")),
    "many fields equal are merged": lambda rows: rows.where(filter=is_("c")).where(filter=is_("d")),
    "equal, in order of names": lambda rows: rows.where(filter=is_("c")).order_by("__name__"),
    "equal, in contrary order of names": lambda rows: rows.where(filter=is_("c")).order_by("__name__", direction=DOWN),
    "an element and a field are merged": lambda rows: rows.where(
        filter=FieldFilter("tags", "array_contains", "t")
    ).where(filter=is_("c")),
    "one field in range": lambda rows: rows.where(filter=above("c")).where(filter=FieldFilter("c", "<", 9)),
    "one order": lambda rows: rows.order_by("c", direction=DOWN),
    "in": lambda rows: rows.where(filter=FieldFilter("c", "in", [1, 2])),
    "equal and ordered by the same": lambda rows: rows.where(filter=is_("c")).order_by("c", direction=DOWN),
    "a composite": lambda rows: rows.where(filter=is_("a")).where(filter=above("n")),
    "two composites of one order are merged": lambda rows: (
        rows.where(filter=is_("a")).where(filter=is_("b")).order_by("n")
    ),
    "descending": lambda rows: rows.where(filter=is_("kind")).order_by("at", direction=DOWN),
    "an element in order": lambda rows: rows.where(filter=FieldFilter("tags", "array_contains", "t")).order_by("n"),
    "two orders": lambda rows: rows.order_by("x").order_by("y", direction=DOWN),
    "each of the alternatives": lambda rows: rows.where(filter=Or([is_("c"), And([is_("d"), is_("e")])])),
    "a field of an exempted map that has its own index": lambda rows: rows.where(filter=is_("map.inner")),
    "a collection group whole": lambda rows: rows._client.collection_group("rows"),
    "a collection group by a field indexed for it": lambda rows: rows._client.collection_group("rows").where(
        filter=is_("group")
    ),
    "a collection group by its composite": lambda rows: (
        rows._client.collection_group("rows").where(filter=is_("g")).order_by("n")
    ),
    "backwards by name where that is indexed": lambda rows: rows._client.collection("backwards").order_by(
        "__name__", direction=DOWN
    ),
}
REFUSED: dict[str, tuple[Query, dict[str, Any]]] = {
    "equal and in order": (
        lambda rows: rows.where(filter=is_("c")).order_by("n"),
        {"indexes": [composite(("c", UP), ("n", UP))]},
    ),
    "a composite in the other direction": (
        lambda rows: rows.where(filter=is_("a")).order_by("n", direction=DOWN),
        {"indexes": [composite(("a", UP), ("n", DOWN))]},
    ),
    "two orders in other directions": (
        lambda rows: rows.order_by("x", direction=DOWN).order_by("y", direction=UP),
        {"indexes": [composite(("x", DOWN), ("y", UP))]},
    ),
    "a range beside an equal one": (
        lambda rows: rows.where(filter=is_("c")).where(filter=FieldFilter("at", "!=", 3)),
        {"indexes": [composite(("c", UP), ("at", UP))]},
    ),
    "two ranges": (
        lambda rows: rows.where(filter=above("c")).where(filter=above("d")),
        {"indexes": [composite(("c", UP), ("d", UP))]},
    ),
    "an element and an order without their index": (
        lambda rows: rows.where(filter=FieldFilter("tags", "array_contains", "t")).order_by("c"),
        {"indexes": [composite(("tags", "CONTAINS"), ("c", UP))]},
    ),
    "one alternative": (
        lambda rows: rows.where(filter=Or([is_("a"), is_("c")])).order_by("n"),
        {"indexes": [composite(("c", UP), ("n", UP))]},
    ),
    "merging where one has no index of that order": (
        lambda rows: rows.where(filter=is_("a")).where(filter=is_("c")).order_by("n"),
        {"indexes": [composite(("a", UP), ("c", UP), ("n", UP))]},
    ),
    "an exempted field": (
        lambda rows: rows.where(filter=is_("body")),
        {"fieldOverrides": [exempt("body", {"order": UP, "queryScope": "COLLECTION"})]},
    ),
    "an order by an exempted field": (
        lambda rows: rows.order_by("body", direction=DOWN),
        {"fieldOverrides": [exempt("body", {"order": DOWN, "queryScope": "COLLECTION"})]},
    ),
    "a field of an exempted map": (
        lambda rows: rows.where(filter=is_("map.other")),
        {"fieldOverrides": [exempt("map.other", {"order": UP, "queryScope": "COLLECTION"})]},
    ),
    "a collection group by a field": (
        lambda rows: rows._client.collection_group("rows").where(filter=is_("body")),
        {"fieldOverrides": [exempt("body", {"order": UP, "queryScope": "COLLECTION_GROUP"})]},
    ),
    "backwards by name": (
        lambda rows: rows.order_by("__name__", direction=DOWN),
        {"indexes": [composite(("__name__", DOWN))]},
    ),
}


@pytest.mark.parametrize("name", SERVED)
def test_production_would_answer(rows: Any, name: str) -> None:
    SERVED[name](rows).get()


@pytest.mark.parametrize("name", REFUSED)
def test_production_would_refuse(rows: Any, name: str) -> None:
    query, missing = REFUSED[name]
    with pytest.raises(exceptions.FailedPrecondition, match="requires an index") as refused:
        query(rows).get()
    told = str(refused.value)
    assert json.loads(told[told.index("{") :]) == missing


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_printed_is_what_is_missing(name: str, tmp_path: Path) -> None:
    query, missing = REFUSED[name]
    pasted = [each for each in OVERRIDES if each["fieldPath"] not in str(missing.get("fieldOverrides"))]
    added = {
        "indexes": INDEXES + missing.get("indexes", []),
        "fieldOverrides": pasted + missing.get("fieldOverrides", []),
    }
    (tmp_path / "added.json").write_text(json.dumps(added))
    with serve(indexes=tmp_path / "added.json") as client:
        query(client.collection("rows")).get()


def test_an_aggregate_needs_the_index_of_its_field(rows: Any) -> None:
    rows.where(filter=is_("a")).count().get()
    rows.where(filter=is_("a")).sum("n").get()
    with pytest.raises(exceptions.FailedPrecondition, match="requires an index"):
        rows.where(filter=is_("a")).sum("b").get()


def test_a_transaction_is_refused_as_well(rows: Any) -> None:
    def look(transaction: Any) -> None:
        rows.where(filter=is_("c")).order_by("n").get(transaction=transaction)

    with pytest.raises(exceptions.FailedPrecondition, match="requires an index"):
        firestore.transactional(look)(rows._client.transaction())


def test_results_that_rest_on_a_value_too_long_for_an_index_are_refused(rows: Any) -> None:
    long = rows._client.collection("long")
    long.document("1").set({"text": "x" * 1501, "list": ["y" * 1501, "z"], "short": 1})
    assert len(long.where(filter=is_("short")).get()) == 1
    with pytest.raises(exceptions.FailedPrecondition, match="only the first 1500 bytes"):
        long.order_by("text").get()
    with pytest.raises(exceptions.FailedPrecondition, match="only the first 1500 bytes"):
        long.where(filter=FieldFilter("list", "array_contains", "z")).get()


def test_a_document_with_too_many_index_entries_is_refused_unless_they_are_exempted(rows: Any) -> None:
    many = list(range(40_001))
    rows.document("many").set({"body": many})
    with pytest.raises(exceptions.InvalidArgument, match="too many index entries"):
        rows.document("many").set({"numbers": many})


def test_without_an_index_file_every_query_is_served() -> None:
    with serve() as client:
        client.collection("rows").where(filter=is_("c")).order_by("n").get()


def test_the_projects_own_file_is_understood_and_its_exemptions_are_honoured() -> None:
    with serve(indexes=PROJECT) as client:
        client.collection("invoices").where(filter=is_("member_id", "m")).where(filter=is_("state", "s")).get()
        with pytest.raises(exceptions.FailedPrecondition, match="fieldOverrides"):
            client.collection("invoices").where(filter=is_("body", "{}")).get()
