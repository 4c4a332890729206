"""Matching two files offline, by the same rules as the platform: open invoices, and payments that came.

Read: CSV in UTF-8 (or Windows-1252), with commas, semicolons or tabs, its columns by name in any order.

* invoices: `invoice,number,creditor_reference,member_id,member_name,member_iban,open_cents,due`; only `invoice` and
  `open_cents` must be there;
* payments: `payment,date,amount_cents,payer_name,payer_iban,remittance,structured_reference`; only `payment` and
  `amount_cents` must be there.

Written: `payment,invoice,cents,zone,score,evidence`, one row an allocation, in the order of the payments. `zone` is
`automatic` (matched), `suggested` (for a person to agree) or `manual`; `score` is the probability that the payment's
allocations are right; `evidence` says why, its parts separated by `; `. A payment nothing is found for has one row
without an invoice, in zone `manual`, with its whole amount.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from typing import Any, Final

from common.failures import Rejected
from functions.matching.evidence.batch import Run
from functions.matching.evidence.deciding import Decision
from functions.matching.evidence.index import Index
from functions.matching.evidence.money import Invoice, Money, ground_of

SCHEMA: Final = "match/1"
COLUMNS: Final = ("payment", "invoice", "cents", "zone", "score", "evidence")
_INVOICE, _PAYMENT = ("invoice", "open_cents"), ("payment", "amount_cents")
_DATES: Final = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%Y%m%d", "%d.%m.%y", "%Y/%m/%d", "%d-%m-%Y")
_SPACES: Final = str.maketrans("", "", " \u00a0\u202f'\u2019_")
_LONGEST: Final = 10_000_000
"""Characters in one field."""


def match_files(invoices: Path, payments: Path, out: Path) -> dict[str, Any]:
    """Matches a file of payments to a file of invoices and writes what is for what; what it came to.

    Rejected `unreadable` with the file's name and line where one can't be read, or where the result can't be written;
    then nothing is.
    """
    owed = read_invoices(invoices)
    came = read_payments(payments)
    run = Run(Index(owed, ground_of(owed)))
    decisions = run.match(came)
    try:
        _write(out, came, decisions)
    except OSError as fault:
        raise _unreadable(out.name, fault.strerror or "it can't be written") from fault
    return _told(owed, came, decisions, run.rules.version)


def _write(out: Path, came: Iterable[Money], decisions: Mapping[str, Decision]) -> None:
    with out.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for money in came:
            writer.writerows(_rows(money, decisions[money.payment]))


def read_invoices(path: Path) -> list[Invoice]:
    """The invoices of a file; Rejected `unreadable`."""
    found = [_invoice(row, where) for where, row in _lines(path, _INVOICE)]
    _must_be_once(((one.invoice for one in found)), path)
    return found


def read_payments(path: Path) -> list[Money]:
    """The payments of a file; Rejected `unreadable`."""
    found = [_money(row, where) for where, row in _lines(path, _PAYMENT)]
    _must_be_once(((one.payment for one in found)), path)
    return found


def _invoice(row: Mapping[str, str], where: str) -> Invoice:
    return Invoice(
        invoice=_named(row["invoice"], where, "invoice"),
        number=row.get("number", "") or row["invoice"],
        creditor_reference=row.get("creditor_reference", ""),
        member_id=row.get("member_id", ""),
        member_name=row.get("member_name", ""),
        member_iban=row.get("member_iban", ""),
        open_cents=_cents(row["open_cents"], where),
        due=_day(row.get("due", "")),
    )


def _money(row: Mapping[str, str], where: str) -> Money:
    return Money(
        payment=_named(row["payment"], where, "payment"),
        date=_day(row.get("date", "")),
        amount_cents=_cents(row["amount_cents"], where),
        payer_name=row.get("payer_name", ""),
        payer_iban=row.get("payer_iban", ""),
        remittance=row.get("remittance", ""),
        structured_reference=row.get("structured_reference", ""),
    )


def _rows(money: Money, decision: Decision) -> Iterator[tuple[str, str, int, str, str, str]]:
    evidence = "; ".join(decision.evidence)
    if not decision.shares:
        yield money.payment, "", money.amount_cents, "manual", f"{decision.score:.4f}", evidence
    for share in decision.shares:
        yield money.payment, share.item.invoice, share.cents, decision.zone, f"{decision.score:.4f}", evidence


def _told(
    owed: Sequence[Invoice], came: Sequence[Money], decisions: Mapping[str, Decision], version: str
) -> dict[str, Any]:
    zones = Counter(decision.zone if decision.shares else "manual" for decision in decisions.values())
    matched = [share for one in decisions.values() if one.zone == "automatic" for share in one.shares]
    return {
        "schema": SCHEMA,
        "rules": version,
        "invoices": len(owed),
        "payments": len(came),
        "automatic": zones["automatic"],
        "suggested": zones["suggested"],
        "manual": zones["manual"],
        "matched_invoices": len({share.item.invoice for share in matched}),
        "matched_cents": sum(share.cents for share in matched),
        "payment_cents": sum(max(0, money.amount_cents) for money in came),
    }


# -- reading ---------------------------------------------------------------------------------------


def _lines(path: Path, needed: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each row by its columns' names, with where it stands; empty lines are no rows."""
    text = _text(path)
    csv.field_size_limit(_LONGEST)
    reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), strict=False)
    names: list[str] = []
    try:
        for row in reader:
            where = f"{path.name}, line {reader.line_num}"
            if not any(field.strip() for field in row):
                continue
            if not names:
                names = _names(row, needed, where)
                continue
            yield where, _fields(names, row, needed, where)
    except csv.Error as fault:
        raise _unreadable(f"{path.name}, line {reader.line_num}", str(fault)) from fault
    if not names:
        raise _unreadable(f"{path.name}, line 1", f"it is empty; the columns {', '.join(needed)} are needed")


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise _unreadable(path.name, fault.strerror or "it can't be opened") from fault
    for encoding in ("utf-16",) if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig", "cp1252", "latin-1"):
        try:
            return content.decode(encoding).replace("\x00", "")
        except UnicodeDecodeError:
            continue
    raise _unreadable(path.name, "it is no text")


def _delimiter(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t|", key=first.count)


def _names(row: Iterable[str], needed: Sequence[str], where: str) -> list[str]:
    names = ["_".join(field.strip().strip('"').lower().replace("-", " ").split()) for field in row]
    missing = [name for name in needed if name not in names]
    if missing:
        raise _unreadable(where, f"no column {', '.join(missing)}; found {', '.join(names)[:200]}")
    if len(set(filter(None, names))) < len(list(filter(None, names))):
        raise _unreadable(where, "a column is there twice")
    return names


def _fields(names: Sequence[str], row: Sequence[str], needed: Sequence[str], where: str) -> dict[str, str]:
    """Fields that are missing at a line's end are empty; more than there are columns can't be told apart."""
    if any(field.strip() for field in row[len(names) :]):
        raise _unreadable(where, f"{len(row)} fields for {len(names)} columns")
    found = dict(zip(names, [*row, *[""] * (len(names) - len(row))], strict=False))
    return {name: value.strip() if name != "remittance" else value for name, value in found.items()} | {
        name: found[name].strip() for name in needed
    }


def _named(text: str, where: str, column: str) -> str:
    if not text:
        raise _unreadable(where, f"no {column}")
    return text


def _cents(text: str, where: str) -> int:
    """Whole cents; spaces between thousands and a fraction of nothing are passed over."""
    plain = text.translate(_SPACES)
    whole, point, rest = plain.partition(".")
    digits = whole.removeprefix("-").removeprefix("+")
    if not (digits.isascii() and digits.isdigit()) or rest.strip("0") or (point and not rest):
        raise _unreadable(where, f"{text[:30]!r} is no whole number of cents")
    return int(whole)


def _day(text: str) -> str:
    """An ISO date; empty where it can't be read: no payment is lost for its date."""
    for form in _DATES:
        try:
            return datetime.strptime(text[:10].strip(), form).date().isoformat()  # noqa: DTZ007 - a day alone
        except ValueError:
            continue
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return ""


def _must_be_once(names: Iterable[str], path: Path) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise _unreadable(path.name, f"{name[:60]!r} is there twice")
        seen.add(name)


def _unreadable(where: str, why: str) -> Rejected:
    return Rejected("unreadable", f"{where}: {why}")
