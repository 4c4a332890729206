"""Reading bank statements without a platform: every entry, what is a duplicate, what is refused and in which line.

The result is one JSON object; its fields are only ever added to. Amounts are signed minor units, dates ISO 8601.

* `schema`: `import-statement/1`;
* `files`: `file`, `outcome` (`read`, `refused`), `format`, `statements`, `entries`, `sha256`;
* `statements`: `file`, `outcome` (`new`, `duplicate`), `format`, `kind` (`booked`, `report`, `notification`),
  `account`, `number`, `sequence`, `page`, `currency`, `opened_on`, `closed_on`, `opening_minor`, `closing_minor`,
  `entries`, `pending`, `new`, `duplicates`, `warnings`;
* `entries`: one a payment, those of a batch each: `entry_id`, `file`, `statement`, `account`, `position` (of the
  booking, from 1), `part` (of a batch, from 1), `parts`, `outcome` (`new`, `duplicate`), `booked_on`, `value_on`,
  `amount_minor`, `currency`, `kind`, `provider`, `counterparty_name`, `counterparty_iban`, `ultimate_debtor`,
  `ultimate_creditor`, `references`, `text`, `end_to_end_id`, `instruction_id`, `uetr`, `mandate_id`, `bank_reference`,
  `batch_id`, `message_id`, `code`, `proprietary_code`, `reversal`, `reason`, `reason_text`, `charges_minor`,
  `original_minor`, `original_currency`, `rate`;
* `duplicates`: `entry_id`, `file`, `statement`, `position`, `part`, `why` (`same_entry`, `same_statement`,
  `other_format`), and `first_file`, `first_statement` where the entry came first;
* `refusals`: `file`, `code`, `detail`, `line` (0: none can be named), `place`;
* `gaps`: `account`, `currency`, `reason`, `after`, `before`, `closing_minor`, `opening_minor`, `first_missing`,
  `last_missing`;
* `totals`: `files`, `refused`, `statements`, `entries`, `duplicates`, `credits_minor` and `debits_minor` by currency,
  of what is new.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from common.failures import Rejected
from functions.payments.bank import files
from functions.payments.bank.continuity import Span, gaps, joined, told_otherwise
from functions.payments.bank.entries import AccountStatement
from functions.payments.bank.faults import Fault
from functions.payments.bank.identity import Placed, Sighting, id_of, number_of, placed
from functions.payments.bank.kinds import sort_of

SCHEMA: Final = "import-statement/1"


def read_statements(paths: Sequence[Path], own_accounts: Sequence[str] = ()) -> dict[str, Any]:
    """Reads files in the order given, each whole or not at all; see the module for what is told."""
    book = _Book(frozenset(own_accounts))
    for path in paths:
        book.take(path)
    return book.result()


class _Book:
    """What the files have told so far, as the platform would know it."""

    def __init__(self, own_accounts: frozenset[str]) -> None:
        self._own = own_accounts
        self._files: list[dict[str, Any]] = []
        self._statements: list[dict[str, Any]] = []
        self._entries: list[dict[str, Any]] = []
        self._duplicates: list[dict[str, Any]] = []
        self._refusals: list[dict[str, Any]] = []
        self._known: dict[str, tuple[str, str, int]] = {}
        self._taken: dict[tuple[str, ...], str] = {}
        self._sightings: dict[str, dict[str, Sighting]] = {}
        self._spans: dict[tuple[str, str], tuple[Span, ...]] = {}

    def take(self, path: Path) -> None:
        """Takes a file in, or notes why it is refused."""
        try:
            content = path.read_bytes()
            found = files.read(content)
            self._must_not_have_changed(found)
        except (Rejected, OSError) as refusal:
            self._refuse(path, refusal)
            return
        for statement in found:
            self._take(str(path), statement)
        self._files.append(
            {
                "file": str(path),
                "outcome": "read",
                "format": ", ".join(sorted({one.format for one in found})),
                "statements": len(found),
                "entries": sum(len(entry.details) for one in found for entry in one.entries),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
        )

    def result(self) -> dict[str, Any]:
        """Everything that is told."""
        missing = [
            {"account": account, "currency": currency, **gap.model_dump(mode="json")}
            for (account, currency), spans in self._spans.items()
            for gap in gaps(spans)
        ]
        fresh = [one for one in self._entries if one["outcome"] == "new"]
        came, went = Counter[str](), Counter[str]()
        for one in fresh:
            (came if one["amount_minor"] > 0 else went)[one["currency"]] += abs(one["amount_minor"])
        totals = {
            "files": len(self._files),
            "refused": len(self._refusals),
            "statements": sum(one["outcome"] == "new" for one in self._statements),
            "entries": len(fresh),
            "duplicates": len(self._duplicates),
            "credits_minor": dict(came),
            "debits_minor": dict(went),
        }
        return {
            "schema": SCHEMA,
            "files": self._files,
            "statements": self._statements,
            "entries": self._entries,
            "duplicates": self._duplicates,
            "refusals": self._refusals,
            "gaps": missing,
            "totals": totals,
        }

    def _refuse(self, path: Path, refusal: Rejected | OSError) -> None:
        told = {"file": str(path), "code": "unreadable", "detail": str(refusal), "line": 0, "place": ""}
        if isinstance(refusal, Rejected):
            told |= {"code": refusal.code, "detail": refusal.detail}
        if isinstance(refusal, Fault):
            told |= {"detail": refusal.reason, "line": refusal.line, "place": refusal.place}
        self._refusals.append(told)
        self._files.append(
            {"file": str(path), "outcome": "refused", "format": "", "statements": 0, "entries": 0, "sha256": ""}
        )

    def _must_not_have_changed(self, found: Sequence[AccountStatement]) -> None:
        here: dict[tuple[str, ...], str] = {}
        for one in found:
            name, digest = _name(one), one.sha256
            if self._taken.get(name, here.setdefault(name, digest)) != digest:
                raise Fault("statement_changed", "it came with another content before", place=f"statement {one.number}")

    def _take(self, file: str, statement: AccountStatement) -> None:
        name = _name(statement)
        repeated = name in self._taken
        self._taken[name] = statement.sha256
        account = (statement.account, statement.currency)
        spans = self._spans.get(account, ())
        duplicates = len(self._duplicates)
        positions = {id(entry): n for n, entry in enumerate(statement.entries, 1)}
        payments = placed(statement, "\x1f".join(name))
        numbers = _positions(statement, positions)
        for one, position in zip(payments, numbers, strict=True):
            why = "same_statement" if repeated else ""
            if not why and statement.kind == "booked" and told_otherwise(spans, statement.format, one.entry.booked_on):
                why = "other_format"
            self._note(file, statement, one, position, why)
        if statement.kind == "booked" and not repeated:
            self._spans[account] = joined(spans, statement)
        new = len(payments) - (len(self._duplicates) - duplicates)
        self._statements.append(_statement_told(file, statement, new, len(payments), repeated=repeated))

    def _note(self, file: str, statement: AccountStatement, one: Placed, position: int, why: str) -> None:
        entry_id, known = self._identified(one)
        first = self._known.get(entry_id) or self._known.get(id_of(one.key, 1, 0)) if known else None
        why = why or ("same_entry" if known else "")
        told = _entry_told(file, statement, one, position, self._own)
        self._entries.append({"entry_id": entry_id, "outcome": "duplicate" if why else "new", **told})
        if why:
            self._duplicates.append(
                {
                    "entry_id": entry_id,
                    **{name: told[name] for name in ("file", "statement", "position", "part")},
                    "why": why,
                    "first_file": first[0] if first else "",
                    "first_statement": first[1] if first else "",
                }
            )
        else:
            self._known[entry_id] = (file, statement.number, one.parts)

    def _identified(self, one: Placed) -> tuple[str, bool]:
        """The entry's id, and whether it has come before: as the platform decides it."""
        occurrence = one.rank
        if one.sighting is not None:
            seen = self._seen(one.key, one.sighting)
            if one.rank <= seen.count - seen.brings:
                return id_of(one.key, one.rank, one.part), True
            occurrence = one.rank - (seen.count - seen.brings) + seen.known_before
        entry_id = id_of(one.key, occurrence, one.part)
        first = self._known.get(id_of(one.key, occurrence, 0))
        return entry_id, entry_id in self._known or (first is not None and first[2] != one.parts)

    def _seen(self, key: str, fresh: Sighting) -> Sighting:
        sightings = self._sightings.setdefault(key, {})
        if fresh.statement_id not in sightings:
            before = number_of(sightings.values())
            brings = number_of([*sightings.values(), fresh]) - before
            sightings[fresh.statement_id] = fresh.model_copy(update={"known_before": before, "brings": brings})
        return sightings[fresh.statement_id]


def _name(statement: AccountStatement) -> tuple[str, ...]:
    return statement.account, statement.format, statement.number, statement.closed_on.isoformat()


def _positions(statement: AccountStatement, positions: dict[int, int]) -> list[int]:
    """The booking each payment is of, in the order they are placed."""
    found = [(entry.reversal, positions[id(entry)]) for entry in statement.entries for _ in entry.details]
    return [position for _, position in sorted(found, key=lambda one: one[0])]


def _statement_told(
    file: str, statement: AccountStatement, new: int, payments: int, *, repeated: bool
) -> dict[str, Any]:
    return {
        "file": file,
        "outcome": "duplicate" if repeated else "new",
        "format": statement.format,
        "kind": statement.kind,
        "account": statement.account,
        "number": statement.number,
        "sequence": statement.sequence,
        "page": statement.page,
        "currency": statement.currency,
        "opened_on": statement.opened_on.isoformat(),
        "closed_on": statement.closed_on.isoformat(),
        "opening_minor": statement.opening_minor,
        "closing_minor": statement.closing_minor,
        "entries": len(statement.entries),
        "pending": statement.pending,
        "new": new,
        "duplicates": payments - new,
        "warnings": list(statement.warnings),
    }


def _entry_told(
    file: str, statement: AccountStatement, one: Placed, position: int, own: frozenset[str]
) -> dict[str, Any]:
    entry, detail = one.entry, one.detail
    sort = sort_of(entry, detail, own)
    return {
        "file": file,
        "statement": statement.number,
        "account": statement.account,
        "position": position,
        "part": one.part + 1,
        "parts": one.parts,
        "booked_on": entry.booked_on.isoformat(),
        "value_on": entry.value_on.isoformat() if entry.value_on else "",
        "amount_minor": detail.amount_minor,
        "currency": statement.currency,
        "kind": sort.kind,
        "provider": sort.provider,
        "counterparty_name": detail.counterparty_name,
        "counterparty_iban": detail.counterparty_iban,
        "ultimate_debtor": detail.ultimate_debtor,
        "ultimate_creditor": detail.ultimate_creditor,
        "references": list(detail.references),
        "text": detail.text,
        "end_to_end_id": detail.end_to_end_id,
        "instruction_id": detail.instruction_id,
        "uetr": detail.uetr,
        "mandate_id": detail.mandate_id,
        "bank_reference": detail.bank_reference or entry.bank_reference,
        "batch_id": detail.batch_id or entry.batch_id,
        "message_id": detail.message_id or entry.message_id,
        "code": detail.code or entry.code,
        "proprietary_code": detail.proprietary or entry.proprietary,
        "reversal": entry.reversal,
        "reason": detail.reason,
        "reason_text": detail.reason_text,
        "charges_minor": detail.charges_minor,
        "original_minor": detail.original_minor,
        "original_currency": detail.original_currency,
        "rate": detail.rate,
    }
