"""Versions of fee schedules as staff write, activate and compare them."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StrictBool

from common.functions.routes import Input, Limit, Output
from common.money import Currency
from functions.charging.model.fees import FeeState, FeeStatus
from functions.charging.requests.fields import Day, Entity, Id, Reason
from functions.charging.schedules import MOST_RULES, FeeRule, Prices

ScheduleId = Annotated[str, Field(pattern="^fee_[0-9a-f]{26}$")]


class Stated(Input):
    """An entity's fees in a currency; `gross` where they include VAT and a rule does not say otherwise."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60, examples=["marketplace-fees-eur"])]
    entity: Entity
    currency: Currency
    gross: StrictBool = False
    rules: Annotated[tuple[FeeRule, ...], Field(min_length=1, max_length=MOST_RULES)]


class DraftFees(Stated):
    """A new draft; `draft` is your own id of it: sent again with the same fees, it is the same draft."""

    draft: Id


class ChangeDraft(Stated):
    """Other fees for a draft."""

    schedule_id: ScheduleId
    reason: Reason


class ActivateFees(Input):
    """Makes a draft the next version from a day on; `digest` is that of what you have seen."""

    schedule_id: ScheduleId
    valid_from: Day
    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    reason: Reason


class EndFees(Input):
    """Discards a draft, or withdraws a version that has not begun."""

    schedule_id: ScheduleId
    reason: Reason


class FeesById(Input):
    """A version or a draft by its id."""

    schedule_id: ScheduleId


class CompareFees(Input):
    """A version or draft and what it is compared with: another one, or what is in force today."""

    schedule_id: ScheduleId
    against: ScheduleId | Literal[""] = ""


class SearchFees(Input):
    """Versions and drafts of an entity, in a currency, in a state, or all."""

    entity: Annotated[str, Field(pattern="^([A-Z]{2,4})?$")] = ""
    currency: Annotated[str, Field(pattern="^([A-Z]{3})?$")] = ""
    state: FeeState | Literal[""] = ""
    limit: Limit = 50
    page_token: Annotated[str, Field(max_length=64)] = ""


class Fall(Output):
    """Where a dearer sale costs less, at the end of a volume tier."""

    rule: str
    price_minor: int
    fee_minor: int
    fee_beyond_minor: int
    """Of a sale for one minor unit more."""


class FeesAnswer(Output):
    """A version or a draft; `status` is what an active one is today, `shipped` whether it came with the program."""

    schedule_id: str
    name: str
    entity: str
    currency: Currency
    gross: bool
    rules: tuple[FeeRule, ...]
    digest: str
    state: FeeState
    status: FeeStatus
    version: int
    """0 for a draft."""
    valid_from: date | None
    valid_to: date | None
    """The last day; None while no later version is known."""
    shipped: bool
    drafted_by: tuple[str, ...]
    drafted_at: datetime | None
    activated_by: str
    activated_at: datetime | None
    reason: str
    """Why it was activated, discarded or withdrawn."""
    falls: list[Fall]
    """What to look at before it is activated: dearer sales that would cost less."""
    allowed: list[str]


class FeesPage(Output):
    """Some versions and drafts: those that came with the program first, then in order of id."""

    items: list[FeesAnswer]
    next_page_token: str


class RuleChange(Output):
    """A rule before and after; None where there was, or is, none."""

    scope: str
    before: FeeRule | None
    after: FeeRule | None


class FeesDiff(Output):
    """What changes from one version to another, scope by scope."""

    before: str
    after: str
    """The ids; empty where nothing was in force."""
    gross_before: bool | None
    gross_after: bool
    added: list[RuleChange]
    removed: list[RuleChange]
    changed: list[RuleChange]
    same: int
    """How many rules stay as they are."""


def prices_of(stated: Stated) -> Prices:
    """The fees alone, checked as a whole."""
    return Prices(**{name: getattr(stated, name) for name in Prices.model_fields})
