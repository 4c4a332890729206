"""A BigQuery emulator behind a real socket, the real client for it, and a table that holds every type."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.bigquery import QueryJobConfig, SchemaField
from werkzeug.serving import WSGIRequestHandler, make_server

from emulators.bigquery import BigQueryEmulator

POSTINGS = [
    SchemaField("id", "STRING", mode="REQUIRED", description="the posting's id"),
    SchemaField("account", "STRING"),
    SchemaField("amount", "NUMERIC"),
    SchemaField("minor", "INT64"),
    SchemaField("settled", "BOOL"),
    SchemaField("posted_at", "TIMESTAMP"),
    SchemaField("posted_on", "DATE"),
    SchemaField("raw", "JSON"),
    SchemaField("digest", "BYTES"),
    SchemaField("tags", "STRING", mode="REPEATED"),
    SchemaField("lines", "RECORD", mode="REPEATED", fields=[SchemaField("n", "INT64"), SchemaField("net", "NUMERIC")]),
]
FULL_ROW: dict[str, Any] = {
    "id": "a",
    "account": "acc_1",
    "amount": "10.000000001",
    "minor": 9007199254740993,
    "settled": True,
    "posted_at": "2026-03-29T01:30:00.123456Z",
    "posted_on": "2026-03-29",
    "raw": '{"kind": {"name": "fee"}, "n": 3}',
    "digest": "AP8=",
    "tags": ["x", "y"],
    "lines": [{"n": 1, "net": "0.5"}, {"n": 2}],
}


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Says nothing."""


def client_for(url: str, project: str = "demo-p") -> bigquery.Client:
    """The real client, with nothing but the address changed."""
    return bigquery.Client(project=project, credentials=AnonymousCredentials(), client_options={"api_endpoint": url})


@contextlib.contextmanager
def running(path: Path | None) -> Iterator[str]:
    """The address of an emulator that ends with the block."""
    emulator = BigQueryEmulator(path)
    server = make_server("127.0.0.1", 0, emulator.wsgi, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        emulator.close()


@contextlib.contextmanager
def connected(project: str = "demo-p", dataset: str = "") -> Iterator[bigquery.Client]:
    """A client of an emulator of its own, in memory, where there is a dataset if one is named."""
    with running(None) as url:
        client = client_for(url, project)
        if dataset:
            client.create_dataset(dataset)
        yield client
        client.close()


def rows(client: bigquery.Client, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """Every row of the query."""
    config = QueryJobConfig(query_parameters=list(parameters))
    return [tuple(row.values()) for row in client.query(sql, job_config=config).result()]


def value(client: bigquery.Client, sql: str, *parameters: Any) -> Any:
    """The only value of the query's only row."""
    ((found,),) = rows(client, sql, *parameters)
    return found
