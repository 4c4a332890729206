"""Questions about charges: what one would cost, and why one costs what it costs."""

from datetime import date, datetime
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StrictInt, model_validator
from pydantic_core import PydanticCustomError

from common.functions.routes import Input, Output
from common.money import LARGEST, Currency
from functions.charging.explaining import ROUNDING, Step
from functions.charging.model.charges import Given
from functions.charging.requests.charges import Priced
from functions.charging.requests.fields import Id
from functions.charging.schedules import Kind, Scope

MOST_CASES: Final = 100


class PreviewCase(Priced):
    """A charge that might be: of a member, or of anybody in a country and a segment."""

    member: Id | Literal[""] = ""
    country: Annotated[str, Field(pattern="^([A-Z]{2})?$")] = ""
    segment: Annotated[str, Field(pattern="^[a-z0-9_-]*$", max_length=40)] = ""
    turnover_minor: Annotated[StrictInt, Field(ge=0, le=LARGEST)] | None = None
    """Of the month before this sale; as it is now, when None and a member is named."""

    @model_validator(mode="after")
    def _is_about_somebody(self) -> Self:
        if bool(self.member) == bool(self.country or self.segment):
            raise PydanticCustomError("one_payer", "send either member, or country and segment")
        return self

    @property
    def given(self) -> Given:
        """As a charge would be given."""
        named = self.model_dump(exclude={"member", "country", "segment", "turnover_minor"})
        return Given(charge="preview", member=self.member, description="preview", **named)


class Preview(Input):
    """Rates cases without recording anything: by the fees of their days, or by a version or draft named by its id.

    Each case is rated for itself, as if it came next.
    """

    cases: Annotated[list[PreviewCase], Field(min_length=1, max_length=MOST_CASES)]
    schedule_id: Annotated[str, Field(max_length=40)] = ""


class Why(Output):
    """Why an amount is what it is, as data: what applied, from which inputs, step by step."""

    schedule_id: str
    """Empty where nothing was looked up: the amount was given, or taken back."""
    schedule: str
    version: int
    """0 for a draft."""
    valid_from: date | None
    digest: str
    """The SHA-256 of what that version says."""
    scope: Scope | None
    """Of the rule that applied; an empty field is for every value."""
    country: str
    segment: str
    turnover_minor: int
    steps: tuple[Step, ...]
    rounding: str = ROUNDING
    rule: str
    """All of it as a sentence, which stands on the invoice's line."""


class PreviewItem(Output):
    """What a case would cost, or by `code` and `detail` why nobody can say."""

    amount_minor: int = 0
    gross: bool = False
    why: Why | None = None
    code: str = ""
    detail: str = ""


class Previewed(Output):
    """One answer for each case, in their order."""

    items: list[PreviewItem]


class PartTakenBack(Output):
    """A part of a charge that was taken back."""

    reversal_id: str
    amount_minor: int
    reason: str
    rule: str
    taken_at: datetime
    taken_by: str


class Explanation(Output):
    """Why a line of an invoice is what it is: a charge, a credit, or a part of one that was taken back."""

    charge_id: str
    """Of the line asked about."""
    charge: str
    """The marketplace's own id."""
    reverses: str
    """The charge it takes back, whole or in part; empty for a charge itself."""
    member_id: str
    entity: str
    currency: Currency
    kind: Kind
    category: str
    occurred_on: date
    basis_minor: int | None
    period_from: date | None
    period_to: date | None
    active_from: date | None
    active_to: date | None
    state: str
    amount_minor: int
    gross: bool
    why: Why | None
    """None while it is parked: `code` and `detail` say why."""
    code: str
    detail: str
    reason: str
    """Why it was given or taken back."""
    taken_at: datetime
    taken_by: str
    decided_at: datetime | None
    """When it was rated, approved or taken back."""
    decided_by: str
    reproduced: bool | None
    """Whether the version named gives the same amount again; None where nothing was looked up."""
    taken_back: list[PartTakenBack]
