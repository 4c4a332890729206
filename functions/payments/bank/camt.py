"""Reading ISO 20022 account messages: camt.052, camt.053 and camt.054, which come from outside and are not trusted."""

import re
from datetime import date
from typing import Final, cast

from functions.payments.bank.amounts import day, is_currency, minor
from functions.payments.bank.camt_payments import Part, amount_element, entry_of, part_of
from functions.payments.bank.entries import AccountStatement, Entry, Format
from functions.payments.bank.faults import Fault, invalid
from functions.payments.bank.markup import Node
from functions.payments.bank.markup import read as read_markup

MOST_ENTRIES: Final = 250_000
"""In a file, with the payments in them."""
_SPACE: Final = re.compile(r"(?:.*[:/])?camt\.05([234])\.001\.(0[1-9]|1[0-9])(?:[.:/].*)?", re.ASCII)
"""ISO's own names, and those of national communities around them (Austria's STUZZA, the Swiss SIX)."""
_ROOTS: Final = {
    "2": ("BkToCstmrAcctRpt", "Rpt"),
    "3": ("BkToCstmrStmt", "Stmt"),
    "4": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}
_CODES: Final = frozenset({"OPBD", "PRCD", "CLBD", "ITBD"})
_SIGNS: Final = {"CRDT": 1, "DBIT": -1}


def read(content: bytes) -> tuple[AccountStatement, ...]:
    """The statements of a file, each of whose balances adds up.

    Fault with line and place: `malformed_xml` (400), `too_large` (413), `unsupported_format` (415),
    `invalid_statement`, `unbalanced`.
    """
    reading = _Reading()
    closings = {"TxDtls": reading.payment, "Ntry": reading.entry, "Stmt": reading.statement}
    closings |= {"Rpt": reading.statement, "Ntfctn": reading.statement}
    root = read_markup(content, reading.opened, closings)
    if not reading.found:
        raise invalid("the file has no statement", root.line)
    return tuple(reading.found)


class _Reading:
    """What was read of a file so far."""

    def __init__(self) -> None:
        self.found: list[AccountStatement] = []
        self._format: Format = "camt.053"
        self._names = ("", "")
        self._entries: list[Entry] = []
        self._currency = ""
        self._number = self._pending = self._lines = 0

    def opened(self, root: Node, space: str) -> None:
        """Refuses what is no account message before anything of it is read."""
        match = _SPACE.fullmatch(space)
        if root.name != "Document" or match is None:
            told = f"{root.name[:40]} in {space[:80]!r}" if space else f"{root.name[:40]} without a namespace"
            raise Fault(
                "unsupported_format", f"{told}: send camt.052, camt.053, camt.054 or MT940", line=root.line, status=415
            )
        self._format = cast("Format", f"camt.05{match[1]}")
        self._names = _ROOTS[match[1]]

    def payment(self, node: Node, parent: Node) -> Part | Node:
        """A payment's details, as soon as they end."""
        self._count(node)
        return part_of(node) if parent.name == "NtryDtls" else node

    def entry(self, node: Node, parent: Node) -> None:
        """An entry, as soon as it ends; what is pending is counted and left out."""
        if parent.name != self._names[1]:
            return
        self._count(node)
        self._number += 1
        try:
            if not self._currency:
                self._currency = _currency_of(parent, node)
            one, booked = entry_of(node, self._currency, _date(parent.said("CreDtTm")))
        except Fault as fault:
            place = f"statement {parent.said('Id')[:40]}, entry {self._number}"
            raise Fault(fault.code, fault.reason, line=fault.line or node.line, place=place) from fault
        if booked:
            self._entries.append(one)
        else:
            self._pending += 1

    def statement(self, node: Node, parent: Node) -> None:
        """A statement, as soon as it ends."""
        if (parent.name, node.name) != self._names:
            return
        try:
            self.found.append(self._statement(node))
        except Fault as fault:
            place = f"statement {node.said('Id')[:40]}".strip()
            raise Fault(fault.code, fault.reason, line=fault.line or node.line, place=place) from fault
        self._entries, self._currency, self._number, self._pending = [], "", 0, 0

    def _count(self, node: Node) -> None:
        self._lines += 1
        if self._lines > MOST_ENTRIES:
            raise Fault("too_large", f"at most {MOST_ENTRIES} entries a file", line=node.line, status=413)

    def _statement(self, node: Node) -> AccountStatement:
        identity = node.first("Acct", "Id")
        account = (identity.said("IBAN") or identity.said("Othr", "Id")).replace(" ", "") if identity else ""
        account = account or (identity.said("PrtryAcct", "Id").replace(" ", "") if identity else "")
        name = node.said("Id")
        if not account or not name:
            raise invalid("a statement has an account and an id", node.line)
        currency = self._currency or _currency_of(node, None)
        opening, closing = _balances(node, currency, self._format)
        _check(opening, closing, self._entries, node)
        page = node.said("StmtPgntn", "PgNb") or node.said("RptPgntn", "PgNb") or node.said("NtfctnPgntn", "PgNb")
        first, last = _period(node, self._entries)
        return AccountStatement(
            format=self._format,
            account=account[:34],
            number=name[:60] if page in {"", "1"} else f"{name[:60]}/{page[:5]}",
            currency=currency,
            opened_on=first,
            closed_on=last,
            entries=tuple(self._entries),
            opening_minor=opening,
            closing_minor=closing,
            sequence=_number(node.said("ElctrncSeqNb")) or _number(node.said("LglSeqNb")),
            page=_number(page) or 1,
            pending=self._pending,
            warnings=tuple(_warnings(node, self._entries, currency)),
        )


def _currency_of(statement: Node, entry: Node | None) -> str:
    """The account's: of its balances, else as it is told, else of the first entry."""
    balances = statement.inside.get("Bal", ())
    told = amount_element(balances[0]).attributes.get("Ccy", "") if balances else ""
    told = told or statement.said("Acct", "Ccy")
    amount = entry.first("Amt") if entry is not None else None
    told = told or (amount.attributes.get("Ccy", "") if amount is not None else "")
    if not is_currency(told):
        raise invalid(f"we hold no money in {told[:3]!r}", statement.line)
    return told


def _balances(statement: Node, currency: str, format_: Format) -> tuple[int | None, int | None]:
    """Opening and closing balance in minor units; only a statement has to have both.

    A page of a longer statement has interim balances (`ITBD`); a statement of several days the balances of each.
    """
    found: dict[str, list[int]] = {}
    for balance in statement.inside.get("Bal", ()):
        code = balance.said("Tp", "CdOrPrtry", "Cd") or balance.said("Tp", "CdOrPrtry", "Prtry")
        if code not in _CODES:
            continue
        sign = _SIGNS.get(balance.said("CdtDbtInd"))
        amount = amount_element(balance)
        if amount.attributes.get("Ccy") != currency:
            raise invalid(f"balances in {amount.attributes.get('Ccy', '')[:3]!r} and {currency}", amount.line)
        if sign is None:
            raise invalid("a balance is CRDT or DBIT", balance.line)
        found.setdefault(code, []).append(sign * minor(amount.text, currency, amount.line))
    interim = found.get("ITBD", []) if format_ == "camt.053" else []
    opening = next((found[code][0] for code in ("OPBD", "PRCD") if code in found), None)
    closing = found["CLBD"][-1] if "CLBD" in found else None
    if opening is None and (closing is None or interim):
        opening = interim[0] if interim else None
    if closing is None:
        closing = interim[-1] if interim else None
    missing = "OPBD" if opening is None else "CLBD" if closing is None else ""
    if missing and format_ == "camt.053":
        raise invalid(f"the statement has no balance {missing}", statement.line)
    return (opening, closing) if not missing else (None, None)


def _check(opening: int | None, closing: int | None, entries: list[Entry], statement: Node) -> None:
    if opening is None or closing is None:
        return
    moved = sum(entry.amount_minor for entry in entries)
    if opening + moved != closing:
        detail = (
            f"opening balance {opening} and {len(entries)} entries of {moved} give {opening + moved}, not {closing}"
        )
        raise Fault("unbalanced", f"{detail} (minor units)", line=statement.line)


def _period(statement: Node, entries: list[Entry]) -> tuple[date, date]:
    """The days a statement is about: as told, else of its balances, else of its entries, else when it was made."""
    told = [_date(statement.said("FrToDt", name)) for name in ("FrDtTm", "FrDt", "ToDtTm", "ToDt")]
    dates = [one for one in told if one]
    if not dates:
        by_code = [
            (balance.said("Tp", "CdOrPrtry", "Cd"), _date(balance.said("Dt", "Dt") or balance.said("Dt", "DtTm")))
            for balance in statement.inside.get("Bal", ())
        ]
        dates = [one for code, one in by_code if one and code in {"CLBD", "ITBD"}]
        dates += [entry.booked_on for entry in entries]
    made = _date(statement.said("CreDtTm"))
    dates = dates or ([made] if made else [])
    if not dates:
        raise invalid("a statement says of which day it is", statement.line)
    return min(dates), max(dates)


def _date(text: str) -> date | None:
    return day(text) if text else None


def _number(text: str) -> int | None:
    """A place in a series; banks that fill it with nothing write 0."""
    digits = text.partition(".")[0]
    return int(digits) or None if digits.isascii() and digits.isdigit() and len(digits) <= 18 else None  # noqa: PLR2004 - Max18NumericText


def _warnings(statement: Node, entries: list[Entry], currency: str) -> list[str]:
    """What is odd and no reason to refuse: no money depends on it."""
    odd = [
        f"entry {n} of {one.booked_on}: its payments do not add up to it"
        for n, one in enumerate(entries, 1)
        if not one.adds_up
    ]
    for name, sign in (("TtlCdtNtries", 1), ("TtlDbtNtries", -1)):
        total = statement.said("TxsSummry", name, "Sum")
        mine = sum(abs(entry.amount_minor) for entry in entries if entry.amount_minor * sign > 0)
        if total and minor(total, currency, statement.line) != mine:
            odd.append(f"{name} says {total[:20]}, the entries are {mine} (minor units)")
    return odd[:100]
