"""SAP in the simulated world: it locks, refuses, keeps silent, mistakes itself, and posts no message twice."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from common.world import World
from emulators.simulation import Faults, Kind
from functions.accounting.model.batches import SapBatch, SendBatch, SummaryLine
from functions.accounting.model.parts import Exchange, Part, SapAnswer, SapDocument


@dataclass
class Sap:
    """SAP's books: what it posted and under which number, by the message's id."""

    faults: Faults
    posted: dict[str, tuple[SummaryLine, ...]] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)

    def send(self, tasks: Sequence[SendBatch], world: World) -> list[list[SapAnswer]]:
        """See `functions.accounting.providers.send`."""
        found = world.read.find_all(SapBatch, [task.batch_id for task in tasks])
        return [self._all(batch, world) if batch else [] for batch in found]

    def number(self, message_id: str) -> str:
        """The number of the document a message became; empty where it became none."""
        return f"18{list(self.posted).index(message_id):08d}" if message_id in self.posted else ""

    def _all(self, batch: SapBatch, world: World) -> list[SapAnswer]:
        pending = {one.message_id for one in batch.pending}
        asked = [
            (part, exchange)
            for part in batch.parts
            for exchange in (part.posting, part.reversal)
            if exchange is not None and exchange.message_id in pending
        ]
        return [answer for part, exchange in asked for answer in self._one(part, exchange, batch, world)]

    def _one(self, part: Part, exchange: Exchange, batch: SapBatch, world: World) -> list[SapAnswer]:
        message_id = exchange.message_id
        call = self.calls[message_id] = self.calls.get(message_id, 0) + 1
        place = f"{message_id} call {call}"
        if self.faults.strikes(Kind.SAP_DOWN, place, call):
            return [_unknown(message_id, Kind.SAP_DOWN)]
        known = message_id in self.posted
        if not known and (refused := self._refuses(place, exchange, world)):
            return [SapAnswer(message_id=message_id, kind="rejected", reason=refused)]
        if not known:
            lines = batch.lines[part.first : part.last]
            self.posted[message_id] = tuple(map(_mirrored, lines)) if exchange is part.reversal else lines
        if self.faults.strikes(Kind.SAP_SILENT, place, call):
            return [_unknown(message_id, Kind.SAP_SILENT)]
        number, year = self.number(message_id), str(batch.posted_on.year)
        if self.faults.strikes(Kind.SAP_MISTAKEN, place, call):
            number = _known_number(year, world) or number
        told = SapAnswer(message_id=message_id, kind="accepted", document=number, year=year)
        return [told] * (2 if self.faults.strikes(Kind.SAP_DOUBLED, place) else 1)

    def _refuses(self, place: str, exchange: Exchange, world: World) -> str:
        """Why it takes nothing today, or not this document; empty where it does."""
        if self.faults.strikes(Kind.SAP_LOCKED, f"SAP on {world.now.date()}", exchange.attempt):
            return Kind.SAP_LOCKED
        return Kind.SAP_REJECTS if self.faults.strikes(Kind.SAP_REJECTS, place, exchange.attempt) else ""


def _known_number(year: str, world: World) -> str:
    """A number of that year we know already: a wrong one we don't know could be told from a right one by nobody."""
    known = world.read.select(SapDocument, limit=1000)
    return next((one.number for one in known if one.year == year), "")


def _unknown(message_id: str, reason: str) -> SapAnswer:
    return SapAnswer(message_id=message_id, kind="unknown", reason=reason)


def _mirrored(line: SummaryLine) -> SummaryLine:
    return line.model_copy(update={"debit_minor": line.credit_minor, "credit_minor": line.debit_minor})
