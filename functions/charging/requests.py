"""What callers of `charging` send and are told."""

import re
from datetime import date
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StrictInt, model_validator
from pydantic_core import PydanticCustomError

from common.functions.routes import Input, Output
from common.money import LARGEST, Currency
from functions.charging.model import LONGEST, Charge, ChargeState, Given, Kind

LARGEST_PAGE: Final = 100
OUR_ID: Final = re.compile(r"chg_[0-9a-f]{26}")


def _printable(text: str) -> str:
    if not text.isprintable() or not text.strip():
        raise PydanticCustomError("not_printable", "only printable characters, and not only spaces")
    return text


def _written_day(day: Any) -> Any:
    if isinstance(day, date) or (isinstance(day, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day)):
        return day
    raise PydanticCustomError("not_a_day", "write a day as 2026-10-01")


def _not_ours(charge: str) -> str:
    if OUR_ID.fullmatch(charge):
        raise PydanticCustomError("reserved_id", "ids of this form are ours")
    return charge


Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@-]*$", max_length=100)]
Amount = Annotated[StrictInt, Field(gt=0, le=LARGEST)]
Reason = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
Limit = Annotated[int, Field(ge=1), AfterValidator(lambda limit: min(limit, LARGEST_PAGE))]


class TakeCharge(Given, Input):
    """A charge with either its net fee (`amount_minor`) or the price to take the fee from (`basis_minor`)."""

    charge: Annotated[Id, AfterValidator(_not_ours)]
    member: Id
    entity: Annotated[str, Field(pattern=r"^[A-Z]{2,4}$")] = "MP"
    category: Annotated[str, Field(pattern=r"^[a-z0-9_-]*$", max_length=40)] = ""
    description: Annotated[str, Field(min_length=1, max_length=LONGEST), AfterValidator(_printable)]
    occurred_on: Annotated[date, BeforeValidator(_written_day)]
    amount_minor: Amount | None = None
    basis_minor: Amount | None = None

    @model_validator(mode="after")
    def _has_one_amount(self) -> Self:
        if (self.amount_minor is None) == (self.basis_minor is None):
            raise PydanticCustomError("one_amount", "send either amount_minor or basis_minor")
        return self

    @property
    def given(self) -> Given:
        """The charge alone."""
        return Given(**dict(self))


class Batch(Input):
    """Up to 500 charges, each as for a single one; a faulty one does not stop the others."""

    charges: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=500)]


class Reverse(Input):
    """Takes a charge back. `charge_id` is our id or the marketplace's."""

    charge_id: str
    reason: Reason


class Rate(Input):
    """Rates a parked charge again. `charge_id` is our id or the marketplace's; `reason` is needed from staff."""

    charge_id: str
    reason: Reason | Literal[""] = ""


class ById(Input):
    """A charge by our id or the marketplace's."""

    charge_id: str


class Search(Input):
    """Charges of a member (the marketplace's id or ours), in a state, or all."""

    member: Annotated[str, Field(max_length=100)] = ""
    state: ChargeState | Literal[""] = ""
    limit: Limit = 50
    page_token: Annotated[str, Field(max_length=64)] = ""


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
    amount_minor: int
    rule: str
    state: ChargeState
    code: str
    detail: str
    reversed_because: str
    allowed: list[str]

    @classmethod
    def of(cls, charge: Charge) -> "ChargeAnswer":
        """What a caller is told of a charge."""
        given = charge.given.model_dump(exclude={"amount_minor"})
        return cls(
            charge_id=charge.id,
            member_id=charge.member_id,
            amount_minor=charge.amount_minor,
            rule=charge.rule,
            state=charge.state,
            code=charge.parked_code,
            detail=charge.parked_detail,
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
