"""Charges and credits as callers send them, and what they are told of them."""

from datetime import date
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from common.documents import id_from
from common.functions.routes import Each, Input, Limit, Output
from common.money import Currency
from functions.charging.model.charges import LONGEST, Charge, ChargeState, Given
from functions.charging.proration import Period
from functions.charging.requests.fields import (
    OUR_ID,
    Amount,
    Category,
    ChargeId,
    Day,
    Entity,
    Id,
    Printable,
    Reason,
)  # fmt: skip
from functions.charging.schedules import Kind

PERIOD: Final = ("period_from", "period_to", "active_from", "active_to")
Description = Annotated[Printable, Field(min_length=1, max_length=LONGEST)]


class Priced(Input):
    """What a charge costs: its fee (`amount_minor`) or the price to take the fee from (`basis_minor`).

    A subscription may leave both to the fee schedule. It may have a period, and be charged for the active days of it
    only: `amount_minor` is the fee of the whole period nonetheless, and ours to prorate.
    """

    entity: Entity = "MP"
    currency: Currency
    kind: Kind
    category: Category = ""
    occurred_on: Day
    amount_minor: Amount | None = None
    gross: bool = False
    """Whether `amount_minor` includes VAT; of a fee of ours, the schedule says so."""
    basis_minor: Amount | None = None
    period_from: Day | None = None
    period_to: Day | None = None
    active_from: Day | None = None
    active_to: Day | None = None

    @model_validator(mode="after")
    def _has_one_amount(self) -> Self:
        amounts = (self.amount_minor is not None) + (self.basis_minor is not None)
        if amounts != 1 and not (self.kind == "subscription" and amounts == 0):
            raise PydanticCustomError("one_amount", "send either amount_minor or basis_minor")
        if self.gross and self.amount_minor is None:
            raise PydanticCustomError("gross_of_ours", "the fee schedule says whether its fees include VAT")
        return self

    @model_validator(mode="after")
    def _has_a_whole_period(self) -> Self:
        days = {name: getattr(self, name) for name in PERIOD}
        if not any(days.values()):
            return self
        if self.kind != "subscription":
            raise PydanticCustomError("period_of_no_subscription", "only a subscription has a period")
        if self.period_from is None or self.period_to is None:
            raise PydanticCustomError("half_a_period", "a period has period_from and period_to")
        Period.model_validate(
            days
            | {
                "active_from": self.active_from or self.period_from,
                "active_to": self.active_to or self.period_to,
            }
        )
        return self


class TakeCharge(Priced):
    """A charge; `charge` is the marketplace's own id of it, `member` that of the member."""

    charge: ChargeId
    member: Id
    description: Description

    @property
    def given(self) -> Given:
        """The charge alone."""
        return Given(**dict(self))


class GiveCredit(Input):
    """Money given to a member out of goodwill: their next invoice is so much lower. `credit` is its own id.

    What takes back a certain charge, or a part of it, is a reversal. `kind` says what it is a discount on, for VAT.
    """

    credit: ChargeId
    member: Id
    entity: Entity = "MP"
    currency: Currency
    kind: Kind = "other"
    amount_minor: Amount
    gross: bool = False
    description: Description
    reason: Reason
    occurred_on: Day

    @property
    def given(self) -> Given:
        """As a charge the other way round."""
        return Given(charge=self.credit, credit=True, **self.model_dump(exclude={"credit"}))


class Batch(Input):
    """Up to 500 charges, each as for a single one; a faulty one does not stop the others."""

    charges: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=500), Each(TakeCharge)]


class Rate(Input):
    """Rates a parked charge again. `charge_id` is our id or the marketplace's; `reason` is needed from staff."""

    charge_id: str
    reason: Reason | Literal[""] = ""


class Approve(Input):
    """Agrees to a credit above the limits. `charge_id` is our id or the credit's own."""

    charge_id: str
    reason: Reason


class RateParked(Input):
    """Rates every charge again that is parked with this code."""

    code: Literal["no_fee_schedule", "no_fee_rule", "no_basis", "unknown_member"]
    reason: Reason | Literal[""] = ""


class ById(Input):
    """A charge by our id or the marketplace's."""

    charge_id: str


class Search(Input):
    """Charges of a member (the marketplace's id or ours), in a state, parked with a code, or all."""

    member: Annotated[str, Field(max_length=100)] = ""
    state: ChargeState | Literal[""] = ""
    code: Annotated[str, Field(pattern="^[a-z_]*$", max_length=40)] = ""
    limit: Limit = 50
    page_token: Annotated[str, Field(max_length=64)] = ""


class Groups(Input):
    """Parked charges by their reason."""


class ChargeAnswer(Output):
    """A charge as stored; `code` and `detail` say why it is parked, `allowed` what may be done with it."""

    charge_id: str
    charge: str
    member_id: str
    member: str
    entity: str
    currency: Currency
    kind: Kind
    category: str
    description: str
    occurred_on: date
    basis_minor: int | None
    period_from: date | None
    period_to: date | None
    active_from: date | None
    active_to: date | None
    credit: bool
    reason: str
    amount_minor: int
    gross: bool
    rule: str
    state: ChargeState
    code: str
    detail: str
    reversed_minor: int
    """What was taken back of it so far, without sign."""
    reversed_because: str
    allowed: list[str]

    @classmethod
    def of(cls, charge: Charge) -> "ChargeAnswer":
        """What a caller is told of a charge."""
        given = charge.given.model_dump(exclude={"amount_minor", "gross"})
        return cls(
            charge_id=charge.id,
            member_id=charge.member_id,
            amount_minor=charge.amount_minor,
            gross=charge.gross,
            rule=charge.rule,
            state=charge.state,
            code=charge.parked_code,
            detail=charge.parked_detail,
            reversed_minor=charge.reversed_minor,
            reversed_because=charge.reversed_because,
            allowed=charge.allowed,
            **given,
        )


class Taken(Output):
    """What became of a charge that was sent: `duplicate` came before with the same content."""

    outcome: Literal["accepted", "parked", "duplicate"]
    charge: ChargeAnswer


class Item(Output):
    """What became of one charge of a batch; a refused or parked one says why by `code`, `detail` and `errors`."""

    charge: str
    outcome: Literal["accepted", "parked", "duplicate", "refused"]
    charge_id: str = ""
    state: ChargeState | Literal[""] = ""
    amount_minor: int = 0
    code: str = ""
    detail: str = ""
    errors: tuple[dict[str, str], ...] = ()


class BatchAnswer(Output):
    """One answer for each charge, in their order."""

    items: list[Item]


class Page(Output):
    """Some charges, in order of id; `next_page_token` is empty at the end."""

    items: list[ChargeAnswer]
    next_page_token: str


class ParkedGroup(Output):
    """The charges that are parked for one reason: how many, and some of them."""

    code: str
    charges: int
    examples: list[ChargeAnswer]


class ParkedGroups(Output):
    """Every reason for which charges are parked now, and what may be done about it."""

    items: list[ParkedGroup]


class RatedAgain(Output):
    """What became of the first page of parked charges; `more` says that the others follow by themselves."""

    code: str
    rated: int
    still_parked: int
    more: bool


def charge_id_of(named: str) -> str:
    """Our id of a charge named by our id or the marketplace's."""
    return named if OUR_ID.fullmatch(named) else id_from("chg", named)


def member_id_of(named: str) -> str:
    """Our id of a member named by our id or the marketplace's."""
    return named if named.startswith("mem_") else id_from("mem", named)
