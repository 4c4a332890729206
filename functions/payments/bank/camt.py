"""Reading ISO 20022 camt.053 bank statements (versions 2 and 8), which come from outside and are not trusted."""

import hashlib
import re
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Final

from common.documents import canonical, id_from
from common.failures import Rejected
from common.money import EXPONENTS, LARGEST
from common.values import Value
from functions.payments.model.statements import Entry

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LARGEST_FILE: Final = 5_000_000
DEEPEST: Final = 32
MOST_ELEMENTS: Final = 300_000
MOST_ENTRIES: Final = 10_000
LONGEST_TEXT: Final = 500
_FORMATS: Final = tuple(f"{{urn:iso:std:iso:20022:tech:xsd:camt.053.001.{n}}}Document" for n in ("02", "08"))
_AMOUNT: Final = re.compile(r"[0-9]{1,13}(\.[0-9]{1,5})?")
_NO_REFERENCE: Final = frozenset({"", "NONREF", "NOTPROVIDED", "NOREF"})


class AccountStatement(Value):
    """One statement of one account whose balances add up, with its credits."""

    account_iban: str
    number: str
    """The bank's id, with the page where it has several."""
    currency: str
    opening_minor: int
    closing_minor: int
    entries: int
    credits: tuple[Entry, ...]
    sha256: str
    """Of what the statement says, so that another layout of the same statement is the same."""


def read(content: bytes) -> tuple[AccountStatement, ...]:
    """The statements of a file.

    Rejected: `too_large` (413), `malformed_xml` (400), `unsupported_format`, `invalid_statement`, `unbalanced`.
    """
    root = _tree(content)
    if root.tag not in _FORMATS:
        raise Rejected("unsupported_format", "send camt.053.001.02 or camt.053.001.08", status=415)
    found = tuple(_statement(element) for element in _all(root, "BkToCstmrStmt/Stmt"))
    if not found:
        raise _invalid("the file has no statement")
    if sum(statement.entries for statement in found) > MOST_ENTRIES:
        raise Rejected("too_large", f"at most {MOST_ENTRIES} entries a file", status=413)
    return found


def _tree(content: bytes) -> "Element":
    from xml.etree.ElementTree import ParseError

    if len(content) > LARGEST_FILE:
        raise Rejected("too_large", f"at most {LARGEST_FILE} bytes", status=413)
    try:
        return _bounded(content)
    except (ParseError, ValueError, LookupError) as fault:
        raise Rejected("malformed_xml", f"{type(fault).__name__}: {fault}"[:300], status=400) from fault


def _bounded(content: bytes) -> "Element":
    """The document's tree, given up as soon as it is too deep or too large. A DTD is refused: no entities at all."""
    from defusedxml.ElementTree import iterparse

    depth = elements = 0
    root: Element | None = None
    for event, element in iterparse(BytesIO(content), events=("start", "end"), forbid_dtd=True):
        root = element if root is None else root
        depth += 1 if event == "start" else -1
        elements += event == "start"
        if depth > DEEPEST or elements > MOST_ELEMENTS:
            raise Rejected("too_large", f"at most {DEEPEST} levels and {MOST_ELEMENTS} elements", status=413)
    if root is None:
        raise ValueError("no element found")
    return root


def _statement(element: "Element") -> AccountStatement:
    account = _text(element, "Acct/Id/IBAN") or _text(element, "Acct/Id/Othr/Id")
    page = _text(element, "StmtPgntn/PgNb")
    name = _text(element, "Id")
    if not account or not name:
        raise _invalid("a statement has an account and an id")
    number = name if page in {"", "1"} else f"{name}/{page}"
    opening, currency = _balance(element, ("OPBD", "PRCD"), 0)
    closing, _ = _balance(element, ("CLBD",), -1)
    booked = [entry for entry in _all(element, "Ntry") if _status(entry) == "BOOK"]
    moved = sum(_signed(entry, currency) for entry in booked)
    if opening + moved != closing:
        raise Rejected("unbalanced", f"statement {number}: {opening} and {moved} do not give {closing} (minor units)")
    credits_ = tuple(_credits(booked, account, number, currency))
    said = [account, number, currency, opening, closing, len(booked), [c.model_dump(mode="json") for c in credits_]]
    return AccountStatement(
        account_iban=account,
        number=number,
        currency=currency,
        opening_minor=opening,
        closing_minor=closing,
        entries=len(booked),
        credits=credits_,
        sha256=hashlib.sha256(canonical(said)).hexdigest(),
    )


def _balance(statement: "Element", codes: tuple[str, ...], interim: int) -> tuple[int, str]:
    """A balance in minor units and its currency; a page of a longer statement has interim balances (ITBD) instead."""
    balances = [(_text(balance, "Tp/CdOrPrtry/Cd"), balance) for balance in _all(statement, "Bal")]
    found = [balance for code in codes for name, balance in balances if name == code]
    found = found[:1] or [balance for name, balance in balances if name == "ITBD"][interim:][:1]
    if not found:
        raise _invalid(f"the statement has no balance {codes[0]}")
    currency = _amount_element(found[0]).get("Ccy", "")
    if currency not in EXPONENTS:
        raise _invalid(f"we hold no money in {currency[:3]!r}")
    return _signed(found[0], currency), currency


def _credits(booked: "list[Element]", account: str, number: str, currency: str) -> "list[Entry]":
    seen: dict[tuple[str, ...], int] = {}
    found = []
    for position, entry in enumerate(booked):
        if _text(entry, "CdtDbtInd") != "CRDT":
            continue
        booked_on = _day(entry)
        reference = _text(entry, "AcctSvcrRef")
        for part, minor in _parts(entry, currency):
            cause = _cause(part, reference, f"{number}#{position}", booked_on, minor)
            seen[cause] = seen.get(cause, 0) + 1
            receipt_id = id_from("rcp", account, *cause, str(seen[cause]))
            found.append(_credit(part, receipt_id, minor, booked_on))
    return found


def _cause(part: "Element", reference: str, position: str, booked_on: date, minor: int) -> tuple[str, ...]:
    """What makes a credit the same in every statement: the bank's reference; without one, only its place."""
    own = _text(part, "Refs/AcctSvcrRef")
    names = [name for name in dict.fromkeys((reference, own)) if name.upper() not in _NO_REFERENCE]
    return (*(names or [position]), booked_on.isoformat(), str(minor))


def _parts(entry: "Element", currency: str) -> "list[tuple[Element, int]]":
    """The transactions of an entry; the entry as a whole where they do not add up to it."""
    whole = _minor(_amount_element(entry), currency)
    if not whole:
        return []
    details = _all(entry, "NtryDtls/TxDtls")
    if len(details) == 1:
        return [(details[0], whole)]
    parts = [
        (part, _minor(amount, currency)) for part in details if (amount := _own_amount(part, currency)) is not None
    ]
    adds_up = len(parts) == len(details) and all(_is_credit(part) for part in details)
    if parts and adds_up and sum(minor for _, minor in parts) == whole:
        return [(part, minor) for part, minor in parts if minor]
    return [(entry, whole)]


def _own_amount(part: "Element", currency: str) -> "Element | None":
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        for found in _all(part, path):
            if found.get("Ccy") == currency:
                return found
    return None


def _is_credit(part: "Element") -> bool:
    return _text(part, "CdtDbtInd") in {"", "CRDT"}


def _credit(part: "Element", receipt_id: str, minor: int, booked_on: date) -> Entry:
    """Who paid what for; a batch taken as a whole has texts, but no one payer."""
    details = _all(part, "NtryDtls/TxDtls")
    one = part if not details else details[0]
    texts = [text for detail in details or [part] for text in _about(detail)] + _texts(part, "AddtlNtryInf")
    credit = Entry(receipt_id=receipt_id, amount_minor=minor, booked_on=booked_on, text=" ".join(texts)[:LONGEST_TEXT])
    return credit if len(details) > 1 else credit.model_copy(update=_payer(one))


def _about(detail: "Element") -> list[str]:
    end_to_end = _text(detail, "Refs/EndToEndId")
    named = [end_to_end] if end_to_end.upper() not in _NO_REFERENCE else []
    return [*_texts(detail, "RmtInf/Ustrd"), *_texts(detail, "AddtlTxInf"), *named]


def _payer(detail: "Element") -> dict[str, str]:
    """The payer's name is `Dbtr/Nm` in version 2 and `Dbtr/Pty/Nm` in version 8."""
    name = _text(detail, "RltdPties/Dbtr/Nm") or _text(detail, "RltdPties/Dbtr/Pty/Nm")
    return {
        "reference": _text(detail, "RmtInf/Strd/CdtrRefInf/Ref")[:35],
        "payer_name": name[:140],
        "payer_iban": _text(detail, "RltdPties/DbtrAcct/Id/IBAN")[:34],
    }


def _status(entry: "Element") -> str:
    """`BOOK` is text in version 2 and a code in version 8."""
    return _text(entry, "Sts/Cd") or _text(entry, "Sts")


def _day(entry: "Element") -> date:
    for path in ("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"):
        if text := _text(entry, path):
            try:
                return date.fromisoformat(text[:10])
            except ValueError:
                break
    raise _invalid("an entry has a booking date")


def _signed(element: "Element", currency: str) -> int:
    sign = {"CRDT": 1, "DBIT": -1}.get(_text(element, "CdtDbtInd"))
    if sign is None:
        raise _invalid("an amount is CRDT or DBIT")
    return sign * _minor(_amount_element(element), currency)


def _amount_element(element: "Element") -> "Element":
    found = _all(element, "Amt")
    if len(found) != 1:
        raise _invalid("an entry or balance has one amount")
    return found[0]


def _minor(amount: "Element", currency: str) -> int:
    """Minor units, exactly: an amount with more decimals than its currency has is refused."""
    text = (amount.text or "").strip()
    if amount.get("Ccy") != currency or not _AMOUNT.fullmatch(text):
        raise _invalid(f"{text[:20]!r} is no amount in {currency}")
    minor = Decimal(text).scaleb(EXPONENTS[currency])
    if minor != minor.to_integral_value() or minor > LARGEST:
        raise _invalid(f"{text} {currency} can't be counted in minor units")
    return int(minor)


def _all(element: "Element", path: str) -> "list[Element]":
    return element.findall("/".join(f"{{*}}{name}" for name in path.split("/")))


def _texts(element: "Element", path: str) -> list[str]:
    return [text for found in _all(element, path) if (text := (found.text or "").strip())]


def _text(element: "Element", path: str) -> str:
    return next(iter(_texts(element, path)), "")


def _invalid(detail: str) -> Rejected:
    return Rejected("invalid_statement", detail)
