"""A small month through every real port and every way of paying, with disorder: at its end all books tie."""

from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from common.parties import SELLERS
from common.tools.demo import run
from common.tools.month.means import CAST

pytestmark = pytest.mark.timeout(600)
MEMBERS = len(CAST)
DAYS, AFTER = 3, 37
"""As few days as show a return, a dispute, a retry, a refund by file and a payout of each."""


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    state = Path(tmp_path_factory.mktemp("month"))
    return run(MEMBERS, 1, state / "demo", Console(quiet=True), days=DAYS, after=AFTER)


def test_every_book_ties_and_every_invariant_holds(month: dict[str, Any]) -> None:
    assert month["failed_checks"] == []
    assert month["broken_invariants"] == []
    assert month["ties"]


def test_money_came_by_every_way_and_went_back_by_some(month: dict[str, Any]) -> None:
    came = month["money"]["received_by_source"]
    assert set(came) == {"stripe", "adyen", "gocardless", "mollie", "sepa", "bank", "proceeds"}
    assert all(minor > 0 for minor in came.values())
    assert min(month["money"]["returned"], month["money"]["given_back"], month["money"]["paid_out"]) > 0
    assert month["truth"]["pages"]["paid"] > 0


def test_almost_all_is_paid_and_what_is_not_is_owed_by_somebody(month: dict[str, Any]) -> None:
    assert month["paid"] + month["open"] == month["invoices"] == MEMBERS
    assert month["paid"] >= MEMBERS - 4


def test_the_month_is_closed_and_sap_has_every_batch_although_it_refused_and_kept_silent(month: dict[str, Any]) -> None:
    books = month["books"]
    assert {books["periods"][f"{entity}-2026-10"] for entity in SELLERS} == {"closed"}
    assert set(month["sap_batches"]) == {"accepted"}
    assert books["sap_documents"] >= books["sap_batches"] > DAYS


def test_an_auditor_walks_from_every_line_at_sap_to_its_documents_and_back(month: dict[str, Any]) -> None:
    walked = month["books"]["auditor_walked"]
    assert walked["documents"] >= month["invoices"]
    assert walked["journals"] <= month["journals"]
    assert walked["lines"] > walked["documents"]
    assert month["checks"]["every SAP line leads to its documents and back"] == "ties"


def test_the_returns_are_the_sum_of_the_documents(month: dict[str, Any]) -> None:
    assert month["checks"]["the VAT return is the sum of the documents"] == "ties"
    assert month["checks"]["the OSS return is the sum of the documents"] == "ties"
    assert month["checks"]["the trial balance is zero, and SAP's"] == "ties"
