"""`billing prove --daily` and `billing verify-proof`: the books of a local platform compared, and a report checked."""

import os
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from common.money import decimal_text
from common.world import World

SCHEDULE: Final = "audit-start-daily-proof"
SECRETS: Final = "BILLING_PROOF_SECRETS"


def add_to(app: typer.Typer) -> None:
    """Adds `verify-proof` to the program."""
    app.command("verify-proof")(verify_proof)


def proven(state: Path) -> dict[str, Any]:
    """A night's proof over a local platform: every proof there is then, the newest first."""
    from common.tools.local import local

    with local(state) as platform:
        platform.settle()
        function = next(one for one in platform.host.functions if one.name == SCHEDULE)
        platform.fire(function, platform.runtime.clock.now().replace(microsecond=0))
        platform.settle()
        return told_of(platform.runtime.world)


def told_of(world: World) -> dict[str, Any]:
    """Every proof that is stored, as JSON values."""
    from functions.audit.proof.model import Proof
    from functions.audit.requests_of_proofs import ProofView

    found: list[Proof] = []
    while page := world.read.select(Proof, limit=100, after=found[-1].id if found else ""):
        found += page
    found.sort(key=lambda one: (one.day, one.entity), reverse=True)
    return {"schema": "prove-daily/1", "proofs": [ProofView.of(one).model_dump(mode="json") for one in found]}


def is_green(found: dict[str, Any]) -> bool:
    """Whether every day is."""
    return all(one["verdict"] == "green" for one in found["proofs"])


def show(found: dict[str, Any], out: Console) -> None:
    """Proofs as tables: the days, then what differs and what is waited for, then the newest days' figures."""
    days = Table("day", "entity", "verdict", "journals", "differences", "late", title="Daily proofs")
    for one in found["proofs"]:
        row = (one["day"], one["entity"], one["verdict"], one["journals"], one["differences_count"], one["late_count"])
        days.add_row(*map(str, row))
    out.print(days)
    for one in found["proofs"]:
        for kind in ("differences", "late"):
            for each in one[kind]:
                line = f"{one['day']} {one['entity']} {kind}: {each['source']} {each['code']}: {each['says']}"
                out.print(line, markup=False, soft_wrap=True)
    newest = next((one for one in found["proofs"] if one["figures"]), None)
    if newest:
        out.print(_figures(newest))


def _figures(proof: dict[str, Any]) -> Table:
    table = Table("account", "source", "measure", "journal", "there", title=f"{proof['entity']} {proof['day']}")
    for one in proof["figures"]:
        amounts = [f"{decimal_text(one[side], one['currency'])} {one['currency']}" for side in _SIDES]
        table.add_row(one["account"], one["source"], one["measure"], *amounts)
    return table


_SIDES: Final = ("journal_minor", "other_minor")


def verify_proof(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A report as it was downloaded.")],
    secret: Annotated[str, typer.Option(envvar=SECRETS, help="What signs reports, newest first, with commas.")] = "",
) -> None:
    """Whether a report of the daily proof is as it was signed; exit code 1 where it is not. Needs no platform."""
    from common.settings import Settings
    from common.tools.program import out, told
    from functions.audit.proof.report import NotOurs, secrets_in, verified

    known = secret or os.environ.get(SECRETS) or str(Settings.model_fields["proof_secrets"].get_default())
    try:
        says = verified(file.read_bytes(), secrets_in(known))
    except NotOurs as fault:
        told.print(str(fault), markup=False)
        raise typer.Exit(1) from fault
    counts = f"{says['journals']} journals, {len(says['differences'])} differences, {len(says['late'])} late"
    out.print(f"signed by us: {says['entity']} {says['day']} is {says['verdict']}: {counts}", markup=False)
