"""One delivery: has this been done? else do it, commit it with its record, and tell it at once."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from secrets import token_bytes
from types import TracebackType
from typing import Any

from pydantic import BaseModel, ValidationError

from common.commit import COLLECTION, SHARDS, Cause, Record, is_erased, open_record, part_refs, seal
from common.failures import Rejected, TryLater
from common.functions.declared import DELIVERY, Function
from common.log import log
from common.parking import PARKED, Failing, Parked, failing_id, parked_id
from common.ports import Clock, Engine, Message, Session, Stored, Write
from common.settings import Settings
from common.transaction import UnitOfWork
from common.world import World

Handler = Callable[..., Any]
OVERDUE = timedelta(seconds=60)
"""The sweep leaves younger records to the process that made them."""


EARLY = timedelta(minutes=1)
NOTED_EVERY = 5
"""Of the attempts of a message that keeps failing, so many pass from one noted error to the next."""


class Runtime:
    """The one door between functions and an engine."""

    def __init__(self, engine: Engine, clock: Clock, settings: Settings) -> None:
        self.engine = engine
        self.clock = clock
        self.settings = settings
        self.world = World(engine, clock, settings)
        self.salts: Callable[[int], bytes] = token_bytes

    # -- committing ----------------------------------------------------------------------------

    def commit(self, cause: Cause, work: Callable[[UnitOfWork], Any]) -> Any:
        """Runs `work` once for this cause and returns its answer; again, and it answers as it did.

        Rejected `idempotency_key_reused` (422) where the cause came with another request before.
        """
        answer, record = self.engine.transact(lambda session: self._attempt(session, cause, work))
        if record is not None:
            self.publish(record)
        return answer

    def _attempt(
        self, session: Session, cause: Cause, work: Callable[[UnitOfWork], Any]
    ) -> tuple[Sequence[Write], tuple[Any, Record | None]]:
        stored = session.load([(COLLECTION, cause.commit_id)])[0]
        if stored is not None:
            record = self._open(session, stored)
            return [], (replayed(cause, record), record if stored.fields["pending"] else None)
        unit = UnitOfWork(session, self.clock.now(), cause.actor)
        answer = as_json(work(unit))
        record, writes = seal(cause, unit, answer, self.salts, self.clock.now())
        return writes, (answer, record)

    @staticmethod
    def _open(session: Session | Engine, stored: Stored) -> Record:
        parts = session.load(part_refs(stored)) if stored.fields["parts"] > 1 else []
        return open_record(stored, [part for part in parts if part is not None])

    def publish(self, record: Record) -> None:
        """Tells what a commit has to tell, and notes it. A failure is left to the sweep."""
        messages = record.messages()
        if not messages:
            return
        try:
            self.engine.publish(messages)
            self.engine.mark_published([record.id])
        except (ConnectionError, TimeoutError, TryLater) as fault:
            log("WARNING", "left to the sweep", commit=record.id, fault=repr(fault))

    def sweep(self) -> int:
        """Publishes what crashed processes left; returns how many commits it found."""
        found = 0
        for shard in range(SHARDS):
            for stored in self.engine.select(COLLECTION, {"pending": str(shard)}, limit=500):
                if self.clock.now() - datetime.fromisoformat(stored.fields["at"]) >= OVERDUE:
                    self.publish(self._open(self.engine, stored))
                    found += 1
        return found

    def record(self, commit_id: str) -> Record | None:
        """A commit record as stored, or None."""
        stored = self.engine.load([(COLLECTION, commit_id)])[0]
        return self._open(self.engine, stored) if stored else None

    # -- delivering ----------------------------------------------------------------------------

    def deliver(self, function: Function, message: Message, *, attempt: int = 0) -> None:
        """Hands a message to a function: done once, parked with its reason, or raised to be tried again.

        Raises TryLater where something is missing yet. A slice of which one fact fails is taken apart, so that
        the others go on. Every fifth `attempt` that fails is noted, so that a message that is given up has a reason;
        a task, which nobody keeps when its queue gives it up, is parked at the attempt of `DELIVERY`.
        """
        with _Noting(self, function, message, attempt):
            self._hand(function, message)
            if message.parked_id:
                self._unpark(function, message)

    def _hand(self, function: Function, message: Message) -> None:
        if function.kind == "stream":
            function.handler(message, self.world)
            return
        if function.kind == "task" and self._too_early(message):
            return
        if function.job:
            function.handler(function.parse(message), self)
            return
        answers = self._ask(function, message)
        self._deliver(function, message, answers)

    def _too_early(self, message: Message) -> bool:
        """A task far ahead of its time is put back (a queue holds 30 days at most); one nearly due tries again."""
        early = message.at - self.clock.now()
        if early > EARLY:
            self.engine.publish([replace(message, again=message.again + 1)])
        elif early > timedelta(0):
            raise TryLater(f"due at {message.at.isoformat()}")
        return early > EARLY

    def _deliver(self, function: Function, message: Message, answers: Sequence[Any] | None) -> None:
        cause = cause_of(function, message)
        try:
            done = self.commit(cause, lambda unit: self._handle(function, message, answers, unit))
        except (Rejected, TryLater) as refusal:
            if len(message.facts) > 1:
                self.commit(cause, lambda _: {"taken_apart": len(message.facts)})
                self._one_by_one(function, message, answers)
            elif isinstance(refusal, Rejected):
                self.park(function, message, refusal)
            else:
                raise
        else:
            if isinstance(done, dict) and "taken_apart" in done:
                self._one_by_one(function, message, answers)

    def _handle(self, function: Function, message: Message, answers: Sequence[Any] | None, unit: UnitOfWork) -> None:
        parked = unit.get(Parked, message.parked_id.partition("@")[0]) if message.parked_id else None
        facts = function.parse(message)
        if function.whole_slices:
            function.handler(facts, unit) if answers is None else function.handler(facts, answers, unit)
        else:
            for number, fact in enumerate(facts):
                function.handler(fact, unit) if answers is None else function.handler(fact, answers[number], unit)
        if parked is not None:
            unit.put(parked.but(state=PARKED.move(parked.state, "replay")))

    def _one_by_one(self, function: Function, message: Message, answers: Sequence[Any] | None) -> None:
        waiting: TryLater | None = None
        for number, single in enumerate(singles(message)):
            try:
                self._deliver(function, single, None if answers is None else [answers[number]])
            except TryLater as later:
                waiting = later
        if waiting is not None:
            raise waiting

    def _ask(self, function: Function, message: Message) -> Sequence[Any] | None:
        """Asks the world, outside any transaction, unless this message has been answered already."""
        if function.ask is None:
            return None
        stored = self.engine.load([(COLLECTION, cause_of(function, message).commit_id)])[0]
        if stored is not None and not self._was_taken_apart(stored):
            return [None] * len(message.facts)
        return list(function.ask(function.parse(message), self.world))

    def _was_taken_apart(self, stored: Stored) -> bool:
        answer = self._open(self.engine, stored).answer
        return isinstance(answer, dict) and "taken_apart" in answer

    # -- parking -------------------------------------------------------------------------------

    def park(self, function: Function, message: Message, refusal: Rejected) -> None:
        """Puts a message aside with its reason, once; staff replay it or give it up."""
        log("WARNING", "parked", function=function.name, key=message.key, code=refusal.code)
        known_id = message.parked_id.partition("@")[0] or parked_id(function.name, message.key)
        key = f"park:{message.key}:{message.parked_id}"
        cause = Cause(function.name, key, f"function:{function.name}", refusal.detail)

        def work(unit: UnitOfWork) -> None:
            known = unit.find(Parked, known_id)
            if known is not None:
                if known.state == "parked":
                    unit.put(known.but(code=refusal.code, detail=refusal.detail))
                return
            unit.put(
                Parked(
                    id=known_id,
                    function=function.name,
                    name=message.name,
                    key=message.key,
                    facts=tuple(dict(fact) for fact in message.facts),
                    ids=message.ids,
                    code=refusal.code,
                    detail=refusal.detail,
                    parked_at=unit.now,
                    told_at=message.at,
                )
            )

        self.commit(cause, work)

    def _unpark(self, function: Function, message: Message) -> None:
        """A replay that had no commit of its own, as it was done before or in parts, is over nonetheless."""
        known_id, version = message.parked_id.split("@")[:2]
        known = self.world.read.find(Parked, known_id)
        if known is None or known.state != "parked" or known.version != int(version):
            return
        cause = Cause(function.name, f"unpark:{message.parked_id}", f"function:{function.name}")
        self.commit(cause, lambda unit: _unparked(unit, known_id, int(version)))

    def replay(self, parked: Parked) -> None:
        """Sends a parked message to its function again; it is unparked in the commit that goes through."""
        now = self.clock.now()
        message = Message(
            name=parked.name,
            key=parked.key,
            facts=parked.facts,
            ids=parked.ids,
            at=parked.told_at or now,
            function=parked.function,
            parked_id=f"{parked.id}@{parked.version}@{now.isoformat()}",
        )
        self.engine.publish([message])


class _Noting:
    """Watches one attempt and notes how it failed, if it is one of those that are noted; the error goes on its way.

    A task has no dead letter: one that has failed so often that it would soon be given up is parked here.
    """

    def __init__(self, runtime: Runtime, function: Function, message: Message, attempt: int) -> None:
        self._runtime = runtime
        self._function = function
        self._message = message
        self._attempt = attempt

    def __enter__(self) -> None:
        """Begins to watch."""

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Notes the error, and holds only that of a task that is given up."""
        if not isinstance(fault, Exception) or not self._attempt:
            return False
        if self._function.kind == "task" and self._attempt >= DELIVERY.attempts:
            reason = Rejected(snake(type(fault).__name__), plainly(fault))
            self._runtime.park(self._function, self._message, reason)
            return True
        if self._attempt % NOTED_EVERY == 0:
            self._runtime.commit(self._cause(), lambda unit: self._note(unit, fault))
        return False

    def _cause(self) -> Cause:
        name = self._function.name
        return Cause(name, f"failed:{self._message.key}:{self._attempt}", f"function:{name}")

    def _note(self, unit: UnitOfWork, fault: Exception) -> None:
        told: dict[str, Any] = {
            "fault": snake(type(fault).__name__),
            "detail": plainly(fault),
            "attempt": self._attempt,
        }
        id_ = failing_id(self._function.name, self._message.key)
        known = unit.find(Failing, id_)
        if known is None:
            unit.put(Failing(id=id_, failed_at=unit.now, **told))
        else:
            unit.put(known.but(failed_at=unit.now, **told))


def _unparked(unit: UnitOfWork, known_id: str, version: int) -> None:
    known = unit.find(Parked, known_id)
    if known is not None and known.state == "parked" and known.version == version:
        unit.put(known.but(state=PARKED.move(known.state, "replay")))


def snake(name: str) -> str:
    """A class's name as a code: `KeyError` is `key_error`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def plainly(fault: Exception) -> str:
    """What an error says, without the values it was about where it is known to quote them."""
    if isinstance(fault, ValidationError):
        faults = fault.errors(include_url=False, include_input=False, include_context=False)[:5]
        return "; ".join(f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in faults)
    return str(fault)[:300]


def cause_of(function: Function, message: Message) -> Cause:
    """The cause of one function's commit for one message."""
    return Cause(function.name, message.key, f"function:{function.name}", because=message.key.partition(":")[0])


def singles(message: Message) -> list[Message]:
    """A slice taken apart, one message a fact, with keys that are always the same.

    A replayed slice is unparked as a whole: what is refused of it is parked on its own.
    """
    return [
        replace(message, key=f"{message.key}#{n}", facts=(fact,), ids=message.ids[n : n + 1], parked_id="")
        for n, fact in enumerate(message.facts)
    ]


def replayed(cause: Cause, record: Record) -> Any:
    """The stored answer; Rejected where the same key came with another request, or where it was erased."""
    told = record.body["fingerprint"]
    if cause.fingerprint != told and not is_erased(told):
        raise Rejected("idempotency_key_reused", "this key was used for another request")
    return record.answer


def as_json(answer: Any) -> Any:
    """An answer as plain JSON values, as it is stored and sent."""
    if isinstance(answer, BaseModel):
        return answer.model_dump(mode="json")
    if isinstance(answer, Mapping):
        return {key: as_json(value) for key, value in answer.items()}
    return answer
