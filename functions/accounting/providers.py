"""Talking to SAP, and counting what a batch must hold, outside any transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import httpx

from common.world import World
from functions.accounting import soap
from functions.accounting.model import Journal, ReleaseBatch, SapAnswer, SapBatch, SendBatch

TIMEOUT_S: Final = 30.0


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
