"""Talking to SAP, and counting what there is to close and to send, outside any transaction."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from common.failures import Rejected
from common.functions.declared import Tick
from common.money import EXPONENTS
from common.parties import SELLERS, Seller
from common.world import World
from functions.accounting.model.balances import SapBalance, balance_of
from functions.accounting.model.batches import (
    Closing,
    DayCount,
    ReleaseBatch,
    SapBatch,
    SendBatch,
    days_over,
)
from functions.accounting.model.journals import Journal, batch_day, entity_day, seller
from functions.accounting.model.parts import Exchange, Part, SapAnswer
from functions.accounting.sap.confirmation import answer
from functions.accounting.sap.entries import entry_of
from functions.accounting.sap.message import ACTION, message

if TYPE_CHECKING:
    import httpx

TIMEOUT_S: Final = 30.0
PAGE: Final = 1000
"""Balances read from SAP at once."""
MOST_PAGES: Final = 1000


def days_with_journals(ticks: Sequence[Tick], world: World) -> list[list[DayCount]]:
    """What has journals among the days each closing looks back on, batched already or not."""
    return [list(_over(tick.slot, world)) for tick in ticks]


def _over(slot: datetime, world: World) -> Iterator[DayCount]:
    closings = world.read.find_all(Closing, list(SELLERS))
    for entity, closing in zip(SELLERS.values(), closings, strict=True):
        for day in days_over(slot, entity, closing):
            yield from _with_journals(day, entity, world)


def _with_journals(day: date, entity: Seller, world: World) -> Iterator[DayCount]:
    """Counts an entity's day, then only as many currencies as it takes to find them all, its own first."""
    left = world.read.count(Journal, entity_day=entity_day(day, entity.entity))
    for currency in sorted(EXPONENTS, key=lambda code: code != entity.currency):
        if left <= 0:
            return
        if journals := world.read.count(Journal, batch_day=batch_day(day, entity.entity, currency)):
            left -= journals
            yield day, entity.entity, currency, journals


def count(tasks: Sequence[ReleaseBatch], world: World) -> list[int]:
    """How many journals there are of each batch's day, entity and currency."""
    batches = world.read.find_all(SapBatch, [task.batch_id for task in tasks])
    return [world.read.count(Journal, batch_day=batch.day) if batch else 0 for batch in batches]


def send(tasks: Sequence[SendBatch], world: World) -> list[list[SapAnswer]]:
    """Posts each message SAP owes an answer to; never raises for what SAP or the network does."""
    import httpx

    batches = world.read.find_all(SapBatch, [task.batch_id for task in tasks])
    with httpx.Client(timeout=TIMEOUT_S) as client:
        return [list(_sent(batch, client, world)) for batch in batches]


def _sent(batch: SapBatch | None, client: "httpx.Client", world: World) -> Iterator[SapAnswer]:
    """One message after the other; where SAP does not answer one, the rest waits with it."""
    if batch is None:
        return
    pending = {one.message_id for one in batch.pending}
    for part in batch.parts:
        for exchange in (part.posting, part.reversal):
            if exchange is None or exchange.message_id not in pending:
                continue
            told = _posted(batch, part, exchange, client, world)
            yield told
            if told.kind == "unknown":
                return


def _posted(batch: SapBatch, part: Part, exchange: Exchange, client: "httpx.Client", world: World) -> SapAnswer:
    import httpx

    try:
        content = message(entry_of(batch, part, reversal=exchange is part.reversal), world.now)
    except Rejected as fault:
        return SapAnswer(message_id=exchange.message_id, kind="rejected", reason=fault.detail)
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{ACTION}"'}
    try:
        reply = client.post(world.settings.sap_url, content=content, headers=headers)
    except httpx.HTTPError as fault:
        return SapAnswer(message_id=exchange.message_id, kind="unknown", reason=repr(fault))
    if reply.status_code != httpx.codes.OK:
        words = f"SAP answered {reply.status_code}: {reply.text[:200]}"
        return SapAnswer(message_id=exchange.message_id, kind="unknown", reason=words)
    return answer(reply.content, exchange.message_id)


def balances(entity: str, as_of: date, world: World) -> list[SapBalance]:
    """What SAP has on each account and currency of an entity, posted up to and on a day.

    Read by OData (`A_OperationalAcctgDocItemCube` of API_OPLACCTGDOCITEMCUBE_SRV, which adds up by what is selected):
    https://api.sap.com/api/API_OPLACCTGDOCITEMCUBE_SRV/overview. Raises httpx.HTTPError where SAP can't be read,
    ValueError where it answers something else: a proof over half of the balances would be none.
    """
    import httpx

    asked: dict[str, str | int] = {
        "$select": "CompanyCode,GLAccount,TransactionCurrency,DebitAmountInTransCrcy,CreditAmountInTransCrcy",
        "$filter": f"CompanyCode eq '{seller(entity).company_code}' and PostingDate le datetime'{as_of}T00:00:00'",
        "$orderby": "GLAccount,TransactionCurrency",
        "$format": "json",
        "$top": PAGE,
    }
    url = f"{world.settings.sap_odata_url}/A_OperationalAcctgDocItemCube"
    with httpx.Client(timeout=TIMEOUT_S) as client:
        rows = [row for page in _pages(url, asked, client) for row in page]
    return [balance_of(row) for row in rows]


def _pages(url: str, asked: dict[str, str | int], client: "httpx.Client") -> Iterator[list[dict[str, Any]]]:
    for number in range(MOST_PAGES):
        reply = client.get(url, params=asked | {"$skip": number * PAGE}).raise_for_status()
        rows = _rows(reply.json())
        if rows is None:
            raise ValueError(f"SAP's balances are no OData answer: {reply.text[:200]}")
        yield rows
        if len(rows) < PAGE:
            return
    raise ValueError(f"SAP told more than {MOST_PAGES * PAGE} balances")


def _rows(told: Any) -> list[dict[str, Any]] | None:
    """The rows of an OData v2 answer, None where it is none."""
    inner = told.get("d") if isinstance(told, dict) else None
    rows = inner.get("results") if isinstance(inner, dict) else None
    return rows if isinstance(rows, list) and all(isinstance(row, dict) for row in rows) else None
