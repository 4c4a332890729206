"""What finance reads: one SQL file a view, whose head says what it tells and what each column means.

A file's head is its first comment: what the view tells, an empty line, then its columns in the order of its query,
each as `name TYPE: what it means.`; a word of `words.py` needs its name alone. `@name TYPE: ...` is an argument: then
the file is a table function, for questions such as "as of which day, as known when".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from functions.reporting.tables import CORE, RAW, REPORTING, Column, column
from functions.reporting.views.dimensions import DIMENSIONS
from functions.reporting.views.words import WORDS

TABLE: Final = re.compile(rf"\b({RAW}|{CORE}|{REPORTING})\.([a-z_]+)")
HERE: Final = Path(__file__).parent
_WORD: Final = re.compile(r"(@?)([a-z][a-z0-9_]*)(?: ([A-Z0-9]+))?(?:: (.+))?")


class BadHead(ValueError):
    """The head of a view's file can't be read; its text says which line."""


@dataclass(frozen=True)
class View:
    """A view or, where it has arguments, a table function: where it stands, its file, its query."""

    dataset: str
    name: str
    text: str
    """The whole file."""

    @cached_property
    def head(self) -> tuple[str, ...]:
        """The lines of the first comment, without their dashes."""
        lines: list[str] = []
        for line in self.text.splitlines():
            if not line.startswith("--"):
                break
            lines.append(line[3:].rstrip())
        return tuple(lines)

    @property
    def sql(self) -> str:
        """The query as written, with tables named by dataset alone."""
        return "\n".join(self.text.splitlines()[len(self.head) :]).strip() + "\n"

    @property
    def description(self) -> str:
        """What it tells."""
        return " ".join(self.head[: self.head.index("")])

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """What each column means, in the order of its query."""
        return tuple(column for argument, column in self._words if not argument)

    @cached_property
    def arguments(self) -> tuple[Column, ...]:
        """What has to be said to read it; empty for a view."""
        return tuple(column for argument, column in self._words if argument)

    @cached_property
    def _words(self) -> tuple[tuple[bool, Column], ...]:
        return tuple(_word(self.name, line) for line in _joined(self.head[self.head.index("") + 1 :]))

    def query(self, project: str) -> str:
        """The query with every table named in full, as a stored view needs it."""
        return TABLE.sub(rf"`{project}.\1.\2`", self.sql)

    def definition(self, project: str) -> dict[str, Any]:
        """The view as data, as BigQuery's API takes it; a table function says its arguments, too."""
        common = {
            "kind": "table_function" if self.arguments else "view",
            "dataset": self.dataset,
            "name": self.name,
            "description": self.description,
            "query": self.query(project),
            "schema": self.columns,
        }
        return {**common, "arguments": self.arguments} if self.arguments else common


def _joined(lines: tuple[str, ...]) -> list[str]:
    """A line that begins with a space goes on with the one above."""
    found: list[str] = []
    for line in lines:
        if line.startswith(" "):
            found[-1] += f" {line.strip()}"
        else:
            found.append(line)
    return found


def _word(view: str, line: str) -> tuple[bool, Column]:
    found = _WORD.fullmatch(line)
    if found is None:
        raise BadHead(f"{view}: {line!r} is no column")
    argument, name, kind, meaning = found.groups()
    usual = WORDS.get(name, ("", ""))
    if not (kind or usual[0]) or not (meaning or usual[1]):
        raise BadHead(f"{view}: {name} has no type or no meaning")
    return bool(argument), column(name, kind or usual[0], meaning or usual[1], mode="NULLABLE")


def _written() -> Iterator[View]:
    for dataset, folder in ((CORE, HERE / "core"), (REPORTING, HERE)):
        for path in sorted(folder.glob("*.sql")):
            yield View(dataset, path.stem, path.read_text(encoding="utf-8"))
    for name, text in DIMENSIONS.items():
        yield View(CORE, name, text)


def _ordered(views: list[View]) -> tuple[View, ...]:
    """Each after those it reads."""
    left = {f"{view.dataset}.{view.name}": view for view in views}
    asked = {name: {".".join(found) for found in TABLE.findall(view.sql)} for name, view in left.items()}
    ordered: list[View] = []
    while left:
        ready = [name for name in left if not asked[name] & (left.keys() - {name})]
        if not ready:
            raise BadHead(f"these views read each other: {', '.join(sorted(left))}")
        ordered += [left.pop(name) for name in ready]
    return tuple(ordered)


_ALL: Final = _ordered(list(_written()))
VIEWS: Final = tuple(view for view in _ALL if not view.arguments)
"""Every view, each after those it reads."""
FUNCTIONS: Final = tuple(view for view in _ALL if view.arguments)
"""Every table function; no view reads one."""
