"""Batches as files, so that a file drop can stand in for SAP's service."""

from collections.abc import Iterator
from datetime import date
from typing import Final, Literal

from common.values import Value
from common.world import World
from functions.accounting.model.batches import COUNTING, GONE, SapBatch
from functions.accounting.sap.datev import extf
from functions.accounting.sap.entries import JournalEntry, entry_of
from functions.accounting.sap.message import message
from functions.accounting.sap.tables import table

Format = Literal["soap", "csv", "datev"]
STEP: Final = 100


class File(Value):
    """A file of a batch."""

    name: str
    content: bytes
    batch_id: str
    message_id: str
    entries: int


def files(form: Format, day: date | None, world: World) -> Iterator[File]:
    """The files of every sealed batch, or of a day's: a message each, or a table of each batch."""
    for batch in _sealed(day, world):
        entries = [*_entries(batch)]
        if form == "soap":
            yield from (_message(batch, entry, world) for entry in entries)
        elif form == "csv":
            yield _file(batch, "csv", table(entries), len(entries))
        else:
            name = f"EXTF_Buchungsstapel_{_name(batch)}"
            content = extf(entries, batch.sealed_at or world.now)
            yield _file(batch, "csv", content, len(entries), name)


def _entries(batch: SapBatch) -> Iterator[JournalEntry]:
    for part in batch.parts:
        yield entry_of(batch, part)
        if part.reversal is not None:
            yield entry_of(batch, part, reversal=True)


def _sealed(day: date | None, world: World) -> Iterator[SapBatch]:
    selection = {"posted_on": day.isoformat()} if day else {}
    after = ""
    while found := world.read.select(SapBatch, limit=STEP, after=after, **selection):
        yield from (
            batch for batch in found if batch.state not in COUNTING and (batch.parts or batch.state not in GONE)
        )
        after = found[-1].id


def _message(batch: SapBatch, entry: JournalEntry, world: World) -> File:
    content = message(entry, batch.sealed_at or world.now)
    return File(
        name=f"{entry.message_id}.xml", content=content, batch_id=batch.id, message_id=entry.message_id, entries=1
    )


def _file(batch: SapBatch, ending: str, content: bytes, entries: int, name: str = "") -> File:
    return File(
        name=f"{name or _name(batch)}.{ending}", content=content, batch_id=batch.id, message_id="", entries=entries
    )


def _name(batch: SapBatch) -> str:
    return f"{batch.posted_on:%Y%m%d}-{batch.entity}-{batch.currency}-{batch.number}"
