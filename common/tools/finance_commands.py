"""`billing finance`: reports in Data Studio (formerly Looker Studio) over the warehouse's views."""

from pathlib import Path
from typing import Annotated, Final

import typer

from common.parties import SELLERS
from common.tools.program import Json, emit, out
from functions.reporting.reports import links as linking
from functions.reporting.reports.by_entity import DATASETS

app = typer.Typer(no_args_is_help=True, help="Reports in Data Studio (formerly Looker Studio).")
SHEET: Final = Path(linking.__file__).with_name("build_sheet.md")


@app.command()
def links(
    project: Annotated[str, typer.Option("--project", help="The Google Cloud project that has the warehouse.")],
    template: Annotated[str, typer.Option("--template", help="The id of a report to copy; none: an empty one.")] = "",
    entity: Annotated[str, typer.Option("--entity", help="Over the reports of this legal entity alone.")] = "",
    *,
    as_json: Json = False,
) -> None:
    """The address of each report of the ready set: who opens it has its data sources in place."""
    if entity and entity not in SELLERS:
        raise typer.BadParameter(f"there is no legal entity {entity}; known: {', '.join(SELLERS)}")
    try:
        found = linking.links(project, template, DATASETS[entity] if entity else "")
    except linking.NoAddress as fault:
        raise typer.BadParameter(str(fault)) from fault
    if as_json:
        emit(found)
        return
    for group, address in found.items():
        out.print(f"[bold]{group}[/bold]")
        out.print(address, markup=False, soft_wrap=True, highlight=False)


@app.command()
def sheet(to: Annotated[Path, typer.Option("--out", help="The file to write.")] = SHEET) -> None:
    """Writes the build sheet: every page, chart and field of the ready set of reports."""
    to.write_text(linking.build_sheet(), encoding="utf-8")
    out.print(str(to), markup=False, soft_wrap=True, highlight=False)
