"""Big files of JSON lines read by the engine itself, where each cell is certainly as its column wants it.

What is certain is narrower than what BigQuery takes: any doubt about any cell, and the file is read row by row, by the
rules and in the words of `rows`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from emulators.bigquery import files
from emulators.bigquery.errors import ApiError
from emulators.bigquery.schema import Field, duckdb_type, literal, quoted
from emulators.bigquery.store import Store

SMALL = 100_000
"""Bytes of a file that is not worth it."""
_DAY = r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}"
_MOMENT = rf"{_DAY}[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{{1,6}})?(Z|\+00:00)"
_SURE = {
    "STRING": """starts_with({0}, '"')""",
    "INTEGER": "regexp_full_match({0}, '-?[0-9]{{1,18}}')",
    "BOOLEAN": "{0} IN ('true', 'false')",
    "DATE": f"""regexp_full_match({{0}}, '"{_DAY.replace("{", "{{").replace("}", "}}")}"')""",
    "TIMESTAMP": f"""regexp_full_match({{0}}, '"{_MOMENT.replace("{", "{{").replace("}", "}}")}"')""",
}
"""By type, whether a cell as written, given as text, is one beyond doubt."""
_MOST_SHAPES = 100


@contextlib.contextmanager
def rows_sql(store: Store, asked: Mapping[str, Any], fields: Sequence[Field], content: bytes) -> Iterator[str | None]:
    """The query that gives the file's rows as the columns want them; None where it has to be read row by row."""
    if len(content) < SMALL or files.form(asked) != "NEWLINE_DELIMITED_JSON" or not _plain(fields):
        yield None
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.json"
        path.write_bytes(content)
        yield _query(fields, path) if _certain(store, fields, path) else None


def _plain(fields: Sequence[Field]) -> bool:
    return all(field["type"] in _SURE and field["mode"] != "REPEATED" for field in fields)


def _certain(store: Store, fields: Sequence[Field], path: Path) -> bool:
    shapes = f"SELECT DISTINCT json_type(json), json_keys(json) FROM read_ndjson_objects({literal(str(path))})"
    try:
        with store.reading() as cursor:
            found = cursor.execute(f"{shapes} LIMIT {_MOST_SHAPES}").fetchall()
            if len(found) == _MOST_SHAPES or not all(_fits(fields, *one) for one in found):
                return False
            sure = " AND ".join(_sure(field) for field in fields)
            (all_sure,) = cursor.execute(f"SELECT bool_and({sure}) FROM {_read(fields, path)}").fetchone()
    except ApiError:  # the engine can't read it: then by rows, whose words say what is wrong with which
        return False
    return bool(all_sure)


def _fits(fields: Sequence[Field], kind: str, keys: Sequence[str]) -> bool:
    """Whether rows of these keys have each column at most once, in its own spelling, and those that must be there."""
    needed = {field["name"] for field in fields if field["mode"] == "REQUIRED"}
    once = len(keys) == len({key.lower() for key in keys})
    return kind == "OBJECT" and once and needed <= set(keys) <= {field["name"] for field in fields}


def _sure(field: Field) -> str:
    name = quoted(field["name"])
    tried = f"TRY_CAST({name} ->> '$' AS {duckdb_type(field)}) IS NOT NULL"
    sure = f"({_SURE[field['type']].format(f'CAST({name} AS VARCHAR)')} AND {tried})"
    return f"coalesce({sure}, false)" if field["mode"] == "REQUIRED" else f"({name} IS NULL OR {sure})"


def _query(fields: Sequence[Field], path: Path) -> str:
    cells = (f"CAST({quoted(field['name'])} ->> '$' AS {duckdb_type(field)})" for field in fields)
    return f"SELECT {', '.join(cells)} FROM {_read(fields, path)}"


def _read(fields: Sequence[Field], path: Path) -> str:
    columns = ", ".join(f"{literal(field['name'])}: 'JSON'" for field in fields)
    return f"read_json({literal(str(path))}, format='newline_delimited', records=true, columns={{{columns}}})"
