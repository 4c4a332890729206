"""The `billing` program: results on standard output, progress on standard error, exit code 1 where a thing is wrong."""

import sys
from os import cpu_count
from pathlib import Path
from threading import Event
from typing import Annotated, Any, Final, Literal

import orjson
import typer
from rich.console import Console
from rich.table import Table

from common.money import decimal_text

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The marketplace's billing on one machine.")
out = Console()
told = Console(stderr=True)

State = Annotated[Path, typer.Option("--state", help="The folder that holds the platform's state.")]
Json = Annotated[bool, typer.Option("--json", help="The result as JSON.")]
STATE = Path(".billing")


@app.command()
def demo(
    members: Annotated[int, typer.Option(min=1, max=100_000, help="How many members.")] = 300,
    seed: Annotated[int, typer.Option(help="The same seed gives the same month.")] = 1,
    state: State = STATE / "demo",
    *,
    as_json: Json = False,
) -> None:
    """A marketplace month through the real ports, then the invariants and a summary. Begins from nothing."""
    from common.tools.demo import run

    summary = run(members, seed, state, told)
    if as_json:
        emit(summary)
    else:
        show(summary)
    if summary["broken_invariants"] or summary["failed_checks"] or not summary["ties"]:
        raise typer.Exit(1)


@app.command()
def up(
    state: State = STATE / "demo",
    *,
    archives: Annotated[bool, typer.Option("--archives", help="Run what would be deployed, not the source.")] = False,
) -> None:
    """The whole platform on one port, with state that survives a restart, until Ctrl-C."""
    from common.tools.local import local
    from common.tools.schedules import Schedules

    with local(state, archives=archives) as platform, Schedules(platform):
        emit_addresses(platform)
        try:
            Event().wait()
        except KeyboardInterrupt:
            told.print("stopping")


@app.command("package")
def package_command(
    target: Annotated[Path, typer.Option("--to", help="Where the archives go.")] = Path("build/archives"),
    *,
    as_json: Json = False,
) -> None:
    """Every area's archive as it is deployed, with its size and what its start costs."""
    from common.tools.package import package

    found = package(target, told)
    if as_json:
        emit(found)
    else:
        show_rows("area", found)


@app.command()
def prove(
    state: State = STATE / "demo",
    *,
    daily: Annotated[bool, typer.Option("--daily", help="The books, day by day, as the nightly proof does.")] = False,
    as_json: Json = False,
) -> None:
    """All invariants against the present state, or the daily proof; each violation with its evidence."""
    from common.tools.local import local

    if daily:
        _prove_daily(state, as_json=as_json)
        return
    from functions.audit.invariants import INVARIANTS
    from functions.audit.invariants import prove as check

    with local(state) as platform:
        platform.settle()
        broken = check(platform.runtime.world, ahead=True)
    found = {
        "checked": len(INVARIANTS),
        "broken": [
            {"numbers": one.invariant.numbers, "rule": one.invariant.title, "evidence": one.evidence} for one in broken
        ],
    }
    if as_json:
        emit(found)
    else:
        for one in broken:
            out.print(f"[red]broken {one.invariant.numbers}[/red] {one.invariant.title}")
            for evidence in one.evidence:
                out.print(f"    {evidence}", markup=False)
        out.print(f"{len(INVARIANTS) - len(broken)} of {len(INVARIANTS)} invariants hold")
    if broken:
        raise typer.Exit(1)


def _prove_daily(state: Path, *, as_json: bool) -> None:
    from common.tools import daily_proof

    found = daily_proof.proven(state)
    if as_json:
        emit(found)
    else:
        daily_proof.show(found, out)
    if not daily_proof.is_green(found):
        raise typer.Exit(1)


@app.command()
def documents(
    folder: Annotated[Path, typer.Option("--out", help="The folder to write to.")],
    run: Annotated[str, typer.Option("--run", help="Of this billing run alone.")] = "",
    state: Annotated[
        Path | None,
        typer.Option("--state", exists=True, file_okay=False, help="A platform's state; none: a month in memory."),
    ] = None,
    members: Annotated[int, typer.Option(min=0, max=100_000, help="Of the month in memory, beside its cast.")] = 40,
    seed: Annotated[int, typer.Option(help="The same seed gives the same month.")] = 1,
    *,
    as_json: Json = False,
) -> None:
    """Invoices and credit notes as files: NUMBER.pdf, .cii.xml, .ubl.xml, .xrechnung.xml, .peppol.xml."""
    from common.failures import Rejected
    from common.tools.documents import of_generated_month, of_platform

    try:
        found = of_platform(state, folder, run) if state else of_generated_month(folder, run, members, seed)
    except Rejected as refusal:
        told.print(str(refusal), markup=False)
        raise typer.Exit(1) from refusal
    if as_json:
        emit(found)
    else:
        show(found | {"without_peppol_address": len(found["without_peppol_address"])})


@app.command()
def debits(
    folder: Annotated[Path, typer.Option("--out", help="The folder to write to.")],
    state: Annotated[
        Path | None,
        typer.Option("--state", exists=True, file_okay=False, help="A platform's state; none: made in memory."),
    ] = None,
    members: Annotated[int, typer.Option(min=1, max=100_000, help="Of those made in memory.")] = 40,
    *,
    as_json: Json = False,
) -> None:
    """Files of SEPA direct debits as the bank gets them: MESSAGE-ID.xml (pain.008.001.08)."""
    from common.tools.debits import of_generated_members, of_platform

    found = of_platform(state, folder) if state else of_generated_members(folder, members)
    if as_json:
        emit(found)
    else:
        show_rows("message id", {one.pop("message_id"): one for one in found["files"]})


@app.command("import-statement")
def import_statement(
    files: Annotated[list[Path], typer.Argument(help="camt.052, .053, .054, MT940, MT942, or a zip of them.")],
    state: State = STATE / "demo",
    *,
    send: Annotated[bool, typer.Option("--send", help="To the running platform, instead of only reading.")] = False,
    as_json: Json = False,
) -> None:
    """Bank statements: entries, duplicates and refusals with line and reason. Exit code 1 where one is refused."""
    from common.tools import statements

    found = statements.sent(files, state) if send else statements.read(files)
    if as_json:
        emit(found)
    else:
        statements.show(found, out)
    if found["refusals"]:
        raise typer.Exit(1)


@app.command()
def match(
    invoices: Annotated[Path, typer.Option("--invoices", help="CSV of open invoices.")],
    payments: Annotated[Path, typer.Option("--payments", help="CSV of payments.")],
    to: Annotated[Path, typer.Option("--out", help="Where the CSV of what is for what is written.")],
    *,
    as_json: Json = False,
) -> None:
    """What pays what: two files matched offline by the platform's own rules.

    Invoices: invoice,number,creditor_reference,member_id,member_name,member_iban,open_cents,due. Payments:
    payment,date,amount_cents,payer_name,payer_iban,remittance,structured_reference. Written:
    payment,invoice,cents,zone,score,evidence, one row an allocation; only zone `automatic` is matched. Exit code 1
    where a file can't be read; then nothing is written.
    """
    from common.failures import Rejected
    from functions.matching.commands import match_files

    try:
        found = match_files(invoices, payments, to)
    except Rejected as refusal:
        if as_json:
            emit({"schema": "match/1", "refusal": {"code": refusal.code, "detail": refusal.detail}})
        told.print(refusal.detail, markup=False, soft_wrap=True)
        raise typer.Exit(1) from refusal
    if as_json:
        emit(found)
    else:
        show(found)


@app.command()
def simulate(
    seeds: Annotated[int, typer.Option(min=1, help="How many histories.")] = 200,
    first: Annotated[int, typer.Option("--from", help="The first seed.")] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Processes at once.")] = cpu_count() or 1,
    *,
    as_json: Json = False,
) -> None:
    """Seeded histories with crashes, repetitions, delays and lies; a failing one is shrunk and told as a story."""
    from common.tools.simulation.report import simulated

    found = simulated(seeds, first, workers, told)
    if as_json:
        emit({name: value for name, value in found.items() if name != "story"})
    else:
        for line in found["story"]:
            out.print(line, markup=False, soft_wrap=True)
        out.print(f"{found['seeds']} seeds, {found['deliveries']} deliveries, {len(found['broken'])} broken")
    if found["broken"]:
        raise typer.Exit(1)


@app.command()
def bench(
    what: Annotated[
        Literal["life", "ground", "invoicing", "money", "books"],
        typer.Argument(help="A life, what it stands on, the billing run, money in, or the books."),
    ] = "life",
    invoices: Annotated[int, typer.Option(min=10, help="How many lives.")] = 300,
    members: Annotated[int, typer.Option(min=100, help="The largest billing run; a whole month has 120,000.")] = 4000,
    *,
    as_json: Json = False,
) -> None:
    """The figures of the README: speed, cost in reads and writes, cold starts; emulators and simulation."""
    from common.tools import bench_books, bench_invoicing, bench_money
    from common.tools.bench import figures
    from common.tools.ground import ground

    if what == "invoicing":
        found = bench_invoicing.figures(members, told)
    elif what == "money":
        found = bench_money.figures(told)
    elif what == "books":
        found = bench_books.figures(told)
    else:
        found = ground(told) if what == "ground" else figures(invoices, told)
    if as_json:
        emit(found)
    else:
        show(found)


@app.command()
def token(
    scopes: Annotated[list[str], typer.Argument(help="For instance charges:write.")], state: State = STATE / "demo"
) -> None:
    """An identity token of the development issuer for a running `billing up`."""
    import httpx

    file = state / "addresses.json"
    if not file.exists():
        told.print(f"nothing runs over {state}: start `billing up` first")
        raise typer.Exit(1)
    addresses = orjson.loads(file.read_bytes())
    asked = {
        "email": "marketplace@billing-local.iam.gserviceaccount.com",
        "audience": addresses["url"],
        "scopes": scopes,
    }
    answer = httpx.post(f"{addresses['emulators']}/identity/token", json=asked).raise_for_status()
    sys.stdout.write(answer.json()["token"] + "\n")


def emit(result: Any) -> None:
    """Writes a result as JSON."""
    sys.stdout.write(orjson.dumps(result, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode() + "\n")


def emit_addresses(platform: Any) -> None:
    """Says where everything is."""
    table = Table(show_header=False, box=None)
    for what, path in (("API", "/openapi.json"), ("console", "/console/")):
        table.add_row(what, platform.url + path)
    for what in ("mail", "stripe", "adyen", "mollie", "gocardless", "bank", "sap", "vies"):
        table.add_row(what, f"{platform.emulators}/{what}/")
    out.print(table)
    sys.stdout.flush()


def show(result: dict[str, Any]) -> None:
    """A result as a table of two columns."""
    table = Table(show_header=False)
    for name, value in result.items():
        table.add_row(*_line(name, value))
    out.print(table)


UNITS: Final = {"percent": "%", "mb": "MB", "ms": "ms", "kb": "kB"}


def _line(name: str, value: Any) -> tuple[str, str]:
    """A figure for people: amounts in their currency, shares and sizes with their unit, yes and no."""
    label, _, unit = name.rpartition("_")
    if unit == "minor" and isinstance(value, dict):
        amounts = "\n".join(f"{decimal_text(minor, code)} {code}" for code, minor in value.items())
        return f"{label.replace('_', ' ')}, amount", amounts or "none"
    if unit in UNITS:
        return label.replace("_", " "), f"{_text(value)} {UNITS[unit]}"
    return name.replace("_", " "), _text(value)


def show_rows(first: str, result: dict[str, dict[str, Any]]) -> None:
    """Results of the same kind as a table, a row for each."""
    table = Table(first, *(name.replace("_", " ") for name in next(iter(result.values()))))
    for name, row in result.items():
        table.add_row(name, *(_text(value) for value in row.values()))
    out.print(table)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(": ".join(_line(key, inner)) for key, inner in value.items())
    if isinstance(value, list):
        return "\n".join(_text(inner) for inner in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def main() -> None:
    """The program's entry point."""
    from common.tools import daily_proof, finance_commands, sap_commands, warehouse_commands

    sap_commands.add_to(app)
    daily_proof.add_to(app)
    app.add_typer(warehouse_commands.app, name="warehouse")
    app.add_typer(finance_commands.app, name="finance")
    app()


if __name__ == "__main__":
    main()
