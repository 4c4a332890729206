"""From an open bill to the draft of an invoice, and what many drafts add up to."""

from collections.abc import Container, Iterable, Sequence
from datetime import date
from itertools import accumulate

from common.dates import due_on
from common.events.invoicing import Line, VatTotal
from common.failures import Rejected
from common.money import share
from common.parties import Buyer, Seller
from functions.invoicing.model.bills import LARGEST_BILL, Bill, BillLine, Recipient
from functions.invoicing.model.invoices import Draft, seller_of
from functions.invoicing.model.runs import GroupTotal, Page, Run, Skipped, add_up, page_id
from functions.invoicing.vat import VatDecision, decide

Taxed = tuple[BillLine, VatDecision]


def draft_or_skip(
    bill: Bill, recipient: Recipient | None, seller: Seller, cut_off: date, issued_on: date
) -> Draft | Skipped:
    """The draft of a bill's charges up to the cut-off, or why there is none this time."""
    lines = sorted((line for line in bill.lines if line.occurred_on <= cut_off), key=lambda line: line.place)
    if not lines:
        return _skip(bill, "nothing_up_to_cut_off")
    if recipient is None:
        return _skip(bill, "no_recipient")
    if recipient.buyer.erased:
        return _skip(bill, "member_erased")
    if sum(line.amount_minor for line in lines) <= 0:
        return _skip(bill, "carried_forward")
    try:
        return draft(bill, lines, recipient.buyer, seller, issued_on)
    except Rejected as refusal:
        return _skip(bill, refusal.code)


def draft(bill: Bill, lines: Sequence[BillLine], buyer: Buyer, seller: Seller, issued_on: date) -> Draft:
    """The draft of some of a bill's lines. Each is taxed by its own tax point; VAT is rounded once a group."""
    decisions = {day: decide(seller, buyer, day) for day in sorted({line.occurred_on for line in lines})}
    taxed = [(line, decisions[line.occurred_on]) for line in lines]
    vat = vat_totals(taxed)
    net_minor, vat_minor = sum(line.amount_minor for line in lines), sum(total.vat_minor for total in vat)
    return Draft(
        bill_id=bill.id,
        buyer=buyer,
        currency=bill.currency,
        due_on=due_on(issued_on, buyer.terms_days),
        lines=tuple(_line(line, decision) for line, decision in taxed),
        vat=vat,
        net_minor=net_minor,
        vat_minor=vat_minor,
        total_minor=net_minor + vat_minor,
        evidence=tuple(dict.fromkeys(ground for decision in decisions.values() for ground in decision.evidence)),
    )


def vat_totals(taxed: Iterable[Taxed]) -> tuple[VatTotal, ...]:
    """VAT by category, country and rate: on the base of each, rounded half up once (EN 16931, BR-CO-17)."""
    bases: dict[tuple[str, str, int], int] = {}
    decisions: dict[tuple[str, str, int], VatDecision] = {}
    for line, decision in taxed:
        group = (decision.category, decision.country, decision.rate_basis_points)
        bases[group] = bases.get(group, 0) + line.amount_minor
        decisions[group] = decision
    return tuple(_vat_total(decisions[group], bases[group]) for group in sorted(bases))


def totals_of(drafts: Iterable[Draft]) -> tuple[GroupTotal, ...]:
    """What drafts add up to, by currency, country, scheme and rate."""
    return add_up(
        GroupTotal(
            currency=draft.currency,
            country=vat.country,
            scheme=vat.scheme,
            rate_basis_points=vat.rate_basis_points,
            invoices=1,
            base_minor=vat.base_minor,
            vat_minor=vat.vat_minor,
        )
        for draft in drafts
        for vat in draft.vat
    )


def that_fit_a_page(bills: Sequence[Bill]) -> list[Bill]:
    """The first of these bills, as many as fit a page of a manifest; one always does."""
    sizes = accumulate(bill.size for bill in bills)
    return [
        bill for place, (bill, size) in enumerate(zip(bills, sizes, strict=True)) if not place or size <= LARGEST_BILL
    ]


def frozen_page(
    run: Run, bills: Sequence[Bill], recipients: Sequence[Recipient | None], waiting: Container[str] = ()
) -> Page:
    """The next page of a run's manifest: what is invoiced of these bills, and what is left out and why.

    Members who are `waiting` are frozen: their bills stay open for the next run.
    """
    seller = seller_of(run.entity)
    results = [
        _skip(bill, "frozen")
        if bill.member_id in waiting
        else draft_or_skip(bill, recipient, seller, run.cut_off, run.issued_on)
        for bill, recipient in zip(bills, recipients, strict=True)
    ]
    drafts = tuple(result for result in results if isinstance(result, Draft))
    return Page(
        id=page_id(run.id, run.pages),
        run_id=run.id,
        entity=run.entity,
        issued_on=run.issued_on,
        offset=run.invoices,
        drafts=drafts,
        skipped=tuple(result for result in results if isinstance(result, Skipped)),
        totals=totals_of(drafts),
    )


def gross_by_currency(totals: Iterable[GroupTotal]) -> dict[str, int]:
    """The gross total in each currency."""
    gross: dict[str, int] = {}
    for total in totals:
        gross[total.currency] = gross.get(total.currency, 0) + total.base_minor + total.vat_minor
    return gross


def _skip(bill: Bill, reason: str) -> Skipped:
    return Skipped(bill_id=bill.id, member_id=bill.member_id, reason=reason)


def _line(line: BillLine, decision: VatDecision) -> Line:
    return Line(**line.model_dump(), category=decision.category, rate_basis_points=decision.rate_basis_points)


def _vat_total(decision: VatDecision, base_minor: int) -> VatTotal:
    return VatTotal(
        category=decision.category,
        country=decision.country,
        rate_basis_points=decision.rate_basis_points,
        base_minor=base_minor,
        vat_minor=share(base_minor, decision.rate_basis_points),
        scheme=decision.scheme,
        note=decision.note,
    )
