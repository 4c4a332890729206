"""BigQuery asked, and its answer as it comes."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from google.api_core import exceptions

from common.failures import Rejected, TryLater
from common.ports import Answer

AT_ONCE: Final = 5_000
"""Rows of one page of the answer, all that is in memory at once."""
LONGEST_S: Final = 60


def answered(client: Any, sql: str, parameters: Mapping[str, Answer]) -> Iterator[dict[str, Any]]:
    """The rows of a query's answer. See Engine.query for what is raised, all of it before the first row."""
    from google.cloud import bigquery

    asked = [bigquery.ScalarQueryParameter(name, _kind(value), value) for name, value in parameters.items()]
    config = bigquery.QueryJobConfig(query_parameters=asked)
    try:
        found = client.query_and_wait(sql, job_config=config, page_size=AT_ONCE, wait_timeout=LONGEST_S)
    except exceptions.NotFound as fault:
        raise Rejected("no_warehouse", "what is asked for is not in BigQuery yet", status=503) from fault
    except (exceptions.ServerError, exceptions.RetryError, ConnectionError, TimeoutError) as fault:
        raise TryLater("BigQuery does not answer") from fault
    return (dict(row.items()) for row in found)


def _kind(value: Answer) -> str:
    """BigQuery's type of a parameter."""
    kinds = {bool: "BOOL", int: "INT64", str: "STRING", datetime: "TIMESTAMP", date: "DATE"}
    return kinds[type(value)]
