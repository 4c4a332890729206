"""What requests of `charging` share."""

import re
from datetime import date
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, StrictInt
from pydantic_core import PydanticCustomError

from common.money import LARGEST

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
ChargeId = Annotated[Id, AfterValidator(_not_ours)]
Entity = Annotated[str, Field(pattern=r"^[A-Z]{2,4}$", examples=["MP"])]
Category = Annotated[str, Field(pattern=r"^[a-z0-9_-]*$", max_length=40)]
Amount = Annotated[StrictInt, Field(gt=0, le=LARGEST)]
Day = Annotated[date, BeforeValidator(_written_day)]
Printable = Annotated[str, AfterValidator(_printable)]
Reason = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
