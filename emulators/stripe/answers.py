"""What a request is answered, once a key."""

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emulators.stripe import faults
from emulators.stripe.ledger import Json, Ledger
from emulators.world.clock import VirtualClock, epoch
from emulators.world.script import Step

_KEY_LIFE = 24 * 3600
_SERVER_ERROR = 500


@dataclass(frozen=True)
class Answer:
    """What a request is answered: a status and an object, or nothing at all when the line is cut."""

    status: int
    body: Json
    cut: bool = False
    replayed: bool = False
    retry_after: int = 0


class Answers:
    """Remembers what was answered under an idempotency key, also a server error, for 24 hours."""

    def __init__(self, ledger: Ledger, clock: VirtualClock) -> None:
        self._ledger = ledger
        self._clock = clock

    def once(self, key: str | None, fingerprint: str, work: Callable[[], Answer]) -> Answer:
        """Do the work unless the key has been answered within 24 hours; then give that answer again."""
        with self._ledger.rows.transaction():
            now = epoch(self._clock)
            row = self._ledger.answered(key) if key else None
            if row is not None and now - row["created"] < _KEY_LIFE:
                return _again(row, fingerprint)
            try:
                answer = work()
            except faults.StripeError as refusal:  # is not remembered, and the script's step is used up
                return Answer(refusal.status, {"error": refusal.error}, retry_after=refusal.retry_after)
            if key and not (answer.cut and not answer.body):
                self._ledger.remember(key, fingerprint, now, answer.status, answer.body)
            return answer


def disturbed(step: Step) -> Answer | None:
    """The answer to a request that never gets to work; raises StripeError where it is not even let in."""
    if "rate_limit" in step:
        raise faults.limited(step.number("rate_limit", 1))
    if "timeout_before_charge" in step:
        return Answer(0, {}, cut=True)
    return server_error() if "error" in step else None


def spoiled(answer: Answer, step: Step) -> Answer:
    """The answer to work that was done, as the step lets it out."""
    if "error_after_charge" in step:
        return server_error()
    return dataclasses.replace(answer, cut="timeout" in step)


def server_error() -> Answer:
    """Stripe's own failure."""
    message = "An unknown error occurred"
    return Answer(_SERVER_ERROR, {"error": {"message": message, "type": "api_error"}})


def _again(row: Any, fingerprint: str) -> Answer:
    if row["asked"] != fingerprint:
        raise faults.reused_key(row["key"])
    return Answer(row["status"], json.loads(row["body"]), replayed=True)
