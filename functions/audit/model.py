"""What audit owns: the proof that personal data was erased, and the rules of what must be kept."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from common.commit import Record
from common.documents import Document, id_from
from common.events.base import Task
from common.values import Value

KEPT_BY_LAW: Final = {
    "documents/invoices": "an invoice",
    "documents/credit_notes": "a credit note",
    "documents/manifest_pages": "the manifest that invoices were issued from",
    "documents/receipts": "money that was received",
    "events/payment.received": "money that was received",
}
"""What may not be erased before its time is over: vouchers and books (GDPR, article 17(3)(b); § 147 AO, § 257 HGB)."""
LOOKS: Final = (timedelta(hours=1), timedelta(days=1), timedelta(days=30))
"""How long after the erasure to look for records: by then those who keep copies have forgotten, or were late."""
AT_ONCE: Final = 20
"""At most so many records are erased from in one commit: each may have a megabyte."""


class ErasePersonal(Task, name="audit.erase_personal"):
    """Take a member's personal data out of commit records, from after one on; `look` counts the times."""

    reason: str
    erased_at: datetime
    look: int = 0
    after: str = ""


class Found(Value):
    """What a look at a page of a member's records found: which to erase from, and why the others stay."""

    erasable: tuple[str, ...]
    kept: dict[str, int]
    last: str
    """Where to go on; empty at the end."""


class Erasure(Document):
    """The proof of what was erased from which records, why, and how many were kept on what ground."""

    collection = "erasures"
    indexed = ("member_id",)

    member_id: str
    reason: str
    look: int
    records: tuple[str, ...]
    values: int
    kept: dict[str, int]
    erased_at: datetime


def erasure_id(task: ErasePersonal) -> str:
    """Each page of each look leaves one proof."""
    return id_from("ers", task.member_id, str(task.look), task.after)


def ground(record: Record, member_id: str, head_of: Callable[[str, str], str | None]) -> str:
    """Why a member's data in a record stays: a law, or a document that still is as the record wrote it; else empty."""
    places = list(_places(record, member_id))
    for kind, name, _ in places:
        if (law := KEPT_BY_LAW.get(f"{kind}/{name}")) is not None:
            return law
    for kind, name, document_id in places:
        if kind == "documents" and head_of(name, document_id) == record.hash:
            return f"{name} still say so"
    return ""


def _places(record: Record, member_id: str) -> Iterator[tuple[str, str, str]]:
    """Where in a record a member's data stands: documents, events or tasks; collection or name; a document's id."""
    for path in record.personal[member_id]["values"]:
        kind, _, rest = path.partition("/")
        if kind == "documents":
            entry = record.body[kind][int(rest.partition("/")[0])]
            yield kind, entry["kind"], entry["id"]
        elif rest:
            yield kind, record.body[kind][int(rest.partition("/")[0])]["name"], ""
