"""Full names of tables, and where a name without a project or dataset belongs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Protocol, Self

from emulators.bigquery.errors import unserved
from emulators.bigquery.schema import quoted


@dataclasses.dataclass(frozen=True)
class TableName:
    """A table's full name; each dataset of each project is one DuckDB schema."""

    project: str
    dataset: str
    table: str

    @classmethod
    def of(cls, reference: Mapping[str, str]) -> Self:
        """The name in a `tableReference`; refuses decorators and wildcards, which are not served."""
        table = reference["tableId"]
        if "$" in table or "*" in table or "@" in table:
            raise unserved(f"table decorators and wildcards ({table})")
        return cls(reference["projectId"], reference["datasetId"], table)

    @property
    def schema(self) -> str:
        """The DuckDB schema the dataset lives in."""
        return f"{self.project}.{self.dataset}"

    @property
    def sql(self) -> str:
        """The table in a DuckDB statement."""
        return f"{quoted(self.schema)}.{quoted(self.table)}"

    def __str__(self) -> str:
        return f"{self.project}:{self.dataset}.{self.table}"


@dataclasses.dataclass(frozen=True)
class Home:
    """Where names without a project or dataset belong."""

    project: str
    dataset: str | None = None


@dataclasses.dataclass(frozen=True)
class Demand:
    """The column every query must filter on; `reachable` is false where no reader's filter gets to the table."""

    column: str
    reachable: bool = True


class Names(Protocol):
    """What the dialect asks about a table it meets."""

    def demand(self, name: TableName) -> None:
        """Raises a 404 when there is no such table."""

    def table_function(self, name: TableName) -> Mapping[str, Any]:
        """The resource of a table function; a 404 when there is none."""

    def find(self, name: TableName) -> dict[str, Any] | None:
        """The table or view, or None."""

    def partition_filter(self, name: TableName) -> Demand | None:
        """What every query of the table, or of a view over it, must filter on."""
