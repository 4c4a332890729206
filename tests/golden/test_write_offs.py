"""What was given up is told apart by every view that follows what is owed, and by no other."""

from typing import Any

import pytest
from google.cloud import bigquery

from common.events.matching import WriteOffDecided, WriteOffWithdrawn
from tests.golden import month
from tests.golden.conftest import LATE, everything, read

pytestmark = pytest.mark.emulated


def test_what_is_given_up_is_told_apart_and_no_view_is_off_by_it(books: bigquery.Client) -> None:
    """10.00 of an open invoice is written off and 4.00 of that claimed again: 6.00 less is owed, and all ties."""
    named = "invoice_number = 'MP-2026-0000012'"
    [(invoice_id, member_id, number)] = read(
        books, "ar_ageing`", "invoice_id", "member_id", "invoice_number", where=named
    )
    facts: dict[str, Any] = {
        "item_id": "item_x", "item_version": 9, "invoice_id": invoice_id, "invoice_number": number, "currency": "EUR",
        "open_minor": 0, "entity": "MP", "member_id": member_id, "reason": "by hand",
    }  # fmt: skip
    day = LATE.date()
    off = WriteOffDecided(**facts, write_off_id="wof_x", amount_minor=1_000, decided_by="rules", decided_on=day)
    again = WriteOffWithdrawn(**facts, write_off_id="wof_y", amount_minor=400, withdrawn_on=day)
    before = everything(books)
    added = [month.rows_of(LATE, event) for event in (off, again)]
    for rows in added:
        month.load(books, rows)
    try:
        after = everything(books)
        given_up = "written_off_minor != 0"
        written = read(books, "ar_rollforward`", "written_off_minor", "difference_minor", where=given_up)
    finally:
        month.emptied(books, list({*month.rows(), *added[0], *added[1]}))
        month.load(books, month.rows())
    assert written == [(600, 0)]
    changed = {name for name in before if before[name] != after[name]}
    assert {"ar_rollforward", "ar_control", "ar_ageing"} <= changed
    assert not changed & {"revenue_by_country_month", "vat_return", "unapplied_ageing", "matching_rate"}
