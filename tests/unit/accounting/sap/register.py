"""A SAP in memory for tests: it posts what it is sent, each message once, and says what a test told it to."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from common.world import World
from functions.accounting.model.batches import SapBatch, SendBatch
from functions.accounting.model.parts import SapAnswer
from functions.accounting.sap.entries import JournalEntry, entry_of
from tests.kit import Platform


@dataclass
class Register:
    """Answers in turn with the kinds in `script`, then always `accepted`."""

    script: list[str] = field(default_factory=list)
    posted: dict[str, JournalEntry] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    number: str = ""
    """Named for every message, where it is set."""

    def send(self, tasks: Sequence[SendBatch], world: World) -> list[list[SapAnswer]]:
        """As `providers.send`."""
        batches = world.read.find_all(SapBatch, [task.batch_id for task in tasks])
        return [self._answers(batch) if batch else [] for batch in batches]

    def _answers(self, batch: SapBatch) -> list[SapAnswer]:
        pending = {one.message_id for one in batch.pending}
        sent = [(part, one) for part in batch.parts for one in (part.posting, part.reversal) if one]
        return [
            self._one(entry_of(batch, part, reversal=one is part.reversal))
            for part, one in sent
            if one.message_id in pending
        ]

    def _one(self, entry: JournalEntry) -> SapAnswer:
        self.asked.append(entry.message_id)
        kind: Any = self.script.pop(0) if self.script else "accepted"
        if kind != "accepted":
            return SapAnswer(message_id=entry.message_id, kind=kind, reason="as told")
        self.posted.setdefault(entry.message_id, entry)
        number = self.number or str(100_000_000 + list(self.posted).index(entry.message_id))
        return SapAnswer(message_id=entry.message_id, kind="accepted", document=number, year="2026")

    def balance(self) -> dict[tuple[str, str], int]:
        """What SAP has on each account and currency."""
        sums: dict[tuple[str, str], int] = {}
        for entry in self.posted.values():
            for item in entry.items:
                key = (item.account, entry.currency)
                sums[key] = sums.get(key, 0) + item.amount_minor
        return {key: amount for key, amount in sums.items() if amount}


def platform_with(register: Register) -> Platform:
    """Accounting that talks to this SAP."""
    found = Platform("accounting")
    found.bus.functions = [
        replace(one, ask=register.send, _name=one.variable) if one.name == "accounting-send-batch" else one
        for one in found.bus.functions
    ]
    return found
