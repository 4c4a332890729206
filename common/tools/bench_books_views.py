"""Measures each finance view over a month of 120,000 invoices with 2.8 million lines, on the local engine.

    python -m common.tools.bench_books_views [INVOICES [LINES_EACH]]

The rows are made straight in the engine's tables, by SQL; then every view is asked for whole, through the real client.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from werkzeug.serving import WSGIRequestHandler, make_server

from common.tools.warehouse import make
from emulators.bigquery import BigQueryEmulator
from functions.reporting.provision import reporting_setup
from functions.reporting.views import FUNCTIONS, VIEWS

PROJECT: Final = "bench"
INVOICES: Final = 120_000
LINES_EACH: Final = 23
LONGEST_S: Final = 3
HEAD: Final = (
    "TIMESTAMPTZ '2026-09-01 06:00:00+00' + to_seconds(i) AS occurred_at, TIMESTAMPTZ '2026-09-01 06:00:09+00' AS "
    "loaded_at, 'c' || i AS commit_id, 'm' || (i % 60000) AS member_id"
)
PARENT: Final = (
    "'inv' || i AS invoice_id, 'MP-2026-' || lpad(i::VARCHAR, 7, '0') AS number, 'MP' AS entity, 'EUR' AS currency, "
    "DATE '2026-09-01' AS issued_on, DATE '2026-09-15' AS due_on, "
    "['DE', 'FR', 'IT', 'NL', 'AT'][1 + i % 5] AS buyer_address_country"
)
DAYS: Final = (
    "DATE '2026-08-31' AS occurred_on, CASE WHEN n % 2 = 0 THEN DATE '2026-09-01' + (i % 28)::INTEGER END AS "
    "service_from, CASE WHEN n % 2 = 0 THEN DATE '2026-10-01' + ((i * 7 + n) % 92)::INTEGER END AS service_to"
)
"""Half of the lines are for many days, of all lengths up to four months."""


def facts(lines: int) -> dict[str, str]:
    """By table, the rows of invoice number `i`: of each, in DuckDB's SQL."""
    total = lines * 119
    vat = (
        "['domestic', 'oss', 'oss', 'reverse_charge', 'reverse_charge'][1 + i % 5] AS scheme, "
        "['DE', 'FR', 'IT', 'NL', 'AT'][1 + i % 5] AS country, 'S' AS category, 1900 AS rate_basis_points"
    )
    match = (
        f"'inv' || i AS invoice_id, 'r' || i AS receipt_id, 'MP' AS entity, 'EUR' AS currency, {total} AS amount_minor"
    )
    payload = f"""'{{"lines": "' || repeat('x', {lines * 280}) || '"}}'"""
    return {
        "events": f"'i' || i AS event_id, 'invoice.issued' AS name, 1 AS schema_version, {HEAD}, 'MP' AS entity, "
        f"'EUR' AS currency, {payload} AS payload FROM asked",
        "invoice_issued": f"'i' || i AS event_id, {HEAD}, {PARENT}, 'transfer' AS buyer_payment_method, "
        f"'NL' || i AS buyer_vat_id, {lines * 100} AS net_minor, {lines * 19} AS vat_minor, "
        f"{total} AS total_minor FROM asked",
        "invoice_issued_vat": f"'i' || i AS event_id, 0 AS position, {HEAD}, {PARENT}, {vat}, "
        f"{lines * 100} AS base_minor, {lines * 19} AS vat_minor FROM asked",
        "invoice_issued_lines": f"'i' || i AS event_id, n AS position, {HEAD}, {PARENT}, "
        f"['commission', 'listing', 'subscription'][1 + n % 3] AS kind, "
        f"100 + (i * 31 + n * 17) % 5000 AS amount_minor, {DAYS} "
        f"FROM asked CROSS JOIN range({lines}) AS line(n)",
        "payment_requested": f"'q' || i AS event_id, {HEAD}, 'p' || i AS payment_id, 1 AS attempt, 'inv' || i AS "
        f"invoice_id, 'MP-2026-' || lpad(i::VARCHAR, 7, '0') AS invoice_number, 'MP' AS entity, {total} AS "
        f"amount_minor, 'EUR' AS currency, 'stripe' AS provider FROM asked WHERE i % 3 = 0",
        "payment_received": f"'r' || i AS event_id, {HEAD}, 'r' || i AS receipt_id, 'bank' AS source, 'MP' AS entity, "
        f"{total} AS amount_minor, 'EUR' AS currency, DATE '2026-09-10' AS received_on, 0 AS attempt FROM asked "
        "WHERE i % 10 < 8",
        "payment_matched": f"'m' || i AS event_id, {HEAD}, {match}, 'rules' AS decided_by, DATE '2026-09-10' AS "
        "matched_on FROM asked WHERE i % 10 < 7",
        "item_settled": f"'s' || i AS event_id, {HEAD}, 'inv' || i AS invoice_id, 'payment' AS \"by\", "
        "DATE '2026-09-10' AS settled_on FROM asked WHERE i % 10 < 7",
        "journal_posted": f"'j' || i AS event_id, {HEAD}, 'j' || i AS journal_id, 'MP' AS entity, 'DR' AS "
        "document_type, 'MP-2026-' || lpad(i::VARCHAR, 7, '0') AS document, 'EUR' AS currency, DATE '2026-09-01' AS "
        "posted_on FROM asked",
        "journal_posted_postings": f"'j' || i AS event_id, n AS position, {HEAD}, 'MP' AS entity, 'DR' AS "
        "document_type, 'MP-2026-' || lpad(i::VARCHAR, 7, '0') AS document, 'EUR' AS currency, DATE '2026-09-01' AS "
        "posted_on, ['1400', '4400', '3806'][1 + n] AS account, ['receivables', 'revenue.domestic', "
        f"'vat_payable.domestic'][1 + n] AS word, [{total}, 0, 0][1 + n] AS debit_minor, "
        f"[0, {lines * 100}, {lines * 19}][1 + n] AS credit_minor FROM asked CROSS JOIN range(3) AS posting(n)",
    }


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def served(path: Path) -> Iterator[bigquery.Client]:
    """The local BigQuery on a port of its own, and a client of it."""
    emulator = BigQueryEmulator(path)
    server = make_server("127.0.0.1", 0, emulator.wsgi, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    options = {"api_endpoint": f"http://127.0.0.1:{server.port}"}
    try:
        yield bigquery.Client(PROJECT, AnonymousCredentials(), client_options=options)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        emulator.close()


def fill(path: Path, invoices: int, lines: int) -> None:
    """Puts the month's rows into the tables while nobody serves them; columns that no view reads stay empty."""
    import duckdb

    with duckdb.connect(str(path / "bigquery.duckdb")) as engine:
        engine.execute("SET threads=2; SET memory_limit='512MB'")
        for table, query in facts(lines).items():
            engine.execute(
                f'INSERT INTO "{PROJECT}.billing_raw"."{table}" BY NAME '  # noqa: S608 - our own words
                f"WITH asked AS (SELECT i FROM range(1, {invoices} + 1) AS one(i)) SELECT {query}"
            )


def timed(client: bigquery.Client, source: str) -> tuple[float, int]:
    """Seconds until the last row of the answer is here, and how many rows it has."""
    started = time.perf_counter()
    rows = sum(1 for _ in client.query_and_wait(f"SELECT * FROM `{PROJECT}.billing_reporting.{source}"))  # noqa: S608
    return time.perf_counter() - started, rows


def sources() -> list[str]:
    """Every view, and every table function as it would be asked."""
    views = [f"{view.name}`" for view in VIEWS if view.dataset == "billing_reporting"]
    asked = "(DATE '2026-09-30', TIMESTAMP '2026-10-01 00:00:00+00')"
    return views + [f"{function.name}`{asked}" for function in FUNCTIONS]


def say(line: str) -> None:
    """Tells a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Prints a line a view; 1 where one takes 3 seconds or more."""
    invoices, lines = (*map(int, arguments), *(INVOICES, LINES_EACH)[len(arguments) :])
    slow: list[Any] = []
    with TemporaryDirectory() as folder:
        with served(Path(folder)) as client:
            for definition in reporting_setup(PROJECT):
                make(client, PROJECT, definition)
        started = time.perf_counter()
        fill(Path(folder), invoices, lines)
        say(f"{invoices:,} invoices, {invoices * lines:,} lines, made in {time.perf_counter() - started:.0f} s")
        with served(Path(folder)) as client:
            for source in sources():
                seconds, rows = timed(client, source)
                slow += [source] if seconds >= LONGEST_S else []
                say(f"{seconds:7.2f} s {rows:9,} rows  {source.partition('`')[0]}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
