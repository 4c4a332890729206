"""Every event becomes a row finance can trust."""

from typing import Any

import orjson
import pytest
import sqlglot

from functions.reporting.provision import reporting_setup
from functions.reporting.tables import EVENT_COLUMNS, EVENTS_TABLE
from functions.reporting.views import VIEWS, View
from tests.kit import Platform
from tests.unit import told

TYPES: dict[str, type] = {"STRING": str, "INTEGER": int, "TIMESTAMP": str, "DATE": str, "BOOLEAN": bool}


def rows(platform: Platform) -> list[dict[str, Any]]:
    return list(platform.engine.rows.get(EVENTS_TABLE, {}).values())


def test_every_fact_becomes_one_row_that_fits_the_table() -> None:
    platform = Platform("reporting")
    platform.tell(told.invoice_issued(), told.payment_received(), told.item_settled())
    assert sorted(row["name"] for row in rows(platform)) == ["invoice.issued", "item.settled", "payment.received"]
    for row in rows(platform):
        assert list(row) == [c["name"] for c in EVENT_COLUMNS]
        assert all(isinstance(row[c["name"]], TYPES[c["type"]]) for c in EVENT_COLUMNS)


def test_a_slice_of_facts_becomes_a_row_each() -> None:
    platform = Platform("reporting")
    platform.tell(*(told.invoice_issued(f"MP-2026-{n:07}") for n in range(250)))
    found = rows(platform)
    assert len({row["event_id"] for row in found}) == 250
    assert len({row["commit_id"] for row in found}) == 1


def test_a_redelivered_message_adds_no_row() -> None:
    platform = Platform("reporting")
    platform.bus.disorder = True
    for n in range(30):
        platform.tell(told.invoice_issued(f"MP-2026-{n:07}"))
    assert len(rows(platform)) == 30


def test_a_row_carries_the_whole_fact() -> None:
    platform = Platform("reporting")
    event = told.invoice_issued()
    platform.tell(event)
    (row,) = rows(platform)
    assert type(event).model_validate(orjson.loads(row["payload"])) == event
    assert (row["member_id"], row["entity"], row["currency"]) == ("mem_1", "MP", "EUR")
    assert row["occurred_at"] == platform.clock.now().isoformat()


def test_a_fact_without_entity_has_an_empty_one() -> None:
    platform = Platform("reporting")
    platform.tell(told.item_settled())
    (row,) = rows(platform)
    assert (row["entity"], row["currency"]) == ("", "EUR")


def test_loading_leaves_no_commit() -> None:
    platform = Platform("reporting")
    platform.tell(told.invoice_issued())
    assert platform.engine.counts.by_collection["commits"] == 1


def test_the_setup_makes_things_before_what_stands_on_them() -> None:
    made: set[str] = set()
    for definition in reporting_setup("p-1"):
        if definition["kind"] == "dataset":
            made.add(definition["dataset"])
            continue
        assert definition["dataset"] in made
        for needed in _tables(definition.get("query", "")):
            assert needed in made, f"{definition['name']} stands on {needed}"
        made.add(f"{definition['dataset']}.{definition['name']}")


def _tables(query: str) -> set[str]:
    if not query:
        return set()
    tree = sqlglot.parse_one(query, read="bigquery")
    found = {table for table in tree.find_all(sqlglot.exp.Table) if table.db}
    assert all(table.catalog == "p-1" for table in found)
    return {f"{table.db}.{table.name}" for table in found}


def test_every_column_says_what_it_means() -> None:
    for definition in reporting_setup("p-1"):
        assert definition["description"]
        for column in definition.get("schema", ()):
            assert column["description"].endswith("."), column


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_no_view_calculates_money_in_floats(view: View) -> None:
    assert "FLOAT" not in view.sql.upper()
    assert " / " not in view.sql
