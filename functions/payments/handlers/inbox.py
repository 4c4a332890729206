"""Statement files in the bucket: originals and long statements are kept there, what is put into the inbox is taken in.

An object of Cloud Storage is there when it is whole and changes only as a whole, as a new generation; so nothing is
ever seen half-written, and another content under the same name is another file to take in.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from common.failures import Rejected, TryLater
from common.functions.declared import Tick
from common.ports import StoredFile
from common.transaction import Transaction
from common.world import World
from functions.payments.bank import files
from functions.payments.bank.identity import Placed
from functions.payments.bank.slices import packed, unpacked
from functions.payments.handlers.statements import ENTRIES_A_COMMIT, own_account, slices_of, take_statements
from functions.payments.model.statements import (
    StatementUpload,
    TakeSlice,
    TakeStatementFile,
    file_id_of,
    statement_id_of,
)
from functions.payments.requests.statements import Kept, StatementFile

INBOX: Final = "inbox/statements/"
AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file of the inbox, read and kept; or why it is refused."""

    file: StatementFile | None
    refusal: Rejected | None = None


def keep(given: StatementFile, world: World) -> StatementFile:
    """Keeps the original, and what of it is too much for one commit, before anything is recorded.

    Names come from the content, so that keeping it twice is keeping it once.
    """
    digest = hashlib.sha256(given.content).hexdigest()
    world.put_file(f"statements/{digest}", given.content, "application/octet-stream")
    if any(not own_account(one.account) for one in given.statements):
        return given
    payments = sum(len(entry.details) for one in given.statements for entry in one.entries)
    if payments <= ENTRIES_A_COMMIT:
        return given
    kept: dict[str, Kept] = {}
    for statement in given.statements:
        ours = replace(statement, account=own_account(statement.account))
        folder = f"statements/slices/{ours.sha256}"
        count = 0
        for number, payments_ in slices_of(ours):
            world.put_file(f"{folder}/{number}", packed(payments_), "application/json")
            count += 1
        if count:
            kept[statement_id_of(ours)] = Kept(folder, count)
    return replace(given, slices=kept)


def open_slices(tasks: Sequence[TakeSlice], world: World) -> list[list[Placed]]:
    """The entries of slices, as they were kept."""
    return [_slice(f"{task.file}/{task.number}", world) for task in tasks]


def look(ticks: Sequence[Tick], world: World) -> list[list[StoredFile]]:
    """What is in the inbox that nobody has noted yet; some at a time."""
    found = [one for one in world.list_files(INBOX) if not one.name.endswith("/")]
    fresh: list[StoredFile] = []
    for start in range(0, len(found), 300):
        page = found[start : start + 300]
        known = world.read.find_all(StatementUpload, [file_id_of(one.name, one.generation) for one in page])
        fresh += [one for one, noted in zip(page, known, strict=True) if noted is None]
    return [fresh[:AT_ONCE] for _ in ticks]


def note_files(_: Tick, found: Sequence[StoredFile], transaction: Transaction) -> None:
    """Notes new files of the inbox, each with the task that takes it in."""
    ids = [file_id_of(one.name, one.generation) for one in found]
    known = transaction.find_all(StatementUpload, ids)
    for one, id_, noted in zip(found, ids, known, strict=True):
        if noted is None:
            transaction.put(StatementUpload(id=id_, file=one.name, generation=one.generation, noted_at=transaction.now))
            transaction.later(TakeStatementFile(file=one.name, generation=one.generation))


def prepare(tasks: Sequence[TakeStatementFile], world: World) -> list[Prepared]:
    """Reads files of the inbox; what is wrong with one is an answer, too."""
    return [_prepared(task, world) for task in tasks]


def take_files(tasks: Sequence[TakeStatementFile], prepared: Sequence[Prepared], transaction: Transaction) -> None:
    """Takes a file's statements in and notes what became of it; one that is refused is noted with the reason.

    Each has a commit of its own: TryLater for several at once, upon which they are handed over one by one.
    """
    if len(tasks) > 1:
        raise TryLater("one file a commit")
    [task], [found] = tasks, prepared
    noted = transaction.get(StatementUpload, file_id_of(task.file, task.generation))
    refusal = found.refusal
    if found.file is not None:
        try:
            taken = take_statements(found.file, transaction)
        except Rejected as fault:
            refusal = fault
        else:
            ids = tuple(dict.fromkeys(one.statement_id for one in taken.statements))
            transaction.put(noted.but(outcome="taken", statement_ids=ids))
            return
    if refusal is not None:
        transaction.put(noted.but(outcome="refused", code=refusal.code, detail=refusal.detail[:500]))


def _prepared(task: TakeStatementFile, world: World) -> Prepared:
    content = world.get_file(task.file)
    if content is None:
        return Prepared(None, Rejected("file_gone", f"{task.file} is not in the inbox any more"))
    try:
        return Prepared(keep(StatementFile(statements=files.read(content), content=content), world))
    except Rejected as refusal:
        return Prepared(None, refusal)


def _slice(name: str, world: World) -> list[Placed]:
    content = world.get_file(name)
    if content is None:
        raise TryLater(f"{name} is not in the bucket yet")
    return unpacked(content)
