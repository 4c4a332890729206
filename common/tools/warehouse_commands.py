"""`billing warehouse`: the tables and views of BigQuery made, compared, filled anew and asked, on the local one."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, Final

import typer

from common.tools.program import STATE, Json, State, emit, out, show_rows, told

app = typer.Typer(no_args_is_help=True, help="The warehouse on one machine.")
_NAME: Final = re.compile(r"(?:(billing_raw|billing_core|billing_reporting)\.)?([a-z][a-z0-9_]*)")
DEFAULT: Final = STATE / "demo"


@contextmanager
def emulated(state: Path) -> Iterator[Any]:
    """A client of the state's BigQuery alone, in a process of its own; what is there stays."""
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import bigquery

    from common.settings import Settings
    from emulators.launch import launch

    state.mkdir(parents=True, exist_ok=True)
    with launch(state / "emulators") as launched:
        address = launched.environment["BIGQUERY_EMULATOR_HOST"]
        options = {"api_endpoint": address}
        project = Settings.model_fields["project"].get_default()
        client = bigquery.Client(project=project, credentials=AnonymousCredentials(), client_options=options)
        yield client
        client.close()


@app.command("apply")
def apply_command(
    state: State = DEFAULT,
    *,
    check: Annotated[bool, typer.Option("--check", help="Only tell; exit 1 where something is due.")] = False,
    as_json: Json = False,
) -> None:
    """Makes what is missing and adds columns; refuses what would lose or reinterpret stored rows."""
    from common.tools.warehouse import NotAdditive, apply, planned
    from functions.reporting.provision import reporting_setup

    with emulated(state) as client:
        setup = reporting_setup(client.project)
        try:
            found = planned(client, client.project, setup) if check else apply(client, client.project, setup)
        except NotAdditive as refused:
            found = list(refused.args)
    if as_json:
        emit([one._asdict() for one in found])
    else:
        for one in found:
            out.print(f"{one.what} {one.kind} {one.name} {one.detail}".rstrip(), markup=False)
        out.print(f"{len(found)} {'due' if check else 'changes'}")
    if any(one.what == "refused" for one in found) or (check and found):
        raise typer.Exit(1)


@app.command("rebuild")
def rebuild_command(
    state: State = DEFAULT,
    since: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="From this day on.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Every row of facts made anew from the commit records."""
    from common.google import channels
    from common.tools.local import local
    from common.tools.rebuilt import rebuild

    with local(state) as platform:
        platform.settle()
        begun = perf_counter()
        client = channels.bigquery_client(platform.settings)
        found = rebuild(client, platform.runtime.world, since.date() if since else None)
    told.print(f"{found.records} commit records in {perf_counter() - begun:.1f} s")
    if as_json:
        emit({"records": found.records, "rows": found.rows, "kept_of_erased_commits": len(found.erased)})
    else:
        show_rows("table", {name: {"rows": count} for name, count in sorted(found.rows.items())})


@app.command("query")
def query_command(
    view: Annotated[str, typer.Argument(help="A view's name, or a table function's with its arguments.")],
    given: Annotated[list[str] | None, typer.Option("--with", help="An argument: NAME=VALUE.")] = None,
    state: State = DEFAULT,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000)] = 1_000,
    *,
    as_json: Json = False,
) -> None:
    """The rows of one view, or of a table function at the arguments given."""
    with emulated(state) as client:
        sql, config = asked(view, dict(one.split("=", 1) for one in given or ()), limit)
        rows = [dict(row.items()) for row in client.query(sql, job_config=config).result()]
    if as_json:
        emit(rows)
    elif rows:
        show_rows("row", {str(number): row for number, row in enumerate(rows, start=1)})
    else:
        out.print("no rows")


def asked(view: str, given: dict[str, str], limit: int) -> tuple[str, Any]:
    """The query of a view by name; BadParameter where there is none, or its arguments are others."""
    from google.cloud import bigquery

    from common.tools.warehouse import kind, label
    from functions.reporting.provision import reporting_setup

    named = _NAME.fullmatch(view)
    views = [one for one in reporting_setup("p") if one["kind"] in {"view", "table_function"}]
    wanted = [one for one in views if named and one["name"] == named[2] and named[1] in {None, one["dataset"]}]
    if not wanted:
        known = ", ".join(sorted(label(one) for one in views if one["dataset"] == "billing_reporting"))
        raise typer.BadParameter(f"there is no view {view}; reports: {known}")
    arguments = {one["name"]: kind(one["type"]) for one in wanted[-1].get("arguments", ())}
    if arguments.keys() != given.keys():
        raise typer.BadParameter(f"{view} takes {', '.join(arguments) or 'no arguments'}: --with NAME=VALUE")
    called = f"({', '.join(f'@{name}' for name in arguments)})" if arguments else ""
    parameters = [bigquery.ScalarQueryParameter(name, type_, given[name]) for name, type_ in arguments.items()]
    sql = f"SELECT * FROM {label(wanted[-1])}{called} LIMIT {limit}"  # noqa: S608 - a view of ours
    return sql, bigquery.QueryJobConfig(query_parameters=parameters)
