"""The commands of the `billing` program about SAP: `explain-sap` and `export-sap`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from common.tools.program import STATE, Json, State, emit, out, show, told


def add_to(app: typer.Typer) -> None:
    """Adds them to the program."""
    app.command("explain-sap")(explain_sap)
    app.command("export-sap")(export_sap)


def explain_sap(
    number: Annotated[str, typer.Argument(help="SAP's number of a document.")],
    company: Annotated[str, typer.Option("--company-code", help="Where the number is known in several.")] = "",
    year: Annotated[str, typer.Option("--year", help="The fiscal year, where the number is known in several.")] = "",
    state: State = STATE / "demo",
    *,
    as_json: Json = False,
) -> None:
    """The journals and documents behind each line of a SAP document, added up anew. Exit code 1 where they differ."""
    from common.failures import Rejected
    from common.tools import sap

    try:
        found = sap.explained(state, number, company, year)
    except Rejected as refusal:
        told.print(refusal.detail, markup=False, soft_wrap=True)
        raise typer.Exit(1) from refusal
    if as_json:
        emit(found)
    else:
        sap.show(found, out)
    if not (found["intact"] and found["exact"]):
        raise typer.Exit(1)


def export_sap(
    folder: Annotated[Path, typer.Option("--out", help="The folder to write to.")],
    day: Annotated[str, typer.Option("--day", help="Batches of this day alone (2026-10-31).")] = "",
    form: Annotated[Literal["soap", "csv", "datev"], typer.Option("--format", help="How they are written.")] = "soap",
    state: Annotated[
        Path | None,
        typer.Option("--state", exists=True, file_okay=False, help="A platform's state; none: a month in memory."),
    ] = None,
    members: Annotated[int, typer.Option(min=0, max=100_000, help="Of the month in memory, beside its cast.")] = 40,
    seed: Annotated[int, typer.Option(help="The same seed gives the same month.")] = 1,
    *,
    as_json: Json = False,
) -> None:
    """Batches for SAP as files: each message (MESSAGE-ID.xml), or a table (CSV, DATEV EXTF) of each batch."""
    from datetime import date

    from common.failures import Rejected
    from common.tools import sap

    try:
        on = date.fromisoformat(day) if day else None
        found = (
            sap.of_platform(state, folder, form, on)
            if state
            else sap.of_generated_month(folder, form, on, members, seed)
        )
    except (Rejected, ValueError) as refusal:
        told.print(str(refusal), markup=False, soft_wrap=True)
        raise typer.Exit(1) from refusal
    if as_json:
        emit(found)
    else:
        show(found | {"files": len(found["files"])})
