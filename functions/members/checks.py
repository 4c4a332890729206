"""When a VAT id counts as proven: what the tax authorities' answers, and their silence, make of it."""

from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from common.events.base import Task
from common.parties import personal
from common.values import Value

VatState = Literal["valid", "invalid", "unknown", "none"]
Particular = Literal["name", "street", "postcode", "city"]
"""What the authorities may know of a trader, and compare with what the member told us."""
POLICY: Final = Path(__file__).with_name("vat_policy.json")
Days = Annotated[StrictInt, Field(ge=1, le=366)]


class Policy(BaseModel):
    """How often to ask, and how long to bear with silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    valid_days: Days
    """A valid id is asked for again after so many days."""
    invalid_days: Days
    """So is an invalid one: a newly given id takes days to reach the common register."""
    grace_days: Days
    """An id that was valid stays so this long while nobody answers; a new one is not valid before it is proven."""
    waits_minutes: Annotated[tuple[Annotated[StrictInt, Field(ge=1)], ...], Field(min_length=1)]
    """How long to wait after each answer that told nothing; the last one goes on."""

    def wait(self, tries: int) -> timedelta:
        """How long to wait after so many answers in a row that told nothing."""
        return timedelta(minutes=self.waits_minutes[min(tries, len(self.waits_minutes)) - 1])


@lru_cache(maxsize=1)
def policy() -> Policy:
    """The rules in force."""
    return Policy.model_validate_json(POLICY.read_bytes())


class CheckVatId(Task, name="members.check_vat_id"):
    """Ask about a member's VAT id; void once another look than this one counts."""

    look: int


class VatProof(Value):
    """A valid VAT id as the tax authorities confirmed it (Regulation (EU) 904/2010, art. 31; 282/2011, art. 18)."""

    vat_id: Annotated[str, personal("")]
    request_id: Annotated[str, personal("")] = ""
    """The consultation number, `requestIdentifier`; empty where the service gave none."""
    dated: str = ""
    """When the service says it was asked."""
    checked_at: datetime
    name: Annotated[str, personal("")] = ""
    """The holder as registered; some states never tell."""
    address: Annotated[str, personal("")] = ""
    agrees: tuple[Particular, ...] = ()
    """What is as the member told us; of what stands neither here nor in `differs` nothing is known."""
    differs: tuple[Particular, ...] = ()


class VatCheck(Value):
    """Where asking about a member's VAT id stands."""

    look: int
    """The look that counts: a timer of another one is void."""
    next_at: datetime
    asked_at: datetime | None = None
    code: str = ""
    """Why the last answer told nothing: `MS_UNAVAILABLE`, `TIMEOUT`, …"""
    tries: int = 0
    """Answers in a row that told nothing."""
    silent_since: datetime | None = None
    """The first of them."""


class VatAnswer(Value):
    """What asking brought: `unasked` where no service is set up, `skipped` where nobody needs to know any more."""

    outcome: Literal["valid", "invalid", "unknown", "unasked", "skipped"]
    code: str = ""
    proof: VatProof | None = None


class Standing(Value):
    """All that is known of a member's VAT id."""

    state: VatState
    check: VatCheck | None = None
    proof: VatProof | None = None


def after(known: Standing, answer: VatAnswer, look: int, now: datetime) -> Standing:
    """The standing once an answer came; `look` numbers the one that follows.

    Where no service is set up, the checksum decides about an id that nobody knows anything of.
    """
    assert known.check is not None  # noqa: S101 - nobody asks about what has no check
    if answer.outcome == "unasked":
        check = VatCheck(look=look, next_at=now + timedelta(days=policy().valid_days))
        return Standing(state="valid" if known.state == "unknown" else known.state, check=check, proof=known.proof)
    if answer.outcome == "unknown":
        return _silent(known, known.check, answer, look, now)
    valid = answer.outcome == "valid"
    days = policy().valid_days if valid else policy().invalid_days
    check = VatCheck(look=look, next_at=now + timedelta(days=days), asked_at=now)
    return Standing(state="valid" if valid else "invalid", check=check, proof=answer.proof if valid else None)


def _silent(known: Standing, check: VatCheck, answer: VatAnswer, look: int, now: datetime) -> Standing:
    """Silence proves nothing: what was valid stays so for the time of grace, then nobody knows."""
    since = check.silent_since or now
    over = now - since > timedelta(days=policy().grace_days)
    lost = known.state == "valid" and over
    tries = check.tries + 1
    following = VatCheck(
        look=look,
        next_at=now + policy().wait(tries),
        asked_at=now,
        code=answer.code,
        tries=tries,
        silent_since=since,
    )
    return Standing(state="unknown" if lost else known.state, check=following, proof=None if lost else known.proof)
