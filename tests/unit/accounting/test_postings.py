"""What money events debit and credit."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.events.accounting import Posting
from common.events.payments import BankEntryBooked, PayoutSettled, RefundFailed, RefundPaid
from common.failures import Rejected
from functions.accounting.model.batches import lines_of, summed
from functions.accounting.model.journals import Journal, journal_of, today
from functions.accounting.posting import Entry, entry_of
from tests.unit import told


def sides(entry: Entry) -> list[tuple[str, int, str]]:
    return [(p.account, p.debit_minor - p.credit_minor, p.tax_code) for p in entry.postings]


def test_a_domestic_invoice_debits_the_receivable_and_credits_revenue_and_vat() -> None:
    entry = entry_of(told.invoice_issued())
    assert sides(entry) == [("1400", 11_900, ""), ("4400", -10_000, "A1"), ("3806", -1_900, "A1")]
    assert (entry.document_type, entry.document) == ("DR", told.NUMBER)


def test_a_reverse_charge_invoice_has_no_vat_line() -> None:
    total = told.vat(10_000, 0, scheme="reverse_charge", category="AE", country="FR", rate_basis_points=0)
    entry = entry_of(told.invoice_issued(told.NUMBER, total))
    assert sides(entry) == [("1400", 10_000, ""), ("4336", -10_000, "R1")]


def test_one_stop_shop_vat_is_owed_by_country() -> None:
    total = told.vat(10_000, 2_000, scheme="oss", country="FR", rate_basis_points=2000)
    entry = entry_of(told.invoice_issued(told.NUMBER, total))
    assert sides(entry) == [("1400", 12_000, ""), ("4320", -10_000, "FR"), ("3817", -2_000, "FR")]
    assert entry.postings[2].country == "FR"


def test_sales_outside_the_scope_go_to_their_own_revenue_account() -> None:
    total = told.vat(10_000, 0, scheme="outside_scope", category="O", country="", rate_basis_points=0)
    assert sides(entry_of(told.invoice_issued(told.NUMBER, total)))[1] == ("4338", -10_000, "X0")


def test_each_rate_keeps_its_own_lines() -> None:
    totals = (told.vat(), told.vat(1_000, 70, rate_basis_points=700))
    assert len(entry_of(told.invoice_issued(told.NUMBER, *totals)).postings) == 5


def test_a_negative_base_stands_on_the_other_side() -> None:
    refund = told.vat(-1_000, 0, scheme="outside_scope", category="O", country="", rate_basis_points=0)
    entry = entry_of(told.invoice_issued(told.NUMBER, told.vat(), refund))
    assert sides(entry)[-1] == ("4338", 1_000, "X0")
    assert entry.postings[-1].debit_minor == 1_000


def test_a_credit_note_is_the_reverse_of_its_invoice() -> None:
    billed, credited = entry_of(told.invoice_issued()), entry_of(told.credit_note_issued())
    assert sides(credited) == [(account, -amount, code) for account, amount, code in sides(billed)]
    assert credited.document_type == "DG"


@pytest.mark.parametrize(("source", "account"), [("bank", "1200"), ("stripe", "1360")])
def test_money_waits_as_unapplied_until_it_is_matched(source: str, account: str) -> None:
    entry = entry_of(told.payment_received(source=source))
    assert sides(entry) == [(account, 11_900, ""), ("1590", -11_900, "")]


def test_a_match_moves_unapplied_money_to_the_receivable_and_unmatching_moves_it_back() -> None:
    there, back = entry_of(told.payment_matched()), entry_of(told.payment_unmatched())
    assert sides(there) == [("1590", 11_900, ""), ("1400", -11_900, "")]
    assert sides(back) == [("1590", -11_900, ""), ("1400", 11_900, "")]
    assert there.causes != back.causes


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (told.invoice_issued(total_minor=11_901), "unbalanced"),
        (told.invoice_issued(told.NUMBER, told.vat(country="FR")), "no_tax_code"),
        (told.invoice_issued(told.NUMBER, told.vat(scheme="reverse_charge")), "no_account"),
    ],
)
def test_an_invoice_that_can_not_be_journalled_is_refused_with_its_reason(event: Any, code: str) -> None:
    with pytest.raises(Rejected) as refusal:
        entry_of(event)
    assert refusal.value.code == code


def test_money_from_an_unknown_source_is_refused() -> None:
    with pytest.raises(Rejected, match="no_account"):
        entry_of(told.payment_received(source="cheque"))


def test_a_journal_is_posted_on_the_day_of_its_legal_entity() -> None:
    late = datetime(2026, 10, 1, 22, 30, tzinfo=UTC)
    journal = journal_of(entry_of(told.invoice_issued()), today("MP", late))
    assert journal.posted_on == date(2026, 10, 2)
    assert journal.batch_day == "2026-10-02|MP|EUR"


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (Posting(account="1400", debit_minor=1),),
        (Posting(account="1400", debit_minor=1, credit_minor=1),),
        (Posting(account="1400"), Posting(account="4400")),
        (Posting(account="1400", debit_minor=-1), Posting(account="4400", credit_minor=-1)),
    ],
)
def test_an_unbalanced_journal_can_not_exist(lines: tuple[Posting, ...]) -> None:
    right = journal_of(entry_of(told.invoice_issued()), date(2026, 10, 1))
    with pytest.raises(ValueError, match=r"journal has|positive side|debits equal"):
        Journal.model_validate({**right.model_dump(), "postings": lines})


amounts = st.integers(min_value=-(10**9), max_value=10**9)


@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=6))
def test_whatever_is_billed_the_books_balance(bases: list[tuple[int, int]]) -> None:
    event = told.invoice_issued(told.NUMBER, *(told.vat(base, tax) for base, tax in bases))
    entry = entry_of(event)
    assert sum(p.debit_minor - p.credit_minor for p in entry.postings) == 0
    assert all(min(p.debit_minor, p.credit_minor) == 0 for p in entry.postings)


def test_a_summary_keeps_debits_and_credits_apart() -> None:
    now = date(2026, 10, 1)
    there = journal_of(entry_of(told.payment_matched()), now)
    back = journal_of(entry_of(told.payment_unmatched()), now)
    lines = summed([*lines_of(there), *lines_of(back)])
    assert [(line.account, line.debit_minor, line.credit_minor) for line in lines] == [
        ("1400", 11_900, 11_900),
        ("1590", 11_900, 11_900),
    ]


@pytest.mark.parametrize(
    ("kind", "amount", "against"),
    [("bank_fee", -500, "6857"), ("interest", 3, "7100"), ("own_transfer", -9, "1460"), ("unknown", 7, "1369")],
)
def test_what_the_bank_books_for_nobody_stands_against_its_own_account(kind: str, amount: int, against: str) -> None:
    about = {"entry_id": "ent_1", "entity": "MP", "currency": "EUR", "account_iban": "DE1", "booked_on": "2026-10-01"}
    event = BankEntryBooked.model_validate(about | {"kind": kind, "amount_minor": amount}, strict=False)
    assert sorted(sides(entry_of(event))) == sorted([("1200", amount, ""), (against, -amount, "")])


def test_a_payout_leaves_clearing_for_what_is_in_transit_and_what_it_cost() -> None:
    event = PayoutSettled(
        payout_id="pyt_1",
        provider="stripe",
        entity="MP",
        currency="EUR",
        amount_minor=9_000,
        charges_minor=10_000,
        refunds_minor=-500,
        chargebacks_minor=-200,
        fees_minor=-290,
        adjustments_minor=-10,
        settled_on=date(2026, 10, 5),
    )
    booked = [("1365", 9_000, ""), ("6855", 290, ""), ("6859", 10, ""), ("1360", -9_300, "")]
    assert sides(entry_of(event)) == booked


def test_a_refund_that_came_back_reverses_the_refund() -> None:
    about = {"refund_id": "ref_1", "receipt_id": "rcp_1", "source": "bank", "entity": "MP", "currency": "EUR"}
    paid = RefundPaid.model_validate(
        about | {"sequence": 1, "amount_minor": 400, "paid_on": "2026-10-05"}, strict=False
    )
    back = {"sequence": 2, "amount_minor": 400, "code": "AC04", "undone": True, "failed_on": "2026-10-07"}
    failed = RefundFailed.model_validate(about | back, strict=False)
    assert sides(entry_of(paid)) == [("1595", 400, ""), ("1200", -400, "")]
    assert sides(entry_of(failed)) == [("1200", 400, ""), ("1595", -400, "")]
    assert entry_of(failed.model_copy(update={"undone": False})).postings == ()
