"""What each reason of a rejected or returned debit means, and what becomes of the mandate. Data, in `reasons.json`.

Whether and when it is tried again, `retries` decides.

European Payments Council, EPC173-14 (Guidance on Reason Codes for SDD R-transactions); ISO 20022 external code sets.
"""

import json
from functools import cache
from pathlib import Path
from typing import Final, Literal

from common.values import Exact

NO_FAULT: Final = frozenset({"", "0000", "NOTPROVIDED"})
"""What some banks write where nothing went wrong: no return."""


class Reason(Exact):
    """One code."""

    means: str
    mandate: Literal["keep", "suspend", "cancel"]


UNKNOWN: Final = Reason(means="a code we do not know", mandate="keep")


@cache
def reasons() -> dict[str, Reason]:
    """Every code we know."""
    told = json.loads(Path(__file__).with_name("reasons.json").read_text("utf-8"))
    return {code: Reason.model_validate(said) for code, said in told.items()}


def reason_of(code: str) -> Reason:
    """What a code means; one we do not know changes no mandate."""
    return reasons().get(code, UNKNOWN)


def is_return(code: str) -> bool:
    """Whether a code says that a debit came back; a success code does not."""
    return code.strip().upper() not in NO_FAULT
