"""Invoices are credited in parts, wrong credit notes are cancelled, and invoices are issued anew."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from common.events.invoicing import CreditNoteIssued, InvoiceIssued
from common.failures import Rejected
from common.parking import Standing
from common.parties import ERASED
from functions.invoicing.handlers import credits as credit_notes
from functions.invoicing.handlers import queries
from functions.invoicing.model.bills import InvoicingFreeze
from functions.invoicing.model.credit_notes import MOST_NOTES, CreditNote, InvoiceCredits
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.requests.credit_notes import (
    CancelCreditNote,
    ClaimedAnew,
    CreditInvoice,
    CreditNoteAnswer,
    LineToCredit,
    ListCreditNotes,
    ReissueInvoice,
    ShowCreditNote,
    ShowWholeCreditNote,
)
from functions.invoicing.requests.invoices import InvoiceAnswer, ShowWholeInvoice
from tests.kit import Platform
from tests.unit.invoicing.given import billed, buyer, changed, charge, platform


@pytest.fixture
def here() -> Platform:
    """An invoice over 10.00 and 5.00 EUR net, 17.85 EUR in all."""
    made = platform()
    made.tell(changed(buyer()), charge("a"), charge("b", 500))
    billed(made)
    return made


def the_invoice(here: Platform) -> Invoice:
    [invoice] = [invoice for invoice in here.all(Invoice) if invoice.preceding is None]
    assert isinstance(invoice, Invoice)
    return invoice


def credit(here: Platform, key: str = "", **asked: Any) -> CreditNoteAnswer:
    given = CreditInvoice(invoice_id=the_invoice(here).id, reason="charged twice", **asked)
    return CreditNoteAnswer.model_validate(here.do(credit_notes.credit_invoice, given, key=key))


def shown(here: Platform) -> InvoiceAnswer:
    return queries.show_invoice(ShowWholeInvoice(invoice_id=the_invoice(here).id), here.runtime.world)


def reissue(here: Platform) -> ClaimedAnew:
    given = ReissueInvoice(invoice_id=the_invoice(here).id, reason="wrong address")
    return ClaimedAnew.model_validate(here.do(credit_notes.reissue_invoice, given))


def cancel(here: Platform, note_id: str) -> ClaimedAnew:
    given = CancelCreditNote(credit_note_id=note_id, reason="was right after all")
    return ClaimedAnew.model_validate(here.do(credit_notes.cancel_credit_note, given))


def issued_anew(here: Platform, answer: ClaimedAnew) -> Invoice:
    found = here.read.find(Invoice, answer.invoice.id)
    assert found is not None
    return found


def test_a_line_an_amount_and_the_rest_are_credited_one_after_the_other(here: Platform) -> None:
    line = credit(here, lines=[{"charge_id": "b"}])
    amount = credit(here, amount_minor=119)
    rest = credit(here)
    assert [note.kind for note in (line, amount, rest)] == ["lines", "amount", "full"]
    assert [note.total_minor for note in (line, amount, rest)] == [595, 119, 1_071]
    assert [note.number for note in (line, amount, rest)] == [f"MP-C26-000000{n}" for n in (1, 2, 3)]
    assert [note.sequence for note in (line, amount, rest)] == [1, 2, 3]
    assert (line.places, [one.charge_id for one in line.lines]) == ((2,), ["b"])
    assert shown(here).state == "credited"
    [account] = here.all(InvoiceCredits)
    assert (account.lines, account.vat, account.total_minor, account.complete) == ((1_000, 500), (285,), 1_785, True)


def test_an_invoice_says_what_is_left_of_it(here: Platform) -> None:
    credit(here, lines=[{"line": 1, "amount_minor": 400}])
    after = shown(here)
    assert (after.state, after.allowed) == ("partly_credited", ["credit", "credit_partly", "reissue"])
    assert (after.left_by_line, after.credited_minor) == ((600, 500), 476)
    assert [note.kind for note in after.credit_notes] == ["lines"]


def test_a_net_amount_brings_its_vat(here: Platform) -> None:
    note = credit(here, amount_minor=300, basis="net")
    assert (note.net_minor, note.vat_minor, note.total_minor) == (300, 57, 357)
    assert [line.amount_minor for line in note.lines] == [200, 100]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"lines": [{"line": 3}]}, "no_such_line"),
        ({"lines": [{"charge_id": "c"}]}, "no_such_line"),
        ({"lines": [{"line": 1}, {"charge_id": "a"}]}, "line_twice"),
        ({"lines": [{"line": 1, "amount_minor": 1_001}]}, "more_than_line"),
        ({"lines": [{"line": 1, "amount_minor": 0}]}, "more_than_line"),
        ({"lines": [{"line": 1, "amount_minor": -5}]}, "more_than_line"),
        ({"amount_minor": 1_786}, "more_than_left"),
        ({"amount_minor": 1_501, "basis": "net"}, "more_than_left"),
    ],
)
def test_what_goes_beyond_the_invoice_is_refused_and_leaves_no_trace(
    here: Platform, asked: dict[str, Any], code: str
) -> None:
    with pytest.raises(Rejected, match=code):
        credit(here, **asked)
    assert here.all(CreditNote) == here.all(InvoiceCredits) == []
    assert credit(here).number == "MP-C26-0000001"


@pytest.mark.parametrize(
    "asked",
    [
        {"lines": [{}]},
        {"lines": [{"line": 1, "charge_id": "a"}]},
        {"lines": [{"line": 0}]},
        {"lines": [{"line": 1}], "amount_minor": 5},
        {"amount_minor": 0},
        {"amount_minor": -5},
        {"amount_minor": 1.5},
        {"amount_minor": 10**14},
        {"rest": "cash"},
        {"basis": "half"},
        {"lines": [{"line": 1, "note": "x"}]},
    ],
)
def test_what_makes_no_sense_is_refused_at_the_door(asked: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CreditInvoice(invoice_id="inv_1", reason="x", **asked)


def test_the_same_request_again_is_one_credit_note(here: Platform) -> None:
    assert credit(here, "k", amount_minor=100) == credit(here, "k", amount_minor=100)
    assert len(here.all(CreditNote)) == len(here.events(CreditNoteIssued)) == 1


def test_credit_notes_at_once_never_take_the_same_amount(here: Platform) -> None:
    """Eight people credit 6.00 EUR of 17.85 at the same time: two can."""

    def one(number: int) -> bool:
        try:
            credit(here, f"at once {number}", amount_minor=600)
        except Rejected as refusal:
            return refusal.code != "more_than_left"
        return True

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(one, range(8)))
    assert sum(done) == len(here.all(CreditNote)) == 2
    assert sorted(note.number for note in here.all(CreditNote)) == ["MP-C26-0000001", "MP-C26-0000002"]
    assert here.all(InvoiceCredits)[0].total_minor == 1_200


def test_an_invoice_has_so_many_partial_credit_notes_and_then_the_rest(here: Platform) -> None:
    for _ in range(MOST_NOTES):
        credit(here, amount_minor=5)
    with pytest.raises(Rejected, match="too_many_credit_notes"):
        credit(here, amount_minor=5)
    assert credit(here).sequence == MOST_NOTES + 1


def test_the_event_says_which_part_and_what_to_do_with_what_was_paid(here: Platform) -> None:
    credit(here, lines=[{"line": 2}], rest="refund")
    [told] = here.events(CreditNoteIssued)
    assert isinstance(told, CreditNoteIssued)
    assert (told.kind, told.rest, told.sequence, len(told.lines)) == ("lines", "refund", 1, 1)


def test_the_days_a_line_is_for_go_with_it_to_its_credit_note_and_to_a_new_claim() -> None:
    here = platform()
    days: dict[str, Any] = {"service_from": date(2026, 9, 1), "service_to": date(2026, 10, 31)}
    here.tell(changed(buyer()), charge("a", **days), charge("b"))
    billed(here)
    new = issued_anew(here, reissue(here))
    for document in (the_invoice(here), *here.all(CreditNote), new):
        assert [line.served for line in document.lines] == [tuple(days.values()), (date(2026, 9, 15),) * 2]


def test_a_reissued_invoice_is_made_out_to_the_member_as_they_are_now(here: Platform) -> None:
    old = the_invoice(here)
    here.tell(changed(buyer(country="FR", name="Anna Blanc", payment_method="card", payment_token="tok"), revision=2))
    answer = reissue(here)
    new = issued_anew(here, answer)
    assert (new.number, new.buyer.name, new.vat[0].country, new.net_minor) == (
        "MP-2026-0000002",
        "Anna Blanc",
        "FR",
        1_500,
    )
    assert (new.buyer.payment_method, new.buyer.payment_token) == ("transfer", "")
    assert new.preceding is not None
    assert (new.preceding.kind, new.preceding.number, new.preceding.issued_on) == ("invoice", old.number, old.issued_on)
    after = shown(here)
    assert (after.state, after.replaced_by, after.credit_notes[0].claimed_by) == ("credited", new.id, new.id)
    assert here.read.find(Invoice, old.id) == old
    told = [event for event in here.events(InvoiceIssued) if isinstance(event, InvoiceIssued) and event.preceding]
    assert [event.invoice_id for event in told] == [new.id]


def test_only_what_is_left_is_claimed_anew(here: Platform) -> None:
    credit(here, lines=[{"line": 1, "amount_minor": 400}])
    new = issued_anew(here, reissue(here))
    assert [(line.charge_id, line.amount_minor) for line in new.lines] == [("a", 600), ("b", 500)]


def test_an_invoice_is_reissued_once_and_its_replacement_again(here: Platform) -> None:
    first = reissue(here)
    with pytest.raises(Rejected, match="wrong_state"):
        reissue(here)
    given = ReissueInvoice(invoice_id=first.invoice.id, reason="again")
    second = ClaimedAnew.model_validate(here.do(credit_notes.reissue_invoice, given))
    assert second.invoice.number == "MP-2026-0000003"


def test_nothing_is_issued_anew_to_somebody_who_was_erased(here: Platform) -> None:
    note = credit(here, amount_minor=100)
    here.tell(changed(buyer(name=ERASED), revision=2))
    with pytest.raises(Rejected, match="member_erased"):
        reissue(here)
    with pytest.raises(Rejected, match="member_erased"):
        cancel(here, note.id)
    assert len(here.all(Invoice)) == len(here.all(CreditNote)) == 1


def test_nothing_is_issued_anew_to_somebody_who_is_frozen(here: Platform) -> None:
    member_id = the_invoice(here).member_id
    note = credit(here, amount_minor=100)
    broken = Standing(finding_id="fnd_1", revision=1, open=True)
    here.do(lambda freeze, unit: unit.put(freeze), InvoicingFreeze(id=member_id, findings=(broken,)))
    with pytest.raises(Rejected, match="member_frozen"):
        reissue(here)
    with pytest.raises(Rejected, match="member_frozen"):
        cancel(here, note.id)
    assert len(here.all(Invoice)) == len(here.all(CreditNote)) == 1


def test_a_wrong_credit_note_is_cancelled_by_an_invoice_over_the_same(here: Platform) -> None:
    here.tell(changed(buyer(country="FR"), revision=2))
    note = credit(here, lines=[{"line": 1, "amount_minor": 300}])
    new = issued_anew(here, cancel(here, note.id))
    assert (new.total_minor, new.lines[0].charge_id, new.buyer.address.country) == (note.total_minor, "a", "DE")
    assert new.preceding is not None
    assert (new.preceding.kind, new.preceding.number, new.preceding.credit_note_id) == (
        "credit_note",
        note.number,
        note.id,
    )
    after = queries.show_credit_note(ShowWholeCreditNote(credit_note_id=note.id), here.runtime.world)
    assert (after.state, after.claimed_by, after.allowed) == ("cancelled", new.id, [])
    with pytest.raises(Rejected, match="wrong_state") as refused:
        cancel(here, note.id)
    assert refused.value.status == 409


def test_the_credit_note_of_a_reissue_is_not_cancelled_as_well(here: Platform) -> None:
    note = reissue(here).credit_note_id
    with pytest.raises(Rejected, match="wrong_state"):
        cancel(here, note)


def test_a_cancelled_credit_note_gives_nothing_back_to_credit_on_the_first_invoice(here: Platform) -> None:
    note = credit(here)
    cancel(here, note.id)
    with pytest.raises(Rejected, match="wrong_state"):
        credit(here)


def test_unknown_documents_are_not_found(here: Platform) -> None:
    with pytest.raises(Rejected, match="not_found"):
        cancel(here, "crn_0")
    with pytest.raises(Rejected, match="not_found"):
        here.do(credit_notes.reissue_invoice, ReissueInvoice(invoice_id="inv_0", reason="x"))


def test_credit_notes_are_listed_by_invoice_and_by_member(here: Platform) -> None:
    for amount in (100, 200):
        credit(here, amount_minor=amount)
    invoice = the_invoice(here)
    by_invoice = queries.list_credit_notes(ListCreditNotes(invoice_id=invoice.id), here.runtime.world)
    by_member = queries.list_credit_notes(ListCreditNotes(member_id=invoice.member_id), here.runtime.world)
    assert [note.total_minor for note in by_invoice.items] == [100, 200]
    assert len(by_member.items) == 2
    assert queries.list_credit_notes(ListCreditNotes(member_id="bert"), here.runtime.world).items == []


def test_each_amount_of_a_credit_note_is_explained(here: Platform) -> None:
    credit(here, lines=[{"line": 1, "amount_minor": 3}])
    note = credit(here, lines=[{"line": 1, "amount_minor": 3}])
    told = queries.explain_credit_note(ShowCreditNote(credit_note_id=note.id), here.runtime.world)
    [line], [vat] = told.lines, told.vat
    assert (line.line, line.invoiced_minor, line.before_minor, line.credited_minor, line.left_minor) == (
        1,
        1_000,
        3,
        3,
        994,
    )
    assert (vat.base_so_far_minor, vat.vat_so_far_minor, vat.vat_minor) == (6, 1, 0)
    assert "0.01 EUR of it was taken back before, so 0.00 EUR is left for this note" in vat.says
    assert told.left_minor == 1_785 - 4 - 3


def test_a_line_is_named_by_its_number_or_its_charge() -> None:
    assert LineToCredit(line=1).charge_id == ""
    with pytest.raises(ValidationError, match="name the line"):
        LineToCredit()


def test_the_documents_are_of_their_own_days(here: Platform) -> None:
    note = credit(here, amount_minor=100)
    assert (note.issued_on, note.invoice_issued_on) == (date(2026, 10, 1), date(2026, 10, 1))
