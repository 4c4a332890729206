"""An invoice is taken back once, as a whole."""

from datetime import UTC, date, datetime

import pytest

from common.events.invoicing import CreditNoteIssued
from common.failures import Rejected
from functions.invoicing.handlers import credits as credit_notes
from functions.invoicing.handlers import queries
from functions.invoicing.model.credit_notes import CreditNote
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.requests.credit_notes import CreditInvoice, CreditNoteAnswer, ShowWholeCreditNote
from functions.invoicing.requests.invoices import ShowWholeInvoice
from tests.kit import Platform
from tests.unit.invoicing.given import billed, buyer, changed, charge, platform


def credit(here: Platform, invoice: Invoice, key: str = "") -> CreditNoteAnswer:
    given = CreditInvoice(invoice_id=invoice.id, reason="charged twice")
    return CreditNoteAnswer.model_validate(here.do(credit_notes.credit_invoice, given, key=key))


@pytest.fixture
def here() -> Platform:
    made = platform(members=2)
    billed(made)
    return made


def test_a_credit_note_takes_back_the_whole_invoice(here: Platform) -> None:
    invoice = here.all(Invoice)[0]
    note = credit(here, invoice)
    assert (note.number, note.invoice_number) == ("MP-C26-0000001", invoice.number)
    assert (note.net_minor, note.vat_minor, note.total_minor) == (1_000, 190, 1_190)
    assert note.lines == invoice.lines


def test_an_invoice_is_credited_once(here: Platform) -> None:
    invoice = here.all(Invoice)[0]
    credit(here, invoice)
    with pytest.raises(Rejected, match="wrong_state") as refused:
        credit(here, invoice)
    assert refused.value.status == 409
    assert len(here.all(CreditNote)) == len(here.events(CreditNoteIssued)) == 1


def test_the_same_request_again_is_answered_as_before(here: Platform) -> None:
    invoice = here.all(Invoice)[0]
    assert credit(here, invoice, "k") == credit(here, invoice, "k")


def test_a_refused_credit_leaves_no_gap_in_the_numbers(here: Platform) -> None:
    first, second = here.all(Invoice)
    credit(here, first)
    with pytest.raises(Rejected):
        credit(here, first)
    assert credit(here, second).number == "MP-C26-0000002"


def test_the_invoice_stays_as_it_was_and_says_that_it_is_credited(here: Platform) -> None:
    invoice = here.all(Invoice)[0]
    before = queries.show_invoice(ShowWholeInvoice(invoice_id=invoice.id), here.runtime.world)
    note = credit(here, invoice)
    after = queries.show_invoice(ShowWholeInvoice(invoice_id=invoice.id), here.runtime.world)
    assert here.read.find(Invoice, invoice.id) == invoice
    assert (before.state, before.allowed, before.credit_note_id) == (
        "issued",
        ["credit", "credit_partly", "reissue"],
        "",
    )
    assert (after.state, after.allowed, after.credit_note_id) == ("credited", [], note.id)


def test_a_credit_note_is_dated_and_numbered_by_its_own_year() -> None:
    made = platform(members=1)
    billed(made)
    made.advance_to(datetime(2026, 12, 31, 23, 30, tzinfo=UTC))
    note = credit(made, made.all(Invoice)[0])
    assert (note.number, note.issued_on, note.invoice_issued_on) == (
        "MP-C27-0000001",
        date(2027, 1, 1),
        date(2026, 10, 1),
    )


def test_the_event_tells_all_a_listener_needs(here: Platform) -> None:
    invoice = here.all(Invoice)[0]
    note = credit(here, invoice)
    [told] = here.events(CreditNoteIssued)
    assert isinstance(told, CreditNoteIssued)
    assert (told.credit_note_id, told.invoice_id, told.member_id) == (note.id, invoice.id, invoice.member_id)
    assert (told.total_minor, told.reason) == (1_190, "charged twice")


def test_an_unknown_invoice_or_credit_note_is_not_found(here: Platform) -> None:
    with pytest.raises(Rejected, match="not_found"):
        here.do(credit_notes.credit_invoice, CreditInvoice(invoice_id="inv_0", reason="x"))
    with pytest.raises(Rejected, match="not_found"):
        queries.show_credit_note(ShowWholeCreditNote(credit_note_id="crn_0"), here.runtime.world)


def test_nobody_is_shown_a_payment_token() -> None:
    made = platform()
    made.tell(changed(buyer(payment_token="tok_secret")), charge("a"))
    billed(made)
    invoice = made.all(Invoice)[0]
    note = credit(made, invoice)
    shown = queries.show_invoice(ShowWholeInvoice(invoice_id=invoice.id), made.runtime.world)
    again = queries.show_credit_note(ShowWholeCreditNote(credit_note_id=note.id), made.runtime.world)
    assert "tok_secret" not in shown.model_dump_json() + again.model_dump_json() + note.model_dump_json()
    assert invoice.buyer.payment_token == "tok_secret"
