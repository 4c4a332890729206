"""Talking to SAP, and counting what there is to close and to send, outside any transaction."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Final

import httpx

from common.functions.declared import Tick
from common.money import EXPONENTS
from common.parties import SELLERS, Seller
from common.world import World
from functions.accounting import soap
from functions.accounting.model.batches import Closing, DayKey, ReleaseBatch, SapAnswer, SapBatch, SendBatch, days_over
from functions.accounting.model.journals import Journal, batch_day, entity_day

TIMEOUT_S: Final = 30.0


def days_with_journals(ticks: Sequence[Tick], world: World) -> list[list[DayKey]]:
    """What has journals among the days each closing looks back on, batched already or not."""
    return [list(_over(tick.slot, world)) for tick in ticks]


def _over(slot: datetime, world: World) -> Iterator[DayKey]:
    closings = world.read.find_all(Closing, list(SELLERS))
    for seller, closing in zip(SELLERS.values(), closings, strict=True):
        for day in days_over(slot, seller, closing):
            yield from _with_journals(day, seller, world)


def _with_journals(day: date, seller: Seller, world: World) -> Iterator[DayKey]:
    """Counts an entity's day, then only as many currencies as it takes to find them all, its own first."""
    left = world.read.count(Journal, entity_day=entity_day(day, seller.entity))
    for currency in sorted(EXPONENTS, key=lambda code: code != seller.currency):
        if left <= 0:
            return
        if journals := world.read.count(Journal, batch_day=batch_day(day, seller.entity, currency)):
            left -= journals
            yield day, seller.entity, currency


def count(tasks: Sequence[ReleaseBatch], world: World) -> list[int]:
    """How many journals there are for each batch."""
    batches = world.read.find_all(SapBatch, [task.batch_id for task in tasks])
    return [world.read.count(Journal, batch_day=batch.day) if batch else 0 for batch in batches]


def send(tasks: Sequence[SendBatch], world: World) -> list[SapAnswer]:
    """Posts each batch that waits for an answer; never raises for what SAP or the network does."""
    batches = world.read.find_all(SapBatch, [task.batch_id for task in tasks])
    with httpx.Client(timeout=TIMEOUT_S) as client:
        return [_sent(batch, client, world.settings.sap_url, world.now) for batch in batches]


def _sent(batch: SapBatch | None, client: httpx.Client, url: str, now: datetime) -> SapAnswer:
    if batch is None or batch.state not in {"sent", "unknown"}:
        return SapAnswer(kind="not_asked")
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{soap.ACTION}"'}
    try:
        reply = client.post(url, content=soap.request(batch, now), headers=headers)
    except httpx.HTTPError as fault:
        return SapAnswer(kind="unknown", reason=repr(fault))
    if reply.status_code != httpx.codes.OK:
        return SapAnswer(kind="unknown", reason=f"SAP answered {reply.status_code}: {reply.text[:200]}")
    return soap.answer(reply.content)
