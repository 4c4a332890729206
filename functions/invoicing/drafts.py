"""From an open bill to the drafts of its invoices: which lines go on which, how they are taxed, what they come to."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import accumulate
from operator import attrgetter

from common.dates import due_on
from common.events.invoicing import Exchange, Line, VatTotal
from common.failures import Rejected
from common.parties import Buyer, Seller
from common.values import of_checked
from functions.invoicing.model.bills import LARGEST_BILL, Bill, BillLine, Recipient
from functions.invoicing.model.invoices import Draft
from functions.invoicing.model.manifests import GroupTotal, Skipped
from functions.invoicing.tax.amounts import group_amounts, nets_within
from functions.invoicing.tax.decisions import Case, VatDecision
from functions.invoicing.tax.exchange import ExchangeRates, committed, tax_currency

PLACE = attrgetter("place")
Taxed = tuple[BillLine, VatDecision]


def drafts_of(
    bill: Bill,
    recipient: Recipient | None,
    seller: Seller,
    cut_off: date,
    issued_on: date,
    rates: ExchangeRates | None = None,
) -> tuple[Draft, ...] | Skipped:
    """The drafts of a bill's charges up to the cut-off, or why there are none this time.

    Mostly one; more where its lines can't share a document (`documents_apart`). What of them is not positive stays on
    the bill, and so does the whole of a bill that is not positive in all.
    """
    lines = sorted((line for line in bill.lines if line.occurred_on <= cut_off), key=PLACE)
    if not lines:
        return _skip(bill, "nothing_up_to_cut_off")
    if recipient is None:
        return _skip(bill, "no_recipient")
    if recipient.buyer.erased:
        return _skip(bill, "member_erased")
    if recipient.merged_into:
        return _skip(bill, "member_merged")
    try:
        drafts = _drafts(bill, lines, recipient.buyer, seller, issued_on, rates or committed())
    except Rejected as refusal:
        return _skip(bill, refusal.code)
    return drafts or _skip(bill, "carried_forward")


def draft(
    bill: Bill,
    lines: Sequence[BillLine],
    buyer: Buyer,
    seller: Seller,
    issued_on: date,
    rates: ExchangeRates | None = None,
) -> Draft:
    """The draft of lines that share a document; ValidationError where they can't."""
    return _draft(bill, taxed_lines(lines, buyer, seller), buyer, seller, issued_on, rates or committed())


def taxed_lines(lines: Iterable[BillLine], buyer: Buyer, seller: Seller) -> list[Taxed]:
    """Each line with the VAT that its kind and its own tax point come to."""
    case = Case(seller, buyer)
    return [(line, case.decide(line.kind, line.occurred_on)) for line in lines]


def documents_apart(taxed: Iterable[Taxed]) -> list[list[Taxed]]:
    """Lines by the document they go on: one a country that VAT is owed to, and one for what is outside its scope.

    EN 16931 wants category O alone on a document (BR-O-11), and knows no two countries under one category and rate.
    """
    apart: dict[str, list[Taxed]] = {}
    for one in taxed:
        apart.setdefault(one[1].country, []).append(one)
    return list(apart.values())


def that_fit_a_page(bills: Sequence[Bill]) -> list[Bill]:
    """The first of these bills, as many as fit a page of a manifest; one always does."""
    sizes = accumulate(bill.size for bill in bills)
    return [
        bill for place, (bill, size) in enumerate(zip(bills, sizes, strict=True)) if not place or size <= LARGEST_BILL
    ]


def gross_by_currency(totals: Iterable[GroupTotal]) -> dict[str, int]:
    """The gross total in each currency."""
    gross: dict[str, int] = {}
    for total in totals:
        gross[total.currency] = gross.get(total.currency, 0) + total.base_minor + total.vat_minor
    return gross


def _drafts(
    bill: Bill, lines: Sequence[BillLine], buyer: Buyer, seller: Seller, issued_on: date, rates: ExchangeRates
) -> tuple[Draft, ...]:
    """A draft for each positive document; none where all of them together are not positive."""
    taxed = taxed_lines(lines, buyer, seller)
    made = [_draft(bill, part, buyer, seller, issued_on, rates) for part in documents_apart(taxed)]
    if sum(one.total_minor for one in made) <= 0:
        return ()
    return tuple(one for one in made if one.total_minor > 0)


def _skip(bill: Bill, reason: str) -> Skipped:
    return Skipped(bill_id=bill.id, member_id=bill.member_id, reason=reason)


def _draft(
    bill: Bill, taxed: Sequence[Taxed], buyer: Buyer, seller: Seller, issued_on: date, rates: ExchangeRates
) -> Draft:
    groups = _groups(taxed)
    vat = tuple(_vat_total(group) for group in groups)
    decisions = {id(decision): decision for _, decision in taxed}
    net_minor, vat_minor = sum(total.base_minor for total in vat), sum(total.vat_minor for total in vat)
    return Draft(
        bill_id=bill.id,
        buyer=buyer,
        currency=bill.currency,
        due_on=due_on(issued_on, buyer.terms_days),
        lines=_lines(taxed, groups),
        vat=vat,
        net_minor=net_minor,
        vat_minor=vat_minor,
        total_minor=net_minor + vat_minor,
        exchange=_exchange(vat, vat_minor, bill.currency, seller, issued_on, rates),
        evidence=tuple(dict.fromkeys(ground for decision in decisions.values() for ground in decision.evidence)),
    )


def _exchange(
    vat: Sequence[VatTotal], vat_minor: int, currency: str, seller: Seller, issued_on: date, rates: ExchangeRates
) -> Exchange | None:
    """The VAT in the currency of the tax office, where that is another one and there is VAT (art. 230)."""
    into = tax_currency(seller, vat)
    if into == currency or not any(total.vat_minor for total in vat):
        return None
    return rates.exchange(vat_minor, currency, into, issued_on)


def _groups(taxed: Iterable[Taxed]) -> list[list[Taxed]]:
    """Lines by category, country and rate (EN 16931, BG-23), as `functions.invoicing.tax.amounts` wants them."""
    groups: dict[tuple[str, str, int, str], list[Taxed]] = {}
    of_decision: dict[int, list[Taxed]] = {}
    for one in taxed:
        group = of_decision.get(id(one[1]))
        if group is None:
            decision = one[1]
            key = (decision.category, decision.country, decision.rate_basis_points, decision.scheme)
            group = of_decision[id(decision)] = groups.setdefault(key, [])
        group.append(one)
    return [groups[key] for key in sorted(groups)]


def _lines(taxed: Sequence[Taxed], groups: Iterable[Sequence[Taxed]]) -> tuple[Line, ...]:
    """The lines in their order, each with its net amount: of quoted prices, their share of their group's base."""
    nets: dict[str, int] = {}
    for group in groups:
        if quoted := [line for line, _ in group if line.gross]:
            within = nets_within([line.amount_minor for line in quoted], group[0][1].rate_basis_points)
            nets |= {line.charge_id: net for line, net in zip(quoted, within, strict=True)}
    return tuple([_line(line, decision, nets) for line, decision in taxed])


def _line(line: BillLine, decision: VatDecision, nets: Mapping[str, int]) -> Line:
    # Its parts were checked as the bill's, and no rule joins them: the draft checks what they come to.
    return of_checked(
        Line,
        {
            "charge_id": line.charge_id,
            "kind": line.kind,
            "description": line.description,
            "occurred_on": line.occurred_on,
            "amount_minor": nets[line.charge_id] if line.gross else line.amount_minor,
            "rule": line.rule,
            "category": decision.category,
            "rate_basis_points": decision.rate_basis_points,
            "quoted_minor": line.amount_minor if line.gross else None,
            "service_from": line.service_from,
            "service_to": line.service_to,
        },
    )


def _vat_total(group: Sequence[Taxed]) -> VatTotal:
    decision = group[0][1]
    due = group_amounts([(line.amount_minor, line.gross) for line, _ in group], decision.rate_basis_points)
    return VatTotal(
        category=decision.category,
        country=decision.country,
        rate_basis_points=decision.rate_basis_points,
        base_minor=due.base_minor,
        vat_minor=due.vat_minor,
        scheme=decision.scheme,
        note=decision.note,
        note_key=decision.note_key,
        exemption_code=decision.exemption_code,
        quoted_minor=due.quoted_minor,
    )
