"""Listen: what documents and queries show, told at once and again after each commit that changes it."""

import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import grpc

from emulators.firestore.documents import Documents
from emulators.firestore.errors import Refusal, invalid
from emulators.firestore.limits import check_name
from emulators.firestore.queries import Query
from emulators.firestore.transactions import Changes, Transactions
from emulators.firestore.wire import (
    DocumentMessage,
    ListenResponse,
    Message,
    Status,
    TargetChange,
    Timestamp,
    TimestampMessage,
)
from emulators.firestore.writes import same

# A stream in which nothing happens says so now and then, so that its resume token stays younger than an hour.
_STILL_THERE_S: Final = 30.0
_TOKEN_BYTES: Final = 8


@dataclass(frozen=True)
class Watched:
    """What a target looks at: some documents by name, or a query; told as it was, and as it is."""

    names: tuple[str, ...] = ()
    query: Query | None = None

    def seen(self, documents: Documents, snapshot: int | None = None) -> dict[str, DocumentMessage]:
        """The documents shown, by name, now or at a moment."""
        if self.query is not None:
            return {document.name: document for document in documents.find(self.query, snapshot)}
        found = ((name, documents.get(name, snapshot)) for name in self.names)
        return {name: document for name, document in found if document is not None}

    def is_touched(self, changes: Changes) -> bool:
        """Whether changes could change what is shown."""
        if self.query is None:
            return any(name in changes for name in self.names)
        touches = self.query.touches
        return any(touches(name, before) or touches(name, after) for name, (before, after) in changes.items())


@dataclass
class _Target:
    watched: Watched
    once: bool = False
    shown: dict[str, DocumentMessage] = field(default_factory=dict)


def watched_by(target: Message, compile_target: Any) -> Watched:
    """What a target of a request asks to look at."""
    if target.HasField("query"):
        return Watched(query=compile_target(target.query.parent, target.query.structured_query))
    if target.HasField("documents"):
        return Watched(names=tuple(map(check_name, target.documents.documents)))
    raise invalid("A target must name documents or a query")


class Listening:
    """One Listen stream: takes requests and commits as they come, and says what they change."""

    def __init__(self, transactions: Transactions, compile_target: Any) -> None:
        self._transactions = transactions
        self._compile = compile_target
        self._inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._targets: dict[int, _Target] = {}

    def answers(self, requests: Iterator[Message], context: grpc.ServicerContext) -> Iterator[Message]:
        """Everything that is to be told, until the client ends the stream."""
        context.add_callback(lambda: self._inbox.put(None))
        unsubscribe = self._transactions.subscribe(self._inbox.put)
        threading.Thread(target=self._read, args=(requests,), daemon=True, name="listen").start()
        try:
            while (asked := self._next()) is not None:
                yield from self._told(asked)
        finally:
            unsubscribe()

    def _read(self, requests: Iterator[Message]) -> None:
        with suppress(grpc.RpcError):  # a client that goes away without ending its stream
            for request in requests:
                self._inbox.put(request)
        self._inbox.put(None)

    def _next(self) -> Any:
        """A request, the changes of all commits up to now, or nothing when the stream is over."""
        try:
            item = self._inbox.get(timeout=_STILL_THERE_S)
        except queue.Empty:
            return {}
        return item

    def _told(self, asked: Any) -> Iterator[Message]:
        if isinstance(asked, Mapping):
            return self._changed(asked)
        if asked.HasField("add_target"):
            return self._added(asked.add_target)
        return self._removed(asked.remove_target)

    def _added(self, asked: Message) -> Iterator[Message]:
        identity = asked.target_id or max(self._targets, default=0) + 1
        try:
            target = _Target(watched_by(asked, self._compile), asked.once)
            since = self._resumed(asked)
        except Refusal as refusal:
            yield _change("REMOVE", [identity], cause=Status(code=refusal.code.value[0], message=refusal.message))
            return
        yield _change("ADD", [identity])
        if since is None and (asked.resume_token or asked.HasField("read_time")):
            yield _change("RESET", [identity])  # too old to be continued: all is told anew

        def look(documents: Documents) -> list[Message]:
            target.shown = {} if since is None else target.watched.seen(documents, since)
            if asked.HasField("expected_count") and asked.expected_count.value != len(target.shown):
                count = len(target.watched.seen(documents))
                return [ListenResponse(filter={"target_id": identity, "count": count})]
            return self._difference(identity, target, documents, first=since is None)

        told, now = self._transactions.look_now(look)
        yield from told
        yield _change("CURRENT", [identity], at=now)
        yield _change("NO_CHANGE", [], at=now)
        if target.once:
            yield _change("REMOVE", [identity])
        else:
            self._targets[identity] = target

    def _removed(self, identity: int) -> Iterator[Message]:
        self._targets.pop(identity, None)
        yield _change("REMOVE", [identity])

    def _changed(self, changes: Changes) -> Iterator[Message]:
        touched = [item for item in self._targets.items() if item[1].watched.is_touched(changes)]
        if changes and not touched:
            return

        def look(documents: Documents) -> list[Message]:
            return [each for identity, target in touched for each in self._difference(identity, target, documents)]

        told, now = self._transactions.look_now(look)
        yield from told
        if told or not changes:
            yield _change("NO_CHANGE", [], at=now)

    def _resumed(self, asked: Message) -> int | None:
        """The moment a target goes on from; nothing where it begins, or where that moment is forgotten."""
        if asked.resume_token:
            moment = _moment(asked.resume_token)
        elif asked.HasField("read_time"):
            moment = asked.read_time
        else:
            return None
        try:
            return self._transactions.looking_back(moment).snapshot
        except Refusal:
            return None

    @staticmethod
    def _difference(identity: int, target: _Target, documents: Documents, *, first: bool = False) -> list[Message]:
        before, target.shown = target.shown, target.watched.seen(documents)
        told = [
            ListenResponse(document_change={"document": document, "target_ids": [identity]})
            for name, document in target.shown.items()
            if not same(before.get(name), document)
        ]
        gone = [name for name in before if name not in target.shown]
        if first:
            gone += [name for name in target.watched.names if name not in target.shown]
        return [*told, *(_gone(identity, name, documents) for name in gone)]


def _gone(identity: int, name: str, documents: Documents) -> Message:
    """A document that is no longer shown: deleted, or no longer what the query looks for."""
    kind = "document_delete" if documents.get(name) is None else "document_remove"
    told = ListenResponse()
    getattr(told, kind).document = name
    getattr(told, kind).removed_target_ids.append(identity)
    getattr(told, kind).read_time.FromMicroseconds(documents.version)
    return told


def _change(kind: str, identities: list[int], *, at: TimestampMessage = None, cause: Any = None) -> Message:
    change = TargetChange(
        target_change_type=TargetChange.TargetChangeType.Value(kind), target_ids=identities, cause=cause
    )
    if at is not None:
        change.read_time.CopyFrom(at)
        change.resume_token = at.ToMicroseconds().to_bytes(_TOKEN_BYTES, "big")
    return ListenResponse(target_change=change)


def _moment(token: bytes) -> TimestampMessage:
    if len(token) != _TOKEN_BYTES:
        raise invalid("The resume token is not valid.")
    moment = Timestamp()
    moment.FromMicroseconds(int.from_bytes(token, "big"))
    return moment
