"""What each legal entity has agreed with its bank: cut-offs, lead days, the size of files. Data, in `banks.json`."""

import json
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from common.dates import is_bank_day, next_bank_day
from common.parties import SELLERS
from common.values import Exact

Scheme = Literal["CORE", "B2B"]
SCHEMES: Final[tuple[Scheme, ...]] = ("CORE", "B2B")
LOOK_BACK: Final = timedelta(days=31)
"""How long a debit whose day nobody handed in is still found."""


class BankTerms(Exact):
    """One legal entity's terms with its bank."""

    cut_off: time
    """Local time of the legal entity: what comes later is handed in on the next bank day."""
    lead_days: dict[Scheme, Annotated[int, Field(ge=1, le=14)]]
    """Bank days from handing in to collection; the rulebook's least is 1 (SDD Core and B2B, 4.3.3)."""
    most_transactions: Annotated[int, Field(ge=1, le=50_000)]
    """In one file."""
    notice_days: Annotated[int, Field(ge=1, le=14)] = 14
    """Calendar days from pre-notification to collection, where the mandate agrees none (SDD Core, 4.3.1)."""
    again_notice_days: Annotated[int, Field(ge=1, le=14)] = 2
    """The same where a debit that was notified before is presented again."""
    first_as_recurring: bool = True
    """Whether first debits go as RCUR, which has been allowed since November 2016; else as FRST."""


@cache
def terms_by_entity() -> dict[str, BankTerms]:
    """The terms of every legal entity that collects by files of its own."""
    told = json.loads(Path(__file__).with_name("banks.json").read_text("utf-8"))
    return {entity: BankTerms.model_validate(terms) for entity, terms in told.items()}


def terms_of(entity: str) -> BankTerms | None:
    """A legal entity's terms; None where it can't collect: no terms, or no creditor identifier."""
    seller = SELLERS.get(entity)
    return terms_by_entity().get(entity) if seller is not None and seller.creditor_id else None


def bank_days_after(day: date, count: int) -> date:
    """The bank day so many bank days after a day; a bank day itself where `count` is 0."""
    day = next_bank_day(day)
    for _ in range(count):
        day = next_bank_day(day + timedelta(days=1))
    return day


def hand_in_on(entity: str, now: datetime) -> date:
    """The bank day on which what is made now is handed in: today before the cut-off, else the next one."""
    local = now.astimezone(ZoneInfo(SELLERS[entity].time_zone))
    today = local.date()
    in_time = is_bank_day(today) and local.time() < terms_by_entity()[entity].cut_off
    return today if in_time else next_bank_day(today + timedelta(days=1))


def first_collection(entity: str, scheme: Scheme, now: datetime) -> date:
    """The earliest day on which what is handed in now can be collected."""
    return bank_days_after(hand_in_on(entity, now), terms_by_entity()[entity].lead_days[scheme])


def collection_day(entity: str, scheme: Scheme, due_on: date, notice_days: int, now: datetime) -> date:
    """When a debit announced now is collected: a bank day not before it is due, nor before it was notified so long."""
    today = now.astimezone(ZoneInfo(SELLERS[entity].time_zone)).date()
    notified = next_bank_day(max(due_on, today + timedelta(days=notice_days)))
    return max(notified, first_collection(entity, scheme, now))


def days_to_collect(entity: str, scheme: Scheme, now: datetime) -> list[date]:
    """The collection days that have to be handed in by now, late ones first."""
    last = first_collection(entity, scheme, now)
    span = [last - timedelta(days=back) for back in range(LOOK_BACK.days, -1, -1)]
    return [day for day in span if is_bank_day(day)]
