"""Answers "why?" of any amount on an invoice, and how near an entity is to the threshold of the One-Stop-Shop."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from common.failures import Rejected
from common.world import World
from functions.invoicing.explaining import explain
from functions.invoicing.handlers.exchange_rates import show_rates
from functions.invoicing.model.invoices import Invoice, seller_of
from functions.invoicing.model.manifests import GroupTotal
from functions.invoicing.model.runs import Run
from functions.invoicing.requests.exchange_rates import ShowRates
from functions.invoicing.requests.explanations import (
    ExplainInvoice,
    Explanation,
    ShowThreshold,
    ThresholdAnswer,
)
from functions.invoicing.tax.threshold import THRESHOLD_MINOR, distance

STEP: Final = 100
"""How many runs are read at once."""


def explain_invoice(asked: ExplainInvoice, world: World) -> Explanation:
    """Why every amount, rate and day of an invoice is as it is."""
    invoice = world.read.find(Invoice, asked.invoice_id)
    if invoice is None:
        raise Rejected("not_found", "there is no such invoice", status=404)
    return explain(invoice, asked.of)


def show_threshold(asked: ShowThreshold, world: World) -> ThresholdAnswer:
    """How near a legal entity's billing runs of a year are to the One-Stop-Shop's EUR 10,000 (art. 59c)."""
    seller = seller_of(asked.entity)
    found = distance(_totals(asked.entity, asked.year, world), _per_euro(world))
    return ThresholdAnswer(
        entity=asked.entity,
        year=asked.year,
        threshold_minor=THRESHOLD_MINOR,
        sold_minor=found.sold_minor,
        left_minor=found.left_minor,
        reached=found.reached,
        oss_from=seller.oss_from,
        unconverted=list(found.unconverted),
    )


def _totals(entity: str, year: int, world: World) -> Iterator[GroupTotal]:
    after = ""
    while page := world.read.select(Run, limit=STEP, after=after, entity=entity):
        for run in page:
            if run.issued_on.year == year and run.completed_at:
                yield from run.totals
        after = page[-1].id


def _per_euro(world: World) -> dict[str, str]:
    """The latest rates; none where none are known."""
    try:
        return show_rates(ShowRates(on=_today(world)), world).rates
    except Rejected:
        return {}


def _today(world: World) -> date:
    return world.now.date()
