"""Queries find what Firestore would find, in the order Firestore would give."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import And, FieldFilter, Or

from tests.emulated.firestore_running import serve

pytestmark = pytest.mark.emulated
NAN = float("nan")


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    with serve() as connected:
        yield connected


@pytest.fixture
def rows(server: Any) -> Iterator[Any]:
    """An empty collection."""
    yield server.collection("rows")
    server.recursive_delete(server.collection("rows"))


def fill(rows: Any, **documents: dict[str, Any]) -> None:
    batch = rows._client.batch()
    for name, fields in documents.items():
        batch.set(rows.document(name), fields)
    batch.commit()


def ids(query: Any) -> str:
    return "".join(snapshot.id for snapshot in query.stream())


def where(rows: Any, path: str, op: str, value: Any) -> str:
    return ids(rows.where(filter=FieldFilter(path, op, value)))


@pytest.fixture
def numbers(rows: Any) -> Any:
    fill(rows, a={"n": 1}, b={"n": 2.0}, c={"n": 3}, d={"n": "2"}, e={"n": None}, f={"n": NAN}, g={})
    return rows


@pytest.mark.parametrize(
    ("op", "value", "found"),
    [
        ("==", 2, "b"),
        ("<", 2, "fa"),
        ("<=", 2, "fab"),
        (">", 1, "bc"),
        (">=", 2, "bc"),
        ("!=", 2, "facd"),
        ("in", [1, "2"], "ad"),
        ("not-in", [1, 2], "fcd"),
        ("==", None, "e"),
        ("==", NAN, "f"),
        ("!=", None, "fabcd"),
        ("!=", NAN, "abcd"),
    ],
)
def test_a_filter_finds_values_of_its_own_type_in_order(numbers: Any, op: str, value: Any, found: str) -> None:
    assert where(numbers, "n", op, value) == found


def test_an_index_finds_what_reading_through_finds(rows: Any) -> None:
    fill(rows, **{f"{n:03d}": {"n": n % 10, "tags": [n % 7, "x"], "in": {"k": n % 3}} for n in range(200)})
    assert len(where(rows, "n", "==", 4)) == 3 * 20
    rows.document("004").update({"n": 99, "tags": ["new"]})
    rows.document("014").delete()
    rows.document("new").set({"n": 4, "tags": ["new", "new"]})
    assert len(rows.where(filter=FieldFilter("n", "==", 4)).get()) == 19
    assert where(rows, "tags", "array_contains", "new") == "004new"
    assert len(rows.where(filter=FieldFilter("tags", "array_contains_any", [1, 2])).get()) == 58
    assert len(rows.where(filter=FieldFilter("in.k", "in", [0, 1])).get()) == 134


def test_conditions_are_joined_by_and_and_or(rows: Any) -> None:
    fill(rows, a={"x": 1, "y": 1}, b={"x": 1, "y": 2}, c={"x": 2, "y": 1}, d={"x": 2, "y": 2})
    x, y = FieldFilter("x", "==", 1), FieldFilter("y", "==", 1)
    assert ids(rows.where(filter=And([x, y]))) == "a"
    assert ids(rows.where(filter=Or([x, y]))) == "abc"
    two = FieldFilter("x", ">", 1), FieldFilter("y", ">", 1)
    assert ids(rows.where(filter=Or([And([x, y]), And(list(two))]))) == "ad"
    assert ids(rows.where(filter=two[0]).where(filter=two[1])) == "d"


def test_values_of_all_types_stand_in_one_order(rows: Any, server: Any) -> None:
    ordered = [
        None, False, True, NAN, float("-inf"), -1.5, 7, 7.5, "", "a", "é", "\uffff", "😀", b"", b"a",
        server.document("a/b"), server.document("a/b/c/d"), firestore.GeoPoint(1, 2), [], [1], [1, 0], [2],
        {}, {"a": 1}, {"a": 2}, {"b": 0},
    ]  # fmt: skip
    names = [chr(ord("A") + place) for place in range(len(ordered))]
    fill(rows, **dict(zip(names, ({"v": value} for value in reversed(ordered)), strict=True)))
    assert ids(rows.order_by("v")) == "".join(reversed(names))
    assert ids(rows.order_by("v", direction="DESCENDING")) == "".join(names)


def test_a_document_without_the_field_ordered_by_is_left_out(rows: Any) -> None:
    fill(rows, a={"n": 2}, b={}, c={"n": 1}, d={"n": 2})
    assert ids(rows.order_by("n")) == "cad"
    assert ids(rows.order_by("n", direction="DESCENDING")) == "dac"
    assert ids(rows.order_by("n", direction="DESCENDING").order_by("__name__")) == "adc"


def test_cursors_offset_and_limit_cut_out_a_page(rows: Any) -> None:
    fill(rows, **{name: {"n": place // 2} for place, name in enumerate("abcdefgh")})
    by_n = rows.order_by("n")
    assert ids(by_n.start_at({"n": 1}).end_before({"n": 3})) == "cdef"
    assert ids(by_n.start_after({"n": 1}).end_at({"n": 3})) == "efgh"
    assert ids(by_n.start_after(rows.document("c").get()).limit(2)) == "de"
    assert ids(by_n.offset(3).limit(2)) == "de"
    assert [each.id for each in by_n.limit_to_last(3).get()] == ["f", "g", "h"]
    assert ids(rows.order_by("__name__").start_after({"__name__": "f"})) == "gh"


def test_only_selected_fields_come_back_however_deep(rows: Any) -> None:
    fill(rows, a={"m": {"x": 1, "y": 2}, "n": 3})
    (found,) = rows.select(["m.y", "none"]).get()
    assert found.to_dict() == {"m": {"y": 2}}
    assert rows.select([]).get()[0].to_dict() == {}


def test_a_collection_group_is_all_collections_of_an_id_below_a_parent(rows: Any, server: Any) -> None:
    rows.document("r/lines/a").set({"n": 1})
    rows.document("r/deep/er/lines/b").set({"n": 2})
    rows.document("r/otherlines/c").set({"n": 3})
    server.document("elsewhere/x/lines/d").set({"n": 2})
    assert sorted(each.id for each in server.collection_group("lines").get()) == ["a", "b", "d"]
    assert len(server.collection_group("lines").where(filter=FieldFilter("n", "==", 2)).get()) == 2


def test_counts_sums_and_averages(rows: Any) -> None:
    fill(rows, a={"n": 1, "g": 1}, b={"n": 2, "g": 1}, c={"g": 1}, d={"n": "x", "g": 1}, e={"n": 50, "g": 2})
    group = rows.where(filter=FieldFilter("g", "==", 1))
    assert group.count().get()[0][0].value == 4
    assert group.sum("n").get()[0][0].value == 3
    assert group.avg("n", alias="mean").get()[0][0].value == 1.5
    assert rows.count().get()[0][0].value == 5
    assert rows.where(filter=FieldFilter("g", "==", 3)).sum("n").get()[0][0].value == 0
    assert rows.limit(2).count().get()[0][0].value == 2


def test_sums_of_integers_stay_exact_and_overflow_into_a_double(rows: Any) -> None:
    fill(rows, a={"n": 2**53}, b={"n": 1})
    assert rows.sum("n").get()[0][0].value == 2**53 + 1
    rows.document("c").set({"n": 2**63 - 1})
    assert rows.sum("n").get()[0][0].value == float(2**63 + 2**53)


def test_a_list_of_too_many_values_is_refused(rows: Any) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        where(rows, "n", "in", list(range(31)))


def test_equality_over_fifty_thousand_documents_answers_at_once() -> None:
    with serve() as client:
        rows = client.collection("rows")
        for start in range(0, 50_000, 5_000):
            fill(rows, **{f"{n:05d}": {"n": n} for n in range(start, start + 5_000)})
        where(rows, "n", "==", 1)  # builds the index
        began = time.perf_counter()
        for number in range(20):
            assert where(rows, "n", "==", number) == f"{number:05d}"
        assert (time.perf_counter() - began) / 20 < 0.03
