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
CREATE TABLE IF NOT EXISTS locks (
  kind TEXT NOT NULL, company TEXT NOT NULL, what TEXT NOT NULL, PRIMARY KEY (kind, company, what));
CREATE TABLE IF NOT EXISTS outages (id INTEGER PRIMARY KEY CHECK (id = 1), until INTEGER NOT NULL);
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

    def lock(self, kind: str, company: str, what: str, *, locked: bool) -> None:
        """Close or open a posting period (`2026-10`), or an account."""
        with self.rows.transaction() as db:
            if locked:
                db.execute("INSERT OR IGNORE INTO locks VALUES (?, ?, ?)", (kind, company, what))
            else:
                db.execute("DELETE FROM locks WHERE kind = ? AND company = ? AND what = ?", (kind, company, what))

    def locks(self) -> list[dict[str, str]]:
        """Every period and account that is locked."""
        found = self.rows.read("SELECT * FROM locks ORDER BY kind, company, what")
        return [{"kind": row["kind"], "company_code": row["company"], "what": row["what"]} for row in found]

    def locked(self, entry: JournalEntry) -> list[Objection]:
        """What of an entry is locked: its period, and each account it posts to."""
        company, day = entry.header.get("CompanyCode", ""), entry.header.get("PostingDate", "")
        shut = {(lock["kind"], lock["what"]) for lock in self.locks() if lock["company_code"] == company}
        found: list[Objection] = []
        if ("period", day[:7]) in shut:
            found.append(("201(F5)", f"Period {int(day[5:7]):03d}/{day[:4]} is not open for account type S"))
        accounts = dict.fromkeys(name for item in entry.items for name in (item.account, gl_account(item.told)))
        found += [
            ("351(F5)", f"Account {name} in company code {company} is blocked for posting")
            for name in accounts
            if ("account", name) in shut
        ]
        return found

    def go_down(self, until: int) -> None:
        """Answer nothing before this second."""
        with self.rows.transaction() as db:
            db.execute("INSERT OR REPLACE INTO outages VALUES (1, ?)", (until,))

    def down(self) -> bool:
        """Whether SAP answers nothing now."""
        row = self.rows.one("SELECT until FROM outages WHERE id = 1")
        return row is not None and epoch(self._clock) < row["until"]

    def documents_until(self, company: str, day: str) -> list[Any]:
        """All documents of a company code posted up to and on a day (ISO 8601), oldest first."""
        found = self.rows.read("SELECT * FROM documents WHERE company = ? ORDER BY id", (company,))
        return [told for row in found if (told := _document(row))["header"]["PostingDate"] <= day]

    def first_number(self) -> str:
        """The number of the first document there is, empty where there is none."""
        row = self.rows.one("SELECT number FROM documents ORDER BY id LIMIT 1")
        return str(row["number"]) if row else ""

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
        items = [
            {**item.told, "kind": item.kind, "account": item.account, "currency": item.currency} for item in entry.items
        ]
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


def gl_account(told: dict[str, str]) -> str:
    """The G/L account an item is posted to; a tax item's is the first word of its text.

    SAP determines that of a tax item from its tax code, a debtor's from the master record: neither is kept here.
    """
    text = told.get("ProductiveTaxText", "").partition(" ")[0]
    return told.get("GLAccount") or told.get("AltvRecnclnAccts") or (text if text.isdigit() else "")


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
