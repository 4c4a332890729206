"""What callers send about write-offs, and what they are told."""

from datetime import date
from typing import Annotated

from pydantic import Field, StrictInt

from common.functions.routes import Input, Limit, Output, PageToken
from functions.matching.requests import Id, Reason
from functions.matching.write_offs import WriteOff, WriteOffState


class GiveUp(Input):
    """Gives up a part of an item, or all of it."""

    item_id: Id
    amount_minor: Annotated[StrictInt, Field(gt=0)] | None = None
    """Left out: all that is open."""
    reason: Reason


class DecideWriteOff(Input):
    """Approves, refuses or withdraws a write-off."""

    write_off_id: Id
    reason: Reason


class ByWriteOff(Input):
    """One write-off."""

    write_off_id: Id


class SearchWriteOffs(Input):
    """Write-offs of a member, of an item or in a state; all, where nothing is said."""

    member_id: Id = ""
    item_id: Id = ""
    state: WriteOffState | None = None
    limit: Limit = 50
    page_token: PageToken = ""


class WriteOffAnswer(Output):
    """A write-off: who gave up how much of what, and why."""

    write_off_id: str
    member_id: str
    item_id: str
    invoice_number: str
    entity: str
    currency: str
    amount_minor: int
    reason: str
    decided_by: str
    decided_on: date
    approved_by: str
    state: WriteOffState
    allowed: list[str]

    @classmethod
    def of(cls, write_off: WriteOff) -> "WriteOffAnswer":
        """What a caller is told of it."""
        told = {"write_off_id": write_off.id, "allowed": write_off.allowed}
        return cls.model_validate(write_off.model_dump(include=set(cls.model_fields)) | told)


class WriteOffPage(Output):
    """Some write-offs."""

    items: list[WriteOffAnswer]
    next_page_token: str
