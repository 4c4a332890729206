"""Rendered documents: their forms, where they are kept and for how long."""

from datetime import date, datetime
from typing import Final

from common.documents import Document, id_from
from common.events.invoicing import ArchivedFile
from common.failures import Rejected
from common.values import Value

YEARS_KEPT: Final = 10
"""After the end of the year of issue: the longest of the terms that apply (Directive 2006/112/EC, art. 369k for
One-Stop-Shop records; France, Italy; longer than Germany's eight and the Netherlands' seven)."""


class Filed(Value):
    """A rendered document that is in the archive bucket, each form with the hash of its bytes."""

    document_id: str
    """The invoice's or credit note's id."""
    member_id: str
    number: str
    file: str
    """The PDF, as are the hash and the size."""
    sha256: str
    size_bytes: int
    files: tuple[ArchivedFile, ...] = ()
    """Every form, the PDF first."""
    keep_until: date | None = None


class Unrendered(Value):
    """A document that can't be rendered, and why."""

    fault: str


class ArchiveEntry(Filed, Document):
    """Where the forms of an invoice or credit note are kept, and the hashes of their bytes.

    What it names stays as it is when the member is erased: the law wants it kept (Regulation (EU) 2016/679,
    art. 17(3)(b)). The entry itself holds nothing personal.
    """

    collection = "archive_entries"

    archived_at: datetime

    def must_have(self, format_: str) -> ArchivedFile:
        """One form of it; Rejected `not_made` (404) where there is none."""
        files: dict[str, ArchivedFile] = {file.format: file for file in self.forms}
        if format_ in files:
            return files[format_]
        raise Rejected("not_made", f"{self.number} has the forms {', '.join(files)}", status=404)

    @property
    def forms(self) -> tuple[ArchivedFile, ...]:
        """Every form of it, the PDF first."""
        return self.files or (self._alone(),)

    def _alone(self) -> ArchivedFile:
        """The PDF of an entry from when there was nothing else."""
        own = {"file": self.file, "sha256": self.sha256, "size_bytes": self.size_bytes}
        return ArchivedFile.model_validate({"format": "pdf", "media_type": "application/pdf", **own})


def archive_id(document_id: str) -> str:
    """The id of a document's archive entry."""
    return id_from("doc", document_id)


def kept_until(issued_on: date) -> date:
    """The last day on which a document of that day has to be kept."""
    return date(issued_on.year + YEARS_KEPT, 12, 31)
