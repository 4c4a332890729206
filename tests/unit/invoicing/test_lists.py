"""Invoices and credit notes are found by what is asked for, page by page, and with them what was asked along."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from functions.invoicing.handlers import credits as credit_notes
from functions.invoicing.handlers import queries
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.requests.credit_notes import (
    CreditInvoice,
    CreditNoteAnswer,
    ListCreditNotes,
    ShowWholeCreditNote,
)
from functions.invoicing.requests.invoices import InvoiceList, ListInvoices, ShowWholeInvoice
from tests.kit import Platform
from tests.unit.invoicing.given import billed, platform, without_documents


@pytest.fixture(scope="module")
def here() -> Platform:
    """Five invoices: one credited whole, one in two parts."""
    made = without_documents(5)
    billed(made)
    first, second, *_ = listed(made).items
    credit(made, first.id)
    credit(made, second.id, amount_minor=100)
    credit(made, second.id, amount_minor=200)
    return made


def listed(here: Platform, **asked: Any) -> InvoiceList:
    return queries.list_invoices(ListInvoices(**asked), here.runtime.world)


def credit(here: Platform, invoice_id: str, **part: Any) -> CreditNoteAnswer:
    given = CreditInvoice(invoice_id=invoice_id, reason="a complaint", **part)
    return CreditNoteAnswer.model_validate(here.do(credit_notes.credit_invoice, given))


def run_of(here: Platform) -> str:
    return listed(here).items[0].run_id


def test_invoices_are_found_by_entity_and_currency_together(here: Platform) -> None:
    assert len(listed(here, entity="MP", currency="EUR").items) == 5
    assert listed(here, entity="MP", currency="PLN").items == []
    assert listed(here, entity="MB").items == []


def test_states_are_told_only_where_they_are_asked_for(here: Platform) -> None:
    assert {one.state for one in listed(here).items} == {None}
    told = listed(here, expand="state").items
    assert [one.state for one in told] == ["credited", "partly_credited", "issued", "issued", "issued"]
    assert [one.credited_minor for one in told] == [1190, 300, 0, 0, 0]


@pytest.mark.parametrize(("state", "found"), [("issued", 3), ("partly_credited", 1), ("credited", 1)])
def test_invoices_of_a_run_are_found_by_state(here: Platform, state: str, found: int) -> None:
    items = listed(here, run_id=run_of(here), state=state).items
    assert len(items) == found
    assert {one.state for one in items} == {state}


def test_days_are_both_included(here: Platform) -> None:
    run_id, day, due = run_of(here), date(2026, 10, 1), date(2026, 10, 15)
    assert len(listed(here, run_id=run_id, issued_from=day, issued_to=day).items) == 5
    assert len(listed(here, run_id=run_id, due_from=due, due_to=due).items) == 5
    assert listed(here, run_id=run_id, issued_from=date(2026, 10, 2)).items == []
    assert listed(here, run_id=run_id, due_to=date(2026, 10, 14)).items == []


def test_nothing_is_sifted_out_of_everything(here: Platform) -> None:
    for wide in ({"state": "issued"}, {"issued_from": "2026-10-01"}, {"due_to": "2026-10-01", "entity": "MP"}):
        with pytest.raises(ValidationError, match="need member_id or run_id"):
            listed(here, **wide)


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_of_a_sifted_list_hold_each_invoice_once(here: Platform, limit: int) -> None:
    token, found = "", list[str]()
    while True:
        page = listed(here, run_id=run_of(here), state="issued", limit=limit, page_token=token)
        found += [one.id for one in page.items]
        token = page.next_page_token
        if not token:
            break
    assert found == [one.id for one in listed(here, run_id=run_of(here), state="issued").items]
    assert len(found) == 3


def test_a_sifted_page_looks_at_a_hundred_invoices_and_no_more() -> None:
    made = without_documents(130)
    billed(made)
    run_id = run_of(made)
    before = made.engine.counts.read_from["invoices"]
    page = listed(made, run_id=run_id, state="credited")
    assert (page.items, bool(page.next_page_token)) == ([], True)
    assert made.engine.counts.read_from["invoices"] - before == 100
    assert listed(made, run_id=run_id, state="credited", page_token=page.next_page_token).next_page_token == ""


def test_a_number_that_belongs_to_another_member_is_not_found(here: Platform) -> None:
    one = listed(here).items[0]
    assert [found.id for found in listed(here, number=one.number, member_id=one.member_id).items] == [one.id]
    assert listed(here, number=one.number, member_id="somebody").items == []
    assert listed(here, number=one.number, state="issued").items == []


def test_credit_notes_are_found_by_number_and_by_invoice_in_their_order(here: Platform) -> None:
    world, second = here.runtime.world, listed(here).items[1]
    found = queries.list_credit_notes(ListCreditNotes(invoice_id=second.id), world)
    assert [note.total_minor for note in found.items] == [100, 200]
    by_number = queries.list_credit_notes(ListCreditNotes(number=found.items[1].number), world)
    assert by_number.items == [found.items[1]]
    assert len(queries.list_credit_notes(ListCreditNotes(entity="MP", currency="EUR"), world).items) == 3


def test_credit_notes_of_one_invoice_come_page_by_page(here: Platform) -> None:
    world, second = here.runtime.world, listed(here).items[1]
    page = queries.list_credit_notes(ListCreditNotes(invoice_id=second.id, limit=1), world)
    rest = queries.list_credit_notes(
        ListCreditNotes(invoice_id=second.id, limit=1, page_token=page.next_page_token), world
    )
    assert [note.total_minor for note in (*page.items, *rest.items)] == [100, 200]
    assert rest.next_page_token == ""


def test_an_invoice_comes_with_its_credit_notes_and_documents_where_they_are_asked_for() -> None:
    made = platform(1)
    billed(made)
    invoice = made.all(Invoice)[0]
    note = credit(made, invoice.id, amount_minor=100)
    made.settle()
    world = made.runtime.world
    plain = queries.show_invoice(ShowWholeInvoice(invoice_id=invoice.id), world)
    assert (plain.whole_credit_notes, plain.documents) == (None, None)
    whole = queries.show_invoice(ShowWholeInvoice(invoice_id=invoice.id, expand="credit_notes,documents"), world)
    assert whole.whole_credit_notes
    assert [one.id for one in whole.whole_credit_notes] == [note.id]
    assert whole.documents
    assert [one.format for one in whole.documents][:2] == ["pdf", "cii"]
    assert all(invoice.id in one.url and one.expires_at > world.now for one in whole.documents)
    told = queries.show_credit_note(ShowWholeCreditNote(credit_note_id=note.id, expand="documents"), world)
    assert told.documents
    assert note.id in told.documents[0].url


def test_what_is_not_there_to_be_told_along_is_refused() -> None:
    for wrong in ("payments", "credit_notes,", "credit_notes documents", ","):
        with pytest.raises(ValidationError):
            ShowWholeInvoice(invoice_id="inv_1", expand=wrong)


def test_documents_that_are_not_archived_yet_are_none(here: Platform) -> None:
    one = listed(here).items[2]
    whole = queries.show_invoice(
        ShowWholeInvoice(invoice_id=one.id, expand="credit_notes,documents"), here.runtime.world
    )
    assert (whole.whole_credit_notes, whole.documents) == ((), ())
