"""Rows streamed into tables and listed from them: insertAll with its row errors and insert ids, and tabledata.list."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from emulators.bigquery import rows
from emulators.bigquery.catalog import Catalog
from emulators.bigquery.errors import invalid, unserved
from emulators.bigquery.schema import Field, duckdb_type, literal, quoted
from emulators.bigquery.store import KEPT_INSERT_IDS, Store
from emulators.bigquery.tables import TableName

_MOST_ROWS = 50_000


class TableData:
    """Writes and lists the rows of tables; remembers insert ids in the same transaction as their rows."""

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self._store = store
        self._catalog = catalog
        self._insert_ids = store.insert_ids()

    def insert_all(self, name: TableName, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Stores the request's rows and returns its `insertErrors`.

        One bad row stops the others of the request unless `skipInvalidRows` is set; a row whose insert id was seen is
        taken as stored.
        """
        fields = self._fields(name)
        given = body.get("rows") or []
        if body.get("templateSuffix"):
            raise unserved("insertAll with templateSuffix")
        if not given or len(given) > _MOST_ROWS:
            raise invalid(f"A request holds between 1 and {_MOST_ROWS} rows, not {len(given)}")
        good, errors = _checked(given, fields, ignore_unknown=bool(body.get("ignoreUnknownValues")))
        if errors and not body.get("skipInvalidRows"):
            return errors + [_stopped(index) for index, _, _ in good]
        self._write(name, fields, [(insert_id, row) for _, insert_id, row in good])
        return errors

    def _fields(self, name: TableName) -> list[Field]:
        table = self._catalog.table(name)
        if table["type"] != "TABLE":
            raise invalid(f"Cannot stream into or list a {table['type']}: {name}")
        fields: list[Field] = table["schema"]["fields"]
        return fields

    def _write(self, name: TableName, fields: Sequence[Field], given: list[tuple[str | None, dict[str, Any]]]) -> None:
        key = f"{name}@{self._catalog.table(name)['creationTime']}"
        with self._store.alone:
            fresh: dict[tuple[str, str], None] = {}
            kept = [row for insert_id, row in given if not insert_id or self._is_fresh((key, insert_id), fresh)]
            if not kept:
                return
            with self._store.writing() as cursor:
                cursor.execute(insert_sql(name, fields), [json.dumps(kept)])
                if fresh:
                    self._store.remember(cursor, key, [insert_id for _, insert_id in fresh])
            self._insert_ids.update(fresh)
            while len(self._insert_ids) > KEPT_INSERT_IDS:
                del self._insert_ids[next(iter(self._insert_ids))]

    def _is_fresh(self, insert_id: tuple[str, str], fresh: dict[tuple[str, str], None]) -> bool:
        if insert_id in self._insert_ids or insert_id in fresh:
            return False
        fresh[insert_id] = None
        return True

    def listed(
        self, name: TableName, selected: Sequence[str], limit: int | None, offset: int
    ) -> tuple[list[Field], list[tuple[Any, ...]], int]:
        """The wanted columns, a page of rows in order of arrival, and the count of all rows."""
        fields = self._fields(name)
        if selected:
            wanted = {column.lower() for column in selected}
            fields = [field for field in fields if field["name"].lower() in wanted]
        named = ", ".join(quoted(field["name"]) for field in fields)
        page = f"LIMIT {limit if limit is not None else 'ALL'} OFFSET {offset}"
        with self._store.reading() as cursor:
            found = cursor.execute(f"SELECT {named} FROM {name.sql} ORDER BY rowid {page}").fetchall()
        return fields, found, self.count(name)

    def count(self, name: TableName) -> int:
        """How many rows the table holds."""
        with self._store.reading() as cursor:
            (count,) = cursor.execute(f"SELECT count(*) FROM {name.sql}").fetchone()
        return int(count)


Checked = tuple[int, str | None, dict[str, Any]]


def _checked(
    given: Sequence[Mapping[str, Any]], fields: Sequence[Field], *, ignore_unknown: bool
) -> tuple[list[Checked], list[dict[str, Any]]]:
    reader = rows.RowReader(fields)
    good: list[Checked] = []
    errors: list[dict[str, Any]] = []
    for index, item in enumerate(given):
        try:
            row = reader.read(item.get("json") or {}, ignore_unknown=ignore_unknown)
            good.append((index, item.get("insertId"), row))
        except rows.RowRefused as refused:
            errors.append({"index": index, "errors": [refused.entry()]})
    return good, errors


def _stopped(index: int) -> dict[str, Any]:
    return {"index": index, "errors": [{"reason": "stopped", "location": "", "debugInfo": "", "message": ""}]}


def insert_sql(name: TableName, fields: Sequence[Field]) -> str:
    """The statement that stores rows, given as one JSON array of text cells."""
    named = ", ".join(quoted(field["name"]) for field in fields)
    cells = ", ".join(f"CAST(r.{quoted(field['name'])} AS {duckdb_type(field)})" for field in fields)
    shape = literal(json.dumps([rows.text_shape(fields)]))
    return f"INSERT INTO {name.sql} ({named}) SELECT {cells} FROM (SELECT unnest(from_json(?, {shape})) AS r)"
