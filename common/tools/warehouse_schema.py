"""The tables of the warehouse as last agreed, stored beside the code, so that a change that loses rows is seen."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from common.tools.warehouse import lost
from functions.reporting.provision import reporting_setup

STORED: Final = Path(__file__).parents[2] / "functions" / "reporting" / "facts" / "stored.json"
HOW: Final = (
    "the warehouse's tables only grow, by columns that may be empty. Where no release has what was taken away, "
    f"take it out of {STORED.name} by hand"
)
Tables = Mapping[str, Mapping[str, Any]]


def present() -> dict[str, Any]:
    """Every table as the code declares it: partitions, and columns with their types; `!` demands a value."""
    return {
        f"{one['dataset']}.{one['name']}": {
            "columns": {column["name"]: _told(column) for column in one["schema"]},
            "partitioning": one["partitioning"],
        }
        for one in reporting_setup("PROJECT")
        if one["kind"] == "table"
    }


def faults(stored: Tables | None = None, now: Tables | None = None) -> list[str]:
    """What of the stored tables the present ones would lose or reinterpret, each with its table."""
    before = stored if stored is not None else (orjson.loads(STORED.read_bytes()) if STORED.exists() else {})
    after = now if now is not None else present()
    found = [f"{name}: the table was removed" for name in before if name not in after]
    for name, table in before.items():
        if name in after:
            found += [f"{name}: {fault}" for fault in lost(_definition(table), _definition(after[name]))]
    return found


def _told(column: Mapping[str, Any]) -> str:
    return column["type"] + ("!" if column["mode"] == "REQUIRED" else "")


def _definition(table: Mapping[str, Any]) -> dict[str, Any]:
    columns = [
        {"name": name, "type": told.rstrip("!"), "mode": "REQUIRED" if told.endswith("!") else "NULLABLE"}
        for name, told in table["columns"].items()
    ]
    return {"schema": columns, "partitioning": table["partitioning"]}
