"""BigQuery subscriptions: each message becomes a row of a table of the BigQuery that runs beside."""

import base64
import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import urllib3

from emulators.wire import invalid, not_found, not_served

_TABLE = re.compile(r"([a-z0-9-]+)[.:]([A-Za-z0-9_]+)\.([A-Za-z0-9_-]+)")
_METADATA = ("subscription_name", "message_id", "publish_time", "attributes")
_FRESH_S = 5.0


class Warehouse:
    """Writes rows by insertAll; `url` says where BigQuery is, or None where none runs beside."""

    def __init__(self, url: Callable[[], str] | None) -> None:
        self._url = url
        self._pool = urllib3.PoolManager(retries=False)
        self._columns: dict[str, tuple[float, dict[str, str]]] = {}
        self._lock = threading.Lock()

    def check(self, config: Any) -> None:
        """Refuses a subscription whose table is not there, or whose settings contradict each other."""
        if self._url is None:
            raise not_served("subscriptions with bigquery_config where no BigQuery runs beside")
        if config.use_topic_schema and config.use_table_schema:
            raise invalid("Only one of use_topic_schema and use_table_schema can be set.")
        if config.drop_unknown_fields and not (config.use_topic_schema or config.use_table_schema):
            raise invalid("drop_unknown_fields needs use_topic_schema or use_table_schema.")
        columns = self.columns(config.table)
        if not columns:
            raise not_found(config.table)
        wanted = () if config.use_topic_schema or config.use_table_schema else ("data",)
        missing = {*wanted, *(_METADATA if config.write_metadata else ())} - columns.keys()
        if missing:
            raise invalid(f"Incompatible schema: the table {config.table} has no column {', '.join(sorted(missing))}.")

    def columns(self, table: str) -> dict[str, str]:
        """The table's columns with their types; none where there is no such table."""
        with self._lock:
            read_at, columns = self._columns.get(table, (float("-inf"), {}))
        if time.monotonic() - read_at > _FRESH_S or not columns:
            answer = self._pool.request("GET", self._address(table))
            found = json.loads(answer.data) if answer.status == HTTPStatus.OK else {}
            columns = {one["name"]: one["type"] for one in found.get("schema", {}).get("fields", [])}
            with self._lock:
                self._columns[table] = (time.monotonic(), columns)
        return columns

    def write(self, settings: Any, message: Any, values: Any) -> bool:
        """Adds the message's row; False where BigQuery did not take it. `values` is what the topic's schema reads."""
        config = settings.bigquery_config
        try:
            row = self._row(settings, message, values)
            asked = {"rows": [{"json": row}], "ignoreUnknownValues": bool(config.drop_unknown_fields)}
            answer = self._pool.request("POST", f"{self._address(config.table)}/insertAll", json=asked)
        except (urllib3.exceptions.HTTPError, OSError, ValueError):
            return False
        return answer.status == HTTPStatus.OK and not json.loads(answer.data).get("insertErrors")

    def _row(self, settings: Any, message: Any, values: Any) -> dict[str, Any]:
        config, columns = settings.bigquery_config, self.columns(settings.bigquery_config.table)
        if config.use_topic_schema:
            row = dict(values)
        elif config.use_table_schema:
            row = json.loads(message.data)
        else:
            row = {"data": _data(message.data, columns.get("data", "STRING"))}
        if config.write_metadata:
            row |= _metadata(settings.name, message)
        return {name: _cell(value) for name, value in row.items()}

    def _address(self, table: str) -> str:
        found = _TABLE.fullmatch(table)
        if found is None or self._url is None:
            raise invalid(f"Invalid table {table!r}: write project.dataset.table")
        project, dataset, name = found.groups()
        return f"{self._url()}/bigquery/v2/projects/{project}/datasets/{dataset}/tables/{name}"

    def close(self) -> None:
        """Closes the connections kept open."""
        self._pool.clear()


def _data(data: bytes, kind: str) -> str:
    return base64.b64encode(data).decode() if kind == "BYTES" else data.decode()


def _metadata(subscription: str, message: Any) -> dict[str, Any]:
    return {
        "subscription_name": subscription,
        "message_id": message.message_id,
        "publish_time": message.publish_time.ToJsonString(),
        "attributes": json.dumps(dict(message.attributes), sort_keys=True),
    }


def _cell(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return {name: _cell(each) for name, each in value.items()}
    return [_cell(each) for each in value] if isinstance(value, list) else value
