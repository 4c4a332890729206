"""Writes worked out before they are made: preconditions, masks, transforms and the limits of size."""

from collections.abc import Callable, Iterable, Mapping

import grpc

from emulators.firestore.errors import Refusal, invalid
from emulators.firestore.fields import get_field, parse_path, remove_field, set_field
from emulators.firestore.limits import check_document, check_name, check_transforms
from emulators.firestore.transforms import transform
from emulators.firestore.wire import (
    Document,
    DocumentMessage,
    Message,
    Status,
    TimestampMessage,
    WriteResult,
)

Reader = Callable[[str], DocumentMessage | None]
Changes = dict[str, DocumentMessage | None]
Check = Callable[[DocumentMessage], None]


class Staging:
    """Writes of one commit applied in order to a copy; ``changes`` is what the commit would change."""

    def __init__(self, read: Reader, now: TimestampMessage, check: Check = check_document) -> None:
        self.changes: Changes = {}
        self._check = check
        self._read = read
        self._now = now

    def stage_all(self, writes: Iterable[Message]) -> list[Message]:
        """The results of the writes; refuses all when one is refused."""
        return [self.stage(write) for write in writes]

    def stage_each(self, writes: Iterable[Message]) -> tuple[list[Message], list[Message]]:
        """The results and statuses of writes that succeed or fail each for itself."""
        results, statuses = [], []
        for write in writes:
            try:
                results.append(self.stage(write))
                statuses.append(Status())
            except Refusal as refusal:
                results.append(WriteResult())
                statuses.append(Status(code=refusal.code.value[0], message=refusal.message))
        return results, statuses

    def stage(self, write: Message) -> Message:
        """The result of one write."""
        name = check_name(target(write))
        before = self.changes[name] if name in self.changes else self._read(name)
        self._check_precondition(write, name, before)
        if write.HasField("delete"):
            self.changes[name] = None
            return WriteResult()
        after, results = self._written(write, name, before)
        self.changes[name] = after
        return WriteResult(update_time=after.update_time, transform_results=results)

    def _check_precondition(self, write: Message, name: str, before: DocumentMessage | None) -> None:
        kind = write.current_document.WhichOneof("condition_type")
        if kind == "exists":
            _check_existence(name, before, wanted=write.current_document.exists)
        elif kind == "update_time":
            _check_update_time(name, before, write.current_document.update_time, self._now)

    def _written(
        self, write: Message, name: str, before: DocumentMessage | None
    ) -> tuple[DocumentMessage, list[Message]]:
        check_transforms(_transforms(write))
        after = _updated(write, name, before)
        results = [transform(after.fields, each, self._now) for each in _transforms(write)]
        self._check(after)
        after.create_time.CopyFrom(self._now if before is None else before.create_time)
        if before is not None:
            after.update_time.CopyFrom(before.update_time)
            if after == before:
                return before, results  # a write that changes nothing keeps the update time
        after.update_time.CopyFrom(self._now)
        return after, results


def target(write: Message) -> str:
    """The name of the document a write is about."""
    kind = write.WhichOneof("operation")
    if kind == "update":
        return write.update.name
    if kind == "delete":
        return write.delete
    if kind == "transform":
        return write.transform.document
    raise invalid("A write must update, delete or transform a document")


def real_changes(changes: Mapping[str, DocumentMessage | None], read: Reader) -> Changes:
    """The changes that make a difference to what is there."""
    return {name: after for name, after in changes.items() if not same(after, read(name))}


def same(document: DocumentMessage | None, other: DocumentMessage | None) -> bool:
    """Whether two states are the same one: each change of a document has a time of its own."""
    if document is None or other is None:
        return document is other
    return document.name == other.name and document.update_time == other.update_time


def _check_existence(name: str, before: DocumentMessage | None, *, wanted: bool) -> None:
    if wanted and before is None:
        raise Refusal(grpc.StatusCode.NOT_FOUND, f"No document to update: {name}")
    if not wanted and before is not None:
        raise Refusal(grpc.StatusCode.ALREADY_EXISTS, f"Document already exists: {name}")


def _check_update_time(
    name: str, before: DocumentMessage | None, wanted: TimestampMessage, now: TimestampMessage
) -> None:
    if wanted.ToMicroseconds() > now.ToMicroseconds():
        raise invalid("The update_time of a precondition must not lie in the future")
    if before is None or before.update_time != wanted:
        raise Refusal(
            grpc.StatusCode.FAILED_PRECONDITION,
            f"the stored version of {name} does not match the required base version",
        )


def _updated(write: Message, name: str, before: DocumentMessage | None) -> DocumentMessage:
    """A new document after the write's own fields, its transforms and times yet to come."""
    after = Document()
    masked = write.HasField("update_mask")
    if before is not None and (masked or write.HasField("transform")):
        after.CopyFrom(before)
    elif write.HasField("update") and not masked:
        after.CopyFrom(write.update)
    after.name = name
    for text in write.update_mask.field_paths:
        path = parse_path(text)
        value = get_field(write.update.fields, path)
        if value is None:
            remove_field(after.fields, path)
        else:
            set_field(after.fields, path, value)
    return after


def _transforms(write: Message) -> Iterable[Message]:
    return write.transform.field_transforms if write.HasField("transform") else write.update_transforms
