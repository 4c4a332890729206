"""Load jobs: a whole file of JSON lines or CSV becomes rows of a table, or none of it does."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emulators.bigquery import files, quick, rows
from emulators.bigquery import schema as columns
from emulators.bigquery.catalog import Catalog
from emulators.bigquery.errors import ApiError, already_exists, invalid, not_found, unserved
from emulators.bigquery.schema import Field
from emulators.bigquery.store import Store
from emulators.bigquery.tabledata import insert_sql
from emulators.bigquery.tables import TableName

_BATCH = 10_000
_UNSERVED = (
    "autodetect", "schemaUpdateOptions", "hivePartitioningOptions", "decimalTargetTypes", "rangePartitioning",
    "projectionFields", "jsonExtension", "nullMarkers", "preserveAsciiControlCharacters", "destinationTableProperties",
    "timeZone", "dateFormat", "datetimeFormat", "timeFormat", "timestampFormat",
)  # fmt: skip
_LAYOUT = ("timePartitioning", "clustering")


@dataclasses.dataclass
class Loaded:
    """What became of a file: its size, the rows stored, and what was wrong with the others."""

    size_bytes: int
    rows: int = 0
    faults: list[dict[str, str]] = dataclasses.field(default_factory=list)
    error: ApiError | None = None


class Loader:
    """Reads the whole file before it writes anything; then all rows are stored in one transaction."""

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self._store = store
        self._catalog = catalog

    def load(self, asked: Mapping[str, Any], content: bytes) -> Loaded:
        """Stores the file's rows; raises or tells BigQuery's refusal where it does not."""
        name = TableName.of(asked.get("destinationTable") or {})
        with self._store.alone:
            self._catalog.dataset(name.project, name.dataset)
            table = self._catalog.find(name)
            fields = _fields(asked, table, name)
            self._check_disposition(asked, table, name)
            with quick.rows_sql(self._store, asked, fields, content) as source:
                if source is None:
                    return self._by_rows(asked, table, name, content)
                self._make(asked, table, name, fields)
                with self._written(asked, name) as cursor:
                    (count,) = cursor.execute(f"INSERT INTO {name.sql} ({_named(fields)}) {source}").fetchone()
        return Loaded(len(content), count)

    def _by_rows(
        self, asked: Mapping[str, Any], table: dict[str, Any] | None, name: TableName, content: bytes
    ) -> Loaded:
        fields = _fields(asked, table, name)
        good, faults = _read(asked, fields, content)
        if len(faults) > int(asked.get("maxBadRecords") or 0):
            return Loaded(len(content), faults=faults, error=_too_many(faults))
        self._make(asked, table, name, fields)
        with self._written(asked, name) as cursor:
            for start in range(0, len(good), _BATCH):
                cursor.execute(insert_sql(name, fields), [json.dumps(good[start : start + _BATCH])])
        return Loaded(len(content), len(good), faults)

    def _check_disposition(self, asked: Mapping[str, Any], table: Mapping[str, Any] | None, name: TableName) -> None:
        if _disposition(asked) == "WRITE_EMPTY" and table is not None:
            with self._store.reading() as cursor:
                (count,) = cursor.execute(f"SELECT count(*) FROM {name.sql}").fetchone()
            if count:
                raise already_exists("Table", str(name))

    def _make(
        self, asked: Mapping[str, Any], table: dict[str, Any] | None, name: TableName, fields: Sequence[Field]
    ) -> None:
        """The table where there is none, or with other columns where it is written afresh."""
        layout = {part: asked[part] for part in _LAYOUT if part in asked}
        if table is None:
            self._catalog.create_table(name, {**layout, "schema": {"fields": list(fields)}})
        elif table["schema"]["fields"] != list(fields):
            self._catalog.create_table(name, {**table, **layout, "schema": {"fields": list(fields)}}, replace=True)

    @contextlib.contextmanager
    def _written(self, asked: Mapping[str, Any], name: TableName) -> Iterator[Any]:
        """A transaction for all of the file's rows, in the place of the older ones where that is asked for."""
        with self._store.writing() as cursor:
            if _disposition(asked) == "WRITE_TRUNCATE":
                cursor.execute(f"DELETE FROM {name.sql}")
            yield cursor


def _named(fields: Sequence[Field]) -> str:
    return ", ".join(columns.quoted(field["name"]) for field in fields)


def served(asked: Mapping[str, Any], content: bytes | None) -> None:
    """Refuses by name what a load job asks for and does not get."""
    if content is None:
        raise unserved("load jobs from Cloud Storage (sourceUris); it loads files that are uploaded with the job")
    for option in _UNSERVED:
        if asked.get(option):
            raise unserved(f"the load option {option}{_AUTODETECT if option == 'autodetect' else ''}")
    if content[:2] == b"\x1f\x8b":
        raise unserved("loading compressed files")
    files.served(asked)


_AUTODETECT = " (give the job a schema)"


def _disposition(asked: Mapping[str, Any]) -> str:
    found = str(asked.get("writeDisposition") or "WRITE_APPEND")
    if found not in {"WRITE_APPEND", "WRITE_EMPTY", "WRITE_TRUNCATE"}:
        raise unserved(f"the write disposition {found}")
    return found


def _fields(asked: Mapping[str, Any], table: Mapping[str, Any] | None, name: TableName) -> list[Field]:
    """The columns the rows are read by: the job's own, which have to fit a table that is added to, or the table's."""
    given = columns.normalised((asked.get("schema") or {}).get("fields") or [])
    if table is None:
        if asked.get("createDisposition") == "CREATE_NEVER":
            raise not_found("Table", str(name))
        if not given:
            raise invalid("No schema specified on job or table.")
        return given
    if table["type"] != "TABLE":
        raise invalid(f"Cannot load into a {table['type']}: {name}")
    known: list[Field] = table["schema"]["fields"]
    if not given or _same(known, given):
        return known
    if _disposition(asked) == "WRITE_TRUNCATE":
        return given
    raise invalid(f"Provided Schema does not match Table {name}.")


def _same(known: Sequence[Field], given: Sequence[Field]) -> bool:
    def shape(fields: Sequence[Field]) -> dict[str, Any]:
        return {f["name"].lower(): (f["type"], f["mode"], shape(f.get("fields", ()))) for f in fields}

    return shape(known) == shape(given)


def _read(
    asked: Mapping[str, Any], fields: Sequence[Field], content: bytes
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    reader = rows.RowReader(fields)
    good: list[dict[str, Any]] = []
    faults: list[dict[str, str]] = []
    for number, row in enumerate(_rows(asked, fields, content), start=1):
        try:
            if isinstance(row, files.Unreadable):
                raise rows.RowRefused("", str(row))
            good.append(reader.read(row, ignore_unknown=bool(asked.get("ignoreUnknownValues"))))
        except rows.RowRefused as refused:
            faults.append(_fault(number, refused))
    return good, faults


def _rows(asked: Mapping[str, Any], fields: Sequence[Field], content: bytes) -> Iterator[Any]:
    if files.form(asked) == "CSV":
        return files.csv_rows(asked, fields, content)
    return files.json_rows(fields, content)


def _fault(number: int, refused: rows.RowRefused) -> dict[str, str]:
    where = f"; column: {refused.location}" if refused.location else ""
    message = f"Error while reading data, error message: row {number}{where}: {refused.message}"
    return {"reason": "invalid", "message": message, "domain": "global", "location": refused.location}


def _too_many(faults: Sequence[Mapping[str, str]]) -> ApiError:
    first = faults[0]["message"].partition("error message: ")[2]
    return invalid(
        "Error while reading data, error message: too many errors encountered, giving up. "
        f"Errors: {len(faults)}. The first one: {first}"
    )
