"""The warehouse's tables only grow: what would lose or reinterpret stored rows is named."""

from typing import Any

import pytest

from common.tools.warehouse_schema import faults, present

TABLE: dict[str, Any] = {
    "columns": {"event_id": "STRING!", "amount_minor": "INTEGER", "paid_on": "DATE"},
    "partitioning": {"type": "DAY", "field": "paid_on"},
}


def changed(**columns: str | None) -> dict[str, Any]:
    kept = {name: kind for name, kind in {**TABLE["columns"], **columns}.items() if kind is not None}
    return {"t": {**TABLE, "columns": kept}}


def test_the_stored_tables_are_all_still_there() -> None:
    assert faults() == []
    assert faults({}, present()) == []


def test_a_table_may_grow_by_columns_and_be_relaxed() -> None:
    assert faults({"t": TABLE}, {**changed(note="STRING", event_id="STRING"), "other": TABLE}) == []


@pytest.mark.parametrize(
    ("now", "fault"),
    [
        (changed(amount_minor=None), "t: column amount_minor was removed"),
        (changed(amount_minor="STRING"), "t: column amount_minor was INTEGER and is STRING"),
        (changed(amount_minor="INTEGER!"), "t: column amount_minor became required"),
        (changed(note="STRING!"), "t: column note became required"),
        ({}, "t: the table was removed"),
        (
            {"t": {**TABLE, "partitioning": {"type": "MONTH", "field": "paid_on"}}},
            "t: partitioned by DAY paid_on, now by MONTH paid_on",
        ),
    ],
)
def test_what_stored_rows_would_lose_is_refused(now: dict[str, Any], fault: str) -> None:
    assert faults({"t": TABLE}, now) == [fault]
