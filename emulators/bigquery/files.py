"""The rows of uploaded files: JSON lines with their numbers as written, and CSV with its quotes told from its NULLs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

from emulators.bigquery.errors import invalid, unserved
from emulators.bigquery.schema import Field

_FORMS = {"CSV", "NEWLINE_DELIMITED_JSON"}
_TRUE = frozenset({"1", "t", "y", "yes", "true"})
_FALSE = frozenset({"0", "f", "n", "no", "false"})
_TEXTS = frozenset({"STRING", "BYTES"})


class Unreadable(str):
    """What is wrong with a row that can't even be taken apart."""

    __slots__ = ()


class _Written(float):
    """A number that remembers how it was written, so that NUMERIC stays exact."""

    text: str

    def __new__(cls, text: str) -> Self:
        made = super().__new__(cls, text)
        made.text = text
        return made

    def __str__(self) -> str:
        return self.text


def form(asked: Mapping[str, Any]) -> str:
    """The file's format; CSV where nothing is said."""
    return str(asked.get("sourceFormat") or "CSV").upper()


def served(asked: Mapping[str, Any]) -> None:
    """Refuses formats and encodings that are not read."""
    if form(asked) not in _FORMS:
        raise unserved(f"loading files of the format {form(asked)}")
    if str(asked.get("encoding") or "UTF-8").upper().replace("_", "-") != "UTF-8":
        raise unserved(f"loading files in {asked['encoding']}")


def json_rows(fields: Sequence[Field], content: bytes) -> Iterator[Any]:
    """An object a line; empty lines are no rows."""
    documents = [field["name"].lower() for field in fields if field["type"] == "JSON"]
    for line in content.split(b"\n"):
        if line.strip():
            yield _json_row(line, documents)


def _json_row(line: bytes, documents: Sequence[str]) -> Any:
    try:
        row = json.loads(line, parse_float=_Written, parse_constant=_no_number)
    except (ValueError, RecursionError) as fault:
        return Unreadable(f"JSON parsing error: {fault}")
    if not isinstance(row, dict):
        return Unreadable("JSON parsing error: a row is an object")
    return {name: _document(value) if name.lower() in documents else value for name, value in row.items()}


def _document(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (dict, list)) else value


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def csv_rows(asked: Mapping[str, Any], fields: Sequence[Field], content: bytes) -> Iterator[Any]:
    """A row a line, by position; what the file has after its header lines."""
    nested = next((f["name"] for f in fields if f["type"] == "RECORD" or f["mode"] == "REPEATED"), None)
    if nested:
        raise invalid(f"CSV does not hold nested or repeated columns: {nested}")
    skipped = int(asked.get("skipLeadingRows") or 0)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise invalid(f"Error while reading data, error message: it is not UTF-8: {fault}") from fault
    for number, cells in enumerate(_records(asked, text)):
        if number >= skipped:
            yield cells if isinstance(cells, Unreadable) else _csv_row(asked, fields, cells)


def _records(asked: Mapping[str, Any], text: str) -> Iterator[list[tuple[str, bool]] | Unreadable]:
    """The cells of each record, and whether each was quoted."""
    cell, delimiter = _cell(asked), _delimiter(asked)
    at = 0
    while at < len(text):
        cells: list[tuple[str, bool]] = []
        while True:
            found = cell.match(text, at)
            assert found is not None  # noqa: S101 - it matches the empty cell, too
            quoted = found["quoted"] is not None
            cells.append((_unquoted(asked, found["quoted"]) if quoted else found["plain"], quoted))
            at = found.end()
            if not text.startswith(delimiter, at):
                break
            at += len(delimiter)
        rest = re.compile(r"[^\r\n]*(\r\n|\n|\r|$)").match(text, at)
        assert rest is not None  # noqa: S101 - it matches everything
        torn = rest.end() > at and rest[0] != rest[1]
        at = rest.end()
        if torn:
            yield Unreadable('Data between close quote character (") and field separator, or an unclosed quote')
        elif cells != [("", False)]:
            yield cells


def _cell(asked: Mapping[str, Any]) -> re.Pattern[str]:
    quote, delimiter = asked.get("quote", '"'), re.escape(_delimiter(asked))
    if not quote:
        return re.compile(rf"(?P<quoted>(?!))|(?P<plain>[^\r\n{delimiter}]*)")
    mark, inside = re.escape(quote), "" if asked.get("allowQuotedNewlines") else r"\r\n"
    return re.compile(
        rf"{mark}(?P<quoted>(?:[^{mark}{inside}]|{mark}{mark})*){mark}|(?P<plain>[^\r\n{mark}{delimiter}]*)"
    )


def _unquoted(asked: Mapping[str, Any], text: str) -> str:
    quote = asked.get("quote", '"')
    return text.replace(quote + quote, quote)


def _delimiter(asked: Mapping[str, Any]) -> str:
    given = str(asked.get("fieldDelimiter") or ",")
    found = {"tab": "\t", "\\t": "\t"}.get(given, given)
    if len(found) != 1:
        raise invalid(f"A field delimiter is one character: {given}")
    return found


def _csv_row(asked: Mapping[str, Any], fields: Sequence[Field], cells: Sequence[tuple[str, bool]]) -> Any:
    if len(cells) > len(fields) and not asked.get("ignoreUnknownValues"):
        return Unreadable(f"Too many values in line: {len(cells)} where the table has {len(fields)} columns")
    if len(cells) < len(fields) and not asked.get("allowJaggedRows"):
        return Unreadable(f"CSV table references column position {len(cells)}, but line contains only {len(cells)}")
    named = zip(fields, cells, strict=False)
    return {field["name"]: _value(asked, field, text, quoted=quoted) for field, (text, quoted) in named}


def _value(asked: Mapping[str, Any], field: Field, text: str, *, quoted: bool) -> Any:
    if not quoted and text == (asked.get("nullMarker") or ""):
        return None
    if field["type"] in _TEXTS:
        return text
    if field["type"] == "BOOLEAN":
        word = text.strip().lower()
        return True if word in _TRUE else False if word in _FALSE else text
    return text.strip()
