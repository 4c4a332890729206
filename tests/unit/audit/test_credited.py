"""The proofs of partial credit notes hold, and each is seen to break."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from common.documents import canonical
from common.ports import Write
from functions.audit.invariants import invoices, ledger
from functions.audit.invariants.state import Body, State
from functions.invoicing.handlers import credits as credit_notes
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.requests.credit_notes import CancelCreditNote, CreditInvoice, ReissueInvoice
from tests.kit import Platform
from tests.unit.audit.tampering import more, put
from tests.unit.invoicing import given

Check = Callable[[State], Iterator[str]]
CHECKS: tuple[Check, ...] = (
    invoices.totals_add_up,
    invoices.credit_is_never_more_than_the_invoice,
    invoices.credit_is_kept_with_its_invoice,
    invoices.what_is_claimed_anew_was_taken_back,
    invoices.a_charge_is_on_one_line,
    invoices.a_line_is_what_was_charged,
    ledger.a_reversal_is_never_more_than_its_original,
    ledger.every_money_event_has_its_journal,
    ledger.accounts_keep_their_side,
)


@pytest.fixture(scope="module")
def books() -> Platform:
    """An invoice credited in parts, one of which was wrong, and issued anew; prices net and with VAT."""
    here = Platform("charging", "invoicing", "matching", "accounting")
    here.tell(given.changed(given.buyer()))
    here.tell(given.charge("a", 1_003), given.charge("b", 503), given.charge("c", 1_190, gross=True))
    given.billed(here)
    [invoice] = here.all(Invoice)
    for asked in ({"lines": [{"line": 1, "amount_minor": 3}]}, {"amount_minor": 777}, {"amount_minor": 55}):
        here.do(credit_notes.credit_invoice, CreditInvoice(invoice_id=invoice.id, reason="x", **asked))
    told = here.do(credit_notes.credit_invoice, CreditInvoice(invoice_id=invoice.id, reason="x", amount_minor=100))
    here.do(credit_notes.cancel_credit_note, CancelCreditNote(credit_note_id=told["id"], reason="was right"))
    here.do(credit_notes.reissue_invoice, ReissueInvoice(invoice_id=invoice.id, reason="wrong name"))
    here.settle()
    return here


def found(books: Platform, *checks: Check) -> list[str]:
    return [evidence for check in checks or CHECKS for evidence in check(State(books.runtime.world))]


def test_credit_notes_in_parts_break_nothing(books: Platform) -> None:
    assert found(books) == []


def of_kind(kind: str) -> Callable[[Body], bool]:
    return lambda body: bool(body["kind"] == kind)


def anew(body: Body) -> bool:
    return bool(body["preceding"])


@pytest.mark.parametrize(
    ("collection", "where", "change", "check"),
    [
        ("credit_notes", of_kind("full"), more("lines", 0, "amount_minor"), "credit_is_never_more_than_the_invoice"),
        ("credit_notes", of_kind("full"), more("vat", 0, "vat_minor"), "credit_is_never_more_than_the_invoice"),
        ("credit_notes", of_kind("full"), more("vat", 0, "base_minor"), "credit_is_never_more_than_the_invoice"),
        ("credit_notes", of_kind("full"), more("total_minor"), "credit_is_never_more_than_the_invoice"),
        ("credit_notes", of_kind("lines"), more("lines", 0, "amount_minor"), "credit_is_kept_with_its_invoice"),
        ("credit_notes", of_kind("amount"), more("vat", 0, "vat_minor", by=-1), "credit_is_kept_with_its_invoice"),
        ("credit_notes", of_kind("lines"), more("vat", 0, "vat_minor", by=9), "totals_add_up"),
        ("invoice_credits", bool, more("lines", 0), "credit_is_kept_with_its_invoice"),
        ("invoice_credits", bool, more("vat", 0), "credit_is_kept_with_its_invoice"),
        ("invoice_credits", bool, put("complete", value=False), "credit_is_kept_with_its_invoice"),
        ("invoices", anew, more("lines", 0, "amount_minor", by=-1), "what_is_claimed_anew_was_taken_back"),
        ("invoices", anew, put("preceding", value=None), "a_charge_is_on_one_line"),
        ("invoices", anew, more("lines", 0, "amount_minor", by=10**6), "a_line_is_what_was_charged"),
    ],
)
def test_each_way_to_credit_wrongly_is_found(
    books: Platform, collection: str, where: Callable[[Body], bool], change: Callable[[Body], Any], check: str
) -> None:
    kept = dict(books.engine._collections[collection])
    try:
        body = next(one for one in State(books.runtime.world).bodies(collection) if where(one))
        change(body)
        stored = books.engine.load([(collection, body["id"])])[0]
        assert stored is not None
        fields = {**stored.fields, "body": canonical(body).decode()}
        books.engine._put(Write(collection, str(body["id"]), fields))
        assert found(books, getattr(invoices, check))
    finally:
        books.engine._collections[collection] = kept
        books.engine._indexes.clear()
