"""Double entry: which accounts a money event debits and credits. The chart of accounts is data (`chart.json`)."""

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

from common.events.accounting import Posting
from common.events.invoicing import CreditNoteIssued, InvoiceIssued, VatTotal
from common.events.matching import (
    CreditNoteApplied,
    PaymentMatched,
    PaymentUnmatched,
    RefundRequested,
    RefundWithdrawn,
)
from common.events.payments import (
    BankEntryBooked,
    PaymentReceived,
    PaymentReturned,
    PayoutArrived,
    PayoutSettled,
    RefundFailed,
    RefundPaid,
)
from common.failures import Rejected
from common.values import Exact, Value

DocumentType = Literal["DR", "DG", "DZ", "AB", "SA"]
"""SAP's: DR customer invoice, DG customer credit memo, DZ customer payment, AB clearing, SA general ledger."""


class Chart(Exact):
    """The chart of accounts and the mapping of business words to it."""

    accounts: dict[str, str]
    bank_entries: dict[str, str]
    """Against what is booked that is nobody's payment, by its kind."""
    money_accounts: dict[str, str]
    """Where money of each source arrives."""
    revenue: dict[str, str]
    """By VAT scheme."""
    vat_payable: dict[str, str]
    """By VAT scheme; a scheme that is not here owes no VAT."""
    tax_codes: dict[str, dict[str, str]]
    """By VAT scheme and country; `*` stands for every other country."""
    names: dict[str, str]


class Entry(Value):
    """What is to be journalled for one event; no lines where it moves no money."""

    causes: tuple[str, ...]
    """What makes it unique, for the journal's id."""
    document_type: DocumentType
    document: str
    entity: str
    currency: str
    member_id: str
    postings: tuple[Posting, ...]


@lru_cache(maxsize=1)
def chart() -> Chart:
    """The chart of accounts this release was shipped with."""
    return Chart.model_validate(json.loads(Path(__file__).with_name("chart.json").read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def sales_accounts() -> frozenset[str]:
    """The accounts of revenue and of VAT payable."""
    return frozenset({*chart().revenue.values(), *chart().vat_payable.values()})


MoneyEvent = (
    InvoiceIssued
    | CreditNoteIssued
    | CreditNoteApplied
    | PaymentReceived
    | PaymentMatched
    | PaymentUnmatched
    | PaymentReturned
    | RefundRequested
    | RefundWithdrawn
    | RefundPaid
    | RefundFailed
    | PayoutSettled
    | PayoutArrived
    | BankEntryBooked
)


def invoice(event: InvoiceIssued) -> Entry:
    """Receivable against revenue and VAT; Rejected where the totals of the invoice don't add up."""
    lines = _sale(event.total_minor, event.vat, sign=1)
    return _entry(event, ("invoice", event.invoice_id), "DR", event.number, lines)


def credit_note(event: CreditNoteIssued) -> Entry:
    """The reverse of an invoice's postings, for what the credit note takes back.

    What of it was paid already, matching takes back from the match: that is `unmatch`.
    """
    lines = _sale(event.total_minor, event.vat, sign=-1)
    return _entry(event, ("credit_note", event.credit_note_id), "DG", event.number, lines)


def payment(event: PaymentReceived) -> Entry:
    """Bank or provider clearing against unapplied customer money, until it is matched."""
    lines = _transfer(_money(event.source), chart().accounts["unapplied"], event.amount_minor)
    return _entry(event, ("payment", event.receipt_id), "DZ", event.receipt_id, lines)


def returned(event: PaymentReturned) -> Entry:
    """The reverse of a payment for what was taken back, and the fee for it as an expense."""
    lines = [
        _line(chart().accounts["unapplied"], event.amount_minor),
        _line(chart().accounts["return_fees"], event.fee_minor),
        _line(_money(event.source), -event.amount_minor - event.fee_minor),
    ]
    return _entry(event, ("return", event.return_id), "DZ", event.return_id, _balanced(lines))


def refund_requested(event: RefundRequested) -> Entry:
    """Unapplied money that is to be paid back; no lines for a credit note's, which `refund_owed` posts."""
    amount = 0 if event.credit_note_id else event.amount_minor
    lines = _transfer(chart().accounts["unapplied"], chart().accounts["refunds"], amount)
    return _entry(event, ("refund_requested", event.refund_id), "AB", event.refund_id, lines)


def refund_withdrawn(event: RefundWithdrawn) -> Entry:
    """The reverse of what was owed back, for the bank has taken it already."""
    lines = _transfer(chart().accounts["refunds"], chart().accounts["unapplied"], event.amount_minor)
    return _entry(event, ("refund_withdrawn", event.refund_id, event.return_id), "AB", event.return_id, lines)


def refund_paid(event: RefundPaid) -> Entry:
    """What was owed back is paid, from where the money had come to or by transfer."""
    lines = _transfer(chart().accounts["refunds"], _money(event.source), event.amount_minor)
    return _entry(event, ("refund_paid", event.refund_id, str(event.sequence)), "DZ", event.refund_id, lines)


def refund_failed(event: RefundFailed) -> Entry:
    """The reverse of a refund that had been told as paid and came back; no lines where it never left."""
    amount = event.amount_minor if event.undone else 0
    lines = _transfer(_money(event.source), chart().accounts["refunds"], amount)
    return _entry(event, ("refund_failed", event.refund_id, str(event.sequence)), "DZ", event.refund_id, lines)


def bank_entry(event: BankEntryBooked) -> Entry:
    """What was booked on the bank account for nobody: an expense, a yield, money between accounts, or suspense."""
    lines = _transfer(_money("bank"), chart().bank_entries[event.kind], event.amount_minor)
    return _entry(event, ("bank_entry", event.entry_id), "SA", event.entry_id, lines)


def payout(event: PayoutSettled) -> Entry:
    """What a provider pays out is in transit, what it keeps an expense: both leave its clearing account.

    Charges, refunds and chargebacks are on that account since they were told one by one.
    """
    moved = event.charges_minor + event.refunds_minor + event.chargebacks_minor
    lines = [
        _line(chart().accounts["in_transit"], event.amount_minor),
        _line(chart().accounts["provider_fees"], -event.fees_minor),
        _line(chart().accounts["provider_adjustments"], -event.adjustments_minor),
        _line(_money(event.provider), -moved),
    ]
    return _entry(event, ("payout", event.payout_id), "SA", event.payout_id, _balanced(lines))


def payout_arrived(event: PayoutArrived) -> Entry:
    """A payout that was in transit is in the bank."""
    lines = _transfer(_money("bank"), chart().accounts["in_transit"], event.amount_minor)
    return _entry(event, ("payout_arrived", event.receipt_id), "SA", event.receipt_id, lines)


def _money(source: str) -> str:
    account = chart().money_accounts.get(source)
    if account is None:
        raise Rejected("no_account", f"the chart has no account for money from {source!r}")
    return account


def match(event: PaymentMatched) -> Entry:
    """Unapplied customer money against the receivable it pays."""
    return _entry(event, ("match", event.match_id), "AB", event.invoice_number, _clearing(event.amount_minor))


def unmatch(event: PaymentUnmatched) -> Entry:
    """The reverse of what it takes back of a match; a match can be cut several times."""
    return _entry(event, ("unmatch", event.unmatch_id), "AB", event.invoice_number, _clearing(-event.amount_minor))


def refund_owed(event: CreditNoteApplied) -> Entry:
    """Unapplied customer money that is to be paid back, as a liability of its own; no lines where nothing is."""
    lines = _transfer(chart().accounts["unapplied"], chart().accounts["refunds"], event.refund_minor)
    return _entry(event, ("refund_owed", event.credit_note_id), "AB", event.credit_note_number, lines)


def _entry(
    event: MoneyEvent,
    causes: tuple[str, ...],
    document_type: DocumentType,
    document: str,
    postings: tuple[Posting, ...],
) -> Entry:
    return Entry(
        causes=causes,
        document_type=document_type,
        document=document,
        entity=event.entity,
        currency=event.currency,
        member_id=event.member_id,
        postings=postings,
    )


def _clearing(amount_minor: int) -> tuple[Posting, ...]:
    return _transfer(chart().accounts["unapplied"], chart().accounts["receivables"], amount_minor)


def _sale(total_minor: int, vat: Sequence[VatTotal], *, sign: int) -> tuple[Posting, ...]:
    lines = [_line(chart().accounts["receivables"], sign * total_minor)]
    for total in vat:
        lines += _revenue(total, sign)
    return _balanced(lines)


def _revenue(total: VatTotal, sign: int) -> list[Posting]:
    code = _tax_code(total)
    lines = [_line(chart().revenue[total.scheme], -sign * total.base_minor, code, total.country)]
    if total.vat_minor:
        lines.append(_line(_vat_account(total), -sign * total.vat_minor, code, total.country))
    return lines


def _vat_account(total: VatTotal) -> str:
    account = chart().vat_payable.get(total.scheme)
    if account is None:
        raise Rejected("no_account", f"no VAT is payable under the scheme {total.scheme}")
    return account


def _tax_code(total: VatTotal) -> str:
    codes = chart().tax_codes[total.scheme]
    code = codes.get(total.country) or codes.get("*")
    if code is None:
        raise Rejected(
            "no_tax_code", f"the chart has no tax code for {total.scheme} in {total.country or 'no country'}"
        )
    return code


def _transfer(debit: str, credit: str, amount_minor: int) -> tuple[Posting, ...]:
    return _balanced([_line(debit, amount_minor), _line(credit, -amount_minor)])


def _line(account: str, signed_minor: int, tax_code: str = "", country: str = "") -> Posting:
    """A line: a positive amount is a debit, a negative one a credit."""
    return Posting(
        account=account,
        debit_minor=max(signed_minor, 0),
        credit_minor=max(-signed_minor, 0),
        tax_code=tax_code,
        country=country,
    )


def _balanced(lines: Iterable[Posting]) -> tuple[Posting, ...]:
    moved = tuple(line for line in lines if line.debit_minor or line.credit_minor)
    difference = sum(line.debit_minor - line.credit_minor for line in moved)
    if difference:
        raise Rejected("unbalanced", f"debits and credits differ by {difference} minor units")
    return moved
