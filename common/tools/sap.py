"""`billing explain-sap` and `billing export-sap`: what is behind a SAP document, and the batches as files."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from common.failures import Rejected
from common.money import decimal_text
from common.world import World
from functions.accounting.handlers.exports import Format

SENDING: Final = "accounting-send-batch"
AT_ONCE: Final = 100
"""Journals of one commit."""


def explained(state: Path, number: str, company: str, year: str) -> dict[str, Any]:
    """What is behind a SAP document of a local platform (functions.accounting.handlers.drilling)."""
    from functions.accounting.handlers.drilling import explained as told

    return _on_platform(state, lambda world: told(number, company, year, world))


def of_platform(state: Path, out: Path, form: Format, day: date | None) -> dict[str, Any]:
    """The files of a local platform's batches."""
    return _on_platform(state, lambda world: written(world, out, form, day))


def of_generated_month(out: Path, form: Format, day: date | None, members: int, seed: int) -> dict[str, Any]:
    """The same of a month that is generated in memory, its days closed; SAP is not asked."""
    from common.tools.areas import functions
    from common.tools.month.billed import BilledMonth
    from emulators.bus import Bus

    month = BilledMonth(members, seed)
    month.play()
    closing = [function for function in functions("accounting") if function.name != SENDING]
    bus = Bus(month.runtime, month.engine, month.clock, closing)
    _post(month.runtime)
    bus.advance_to(month.clock.now() + timedelta(days=1))
    bus.fire("accounting-close-day")
    bus.settle()
    return written(month.runtime.world, out, form, day)


def _post(runtime: Any) -> None:
    """Journals of all that was issued."""
    from common.commit import Cause
    from common.events.invoicing import CreditNoteIssued, InvoiceIssued
    from functions.accounting.handlers import posting

    told = [event for record in runtime.world.each_record() for event in record.body["events"]]
    for kind, post in ((InvoiceIssued, posting.post_invoices), (CreditNoteIssued, posting.post_credit_notes)):
        events = [kind.model_validate(event["body"]) for event in told if event["name"] == kind.name]
        for start in range(0, len(events), AT_ONCE):
            some = events[start : start + AT_ONCE]
            runtime.commit(
                Cause(kind.name, str(start), "machine:sap"), lambda unit, post=post, some=some: post(some, unit)
            )


def written(world: World, out: Path, form: Format, day: date | None) -> dict[str, Any]:
    """Writes each file and tells what is in it."""
    from functions.accounting.handlers.exports import files

    out.mkdir(parents=True, exist_ok=True)
    told = []
    for file in files(form, day, world):
        (out / file.name).write_bytes(file.content)
        told.append({"file": file.name, "batch_id": file.batch_id, "entries": file.entries, "bytes": len(file.content)})
    return {"schema": "export-sap/1", "out": str(out), "format": form, "files": told}


def _on_platform(state: Path, do: Callable[[World], dict[str, Any]]) -> dict[str, Any]:
    from common.tools.local import local

    if not state.is_dir():
        raise Rejected("no_state", f"there is no platform's state at {state}: run `billing demo` first")
    with local(state) as platform:
        platform.settle()
        return do(platform.runtime.world)


def show(found: dict[str, Any], out: Console) -> None:
    """A SAP document as tables: its lines, and behind each line its journals."""
    out.print(f"{found['number']} {found['company_code']} {found['year']}, {found['state']}, batch {found['batch_id']}")
    for line in found["lines"]:
        name = " ".join(filter(None, (line["document_type"], line["account"], line["tax_code"], line["country"])))
        table = Table("document", "journal", "debit", "credit", title=f"{name} {line['debtor']}".strip())
        for one in line["journals"]:
            table.add_row(one["document"], one["journal_id"], *_sides(one, found["currency"]))
        table.add_row("all", "exact" if line["exact"] else "DIFFERS", *_sides(line, found["currency"]))
        out.print(table)
    out.print("the journals are those that were sealed" if found["intact"] else "THE JOURNALS ARE NOT THOSE SEALED")


def _sides(one: dict[str, Any], currency: str) -> tuple[str, str]:
    debit, credit = (decimal_text(one[side], currency) for side in ("debit_minor", "credit_minor"))
    return debit, credit
