"""What a bank says happened on an account, in one form whatever format it came in.

Dataclasses with slots and not models: a marketplace's day has tens of thousands of these, and they were checked where
they were read, and as models they would take several times the memory.
"""

import hashlib
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final, Literal

import orjson

Kind = Literal["booked", "report", "notification"]
"""`booked`: the account's statement (camt.053, MT940). `report`: of the running day (camt.052, MT942).
`notification`: single entries (camt.054). An entry may come in all three."""
Format = Literal["camt.052", "camt.053", "camt.054", "mt940", "mt942"]
KINDS: Final[dict[Format, Kind]] = {
    "camt.052": "report",
    "camt.053": "booked",
    "camt.054": "notification",
    "mt940": "booked",
    "mt942": "report",
}
NO_REFERENCE: Final = frozenset(
    {"", "NONREF", "NOTPROVIDED", "NOT PROVIDED", "NOREF", "NO REF", "NOTAVAIL", "NON REF", "UNKNOWN", "N/A", "0"}
)
"""What banks write where there is no reference (SEPA rulebooks: `NOTPROVIDED`; SWIFT: `NONREF`)."""


@dataclass(frozen=True, slots=True)
class Detail:
    """One payment in an entry; an entry that is one payment has one. Amounts are signed minor units, credits plus."""

    amount_minor: int
    bank_reference: str = ""
    """The bank's own (`AcctSvcrRef`)."""
    end_to_end_id: str = ""
    instruction_id: str = ""
    uetr: str = ""
    mandate_id: str = ""
    batch_id: str = ""
    """Of the payment file's batch (`PmtInfId`), as its sender named it."""
    message_id: str = ""
    payer_name: str = ""
    payer_iban: str = ""
    ultimate_debtor: str = ""
    payee_name: str = ""
    payee_iban: str = ""
    ultimate_creditor: str = ""
    references: tuple[str, ...] = ()
    """Structured ones."""
    text: str = ""
    code: str = ""
    """ISO 20022 domain, family and sub-family: `PMNT-RCDT-ESCT`."""
    proprietary: str = ""
    """The bank's own transaction code: `NTRF+166`."""
    reason: str = ""
    """Why it came back: ISO 20022, `AC04`."""
    reason_text: str = ""
    charges_minor: int = 0
    """What banks took on the way, as far as they say so; already off the amount."""
    original_minor: int = 0
    original_currency: str = ""
    """What the payer sent, where it was another amount or currency."""
    rate: str = ""
    is_charge: bool = False
    """The part of an entry that is what the bank took for itself."""

    @property
    def counterparty_iban(self) -> str:
        """The other side's account."""
        return self.payer_iban if self.amount_minor >= 0 else self.payee_iban

    @property
    def counterparty_name(self) -> str:
        """The other side."""
        return self.payer_name if self.amount_minor >= 0 else self.payee_name


@dataclass(frozen=True, slots=True)
class Entry:
    """One booking on an account. Its details add up to it; it always has one."""

    amount_minor: int
    booked_on: date
    details: tuple[Detail, ...]
    value_on: date | None = None
    bank_reference: str = ""
    entry_reference: str = ""
    code: str = ""
    proprietary: str = ""
    reversal: bool = False
    """It takes back an earlier entry, so a reversed credit is a debit."""
    batch_id: str = ""
    message_id: str = ""
    transactions: int = 1
    """How many payments are in it, as the bank counts them; there may be no details of them."""
    adds_up: bool = True
    """Whether the payments told add up to it; where they do not, its one detail is the entry as a whole."""

    def head(self) -> "Entry":
        """The entry without its details."""
        return Entry(
            self.amount_minor,
            self.booked_on,
            (),
            self.value_on,
            self.bank_reference,
            self.entry_reference,
            self.code,
            self.proprietary,
            self.reversal,
            self.batch_id,
            self.message_id,
            self.transactions,
            self.adds_up,
        )


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """What one file says of one account, and its balances where it has any (minor units)."""

    format: Format
    account: str
    """IBAN, or the bank's own number."""
    number: str
    """The bank's id, with the page where it has several."""
    currency: str
    opened_on: date
    closed_on: date
    entries: tuple[Entry, ...]
    opening_minor: int | None = None
    closing_minor: int | None = None
    sequence: int | None = None
    """Its place among the account's statements, where the bank counts them."""
    page: int = 1
    pending: int = 0
    """Entries that are not booked yet, which are left out."""
    warnings: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        """Statement, report or notification."""
        return KINDS[self.format]

    @property
    def sha256(self) -> str:
        """Of what the statement says, so that another layout of the same statement is the same."""
        said: dict[str, Any] = {name: getattr(self, name) for name in _SAID}
        digest = hashlib.sha256(orjson.dumps(said))
        for entry in self.entries:
            digest.update(orjson.dumps(entry))
        return digest.hexdigest()

    @property
    def credits(self) -> list[Detail]:
        """Every payment that came in."""
        return [detail for entry in self.entries for detail in entry.details if detail.amount_minor > 0]

    def at_end_of(self, day: date) -> int | None:
        """The balance when a day had ended; None where the statement has no balances."""
        if self.opening_minor is None:
            return None
        return self.opening_minor + sum(entry.amount_minor for entry in self.entries if entry.booked_on <= day)


_SAID: Final = tuple(f.name for f in fields(AccountStatement) if f.name not in {"entries", "warnings"})


def reference(text: str) -> str:
    """A reference without outer spaces; empty where the text only says that there is none."""
    stripped = text.strip()
    return "" if stripped.upper() in NO_REFERENCE else stripped
