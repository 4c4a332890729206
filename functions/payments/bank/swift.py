"""Reading SWIFT account messages: MT940 statements and MT942 reports, with the dialects banks write them in.

Standards: SWIFT MT940/MT942 message reference guides; DFÜ-Abkommen Anlage 3, chapter 8 (German banks).
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from functions.payments.bank.amounts import is_currency, minor
from functions.payments.bank.entries import AccountStatement, Detail, Entry, Format, reference
from functions.payments.bank.faults import Fault, invalid
from functions.payments.bank.narrative import told_of

MOST_LINES: Final = 5_000_000
MOST_ENTRIES: Final = 250_000
_FEBRUARY: Final = 2
LONGEST_LINE: Final = 2000
_TAG: Final = re.compile(r":(20|21|25P?|28C?|60[FM]|61|86|62[FM]|64|65|13D?|34F|90[CD]|NS):(.*)")
"""No other, for text may begin a line with `:26:37`."""
_END: Final = re.compile(r"-(XXX|\}.*)?\s*")
_BALANCE: Final = re.compile(r"([CD])(\d{6})([A-Z]{3})([0-9]{1,15},[0-9]*)")
_LINE: Final = re.compile(
    r"(?P<value>\d{6})(?P<booked>\d{4})?(?P<mark>R[CD]|E[CD]|[CD])(?P<funds>[A-Z])?"
    r"(?P<amount>\d[\d,]{0,19})(?P<code>[A-Z][A-Z0-9]{3})?(?P<own>(?![\d.,]).*)"
)
_LONG_REFERENCE: Final = re.compile(r"[A-Z0-9]{20,35}")
_IBAN: Final = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_CURRENCY_AT_END: Final = re.compile(r"(?<=\d)\s*/?\s*[A-Z]{3}$")
_SIGNS: Final = {"C": 1, "D": -1, "RC": -1, "RD": 1, "EC": 1, "ED": -1}
_BALANCES: Final = frozenset({"60F", "60M", "62F", "62M"})
_ENVELOPE: Final = re.compile(r"\{[0-9][^{}]*\}|^\{4:|-\}.*$")


@dataclass(slots=True)
class _Balance:
    minor: int
    currency: str
    on: date


@dataclass(slots=True)
class _Open:
    """A statement while it is read."""

    line: int
    account: str = ""
    sequence: int | None = None
    page: int = 1
    told_page: bool = False
    opening: _Balance | None = None
    closing: _Balance | None = None
    currency: str = ""
    interim: bool = False
    pending: int = 0
    booked: list[tuple[int, str]] = field(default_factory=list)
    """Lines of `:61:`, with what follows each."""
    about: dict[int, str] = field(default_factory=dict)
    """The `:86:` of each, by its place."""


def read(content: bytes) -> tuple[AccountStatement, ...]:
    """The statements of a file, each of whose balances adds up.

    Fault with line and place: `unsupported_format` (415), `too_large` (413), `invalid_statement`, `unbalanced`.
    """
    found: list[AccountStatement] = []
    current: _Open | None = None
    closed = True
    for number, tag, text in _fields(content):
        if tag == "20":
            _finish(current, found, number)
            current, closed = _Open(number), False
        elif current is None or closed:
            raise invalid(f"a field :{tag}: before :20:", number)
        else:
            _take(current, tag, text, number, len(found) + 1)
    _finish(current, found, 0)
    if not found:
        raise invalid("the file has no statement", 1)
    return tuple(found)


def text_of(content: bytes) -> str:
    """The file as text: UTF-8 where it is, else what German and Western banks write (Windows-1252, ISO 8859-1)."""
    for encoding in ("utf-8-sig", "windows-1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("iso-8859-1")


def _fields(content: bytes) -> Iterator[tuple[int, str, str]]:
    """Each field with the line it begins on; its further lines are kept apart by line feeds."""
    tag, begun, lines = "", 0, list[str]()
    for number, raw in enumerate(re.split(r"\r\n|\n|\r", text_of(content)), 1):
        if number > MOST_LINES or len(raw) > LONGEST_LINE:
            raise Fault("too_large", f"at most {LONGEST_LINE} characters a line", line=number, status=413)
        line = _ENVELOPE.sub("", raw) if "{" in raw or "-}" in raw else raw
        match = _TAG.match(line)
        ends = _END.fullmatch(line) is not None
        if (match or ends) and tag:
            yield begun, tag, "\n".join(lines)
            tag = ""
        if match:
            tag, begun, lines = match[1], number, [match[2]]
        elif tag:
            lines.append(line)
    if tag:
        yield begun, tag, "\n".join(lines)


def _take(current: _Open, tag: str, text: str, line: int, nth: int) -> None:
    try:
        if tag in {"25", "25P"}:
            current.account = _account(text.partition("\n")[0])
        elif tag in {"28C", "28"}:
            current.sequence, current.page, current.told_page = _number(text.partition("\n")[0])
        elif tag in _BALANCES:
            _take_balance(current, tag, text.partition("\n")[0], line)
        elif tag == "61":
            current.booked.append((line, text))
        elif tag in {"86", "NS"} and current.booked and current.closing is None:
            current.about.setdefault(len(current.booked) - 1, text)
        elif tag in {"34F", "13", "13D"}:
            current.interim = True
            current.currency = current.currency or (text[:3] if tag == "34F" and is_currency(text[:3]) else "")
    except Fault as fault:
        raise Fault(
            fault.code, fault.reason, line=fault.line or line, place=f"statement {nth}, field :{tag}:"
        ) from fault


def _take_balance(current: _Open, tag: str, text: str, line: int) -> None:
    """A statement's opening and closing balance, whole (`F`) or of a page (`M`)."""
    balance = _balance(text, line)
    if tag.startswith("60"):
        if current.opening is None:
            current.opening = balance
    else:
        current.closing = balance
    currency = current.currency or balance.currency
    if currency != balance.currency:
        raise invalid(f"balances in {currency} and {balance.currency}", line)
    current.currency = currency


def _balance(text: str, line: int) -> _Balance:
    match = _BALANCE.fullmatch(text.strip().replace(" ", ""))
    if match is None:
        raise invalid(f"{text[:30]!r} is no balance", line)
    if not is_currency(match[3]):
        raise invalid(f"we hold no money in {match[3]!r}", line)
    sign = 1 if match[1] == "C" else -1
    return _Balance(sign * minor(match[4], match[3], line, ","), match[3], _day(match[2], line))


def _finish(current: _Open | None, found: list[AccountStatement], line: int) -> None:
    if current is None:
        return
    place = f"statement {len(found) + 1}"
    try:
        found.append(_statement(current))
    except Fault as fault:
        where = fault.place or place
        raise Fault(
            fault.code, fault.reason, line=fault.line or current.line, place=where, status=fault.status
        ) from fault
    if sum(len(one.entries) for one in found) > MOST_ENTRIES:
        raise Fault("too_large", f"at most {MOST_ENTRIES} entries a file", line=line, status=413)


def _statement(current: _Open) -> AccountStatement:
    if not current.account:
        raise invalid("a statement has an account (:25:)", current.line)
    report = current.interim and current.opening is None and current.closing is None
    if not report and (current.opening is None or current.closing is None):
        missing = ":60F:" if current.opening is None else ":62F:"
        raise invalid(f"the statement has no balance {missing}", current.line)
    if not current.currency:
        raise invalid("a statement says in which currency it is", current.line)
    entries = _entries(current)
    opening = current.opening.minor if current.opening else None
    closing = current.closing.minor if current.closing else None
    _check(opening, closing, entries, current.line)
    days = [one.booked_on for one in entries] + ([current.closing.on] if current.closing else [])
    if not days:
        raise invalid("a statement says of which day it is", current.line)
    last = current.closing.on if current.closing else max(days)
    format_: Format = "mt942" if report else "mt940"
    return AccountStatement(
        format=format_,
        account=current.account,
        number=_name(current, last),
        currency=current.currency,
        opened_on=min(days),
        closed_on=last,
        entries=tuple(entries),
        opening_minor=opening,
        closing_minor=closing,
        sequence=current.sequence,
        page=current.page,
        pending=current.pending,
    )


def _name(current: _Open, last: date) -> str:
    """Numbers begin again each year, at some banks each day: the day tells them apart."""
    number = f"{last.isoformat()}-{current.sequence or 0}"
    return f"{number}/{current.page}" if current.told_page and current.page != 1 else number


def _check(opening: int | None, closing: int | None, entries: list[Entry], line: int) -> None:
    if opening is None or closing is None:
        return
    moved = sum(entry.amount_minor for entry in entries)
    if opening + moved != closing:
        detail = (
            f"opening balance {opening} and {len(entries)} entries of {moved} give {opening + moved}, not {closing}"
        )
        raise Fault("unbalanced", f"{detail} (minor units)", line=line)


def _entries(current: _Open) -> list[Entry]:
    found: list[Entry] = []
    for n, (line, text) in enumerate(current.booked):
        try:
            entry = _entry(text, current.about.get(n, ""), current.currency, line)
        except Fault as fault:
            raise Fault(
                fault.code, fault.reason, line=line, place=f"statement of line {current.line}, entry {n + 1}"
            ) from fault
        if entry is None:
            current.pending += 1
        else:
            found.append(entry)
    return found


def _entry(text: str, about: str, currency: str, line: int) -> Entry | None:
    """A statement line and what the account's holder is told of it; None where it is only expected (`EC`, `ED`)."""
    first, _, further = text.partition("\n")
    match = _LINE.fullmatch(first.strip())
    if match is None:
        raise invalid(f"{first[:30]!r} is no statement line", line)
    if match["mark"].startswith("E"):
        return None
    amount = _SIGNS[match["mark"]] * minor(match["amount"], currency, line, ",")
    own, _, bank = match["own"].partition("//")
    told = told_of(about, amount)
    customer = "" if told.facts.get("end_to_end_id") else reference(own)
    value_on = _day(match["value"], line)
    facts = dict(told.facts)
    if customer and not told.facts.get("text", "").startswith(customer):
        facts["instruction_id"] = customer[:35]
    named = _supplement(further.strip(), facts, amount)
    code = "+".join(part for part in (match["code"] or "", told.business_code) if part)
    return Entry(
        amount_minor=amount,
        booked_on=_booked_on(match["booked"], value_on, line),
        details=_details(amount, facts, told.charges(currency, line), told.original(currency, line)),
        value_on=value_on,
        bank_reference=reference(bank)[:35] or named,
        proprietary=code,
        reversal=match["mark"].startswith("R"),
        batch_id=facts.get("batch_id", ""),
    )


def _supplement(further: str, facts: dict[str, Any], amount: int) -> str:
    """What some banks write into a statement line's second line: the other account, a text, or their own reference.

    PostFinance tells its reference only there; Rabobank the other account. Gives the reference.
    """
    side = "payer_iban" if amount >= 0 else "payee_iban"
    if _IBAN.fullmatch(further):
        facts.setdefault(side, further)
        return ""
    if further and not facts.get("text"):
        facts["text"] = " ".join(further.split())[:500]
    return further if _LONG_REFERENCE.fullmatch(further) else ""


def _details(amount: int, facts: dict[str, Any], fee: int, original: int) -> tuple[Detail, ...]:
    """The payment, and apart from it what the bank took where both together are the entry (`OAMT+`, `COAM+`)."""
    if fee and original and original + fee == abs(amount) and amount < 0:
        return Detail(amount_minor=-original, **facts), Detail(amount_minor=-fee, is_charge=True)
    return (Detail(amount_minor=amount, charges_minor=fee, **facts),)


def _account(text: str) -> str:
    """The IBAN in it; else the bank's own number, without the currency some banks write behind it."""
    told = text.strip().upper().replace(" ", "")
    iban = _IBAN.search(told)
    if iban:
        return _CURRENCY_AT_END.sub("", iban[0])[:34]
    return _CURRENCY_AT_END.sub("", told)[:34]


def _number(text: str) -> tuple[int | None, int, bool]:
    """`195/1`: the statement's number and page."""
    number, slash, page = text.strip().partition("/")
    sequence = int(number) if number.isascii() and number.isdigit() else None
    part = int(page) if page.isascii() and page.isdigit() else 1
    return sequence or None, part, bool(slash)


def _day(text: str, line: int) -> date:
    """German banks value on the 30th of each month, of February too."""
    year, month, day = 2000 + int(text[:2]), int(text[2:4]), int(text[4:6])
    if month == _FEBRUARY and day in {29, 30}:
        day = monthrange(year, month)[1]
    try:
        return date(year, month, day)
    except ValueError as fault:
        raise invalid(f"{text!r} is no date", line) from fault


def _booked_on(text: str | None, value_on: date, line: int) -> date:
    """The booking date has no year: it is the one nearest to the value date."""
    if not text:
        return value_on
    found = []
    for year in (value_on.year - 1, value_on.year, value_on.year + 1):
        try:
            found.append(date(year, int(text[:2]), int(text[2:])))
        except ValueError:
            continue
    if not found:
        raise invalid(f"{text!r} is no date", line)
    return min(found, key=lambda one: abs((one - value_on).days))
