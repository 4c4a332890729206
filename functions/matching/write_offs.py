"""Money that is not claimed any more: who may decide that, and what may become of the decision."""

from datetime import date
from typing import Final, Literal

from pydantic import Field

from common.documents import Document, id_from
from common.failures import Rejected
from common.machine import Machine
from common.money import Currency, Minor
from functions.matching.policy import policy

WriteOffState = Literal["held", "decided", "refused", "withdrawn"]

WRITE_OFF: Machine[WriteOffState] = Machine(
    "write-off",
    {
        "held": {"approve": "decided", "refuse": "refused"},
        "decided": {"withdraw": "withdrawn"},
        "refused": {},
        "withdrawn": {},
    },
)
RULES: Final = "rules"
"""Who decides a difference of cents."""


class WriteOff(Document):
    """So much of one item, given up by somebody for a reason; above their limit it waits for a second person."""

    collection = "write_offs"
    indexed = ("member_id", "state", "item_id")

    member_id: str
    item_id: str
    invoice_number: str
    entity: str
    currency: Currency
    amount_minor: Minor = Field(gt=0)
    reason: str
    decided_by: str
    decided_on: date
    approved_by: str = ""
    state: WriteOffState

    @property
    def allowed(self) -> list[str]:
        """What may be done with it now."""
        return list(WRITE_OFF.allows(self.state))


def write_off_id_of(item_id: str, version: int) -> str:
    """The one write-off that a commit decides on an item."""
    return id_from("wof", item_id, str(version))


def asked_state(amount_minor: int, currency: str, by: str) -> WriteOffState:
    """Whether it holds at once: by rule, or where the amount is one that a person may give up alone."""
    alone = policy().write_off_alone_minor.get(currency, 0)
    return "decided" if by == RULES or amount_minor <= alone else "held"


def anew(refused_one: WriteOff) -> WriteOff:
    """The same wish once more, after nobody agreed to it."""
    return refused_one.model_copy(update={"id": id_from("wof", refused_one.id)})


def approved(write_off: WriteOff, actor: str) -> WriteOff:
    """A held one after a second person agreed; Rejected `same_person` (403) or `wrong_state` (409)."""
    if actor == write_off.decided_by:
        raise Rejected("same_person", "who asks for a write-off above the limit does not approve it", status=403)
    return write_off.but(state=WRITE_OFF.move(write_off.state, "approve"), approved_by=actor)


def refused(write_off: WriteOff, actor: str) -> WriteOff:
    """A held one that somebody did not agree to; Rejected `wrong_state` (409)."""
    return write_off.but(state=WRITE_OFF.move(write_off.state, "refuse"), approved_by=actor)


def withdrawn(write_off: WriteOff) -> WriteOff:
    """A decided one that does not hold any more; Rejected `wrong_state` (409)."""
    return write_off.but(state=WRITE_OFF.move(write_off.state, "withdraw"))


def tolerated(open_minor: int, total_minor: int, currency: str) -> bool:
    """Whether what is left of an item after a payment is too little to ask for; never a tenth of it or more."""
    return 0 < open_minor <= policy().tolerance_minor.get(currency, 0) and open_minor * 10 < total_minor
