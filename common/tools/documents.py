"""Writes invoices and credit notes as files, so that anyone can validate them with their own tools."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from common.world import World

FORMS: Final = ("pdf", "cii.xml", "ubl.xml", "xrechnung.xml", "peppol.xml")


def of_platform(state: Path, out: Path, run_id: str) -> dict[str, Any]:
    """The documents of a local platform's run, of all that it ever issued where no run is named."""
    from common.tools.local import local

    with local(state) as platform:
        platform.settle()
        return written(platform.runtime.world, out, run_id)


def of_generated_month(out: Path, run_id: str, members: int, seed: int) -> dict[str, Any]:
    """The same of a month that is generated in memory, with every kind of case in it."""
    from common.tools.month.billed import BilledMonth

    month = BilledMonth(members, seed)
    month.play()
    return {"runs": month.runs} | written(month.runtime.world, out, run_id)


def written(world: World, out: Path, run_id: str) -> dict[str, Any]:
    """Writes them, one after the other, and tells how many there are and whom Peppol's network does not reach.

    Rejected `not_found` where there is no such run.
    """
    out.mkdir(parents=True, exist_ok=True)
    told: Counter[str] = Counter()
    unreached = []
    for document in _documents(world, run_id):
        forms = _write(document, world, out, told)
        told[type(document).__name__] += 1
        told.update(forms)
        if "peppol.xml" not in forms:
            unreached.append(document.number)
    return {
        "out": str(out),
        "invoices": told["Invoice"],
        "credit_notes": told["CreditNote"],
        "files": {form: told[form] for form in FORMS},
        "from_archive": told["from_archive"],
        "made_now": told["made_now"],
        "without_peppol_address": sorted(unreached),
    }


def _documents(world: World, run_id: str) -> Iterator[Any]:
    """The invoices, then the credit notes that correct any of them."""
    from functions.invoicing.handlers.exports import credit_notes_of, invoices_of

    ids = set()
    for invoice in invoices_of(world, run_id):
        ids.add(invoice.id)
        yield invoice
    yield from (note for note in credit_notes_of(world) if note.invoice_id in ids)


def _write(document: Any, world: World, out: Path, told: Counter[str]) -> Iterable[str]:
    """Writes a document's files; which forms they are of."""
    from functions.invoicing.handlers.exports import files_of

    forms = []
    for file in files_of(document, world):
        (out / file.name).write_bytes(file.content)
        told["from_archive" if file.archived else "made_now"] += 1
        forms.append(file.name.removeprefix(f"{document.number}."))
    return forms
