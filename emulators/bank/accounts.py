"""The bank's books: accounts, what was booked on them, and the statements given out."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from stdnum import iban as iban_numbers
from stdnum.exceptions import ValidationError

from emulators.bank.camt import Detail, Entry, Extra, Statement
from emulators.world.clock import VirtualClock
from emulators.world.rows import Rows

SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
  iban TEXT PRIMARY KEY, owner TEXT NOT NULL, currency TEXT NOT NULL, opening INTEGER NOT NULL, given_out TEXT);
CREATE TABLE IF NOT EXISTS transfers (
  id INTEGER PRIMARY KEY, amount INTEGER NOT NULL, currency TEXT NOT NULL, debtor_name TEXT NOT NULL,
  debtor_iban TEXT NOT NULL, creditor_name TEXT NOT NULL, creditor_iban TEXT NOT NULL, end_to_end_id TEXT NOT NULL,
  text TEXT NOT NULL, structured TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS entries (
  account TEXT NOT NULL, day TEXT NOT NULL, transfer INTEGER NOT NULL, amount INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS extras (transfer INTEGER PRIMARY KEY, told TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS entries_by_day ON entries (account, day);
CREATE INDEX IF NOT EXISTS entries_by_transfer ON entries (transfer);
"""
_LENGTHS = {"debtor_name": 140, "creditor_name": 140, "end_to_end_id": 35, "remittance_text": 560, "reference": 35}
_MOST = 99_999_999_999
_DAY = timedelta(days=1)


class WrongTransferError(ValueError):
    """A transfer or account no bank would book; the message says why."""


@dataclass(frozen=True)
class Transfer:
    """Money from one account to another, in minor units."""

    amount: int
    currency: str
    debtor_name: str
    debtor_iban: str
    creditor_name: str
    creditor_iban: str
    end_to_end_id: str
    text: str
    structured: str
    booked_on: date | None


def read_transfer(sent: Mapping[str, Any]) -> Transfer:
    """The transfer a JSON object describes; raises WrongTransferError."""
    texts = {name: _text(sent, name, longest) for name, longest in _LENGTHS.items()}
    amount = sent.get("amount_minor")
    if not isinstance(amount, int) or isinstance(amount, bool) or not 0 < amount <= _MOST:
        raise WrongTransferError(f"amount_minor must be a whole number from 1 to {_MOST}")
    debtor = _iban(sent.get("debtor_iban"), "debtor_iban") if sent.get("debtor_iban") else ""
    creditor = _iban(sent.get("creditor_iban"), "creditor_iban")
    if debtor == creditor:
        raise WrongTransferError("debtor_iban and creditor_iban are the same account")
    return Transfer(
        amount=amount,
        currency=_currency(sent),
        debtor_name=texts["debtor_name"],
        debtor_iban=debtor,
        creditor_name=texts["creditor_name"],
        creditor_iban=creditor,
        end_to_end_id=texts["end_to_end_id"],
        text=texts["remittance_text"],
        structured=texts["reference"].replace(" ", ""),
        booked_on=_day(sent["booked_on"]) if sent.get("booked_on") else None,
    )


class Accounts:
    """Accounts with balances; a day whose statement was given out takes no more bookings."""

    def __init__(self, rows: Rows, clock: VirtualClock) -> None:
        self.rows = rows
        self._clock = clock

    def open(self, sent: Mapping[str, Any]) -> str:
        """Open an account (iban, owner, currency, opening_minor), or leave it as it is; its IBAN."""
        iban = _iban(sent.get("iban"), "iban")
        opening = sent.get("opening_minor", 0)
        if not isinstance(opening, int) or isinstance(opening, bool):
            raise WrongTransferError("opening_minor must be a whole number")
        self._open(iban, _text(sent, "owner", 140) or "Account holder", _currency(sent), opening)
        return iban

    def book(self, transfer: Transfer) -> tuple[int, date]:
        """Book a transfer on every account of it that this bank keeps; its number and the day it was booked.

        An unknown creditor account is opened, unless the money leaves one of the bank's own. The day is the one
        asked for (else today), or the first after it whose statement has not been given out.
        """
        with self.rows.transaction() as db:
            ours = [iban for iban in (transfer.debtor_iban, transfer.creditor_iban) if self._account(iban)]
            if transfer.debtor_iban not in ours and transfer.creditor_iban not in ours:
                self._open(transfer.creditor_iban, transfer.creditor_name or "Account holder", transfer.currency, 0)
                ours.append(transfer.creditor_iban)
            day = self._free_day(transfer, ours)
            number = int(db.execute(_INSERT, _columns(transfer)).lastrowid or 0)
            for iban in ours:
                signed = transfer.amount if iban == transfer.creditor_iban else -transfer.amount
                db.execute("INSERT INTO entries VALUES (?, ?, ?, ?)", (iban, day.isoformat(), number, signed))
        return number, day

    def book_extra(self, iban: str, amount: int, day: date, extra: Extra) -> date:
        """Book what a file of payments does to an account (signed), on that day or the first that is still free."""
        with self.rows.transaction() as db:
            plain = Transfer(abs(amount), "EUR", "", "", "", iban, "", "", "", day)
            self._open(iban, "Account holder", "EUR", 0)
            on = self._free_day(plain, [iban])
            number = int(db.execute(_INSERT, _columns(plain)).lastrowid or 0)
            db.execute("INSERT INTO entries VALUES (?, ?, ?, ?)", (iban, on.isoformat(), number, amount))
            db.execute("INSERT INTO extras VALUES (?, ?)", (number, _kept(extra)))
        return on

    def charge(self, sent: Mapping[str, Any]) -> date:
        """Book what the bank takes for itself (iban, amount_minor), today; the day."""
        iban, amount = _iban(sent.get("iban"), "iban"), sent.get("amount_minor")
        if not isinstance(amount, int) or isinstance(amount, bool) or not 0 < amount <= _MOST:
            raise WrongTransferError(f"amount_minor must be a whole number from 1 to {_MOST}")
        return self.book_extra(iban, -amount, self._clock.now().date(), Extra("MCOP-CHRG", "", "", 1, ()))

    def days(self, account: str | None = None, since: str = "") -> list[Any]:
        """The statements there are up to today: account, day, currency, number of entries and their sum."""
        return self.rows.read(
            "SELECT account, day, currency, count(*) AS entries, sum(amount) AS moved FROM entries"
            " JOIN accounts ON iban = account WHERE (?1 IS NULL OR account = ?1) AND day >= ?2 AND day <= ?3"
            " GROUP BY account, day ORDER BY day DESC, account",
            (account, since, self._clock.now().date().isoformat()),
        )

    def statement(self, iban: str, day: date) -> Statement | None:
        """The statement of a day, given out and so final; None when there is none or the day is to come."""
        with self.rows.transaction() as db:
            account = self._account(iban)
            if account is None or day > self._clock.now().date():
                return None
            entries = [_entry(row) for row in self.rows.read(_ENTRIES, (iban, day.isoformat()))]
            if not entries:
                return None
            if (account["given_out"] or "") < day.isoformat():
                db.execute("UPDATE accounts SET given_out = ? WHERE iban = ?", (day.isoformat(), iban))
            before = (iban, day.isoformat())
            moved = self.rows.count(
                "SELECT coalesce(sum(amount), 0) FROM entries WHERE account = ? AND day < ?", before
            )
            earlier = self.rows.count("SELECT count(DISTINCT day) FROM entries WHERE account = ? AND day < ?", before)
        opening = account["opening"] + moved
        return Statement(iban, account["owner"], account["currency"], day, earlier + 1, opening, entries)

    def balances(self) -> list[Any]:
        """All accounts with their balance of everything booked."""
        return self.rows.read(
            "SELECT iban, owner, currency,"
            " opening + coalesce((SELECT sum(amount) FROM entries WHERE account = iban), 0) AS balance"
            " FROM accounts ORDER BY iban"
        )

    def latest(self, most: int) -> list[Any]:
        """The latest transfers with the day they were booked."""
        return self.rows.read(
            "SELECT transfers.*, (SELECT day FROM entries WHERE transfer = transfers.id) AS day FROM transfers"
            " ORDER BY id DESC LIMIT ?",
            (most,),
        )

    def _account(self, iban: str) -> Any:
        return self.rows.one("SELECT * FROM accounts WHERE iban = ?", (iban,))

    def _open(self, iban: str, owner: str, currency: str, opening: int) -> None:
        with self.rows.transaction() as db:
            db.execute(
                "INSERT OR IGNORE INTO accounts (iban, owner, currency, opening) VALUES (?, ?, ?, ?)",
                (iban, owner, currency, opening),
            )

    def _free_day(self, transfer: Transfer, ours: list[str]) -> date:
        day = transfer.booked_on or self._clock.now().date()
        for iban in ours:
            account = self._account(iban)
            if account["currency"] != transfer.currency:
                raise WrongTransferError(f"the account {iban} is kept in {account['currency']}")
            if account["given_out"]:
                day = max(day, date.fromisoformat(account["given_out"]) + _DAY)
        return day


_INSERT = (
    "INSERT INTO transfers (amount, currency, debtor_name, debtor_iban, creditor_name, creditor_iban, end_to_end_id,"
    " text, structured) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_ENTRIES = (
    "SELECT transfers.*, entries.amount AS signed, day, told FROM entries JOIN transfers ON transfers.id ="
    " entries.transfer LEFT JOIN extras ON extras.transfer = transfers.id"
    " WHERE account = ? AND day = ? ORDER BY entries.transfer, entries.amount"
)


def _columns(transfer: Transfer) -> tuple[Any, ...]:
    return (
        transfer.amount,
        transfer.currency,
        transfer.debtor_name,
        transfer.debtor_iban,
        transfer.creditor_name,
        transfer.creditor_iban,
        transfer.end_to_end_id,
        transfer.text,
        transfer.structured,
    )


def _entry(row: Any) -> Entry:
    day = date.fromisoformat(row["day"])
    return Entry(
        reference=f"{day:%Y%m%d}{'C' if row['signed'] >= 0 else 'D'}{row['id']:010d}",
        amount=row["signed"],
        booked_on=day,
        debtor_name=row["debtor_name"],
        debtor_iban=row["debtor_iban"],
        creditor_name=row["creditor_name"],
        creditor_iban=row["creditor_iban"],
        end_to_end_id=row["end_to_end_id"],
        text=row["text"],
        structured=row["structured"],
        extra=_read_back(row["told"]) if row["told"] else None,
    )


def _kept(extra: Extra) -> str:
    return json.dumps([*extra[:4], [list(detail) for detail in extra.details]])


def _read_back(kept: str) -> Extra:
    code, message, batch, payments, details = json.loads(kept)
    return Extra(code, message, batch, payments, tuple(Detail(*detail) for detail in details))


def _text(sent: Mapping[str, Any], name: str, longest: int) -> str:
    value = sent.get(name) or ""
    if not isinstance(value, str) or len(value) > longest:
        raise WrongTransferError(f"{name} must be a text of at most {longest} characters")
    if re.search("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]", value):
        raise WrongTransferError(f"{name} has characters that no bank message may carry")
    return value


def _currency(sent: Mapping[str, Any]) -> str:
    currency = sent.get("currency", "EUR")
    if not isinstance(currency, str) or not re.fullmatch("[A-Z]{3}", currency):
        raise WrongTransferError("currency must be three capital letters")
    return currency


def _iban(value: Any, name: str) -> str:
    try:
        return str(iban_numbers.validate(str(value or ""), check_country=False))
    except ValidationError as error:
        raise WrongTransferError(f"{name} is not an IBAN: {error}") from error


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise WrongTransferError("booked_on must be a day such as 2026-11-23") from error
