"""Every event class is a table, and every fact its rows: typed, described, without anything personal."""

from collections.abc import Iterator
from datetime import date, datetime
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel

from common.events import every_event
from common.events.accounting import JournalPosted, Posting
from common.events.base import EVENTS, Event
from common.events.invoicing import Exchange, RunCompleted
from common.parties import personal
from common.values import Value
from functions.reporting.facts.lawful import LAWFUL
from functions.reporting.facts.layout import Table, tables, tables_of
from functions.reporting.facts.rows import Row, Told, at, typed_rows
from functions.reporting.facts.shapes import shape_of, table_of
from tests.kit import Platform
from tests.unit import told

PYTHON: dict[str, type] = {"STRING": str, "INTEGER": int, "BOOLEAN": bool, "DATE": str, "TIMESTAMP": str}
SECRET = "personal-9f3"
TABLES = tables()


@pytest.fixture
def declared() -> Iterator[Any]:
    """Events of a test's own, forgotten afterwards."""
    before = dict(EVENTS)
    every_event.cache_clear()
    yield
    EVENTS.clear()
    EVENTS.update(before)
    every_event.cache_clear()
    shape_of.cache_clear()


def rows_of(event: Event, event_id: str = "c1.0") -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    at = "2026-10-01T08:00:00+00:00"
    for row in typed_rows(Told(event.name, event_id, at, at, event.model_dump(mode="json"))):
        found.setdefault(row.table.removeprefix("billing_raw."), []).append(row)
    return found


def made(kind: Any, *, secret: bool = False) -> Any:  # noqa: PLR0911 - a case for each kind of type
    """Some value of a type; every text that is personal is recognised."""
    if get_origin(kind) is Annotated:
        return made(get_args(kind)[0], secret=secret)
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    if get_origin(kind) is tuple:
        return [made(get_args(kind)[0], secret=secret), made(get_args(kind)[0], secret=secret)]
    if get_origin(kind) is dict:
        return {"EUR": made(get_args(kind)[1]), "CHF": made(get_args(kind)[1])}
    if get_args(kind):
        return made(next(one for one in get_args(kind) if one is not NoneType), secret=secret)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {
            name: made(field.annotation, secret=secret or _declared_personal(field))
            for name, field in kind.model_fields.items()
        }
    plain = {int: 7, bool: True, date: "2026-10-01", datetime: "2026-10-01T08:00:00Z"}
    return plain.get(kind, SECRET if secret else "text")


def _declared_personal(field: Any) -> bool:
    return isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("x-personal", False) is not False


@pytest.mark.parametrize("name", every_event())
def test_the_rows_of_every_event_fit_its_tables_and_hold_nothing_personal(name: str) -> None:
    layouts = {f"billing_raw.{table.name}": table for table in tables_of(name)}
    fact = made(every_event()[name])
    at = "2026-10-01T08:00:00+00:00"
    found = list(typed_rows(Told(name, "c1.0", at, at, fact)))
    assert {row.table for row in found} == set(layouts)
    lawful = {way.replace(".", "_") for way in LAWFUL.get(name, ())}
    for row in found:
        assert_fits(row, layouts[row.table])
        assert {column for column, value in row.cells.items() if SECRET in repr(value)} <= lawful


def assert_fits(row: Row, table: Table) -> None:
    kinds = {one["name"]: one for one in table.columns}
    assert row.cells.keys() == kinds.keys()
    for name, value in row.cells.items():
        if value is None:
            assert kinds[name]["mode"] == "NULLABLE", f"{table.name}.{name}"
        else:
            assert type(value) is PYTHON[kinds[name]["type"]], f"{table.name}.{name}: {value!r}"


def test_no_column_is_named_as_a_personal_field() -> None:
    columns = {one["name"] for table in TABLES for one in table.columns}
    assert columns & {"buyer_name", "buyer_email", "email", "payer_iban", "payer_name", "text", "token"} == set()
    assert {"buyer_address_country", "buyer_business"} <= columns


def test_a_personal_field_is_a_column_where_a_law_is_named_for_it_and_nowhere_else() -> None:
    columns = {f"{table.name}.{one['name']}" for table in TABLES for one in table.columns if "vat_id" in one["name"]}
    assert columns == {"invoice_issued.buyer_vat_id", "credit_note_issued.buyer_vat_id"}
    assert all("art." in law for ways in LAWFUL.values() for law in ways.values())
    for name, ways in LAWFUL.items():  # none that leads nowhere, or to what needs no law
        fact = made(every_event()[name])
        assert all(at(fact, way.split(".")) == SECRET for way in ways)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_of_a_fact_says_what_it_means(table: Table) -> None:
    assert [one["name"] for one in table.columns if not one["description"].endswith((".", "?"))] == []
    assert all(len(one["description"]) <= 1024 for one in table.columns)
    assert len({one["name"] for one in table.columns}) == len(table.columns)


def test_no_two_events_have_the_same_table() -> None:
    assert len({table.name for table in TABLES}) == len(TABLES)


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("invoice.issued", "issued_on"), ("journal.posted", "posted_on"), ("payment.matched", "matched_on"),
        ("charge.accepted", "occurred_on"), ("item.overdue", "occurred_at"), ("reminder.due", "occurred_at"),
        ("debit.announced", "occurred_at"), ("member.changed", "occurred_at"),
    ],
)  # fmt: skip
def test_a_table_is_split_by_the_day_of_business_and_never_by_one_to_come(name: str, split: str) -> None:
    assert next(table.split for table in tables_of(name)) == split


def test_a_list_is_a_table_that_repeats_its_event_but_no_amount_of_it() -> None:
    event = told.invoice_issued("MP-2026-0000007", told.vat(), told.vat(500, 0, category="E"))
    found = rows_of(event)
    (invoice,) = found["invoice_issued"]
    assert (invoice.cells["total_minor"], invoice.cells["buyer_address_country"]) == (event.total_minor, "DE")
    first, second = found["invoice_issued_vat"]
    assert [(row.cells["position"], row.cells["base_minor"], row.cells["category"]) for row in (first, second)] == [
        (0, 10_000, "S"), (1, 500, "E"),
    ]  # fmt: skip
    assert (first.cells["number"], first.cells["buyer_address_country"]) == ("MP-2026-0000007", "DE")
    assert not {"total_minor", "net_minor"} & first.cells.keys()
    assert first.cells["vat_minor"] == 1_900  # the list's own word wins over its event's


def test_a_dictionary_is_a_row_a_key_in_the_order_of_the_keys() -> None:
    run = RunCompleted(
        run_id="run_1", entity="MP", invoices=2, first_number="a", last_number="b", totals_minor={"SEK": 3, "EUR": 5}
    )
    found = rows_of(run)["billing_run_completed_totals_minor"]
    assert [(row.cells["position"], row.cells["key"], row.cells["value_minor"]) for row in found] == [
        (0, "EUR", 5), (1, "SEK", 3),
    ]  # fmt: skip


def test_what_an_older_fact_does_not_say_has_its_default_and_what_is_nothing_is_null() -> None:
    fact = told.invoice_issued().model_dump(mode="json")
    fact.pop("run_id")
    at = "2026-10-01T08:00:00+00:00"
    row = next(typed_rows(Told("invoice.issued", "c1.0", at, at, fact)))
    assert (row.cells["run_id"], row.cells["exchange_rate"]) == ("", None)
    exchange = Exchange(currency="SEK", rate="11.5", on=date(2026, 10, 1), source="ECB", vat_minor=9)
    (row,) = rows_of(told.invoice_issued(exchange=exchange))["invoice_issued"]
    assert (row.cells["exchange_rate"], row.cells["exchange_vat_minor"]) == ("11.5", 9)


def test_a_fact_whose_buyer_was_erased_says_nothing_of_them() -> None:
    fact = told.invoice_issued().model_dump(mode="json") | {"buyer": {"personal": "mem_1"}}
    at = "2026-10-01T08:00:00+00:00"
    row = next(typed_rows(Told("invoice.issued", "c1.0", at, at, fact)))
    assert row.cells["buyer_address_country"] is None
    assert (row.cells["member_id"], row.cells["total_minor"]) == ("mem_1", 11_900)


def test_a_name_that_looks_like_sql_stays_a_cell() -> None:
    posting = Posting(account="1400'; DROP TABLE x; --", debit_minor=1)
    journal = JournalPosted(
        journal_id="j", entity="MP", document_type="DR", document="`\"'\n\u0000é", currency="EUR",
        posted_on=date(2026, 10, 1), postings=(posting,),
    )  # fmt: skip
    (row,) = rows_of(journal)["journal_posted_postings"]
    assert (row.cells["account"], row.cells["document"]) == (posting.account, journal.document)


def test_a_message_again_is_the_same_rows_in_every_table() -> None:
    platform = Platform("reporting")
    platform.bus.disorder = True
    for n in range(20):
        platform.tell(told.invoice_issued(f"MP-2026-{n:07}"))
    assert {name: len(found) for name, found in platform.engine.rows.items()} == {
        "billing_raw.events": 20,
        "billing_raw.invoice_issued": 20,
        "billing_raw.invoice_issued_lines": 20,
        "billing_raw.invoice_issued_vat": 20,
    }


def test_one_more_invoice_touches_as_many_rows_as_it_has_lines_whatever_was_there_before() -> None:
    platform = Platform("reporting")
    counts = []
    for n in range(300):
        before = {name: set(rows) for name, rows in platform.engine.rows.items()}
        platform.tell(told.invoice_issued(f"MP-2026-{n:07}"))
        after = {name: set(rows) for name, rows in platform.engine.rows.items()}
        counts.append(sum(len(after[name] - before.get(name, set())) for name in after))
    assert set(counts) == {4}  # the fact, the invoice, its line, its VAT


@pytest.mark.usefixtures("declared")
@pytest.mark.parametrize("kind", [float, bytes, int | str, tuple[int, str], dict[str, list[int]], Any])
def test_a_field_no_column_can_hold_is_refused_by_name(kind: Any) -> None:
    fields = {"__annotations__": {"strange": kind}, "__module__": __name__}
    type("StrangeHappened", (Event,), fields, name="strange.happened")
    with pytest.raises(TypeError):
        shape_of("strange.happened")


@pytest.mark.usefixtures("declared")
def test_a_field_called_as_a_column_of_every_table_is_refused() -> None:
    class Clashed(Event, name="clash.happened"):
        loaded_at: datetime

    with pytest.raises(TypeError, match="loaded_at"):
        shape_of(Clashed.name)


@pytest.mark.usefixtures("declared")
def test_a_new_field_is_a_new_column_and_a_personal_one_is_none() -> None:
    class Inner(Value):
        secret: Annotated[str, personal()]
        open: int

    class Grown(Event, name="thing.grown"):
        numbers: tuple[int, ...] = ()
        inner: Inner | None = None
        name_of: Annotated[str, personal("")] = ""
        grown_on: date

    (table,) = tables_of(Grown.name)
    assert [one["name"] for one in table.columns[5:]] == ["numbers", "inner_open", "grown_on"]
    assert table.split == "grown_on"
    assert table_of(Grown.name) == "thing_grown"
    (row,) = rows_of(Grown(numbers=(3, 1), grown_on=date(2026, 1, 2)))["thing_grown"]
    assert (row.cells["numbers"], row.cells["inner_open"]) == ("[3,1]", None)
