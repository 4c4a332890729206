"""The documents the SAP simulator has posted, and each message it was sent."""

import json
from collections.abc import Callable
from typing import Any

from emulators.sap.confirmation import Outcome
from emulators.sap.reading import Bulk, JournalEntry, Objection, objections
from emulators.world.clock import VirtualClock, epoch
from emulators.world.rows import Rows

SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
  id INTEGER PRIMARY KEY, message TEXT NOT NULL, position INTEGER NOT NULL, number TEXT NOT NULL,
  company TEXT NOT NULL, year TEXT NOT NULL, created INTEGER NOT NULL, header TEXT NOT NULL, items TEXT NOT NULL,
  UNIQUE (message, position));
CREATE INDEX IF NOT EXISTS documents_by_company ON documents (company, id);
CREATE TABLE IF NOT EXISTS ranges (
  company TEXT NOT NULL, year TEXT NOT NULL, first INTEGER NOT NULL, used INTEGER NOT NULL,
  PRIMARY KEY (company, year, first));
CREATE TABLE IF NOT EXISTS messages (
  id INTEGER PRIMARY KEY, moment INTEGER NOT NULL, message TEXT NOT NULL, outcome TEXT NOT NULL, told TEXT NOT NULL);
"""
# The first number of each document type's range, as SAP delivers them.
_FIRST = {"DR": 1_800_000_000, "DG": 1_600_000_000, "DZ": 1_400_000_000, "DA": 1_600_000_000}
_OTHERS = 100_000_000
Judge = Callable[[JournalEntry], list[Objection]]


class Books:
    """Posts entries once for each message id and place in the message."""

    def __init__(self, rows: Rows, clock: VirtualClock) -> None:
        self.rows = rows
        self._clock = clock

    def post(self, bulk: Bulk, judge: Judge = objections) -> list[Outcome]:
        """Post each entry `judge` does not object to; one posted before keeps its document."""
        with self.rows.transaction():
            outcomes = [self._post(bulk.message, place, entry, judge) for place, entry in enumerate(bulk.entries)]
        for outcome in outcomes:
            words = f"{outcome.company} {outcome.number}" if outcome.number else str(outcome.objections)
            self.note(bulk.message, "posted" if outcome.number else "rejected", words)
        return outcomes

    def note(self, message: str, outcome: str, told: str) -> None:
        """Keep what became of a message, for people to read."""
        with self.rows.transaction() as db:
            row = (epoch(self._clock), message, outcome, told)
            db.execute("INSERT INTO messages (moment, message, outcome, told) VALUES (?, ?, ?, ?)", row)

    def documents(self, *, company: str | None = None, message: str | None = None, most: int = 1000) -> list[Any]:
        """The latest documents, newest first."""
        found = self.rows.read(
            "SELECT * FROM documents WHERE (?1 IS NULL OR company = ?1) AND (?2 IS NULL OR message = ?2)"
            " ORDER BY id DESC LIMIT ?3",
            (company, message, most),
        )
        return [_document(row) for row in found]

    def _post(self, message: str, place: int, entry: JournalEntry, judge: Judge) -> Outcome:
        known = self.rows.one("SELECT * FROM documents WHERE message = ? AND position = ?", (message, place))
        if known is not None:
            return Outcome(entry.message, known["number"], known["company"], known["year"])
        if against := judge(entry):
            return Outcome(entry.message, objections=against)
        company, year = entry.header["CompanyCode"], entry.header["PostingDate"][:4]
        number = self._number(company, year, entry.header["AccountingDocumentType"])
        items = [{**item.told, "kind": item.kind, "account": item.account} for item in entry.items]
        row = (message, place, number, company, year, epoch(self._clock), json.dumps(entry.header), json.dumps(items))
        with self.rows.transaction() as db:
            db.execute(_INSERT, row)
        return Outcome(entry.message, number, company, year)

    def _number(self, company: str, year: str, kind: str) -> str:
        first = _FIRST.get(kind, _OTHERS)
        with self.rows.transaction() as db:
            row = db.execute(
                "INSERT INTO ranges VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET used = used + 1 RETURNING used",
                (company, year, first),
            ).fetchone()
        return f"{first + row['used'] - 1:010d}"


_INSERT = (
    "INSERT INTO documents (message, position, number, company, year, created, header, items)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


def _document(row: Any) -> dict[str, Any]:
    return {
        "accounting_document": row["number"],
        "company_code": row["company"],
        "fiscal_year": row["year"],
        "message_id": row["message"],
        "position": row["position"],
        "created": row["created"],
        "header": json.loads(row["header"]),
        "items": json.loads(row["items"]),
    }
