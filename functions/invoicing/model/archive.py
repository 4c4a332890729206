"""Rendered documents and where they are kept."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from common.documents import Document, id_from


class Filed(BaseModel):
    """A rendered document that is in the archive bucket, content-addressed."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    document_id: str
    """The invoice's or credit note's id."""
    member_id: str
    number: str
    file: str
    sha256: str
    size_bytes: int


class Unrendered(BaseModel):
    """A document that can't be rendered, and why."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    fault: str


class ArchiveEntry(Filed, Document):
    """Where the PDF of an invoice or credit note is kept, and the hash of its bytes."""

    collection = "archive_entries"

    archived_at: datetime


def archive_id(document_id: str) -> str:
    """The id of a document's archive entry."""
    return id_from("doc", document_id)
