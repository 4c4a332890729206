"""The invariants of money hold over real histories, and each is seen to break where something is not right."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from common.documents import canonical
from common.ports import Write
from functions.accounting.model.journals import Journal
from functions.audit.invariants import batches, ledger, money_in
from functions.audit.invariants.state import State
from functions.dunning.model import Case
from functions.matching.handlers import by_hand
from functions.matching.model import Item, Receipt
from functions.matching.requests import Unmatch
from tests.kit import Platform
from tests.unit import told

Check = Callable[[State], Iterator[str]]
CHECKS: tuple[Check, ...] = (
    ledger.every_money_event_has_its_journal,
    ledger.receivables_are_what_is_open,
    ledger.unapplied_money_is_what_receipts_hold,
    batches.a_batch_is_its_days_journals,
    money_in.both_sides_of_a_match_agree,
    money_in.never_over_allocated,
    money_in.what_is_late_is_told,
    money_in.a_case_says_what_its_item_says,
)
NOTHING = told.vat(0, 0)


@pytest.fixture
def platform() -> Platform:
    """Everything between an invoice and its books."""
    return Platform("matching", "dunning", "accounting")


def found(platform: Platform, *checks: Check) -> list[str]:
    """The evidence against these checks, or against all."""
    state = State(platform.runtime.world)
    return [evidence for check in checks or CHECKS for evidence in check(state)]


def tamper(platform: Platform, document: Item | Receipt | Case, **fields: object) -> None:
    body = canonical({**document.model_dump(mode="json"), **fields}).decode()
    stored = platform.engine.load([(document.collection, document.id)])[0]
    assert stored is not None
    platform.engine._put(Write(document.collection, document.id, {**stored.fields, "body": body}))


def test_an_invoice_over_nothing_is_settled_at_once_and_asks_for_no_journal(platform: Platform) -> None:
    platform.tell(told.invoice_issued(told.NUMBER, NOTHING), told.invoice_issued("MP-2026-0000002"))
    assert {item.total_minor: item.state for item in platform.all(Item)} == {0: "settled", 11_900: "open"}
    assert len(platform.all(Journal)) == 1
    assert found(platform) == []


def test_an_invoice_over_nothing_whose_lines_differ_in_tax_has_its_journal(platform: Platform) -> None:
    back = told.vat(-11_900, 0, scheme="outside_scope", category="O", country="", rate_basis_points=0)
    platform.tell(told.invoice_issued(told.NUMBER, told.vat(), back))
    assert [item.state for item in platform.all(Item)] == ["settled"]
    assert len(platform.all(Journal)) == 1
    assert found(platform) == []


def test_a_month_of_payments_credit_notes_and_reminders_breaks_nothing(platform: Platform) -> None:
    small, whole = told.credit_note_issued("MPC-2026-000002", told.vat(2_000, 380)), "MP-2026-0000002"
    platform.tell(told.invoice_issued(), told.invoice_issued(whole), told.invoice_issued("MP-2026-0000003"))
    platform.advance_to(datetime(2026, 10, 17, tzinfo=UTC))
    platform.tell(told.payment_received(text=told.NUMBER), told.payment_received("rcp_2", 5_000, text=whole))
    platform.tell(small)
    platform.tell(told.credit_note_issued(invoice_id=f"inv_{whole}", invoice_number=whole))
    match_id = next(r.allocations[0].match_id for r in platform.all(Receipt) if r.id == "rcp_1")
    asked = Unmatch(receipt_id="rcp_1", match_id=match_id, reason="wrong member")
    platform.do(by_hand.unmatch, asked, actor="staff:eva")
    platform.advance_to(datetime(2026, 12, 1, tzinfo=UTC))
    assert {case.invoice_number: case.open_minor for case in platform.all(Case) if case.state != "closed"} == {
        told.NUMBER: 9_520,
        "MP-2026-0000003": 11_900,
    }
    assert found(platform) == []


def test_a_missing_and_a_foreign_journal_are_both_named(platform: Platform) -> None:
    platform.tell(told.invoice_issued(), told.payment_received())
    (invoiced,) = (journal for journal in platform.all(Journal) if journal.document_type == "DR")
    body = canonical(invoiced.but(document="MP-2026-0000009").model_dump(mode="json")).decode()
    stored = platform.engine.load([("journals", invoiced.id)])[0]
    assert stored is not None
    platform.engine._put(Write("journals", invoiced.id, {**stored.fields, "body": body}))
    assert sorted(found(platform, ledger.every_money_event_has_its_journal)) == [
        "DR MP-2026-0000001: 1 money events and 0 journals",
        "DR MP-2026-0000009: 0 money events and 1 journals",
    ]


def test_unapplied_money_that_the_books_do_not_know_is_found(platform: Platform) -> None:
    platform.tell(told.payment_received())
    tamper(platform, platform.all(Receipt)[0], unapplied_minor=12_000)
    assert found(platform, ledger.unapplied_money_is_what_receipts_hold) == [
        "unapplied money 11900, receipts 12000 EUR"
    ]


def test_a_match_that_only_one_side_knows_is_found(platform: Platform) -> None:
    platform.tell(told.invoice_issued())
    platform.tell(told.payment_received(text=told.NUMBER))
    tamper(platform, platform.all(Receipt)[0], allocations=[])
    assert [e.partition(": ")[2] for e in found(platform, money_in.both_sides_of_a_match_agree)] == [
        "receipt gave 0, item took 11900"
    ]


def test_a_late_item_nobody_was_told_of_is_found(platform: Platform) -> None:
    platform.tell(told.invoice_issued())
    platform.clock.advance_to(datetime(2026, 10, 17, 12, tzinfo=UTC))
    assert found(platform, money_in.what_is_late_is_told) == []
    platform.clock.advance_to(platform.clock.now() + timedelta(seconds=1))
    assert found(platform, money_in.what_is_late_is_told) == [
        "item MP-2026-0000001 was due on 2026-10-15, and nobody was told"
    ]


def test_a_case_over_another_amount_than_its_item_is_found(platform: Platform) -> None:
    platform.tell(told.invoice_issued())
    platform.advance_to(datetime(2026, 10, 17, tzinfo=UTC))
    (case,) = platform.all(Case)
    tamper(platform, case, open_minor=5)
    assert found(platform) == [f"case {case.id} is watching over 5, open are 11900"]


def test_a_journal_that_came_after_its_batch_went_is_found(platform: Platform) -> None:
    platform.bus.functions = [f for f in platform.bus.functions if f.name != "accounting-send-batch"]
    platform.tell(told.invoice_issued())
    platform.advance_to(datetime(2026, 10, 2, 2, 15, tzinfo=UTC))
    platform.bus.fire("accounting-close-day")
    platform.settle()
    assert found(platform, batches.a_batch_is_its_days_journals) == []
    (journal,) = platform.all(Journal)
    platform.do(lambda _, unit: unit.put(journal.but(id="jrn_late", version=0)), None)
    (evidence,) = found(platform, batches.a_batch_is_its_days_journals)
    assert evidence.endswith("1 journals 11900, now 2 23800")
