"""Taking charges back, whole or in parts, and changing subscriptions within their period."""

from typing import Annotated, Literal, Self

from pydantic import Field, StrictInt, model_validator
from pydantic_core import PydanticCustomError

from common.functions.routes import Input, Output
from functions.charging.model.reversals import Asked
from functions.charging.requests.charges import ChargeAnswer, Description
from functions.charging.requests.fields import Amount, Category, ChargeId, Day, Id, Reason


class Reverse(Input):
    """Takes a charge back: an amount, a share, or the days from one on that were not used; all that is left otherwise.

    `charge_id` is our id or the marketplace's. With `reversal`, the marketplace's own id of it, it is done once however
    often it is asked for.
    """

    charge_id: str
    reason: Reason
    reversal: Id | Literal[""] = ""
    amount_minor: Amount | None = None
    share_basis_points: Annotated[StrictInt, Field(gt=0, le=10_000)] | None = None
    unused_from: Day | None = None

    @model_validator(mode="after")
    def _names_one_part(self) -> Self:
        if sum(part is not None for part in (self.amount_minor, self.share_basis_points, self.unused_from)) > 1:
            raise PydanticCustomError("one_part", "send one of amount_minor, share_basis_points, unused_from, or none")
        return self

    @property
    def asked(self) -> Asked:
        """What is to be taken back."""
        return Asked(**self.model_dump(exclude={"charge_id"}))


class ChangePlan(Input):
    """Changes a subscription within its period: the rest of the old one is taken back, that of the new one charged.

    `charge_id` names the old charge; `charge` is the marketplace's own id of the new one. `amount_minor` is the new
    fee of the whole period; without it, the fee schedule says so by `category`.
    """

    charge_id: str
    charge: ChargeId
    on: Day
    """The first day of the new plan."""
    category: Category
    description: Description
    amount_minor: Amount | None = None
    gross: bool = False
    reason: Reason

    @model_validator(mode="after")
    def _is_gross_only_with_an_amount(self) -> Self:
        if self.gross and self.amount_minor is None:
            raise PydanticCustomError("gross_of_ours", "the fee schedule says whether its fees include VAT")
        return self


class PlanChanged(Output):
    """What was given back of the old plan, and the charge for the rest of the new one."""

    reversal_id: str
    given_back_minor: int
    old: ChargeAnswer
    new: ChargeAnswer
