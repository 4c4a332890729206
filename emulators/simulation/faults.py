"""Which faults strike where: decided by a seed and the place alone, so that leaving one out moves no other."""

import hashlib
from collections.abc import Collection
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """A fault of the platform's own machinery, or of the world around it."""

    DUPLICATE = "delivered again"
    REORDER = "overtaken by others"
    DELAY = "delayed for hours"
    LATE = "delayed for days"
    CRASH_BEFORE_COMMIT = "crash before the commit"
    CRASH_AFTER_COMMIT = "crash between commit and publishing"
    CRASH_AFTER_PUBLISH = "crash before noting that it is published"
    CRASH_BEFORE_ASKING = "crash before asking the world"
    CRASH_AFTER_ASKING = "crash after the world answered"
    CONFLICT = "others committed first"
    LOST_ANSWER = "the commit's answer is lost"
    NOT_YET = "one fact of a slice has come too early"
    PUBLISH_REFUSED = "nothing can be published"
    SLOT_SKIPPED = "a schedule's slot is skipped"
    SLOT_DOUBLED = "a schedule's slot fires twice"
    REPEATED_COMMAND = "a caller sends a command again"
    CHARGED_THEN_SILENT = "the provider collects and does not answer"
    PROVIDER_SILENT = "the provider does not hear"
    PROVIDER_BROKEN = "the provider answers 500"
    WEBHOOK_LOST = "a webhook never comes"
    WEBHOOK_REPEATED = "a webhook comes again"
    WEBHOOK_LATE = "a webhook comes hours later"
    WEBHOOK_CONTRADICTED = "an event is told otherwise under the same id"
    REFUNDED_THEN_SILENT = "the provider gives back and does not answer"
    ANSWER_WRONG = "the provider says another amount than it collected"
    BANK_LATE = "the bank takes a file a day later"
    REPORT_AHEAD = "entries come in a report before their statement"
    SAP_DOWN = "SAP is down"
    SAP_SILENT = "SAP posts and does not answer"
    SAP_LOCKED = "SAP takes nothing that day: its period is locked"
    SAP_REJECTS = "SAP refuses a document"
    SAP_DOUBLED = "SAP confirms twice"
    SAP_MISTAKEN = "SAP confirms with another document's number"
    MAIL_DOWN = "the mail server is down"
    MAIL_SILENT = "the mail is sent and we crash"
    VIES_SILENT = "the register of VAT ids does not answer"
    STATEMENT_REPEATED = "a statement is sent again"
    CHARGES_REPEATED = "charges are sent again under another key"


SLOW: Final = frozenset({Kind.LATE})
"""These move facts over the story's days: the outcome is then another one, though as right."""
RATES: Final = (0.0, 0.02, 0.08, 0.25)
TIRED: Final = 6
"""From this attempt at the same thing on, nothing strikes any more: every history ends."""


class Faults:
    """The faults of one seed. Each kind is off, rare, frequent or a storm, which the seed draws.

    `only` limits them to these (as `struck` names them): a failing history is shrunk so. `without` leaves kinds out.
    """

    def __init__(self, seed: int, *, only: Collection[str] | None = None, without: Collection[Kind] = ()) -> None:
        self.seed = seed
        self.struck: dict[str, None] = {}
        self._only = None if only is None else frozenset(only)
        self._rates = {kind: 0.0 if kind in without else self._rate(kind) for kind in Kind}

    def strikes(self, kind: Kind, place: str, attempt: int = 1) -> bool:
        """Whether a fault happens at a place; the same answer whenever it is asked."""
        rate = self._rates[kind]
        if not rate or attempt >= TIRED or self.draw(kind, place) >= rate:
            return False
        name = f"{kind}: {place}"
        if self._only is not None and name not in self._only:
            return False
        self.struck[name] = None
        return True

    def is_off(self, kind: Kind) -> bool:
        """Whether a kind never strikes under this seed, so that nobody need ask where."""
        return not self._rates[kind]

    def draw(self, what: str, place: str) -> float:
        """A number from 0 up to 1 that belongs to this seed, purpose and place."""
        digest = hashlib.blake2b(f"{self.seed}\x1f{what}\x1f{place}".encode(), digest_size=7).digest()
        return int.from_bytes(digest) / (1 << 56)

    def _rate(self, kind: Kind) -> float:
        """Swarm testing: a seed that has few kinds in full strength finds what an even mixture hides."""
        rates = RATES if kind not in SLOW else (0.0, 0.0, 0.0, 0.02)
        return rates[int(self.draw("rate", kind) * len(rates))]
