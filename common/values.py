"""What every value is made of: pydantic models that never change once they are made.

They are built when they are first used, which keeps the start of a function short.
"""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen value. One that is read back keeps what it knows, and passes over what a later version added."""

    model_config = ConfigDict(frozen=True, defer_build=True)


class Exact(Value):
    """A frozen value that refuses what it does not know: a misspelt field is an error, not a default."""

    model_config = ConfigDict(extra="forbid")
