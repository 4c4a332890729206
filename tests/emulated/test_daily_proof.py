"""A day proven against a SAP over HTTP and a BigQuery behind the real client: green, and what each of them lost."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from google.cloud import bigquery

from common.ports import Answer
from common.tools.warehouse import apply
from functions.audit.findings import Finding
from functions.audit.proof.model import Proof
from functions.audit.providers import balances
from functions.reporting.facts.layout import tables_of
from functions.reporting.provision import reporting_setup
from tests.emulated.bigquery_running import connected, rows
from tests.emulated.test_accounting_with_sap import Sap
from tests.kit import Platform
from tests.unit import told

pytestmark = pytest.mark.emulated
AREAS = ("accounting", "matching", "reporting", "audit")
NIGHT = datetime(2026, 10, 2, 2, 15, tzinfo=UTC)
LATER = datetime(2026, 10, 2, 3, 50, tzinfo=UTC)
POSTINGS = "billing_raw.journal_posted_postings"
USED = {table.name for table in tables_of("journal.posted")}


@pytest.fixture(scope="module")
def client() -> Iterator[bigquery.Client]:
    with connected(Platform("reporting").runtime.settings.project) as client:
        setup = reporting_setup(client.project)
        wanted = [
            one for one in setup if one["kind"] == "dataset" or (one["name"] in USED and "view" not in one["name"])
        ]
        apply(client, client.project, wanted)
        yield client


@pytest.fixture
def platform(client: bigquery.Client) -> Iterator[Platform]:
    platform = Platform(*AREAS)
    platform.engine.warehouse = lambda sql, parameters: _asked(client, sql, parameters)
    yield platform
    for name in sorted(USED):
        rows(client, f"TRUNCATE TABLE billing_raw.{name}")


@pytest.fixture
def sap(platform: Platform) -> Iterator[Sap]:
    simulator = Sap(platform.clock)
    urls = {"sap_url": f"{simulator.url}/journal-entries", "sap_odata_url": f"{simulator.url}/odata"}
    platform.runtime.world.settings = platform.runtime.settings.model_copy(update=urls)
    yield simulator
    simulator.close()


def _asked(client: bigquery.Client, sql: str, parameters: Mapping[str, Answer]) -> Iterable[dict[str, Any]]:
    asked = [
        bigquery.ScalarQueryParameter(name, "STRING" if isinstance(value, str) else "DATE", value)
        for name, value in parameters.items()
    ]
    config = bigquery.QueryJobConfig(query_parameters=asked)
    return [dict(row.items()) for row in client.query(sql, job_config=config).result()]


def a_closed_day(platform: Platform, client: bigquery.Client) -> None:
    """Two invoices are issued, their day is closed, SAP has it, BigQuery has every row."""
    platform.tell(*(told.invoice_issued(f"MP-2026-{n:07}") for n in range(2)))
    platform.advance_to(NIGHT)
    platform.bus.fire("accounting-close-day")
    platform.settle()
    for name in sorted(USED):
        found = list(map(dict, platform.engine.rows[f"billing_raw.{name}"].values()))
        assert client.insert_rows_json(f"{client.project}.billing_raw.{name}", found) == []


def night(platform: Platform) -> Proof:
    platform.advance_to(LATER)
    platform.bus.fire("audit-start-daily-proof")
    platform.settle()
    found = [one for one in platform.all(Proof) if one.entity == "MP"]
    assert len(found) == 1
    proof: Proof = found[0]
    return proof


@pytest.mark.usefixtures("sap")
def test_a_closed_day_is_green(platform: Platform, client: bigquery.Client) -> None:
    a_closed_day(platform, client)
    proof = night(platform)
    assert (proof.verdict, proof.differences, proof.late) == ("green", (), ())
    assert {figure.source for figure in proof.figures} >= {"sub_ledger", "batches", "sap", "bigquery"}
    assert all(figure.difference_minor == 0 for figure in proof.figures)


def test_what_sap_does_not_have_is_found(platform: Platform, sap: Sap, client: bigquery.Client) -> None:
    a_closed_day(platform, client)
    with sap.simulator._rows.transaction() as db:
        db.execute("DELETE FROM documents")
    proof = night(platform)
    assert {(one.source, one.code) for one in proof.differences} == {("sap", "lost_by_sap")}
    assert {one.rule for one in platform.all(Finding)} == {"daily_proof_sap"}


@pytest.mark.usefixtures("sap")
def test_a_row_that_bigquery_does_not_have_is_found(platform: Platform, client: bigquery.Client) -> None:
    a_closed_day(platform, client)
    held = platform.engine.rows[POSTINGS]
    gone = next(iter(held.values()))
    rows(client, f"DELETE FROM {POSTINGS} WHERE posted_on >= '2026-01-01' AND journal_id = '{gone['journal_id']}'")  # noqa: S608
    proof = night(platform)
    assert {(one.source, one.code) for one in proof.differences} == {("bigquery", "missing")}
    assert {document for one in proof.differences for document in one.documents} == {f"journals/{gone['journal_id']}"}


def test_a_sap_that_answers_nothing_or_nonsense_makes_it_incomplete(
    platform: Platform, sap: Sap, client: bigquery.Client
) -> None:
    a_closed_day(platform, client)
    for url in ("http://127.0.0.1:9/odata", f"{sap.url}/documents?", sap.url):
        world = platform.runtime.world
        world.settings = world.settings.model_copy(update={"sap_odata_url": url})
        with pytest.raises(ConnectionError):
            balances(told_seller(), NIGHT.date(), world)
    proof = night(platform)
    assert (proof.verdict, [one.code for one in proof.late]) == ("incomplete", ["unreachable"])
    assert platform.all(Finding) == []


def told_seller() -> Any:
    from common.parties import SELLERS

    return SELLERS["MP"]
