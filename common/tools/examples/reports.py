"""What finance reads: the rows of the story, loaded into a warehouse of their own and asked as reports."""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from common.google.rows import answered
from common.tools.bench_books_views import PROJECT, served
from common.tools.examples.stage import Stage
from common.tools.warehouse import make
from functions.reporting.provision import reporting_setup

AT_ONCE = 500


def act(stage: Stage) -> None:
    """Reporting."""
    stage.get("/v1/reports", "Where there is no warehouse")
    with TemporaryDirectory() as folder, served(Path(folder) / "warehouse.duckdb") as client:
        for definition in reporting_setup(PROJECT):
            make(client, PROJECT, definition)
        for table, kept in stage.engine.rows.items():
            rows = list(kept.values())
            for start in range(0, len(rows), AT_ONCE):
                client.insert_rows_json(f"{PROJECT}.{table}", rows[start : start + AT_ONCE])
        stage.engine.warehouse = partial(answered, client)
        _read(stage)
        stage.engine.warehouse = None


def _read(stage: Stage) -> None:
    stage.get("/v1/reports/revenue", "Net revenue of one legal entity", entity="MP", currency="EUR", limit=2)
    known = {"of_day": "2026-10-31", "known_at": "2026-11-05T00:00:00Z"}
    stage.get("/v1/reports/ageing", "What was open at a month's end, as it was known then", **known)
    for kind in ("csv", "xlsx"):
        stage.get(f"/v1/reports/roll-forward/{kind}", "The whole of it as a file")
    stage.get("/v1/reports/dso", "It is not kept so", refused="not_kept", known_at="2026-11-05T00:00:00Z")
    stage.get("/v1/reports/unheard-of", "There is no such report", refused="not_found")
