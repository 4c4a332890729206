"""Account statements as banks send them: camt.053.001.08, the same bytes for the same day each time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple
from xml.etree import ElementTree as ET

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
_WHOLE_UNITS = frozenset({"JPY", "KRW", "ISK", "CLP", "VND", "XAF", "XOF"})
_USTRD = 140


class Detail(NamedTuple):
    """One payment of an entry made of a file; its amount is signed, with the fee the bank takes for a return."""

    amount: int
    end_to_end_id: str
    mandate: str
    party: str
    iban: str
    code: str
    fee: int


class Extra(NamedTuple):
    """What an entry made of a file has to tell beside: the file, and its payments where they are told."""

    code: str
    message: str
    batch: str
    payments: int
    details: tuple[Detail, ...]


@dataclass(frozen=True)
class Entry:
    """One booking on an account; positive amounts (minor units) came in, negative ones went out."""

    reference: str
    amount: int
    booked_on: date
    debtor_name: str
    debtor_iban: str
    creditor_name: str
    creditor_iban: str
    end_to_end_id: str
    text: str
    structured: str
    extra: Extra | None = None


@dataclass(frozen=True)
class Statement:
    """One account's day: where it began, what was booked, and the place in the account's series."""

    iban: str
    owner: str
    currency: str
    day: date
    sequence: int
    opening: int
    entries: Sequence[Entry]

    @property
    def closing(self) -> int:
        """The balance in minor units after all entries."""
        return self.opening + sum(entry.amount for entry in self.entries)

    @property
    def name(self) -> str:
        """The statement's id, unique at this bank."""
        return f"{self.iban[-10:]}-{self.day:%Y%m%d}-{self.sequence:05d}"


def write(statement: Statement) -> bytes:
    """The statement as an XML document in UTF-8."""
    root = ET.Element("Document", xmlns=NAMESPACE)
    message = _grow(root, "BkToCstmrStmt")
    made = f"{statement.day + timedelta(days=1)}T04:00:00Z"
    _grow(message, "GrpHdr/MsgId", f"CAMT-{statement.name}")
    _grow(message[0], "CreDtTm", made)
    _statement(_grow(message, "Stmt"), statement, made)
    ET.indent(root, " ")
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _statement(at: ET.Element, statement: Statement, made: str) -> None:
    _grow(at, "Id", statement.name)
    _grow(at, "ElctrncSeqNb", str(statement.sequence))
    _grow(at, "CreDtTm", made)
    span = _grow(at, "FrToDt")
    _grow(span, "FrDtTm", f"{statement.day}T00:00:00Z")
    _grow(span, "ToDtTm", f"{statement.day}T23:59:59Z")
    _account(_grow(at, "Acct"), statement)
    _balance(_grow(at, "Bal"), "OPBD", statement.opening, statement)
    _balance(_grow(at, "Bal"), "CLBD", statement.closing, statement)
    _summary(_grow(at, "TxsSummry"), statement)
    for position, entry in enumerate(statement.entries, 1):
        _entry(_grow(at, "Ntry"), position, entry, statement.currency)


def _account(at: ET.Element, statement: Statement) -> None:
    _grow(at, "Id/IBAN", statement.iban)
    _grow(at, "Ccy", statement.currency)
    _grow(at, "Ownr/Nm", statement.owner)
    _grow(at, "Svcr/FinInstnId/Nm", "Bank simulator")


def _balance(at: ET.Element, kind: str, amount: int, statement: Statement) -> None:
    _grow(at, "Tp/CdOrPrtry/Cd", kind)
    _amount(at, amount, statement.currency)
    _grow(at, "Dt/Dt", str(statement.day))


def _summary(at: ET.Element, statement: Statement) -> None:
    amounts = [entry.amount for entry in statement.entries]
    parts = {
        "TtlNtries": amounts,
        "TtlCdtNtries": [amount for amount in amounts if amount >= 0],
        "TtlDbtNtries": [amount for amount in amounts if amount < 0],
    }
    for name, counted in parts.items():
        part = _grow(at, name)
        _grow(part, "NbOfNtries", str(len(counted)))
        _grow(part, "Sum", decimal(sum(abs(amount) for amount in counted), statement.currency))


def _entry(at: ET.Element, position: int, entry: Entry, currency: str) -> None:
    _grow(at, "NtryRef", str(position))
    _amount(at, entry.amount, currency)
    _grow(at, "Sts/Cd", "BOOK")
    _grow(at, "BookgDt/Dt", str(entry.booked_on))
    _grow(at, "ValDt/Dt", str(entry.booked_on))
    _grow(at, "AcctSvcrRef", entry.reference)
    domain = _grow(at, "BkTxCd/Domn")
    _grow(domain, "Cd", "PMNT")
    family = _grow(domain, "Fmly")
    plain = "RCDT-ESCT" if entry.amount >= 0 else "ICDT-ESCT"
    first, _, second = (entry.extra.code if entry.extra else plain).partition("-")
    _grow(family, "Cd", first)
    _grow(family, "SubFmlyCd", second)
    if entry.extra is None:
        _transaction(_grow(at, "NtryDtls/TxDtls"), entry, currency)
    else:
        _file(_grow(at, "NtryDtls"), entry, entry.extra, currency)


def _file(at: ET.Element, entry: Entry, extra: Extra, currency: str) -> None:
    """A batch by its names and, where they are told, its payments."""
    if extra.batch:
        batch = _grow(at, "Btch")
        _grow(batch, "MsgId", extra.message)
        _grow(batch, "PmtInfId", extra.batch)
        _grow(batch, "NbOfTxs", str(extra.payments))
        _amount(batch, entry.amount, currency, "TtlAmt")
    for place, detail in enumerate(extra.details, 1):
        _detail(_grow(at, "TxDtls"), f"{entry.reference}-{place}", detail, currency)


def _detail(at: ET.Element, reference: str, detail: Detail, currency: str) -> None:
    references = _grow(at, "Refs")
    _grow(references, "AcctSvcrRef", reference)
    _grow(references, "EndToEndId", detail.end_to_end_id)
    if detail.mandate:
        _grow(references, "MndtId", detail.mandate)
    _amount(at, detail.amount, currency)
    if detail.code:
        _grow(at, "AmtDtls/InstdAmt/Amt", decimal(abs(detail.amount) - detail.fee, currency)).set("Ccy", currency)
    if detail.fee:
        record = _grow(at, "Chrgs/Rcrd")
        _grow(record, "Amt", decimal(detail.fee, currency)).set("Ccy", currency)
        _grow(record, "CdtDbtInd", "DBIT")
    _party(_grow(at, "RltdPties"), "Cdtr" if not detail.mandate else "Dbtr", detail.party, detail.iban)
    if detail.code:
        _grow(at, "RtrInf/Rsn/Cd", detail.code)


def _transaction(at: ET.Element, entry: Entry, currency: str) -> None:
    references = _grow(at, "Refs")
    _grow(references, "AcctSvcrRef", entry.reference)
    _grow(references, "EndToEndId", entry.end_to_end_id or "NOTPROVIDED")
    _amount(at, entry.amount, currency)
    parties = _grow(at, "RltdPties")
    _party(parties, "Dbtr", entry.debtor_name, entry.debtor_iban)
    _party(parties, "Cdtr", entry.creditor_name, entry.creditor_iban)
    if not (entry.text or entry.structured):
        return
    told = _grow(at, "RmtInf")
    for start in range(0, len(entry.text), _USTRD):
        _grow(told, "Ustrd", entry.text[start : start + _USTRD])
    if entry.structured:
        reference = _grow(told, "Strd/CdtrRefInf")
        _grow(reference, "Tp/CdOrPrtry/Cd", "SCOR")
        _grow(reference, "Ref", entry.structured)


def _party(at: ET.Element, role: str, name: str, iban: str) -> None:
    if name:
        _grow(at, f"{role}/Pty/Nm", name)
    if iban:
        _grow(at, f"{role}Acct/Id/IBAN", iban)


def _amount(at: ET.Element, amount: int, currency: str, name: str = "Amt") -> None:
    _grow(at, name, decimal(abs(amount), currency)).set("Ccy", currency)
    _grow(at, "CdtDbtInd", "CRDT" if amount >= 0 else "DBIT")


def decimal(minor: int, currency: str) -> str:
    """Minor units, not negative, as the plain decimal number banks write."""
    return str(minor) if currency in _WHOLE_UNITS else f"{minor // 100}.{minor % 100:02d}"


def _grow(at: ET.Element, path: str, text: str | None = None) -> ET.Element:
    for name in path.split("/"):
        at = ET.SubElement(at, name)
    at.text = text
    return at
