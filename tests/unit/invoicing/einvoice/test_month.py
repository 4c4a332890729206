"""The generated month has every kind of case in it, and all its documents are valid files, the same every time."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from common.failures import Rejected
from common.tools.documents import FORMS, written
from common.tools.month.billed import BilledMonth
from common.tools.program import app
from common.wording import REGIONS
from functions.invoicing.documents import pdf_of
from functions.invoicing.model.archive import ArchiveEntry
from functions.invoicing.model.credit_notes import CreditNote
from functions.invoicing.model.invoices import Invoice
from tests.unit.invoicing.einvoice.exact import faults
from tests.unit.invoicing.einvoice.read import read
from tests.unit.invoicing.einvoice.rules_peppol import broken as broken_of_peppol
from tests.unit.invoicing.einvoice.rules_xrechnung import broken as broken_of_xrechnung
from tests.unit.invoicing.einvoice.schemas import findings, schema_faults

CROWD = 3


@pytest.fixture(scope="module")
def month() -> BilledMonth:
    made = BilledMonth(CROWD, 1)
    made.play()
    return made


@pytest.fixture(scope="module")
def folder(month: BilledMonth, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("documents")
    written(month.runtime.world, out, "")
    return out


def documents(month: BilledMonth) -> list[Any]:
    read_ = month.runtime.world.read
    return [*read_.select(Invoice, limit=10_000), *read_.select(CreditNote, limit=10_000)]


def test_it_has_every_tax_case_currency_language_and_way_to_pay(month: BilledMonth) -> None:
    made = documents(month)
    cases = {(total.scheme, total.category) for one in made for total in one.vat}
    assert cases >= {
        ("domestic", "S"),
        ("oss", "S"),
        ("home_rate", "S"),
        ("reverse_charge", "AE"),
        ("outside_scope", "O"),
    }
    keys = {total.note_key for one in made for total in one.vat}
    assert keys >= {"reverse_charge", "outside_scope", "outside_swiss_vat", "no_supply"}
    assert {one.currency for one in made} == {"EUR", "CHF", "PLN", "SEK", "CZK", "DKK", "HUF", "RON"}
    assert {one.buyer.language for one in made} == set(REGIONS)
    assert {one.buyer.payment_method for one in made} == {"transfer", "card", "direct_debit"}
    assert {one.entity for one in made} == {"MP", "MB", "MS"}


def test_it_has_every_kind_of_line(month: BilledMonth) -> None:
    made = documents(month)
    assert any(line.amount_minor < 0 for one in made for line in one.lines)
    assert any(line.quoted_minor for one in made for line in one.lines)
    assert any(len({total.rate_basis_points for total in one.vat}) > 1 for one in made)
    assert any(one.exchange for one in made)
    assert max(len(one.lines) for one in made) >= 300


def test_it_has_every_kind_of_correction(month: BilledMonth) -> None:
    notes = month.runtime.world.read.select(CreditNote, limit=10_000)
    assert len(notes) == sum(len(role.then) for role in month.cast)
    assert {note.kind for note in notes} == {"full", "lines", "amount"}
    assert {note.rest for note in notes} == {"credit", "refund"}
    assert max(note.sequence for note in notes) == 2
    replaced = [one.preceding for one in documents(month) if isinstance(one, Invoice) and one.preceding]
    assert {one.kind for one in replaced} == {"invoice", "credit_note"}


def test_everybody_of_the_cast_is_billed_and_archived(month: BilledMonth) -> None:
    names = {one.buyer.name for one in documents(month)}
    assert {role.member["name"] for role in month.cast} <= names
    archived = {entry.document_id for entry in month.runtime.world.read.select(ArchiveEntry, limit=10_000)}
    assert archived == {one.id for one in documents(month)}


def test_every_file_is_valid(folder: Path) -> None:
    """XRechnung says all that plain UBL does (`test_validity`): what is valid of it is so of the other."""
    files = sorted(folder.glob("*.xml"))
    assert len(files) > 200
    for file in files:
        content = file.read_bytes()
        assert not schema_faults(content), file.name
        assert file.name.endswith(".ubl.xml") or not findings(content), file.name
        if file.name.endswith(".xrechnung.xml"):
            assert not broken_of_xrechnung(content), file.name
        if file.name.endswith(".peppol.xml"):
            assert not broken_of_peppol(content), file.name


def test_every_file_says_what_the_ledger_says_exactly(month: BilledMonth, folder: Path) -> None:
    for one in documents(month):
        for file in folder.glob(f"{one.number}.*.xml"):
            assert not faults(read(file.read_bytes()), one), file.name


def test_every_document_has_its_files_and_only_peppols_may_be_missing(month: BilledMonth, folder: Path) -> None:
    for one in documents(month):
        forms = {file.name.removeprefix(f"{one.number}.") for file in folder.glob(f"{one.number}.*")}
        assert forms in (set(FORMS), set(FORMS) - {"peppol.xml"})
        assert "peppol.xml" in forms or not (one.buyer.endpoint or one.buyer.vat_id), one.number


def test_what_is_made_now_is_what_was_archived(month: BilledMonth, folder: Path) -> None:
    one = documents(month)[0]
    cii = (folder / f"{one.number}.cii.xml").read_bytes()
    assert (folder / f"{one.number}.pdf").read_bytes() == pdf_of(one, cii)


def test_documents_of_one_run_are_its_invoices_and_their_credit_notes(month: BilledMonth, tmp_path: Path) -> None:
    run_id = month.runtime.world.read.select(Invoice, limit=1)[0].run_id
    found = written(month.runtime.world, tmp_path, run_id)
    entities = {file.name[:2] for file in tmp_path.iterdir()}
    assert len(entities) == 1
    assert found["invoices"] == len(month.runtime.world.read.select(Invoice, run_id=run_id, limit=10_000))


def test_an_unknown_run_has_no_documents(month: BilledMonth, tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="not_found"):
        written(month.runtime.world, tmp_path, "run_0")


def test_the_program_gives_the_same_bytes_for_the_same_seed(folder: Path, tmp_path: Path) -> None:
    asked = ["documents", "--out", str(tmp_path), "--members", str(CROWD), "--json"]
    ran = CliRunner().invoke(app, asked)
    assert ran.exit_code == 0, ran.output
    assert digests(tmp_path) == digests(folder)
    told = json.loads(ran.stdout)
    assert sum(told["files"].values()) == told["from_archive"] + told["made_now"] == len(digests(folder))


def digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}
