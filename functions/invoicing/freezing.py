"""From open bills to one page of a run's manifest: drafts, holds, and what is left out with its reason."""

from calendar import monthrange
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from functions.invoicing.drafts import drafts_of
from functions.invoicing.guard import bill_out_of_line
from functions.invoicing.model.bills import Bill, Recipient
from functions.invoicing.model.invoices import Amounts, Draft, seller_of
from functions.invoicing.model.manifests import (
    Figure,
    FigureKey,
    GroupTotal,
    Held,
    Page,
    Skipped,
    add,
    figures_of,
    group_totals,
    page_id,
)
from functions.invoicing.model.run_policies import Policy
from functions.invoicing.model.runs import Run
from functions.invoicing.tax.exchange import ExchangeRates

UNKNOWN = "unknown"
"""The segment of a member of whom none was told."""


@dataclass(slots=True)
class Sheet:
    """A page while it is being filled."""

    drafts: list[Draft] = field(default_factory=list)
    segments: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)


def frozen_page(
    run: Run,
    bills: Iterable[tuple[Bill, Recipient | None]],
    waiting: Container[str] = (),
    approved: Mapping[str, int] | None = None,
    rates: ExchangeRates | None = None,
) -> Page:
    """The next page of a run's manifest: what is invoiced of these bills, what is held, what is left out and why.

    Members who are `waiting` are frozen: their bills stay open for the next run. What was `approved` (bill, total)
    passes the guard up to that total.
    """
    sheet = Sheet()
    for bill, recipient in bills:
        if bill.member_id in waiting:
            sheet.skipped.append(Skipped(bill_id=bill.id, member_id=bill.member_id, reason="frozen"))
        else:
            _place(sheet, run, bill, recipient, (approved or {}).get(bill.id, 0), rates)
    drafts, skipped, held = tuple(sheet.drafts), tuple(sheet.skipped), tuple(sheet.held)
    # Its drafts have been checked, each when it was made: to make a page the usual way would check them all again.
    return Page.model_construct(
        id=page_id(run.id, run.pages),
        run_id=run.id,
        entity=run.entity,
        issued_on=run.issued_on,
        number=run.pages,
        drafts=drafts,
        skipped=skipped,
        held=held,
        totals=totals_of(drafts),
        figures=figures_of_drafts(drafts, sheet.segments),
        left=bool(held) or any(one.repairable for one in skipped),
    )


def _place(
    sheet: Sheet, run: Run, bill: Bill, recipient: Recipient | None, approved: int, rates: ExchangeRates | None
) -> None:
    drafts = drafts_of(bill, recipient, seller_of(run.entity), run.cut_off, run.issued_on, rates)
    if isinstance(drafts, Skipped):
        sheet.skipped.append(drafts)
        return
    total = sum(draft.total_minor for draft in drafts)
    if (small := _below_minimum(run, bill, total)) is not None:
        sheet.skipped.append(small)
    elif total > approved and (odd := bill_out_of_line(total, bill.currency, bill.earlier, run.policy.limits)):
        sheet.held.append(_held(bill, drafts, total, odd[0], odd[1]))
    else:
        sheet.drafts += drafts
        sheet.segments += [(recipient and recipient.segment) or UNKNOWN] * len(drafts)


def _held(bill: Bill, drafts: tuple[Draft, ...], total: int, reason: str, limit: int) -> Held:
    told = {"reason": reason, "total_minor": total, "limit_minor": limit, "drafts": drafts}
    return Held.model_validate({"bill_id": bill.id, "member_id": bill.member_id, "currency": bill.currency, **told})


def _below_minimum(run: Run, bill: Bill, total: int) -> Skipped | None:
    """Left out as it is below the minimum, unless it was carried for long enough or the books are closed."""
    minimum = minimum_of(run.policy, bill.currency)
    if run.closing or total >= minimum:
        return None
    oldest = min(line.occurred_on for line in bill.lines)
    if oldest <= months_before(run.issued_on, run.policy.longest_months):
        return None
    return Skipped(
        bill_id=bill.id,
        member_id=bill.member_id,
        reason="below_minimum",
        currency=bill.currency,
        total_minor=total,
        limit_minor=minimum,
    )


def minimum_of(policy: Policy, currency: str) -> int:
    """Less than this is carried forward: minor units with VAT, 0 for a currency without a minimum."""
    return policy.minimum_minor.get(currency, 0)


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier; the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def totals_of(drafts: Iterable[Amounts]) -> tuple[GroupTotal, ...]:
    """What drafts, or invoices, add up to, by currency, country, scheme and rate."""
    groups: dict[tuple[str, str, str, int], list[int]] = {}
    for draft in drafts:
        for vat in draft.vat:
            key = (draft.currency, vat.country, vat.scheme, vat.rate_basis_points)
            add(groups, key, 1, vat.base_minor, vat.vat_minor)
    return group_totals(groups)


def figures_of_drafts(drafts: Sequence[Draft], segments: Sequence[str]) -> tuple[Figure, ...]:
    """The same in all and by country, kind of charge and segment, which are given draft by draft."""
    groups: dict[FigureKey, list[int]] = {}
    for draft, segment in zip(drafts, segments, strict=True):
        currency, net = draft.currency, draft.net_minor
        add(groups, ("all", "", currency), 1, net)
        add(groups, ("country", draft.buyer.address.country, currency), 1, net)
        add(groups, ("segment", segment, currency), 1, net)
        kinds: dict[str, list[int]] = {}
        for line in draft.lines:
            kinds.setdefault(line.kind, []).append(line.amount_minor)
        for kind, amounts in kinds.items():
            add(groups, ("kind", kind, currency), len(amounts), sum(amounts))
    return figures_of(groups)
