"""The golden month in a warehouse of its own, and how its reports are read."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from google.cloud import bigquery

from common.tools.warehouse import make
from functions.reporting.provision import reporting_setup
from functions.reporting.views import VIEWS
from tests.emulated.bigquery_running import connected
from tests.golden import month

LATE = datetime(2026, 10, 5, 8, tzinfo=UTC)
REPORTS = [view for view in VIEWS if view.dataset == "billing_reporting"]
Answer = list[tuple[Any, ...]]


def read(client: bigquery.Client, source: str, *names: str, where: str = "TRUE") -> Answer:
    """The named columns of a report's rows, in order of them."""
    sql = f"SELECT {', '.join(names) or '*'} FROM `{month.PROJECT}.billing_reporting.{source} WHERE {where}"  # noqa: S608
    return sorted((tuple(row.values()) for row in client.query_and_wait(sql)), key=str)


def everything(client: bigquery.Client) -> dict[str, Answer]:
    """Every report whole, but for what counts rows and says when they were loaded."""
    left_out = {"loaded_at", "repeated_rows", "lag_seconds"}
    return {
        view.name: read(client, f"{view.name}`", *(c["name"] for c in view.columns if c["name"] not in left_out))
        for view in REPORTS
    }


@pytest.fixture(scope="module")
def empty() -> Iterator[bigquery.Client]:
    with connected(month.PROJECT) as client:
        for definition in reporting_setup(month.PROJECT):
            make(client, month.PROJECT, definition)
        yield client


@pytest.fixture(scope="module")
def books(empty: bigquery.Client) -> bigquery.Client:
    month.load(empty, month.rows())
    return empty
