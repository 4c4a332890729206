"""What every value is made of: pydantic models that never change once they are made.

They are built when they are first used, which keeps the start of a function short.
"""

from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen value. One that is read back keeps what it knows, and passes over what a later version added."""

    model_config = ConfigDict(frozen=True, defer_build=True)


class Exact(Value):
    """A frozen value that refuses what it does not know: a misspelt field is an error, not a default."""

    model_config = ConfigDict(extra="forbid")


M = TypeVar("M", bound=BaseModel)


def of_checked(kind: type[M], facts: dict[str, Any]) -> M:
    """A frozen value of facts that were all checked before, for fields of the same types: what is made by the million.

    Every field has to be among them, and what a rule of the class joins has to come from where that rule holds.
    """
    made = kind.__new__(kind)
    _put(made, "__dict__", facts)
    _put(made, "__pydantic_fields_set__", _names(kind))
    _put(made, "__pydantic_extra__", None)
    _put(made, "__pydantic_private__", None)
    return made


_put = object.__setattr__


@cache
def _names(kind: type[BaseModel]) -> set[str]:
    """One for all values of a class: a copy of a value takes a copy of it."""
    return set(kind.model_fields)
