"""Files a bank carries out: debits credited on their day, refused or given back as scripted, transfers sent."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from emulators.bank.accounts import Accounts, WrongTransferError
from emulators.bank.camt import Detail, Extra
from emulators.bank.pain import Batch, Message, Order, WrongFileError, read
from emulators.world.clock import VirtualClock
from emulators.world.rows import Rows

SCHEMA = """
CREATE TABLE IF NOT EXISTS files (
  message TEXT PRIMARY KEY, kind TEXT NOT NULL, content BLOB NOT NULL, received TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS batches (
  name TEXT PRIMARY KEY, message TEXT NOT NULL, account TEXT NOT NULL, day TEXT NOT NULL, booked TEXT,
  debits INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS orders (
  id INTEGER PRIMARY KEY, batch TEXT NOT NULL, end_to_end TEXT NOT NULL, amount INTEGER NOT NULL,
  party TEXT NOT NULL, iban TEXT NOT NULL, mandate TEXT NOT NULL, refused TEXT NOT NULL DEFAULT '',
  returns TEXT NOT NULL DEFAULT '', return_code TEXT NOT NULL DEFAULT '', fee INTEGER NOT NULL DEFAULT 0,
  returned TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS orders_by_batch ON orders (batch);
CREATE INDEX IF NOT EXISTS orders_by_return ON orders (returns);
CREATE TABLE IF NOT EXISTS scripts (
  id INTEGER PRIMARY KEY, iban TEXT NOT NULL, code TEXT NOT NULL, after INTEGER NOT NULL, fee INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS booking_ways (account TEXT PRIMARY KEY, way TEXT NOT NULL);
"""
WAYS = ("batch", "detailed", "single")
"""How a collected batch is booked: as one sum, as one sum with its debits told, or each debit by itself."""
REFUSE = -1
"""A script's days after collection that mean: refused before it."""
_CODE = 4


class DuplicateFileError(ValueError):
    """A message id that came before: banks refuse the file."""


class Debits:
    """What was handed in, and what becomes of it as days pass."""

    def __init__(self, rows: Rows, accounts: Accounts, clock: VirtualClock) -> None:
        self._rows = rows
        self._accounts = accounts
        self._clock = clock

    def take(self, content: bytes) -> Message:
        """Takes a file; raises WrongFileError or DuplicateFileError."""
        message = read(content)
        today = self._clock.now().date()
        with self._rows.transaction() as db:
            if self._rows.one("SELECT 1 FROM files WHERE message = ?", (message.name,)):
                raise DuplicateFileError(f"{message.name} was handed in before")
            kind = "debits" if message.debits else "transfers"
            db.execute("INSERT INTO files VALUES (?, ?, ?, ?)", (message.name, kind, content, today.isoformat()))
            for batch in message.batches:
                if message.debits and batch.on <= today:
                    raise WrongFileError(f"{batch.name}: {batch.on} is too late to hand in today")
                self._keep(db, message, batch)
        return message

    def script(self, sent: Mapping[str, Any]) -> None:
        """What becomes of the next debit of an account: `code`, `after_days` (none: refused at once), `fee_minor`."""
        iban, code = sent.get("iban"), sent.get("code")
        after, fee = sent.get("after_days"), sent.get("fee_minor", 0)
        whole = all(isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in (after or 0, fee))
        if not isinstance(iban, str) or not isinstance(code, str) or len(code) != _CODE or not whole:
            raise WrongTransferError("iban, a code of four characters, after_days and fee_minor not below 0")
        row = (iban, code, REFUSE if after is None else after, fee)
        with self._rows.transaction() as db:
            db.execute("INSERT INTO scripts (iban, code, after, fee) VALUES (?, ?, ?, ?)", row)

    def book_by(self, account: str, way: Any) -> None:
        """How an account's collected batches are booked, one of `WAYS`."""
        if way not in WAYS:
            raise WrongTransferError(f"booking must be one of {', '.join(WAYS)}")
        with self._rows.transaction() as db:
            db.execute("INSERT OR REPLACE INTO booking_ways VALUES (?, ?)", (account, way))

    def run(self) -> None:
        """Books everything that is due by today, in the order of days."""
        today = self._clock.now().date().isoformat()
        with self._rows.transaction():
            due = self._rows.read(
                "SELECT * FROM batches WHERE booked IS NULL AND day <= ? ORDER BY day, name", (today,)
            )
            for batch in due:
                self._collect(batch)
            back = self._rows.read(
                "SELECT orders.*, account, message FROM orders JOIN batches ON name = batch"
                " WHERE returns != '' AND returns <= ? AND returned = '' AND booked IS NOT NULL ORDER BY returns, id",
                (today,),
            )
            for order in back:
                self._give_back(order)

    def files(self) -> list[Any]:
        """Every file with how many payments it has and how many were refused."""
        return self._rows.read(
            "SELECT files.message, kind, received, count(*) AS payments, sum(refused != '') AS refused, sum(amount) AS"
            " total FROM files JOIN batches USING (message) JOIN orders ON batch = name GROUP BY files.message"
            " ORDER BY received, files.message"
        )

    def refused(self, message: str) -> list[Any]:
        """The refused orders of a message, with their batch; empty where it has none. KeyError where it is unknown."""
        if not self._rows.one("SELECT 1 FROM files WHERE message = ?", (message,)):
            raise KeyError(message)
        return self._rows.read(
            "SELECT orders.* FROM orders JOIN batches ON name = batch WHERE message = ? AND refused != '' ORDER BY id",
            (message,),
        )

    def batches_of(self, message: str) -> list[str]:
        """The payment informations of a message."""
        found = self._rows.read("SELECT name FROM batches WHERE message = ? ORDER BY name", (message,))
        return [row["name"] for row in found]

    def _keep(self, db: Any, message: Message, batch: Batch) -> None:
        row = (batch.name, message.name, batch.account, batch.on.isoformat(), None, int(message.debits))
        db.execute("INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?)", row)
        for order in batch.orders:
            fate = self._fate(db, order, batch.on) if message.debits else {}
            db.execute(
                "INSERT INTO orders (batch, end_to_end, amount, party, iban, mandate, refused, returns, return_code,"
                " fee) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    batch.name,
                    order.end_to_end_id,
                    order.amount,
                    order.party,
                    order.iban,
                    order.mandate,
                    fate.get("refused", ""),
                    fate.get("returns", ""),
                    fate.get("code", ""),
                    fate.get("fee", 0),
                ),
            )

    def _fate(self, db: Any, order: Order, on: date) -> dict[str, Any]:
        """What a script says of it; a script holds for one debit."""
        script = self._rows.one("SELECT * FROM scripts WHERE iban = ? ORDER BY id", (order.iban,))
        if script is None:
            return {}
        db.execute("DELETE FROM scripts WHERE id = ?", (script["id"],))
        if script["after"] == REFUSE:
            return {"refused": script["code"]}
        returns = (on + timedelta(days=script["after"])).isoformat()
        return {"returns": returns, "code": script["code"], "fee": script["fee"]}

    def _collect(self, batch: Any) -> None:
        day = date.fromisoformat(batch["day"])
        orders = self._rows.read("SELECT * FROM orders WHERE batch = ? AND refused = '' ORDER BY id", (batch["name"],))
        sign = 1 if batch["debits"] else -1
        found = self._rows.one("SELECT way FROM booking_ways WHERE account = ?", (batch["account"],))
        way = found["way"] if found else "batch"
        details = tuple(_detail(order, sign) for order in orders)
        shown = details if way == "detailed" else ()
        for group in [(one,) for one in details] if way == "single" else [details] if details else []:
            name = "" if way == "single" else batch["name"]
            told = group if way == "single" else shown
            extra = Extra("IDDT-ESDD" if sign > 0 else "ICDT-ESCT", batch["message"], name, len(group), told)
            self._accounts.book_extra(batch["account"], sum(one.amount for one in group), day, extra)
        with self._rows.transaction() as db:
            db.execute("UPDATE batches SET booked = ? WHERE name = ?", (day.isoformat(), batch["name"]))

    def _give_back(self, order: Any) -> None:
        detail = _detail(order, -1, code=order["return_code"], fee=order["fee"])
        extra = Extra("IDDT-UPDD", "", "", 1, (detail,))
        self._accounts.book_extra(
            order["account"], -order["amount"] - order["fee"], date.fromisoformat(order["returns"]), extra
        )
        with self._rows.transaction() as db:
            db.execute("UPDATE orders SET returned = returns WHERE id = ?", (order["id"],))


def _detail(order: Any, sign: int, code: str = "", fee: int = 0) -> Detail:
    amount = sign * order["amount"] - fee
    return Detail(amount, order["end_to_end"], order["mandate"], order["party"], order["iban"], code, fee)
