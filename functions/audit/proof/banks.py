"""Journal and banks: each entry of the day's statements is booked, and the account holds what the bank says."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from functions.audit.proof.day import Body, Day, booked, journal_id
from functions.audit.proof.model import Difference, Figure, Outcome, Timing

MONEY: Final = ("money.bank", "money.sepa")
CAUSES: Final = ("payment", "payout_arrived", "bank_entry", "return")
"""By which cause an entry may have its journal: each has at most one of them."""
BY_OTHERS: Final = frozenset({"debit_settlement", "debit_return", "refund_out", "bank_fee"})
"""Kinds of entries that others book under ids of their own: a file of debits, a batch of transfers."""


def banks(day: Day) -> Outcome:
    """Compares every bank account of the entity: its statements, their entries, the journals, the closing balance."""
    found = Outcome()
    moved: Counter[str] = Counter()
    accounts = [one for one in day.bodies("bank_accounts") if one["entity"] == day.entity]
    for account in accounts:
        statements = _statements(day, account)
        taken = [one for one in statements if _is_of(day, one)]
        entries = [entry for one in taken for entry in day.bodies("bank_entries", statement_id=one["id"])]
        for statement in taken:
            found.add(_whole(day, statement, [one for one in entries if one["statement_id"] == statement["id"]]))
        for entry in entries:
            found.add(_is_booked(day, account, entry))
        name = f"{account['account_iban']}|{account['currency']}"
        moved[name] = day.entries_before[name] + sum(entry["amount_minor"] for entry in entries)
        found.add(_closing(account, statements, moved[name], entries))
    day.entries_before = moved
    found.add(_balances(day, accounts, moved))
    return found


def _statements(day: Day, account: Body) -> list[Body]:
    """Those that were taken in by the end of the day."""
    found = day.bodies("statements", account_iban=account["account_iban"])
    mine = [one for one in found if (one["entity"], one["currency"]) == (day.entity, account["currency"])]
    return [one for one in mine if _taken_on(day, one) <= day.on.isoformat()]


def _taken_on(day: Day, statement: Body) -> str:
    return day.day_of(datetime.fromisoformat(statement["taken_at"])).isoformat()


def _is_of(day: Day, statement: Body) -> bool:
    """Whether it came this day; with the first proof all that came before count as well."""
    return day.first or _taken_on(day, statement) == day.on.isoformat()


def _whole(day: Day, statement: Body, entries: list[Body]) -> Outcome:
    """A statement brought what its balances and its counts say, but what had come before."""
    reference = f"statements/{statement['id']}"
    if statement["slices_left"]:
        says = f"statement {statement['number']} is still being taken in"
        return Outcome(late=[Timing(source="bank", code="taking_in", documents=(reference,), says=says)])
    wanted = statement["credits"] + statement["debits"]
    came = len(entries) + statement["known"]
    moved = sum(entry["amount_minor"] for entry in entries)
    balances = (statement["opening_minor"], statement["closing_minor"])
    off = 0
    if statement["kind"] == "booked" and not statement["known"] and None not in balances:
        off = moved - (balances[1] - balances[0])
    if came == wanted and not off:
        return Outcome()
    says = f"statement {statement['number']} has {wanted} payments, {came} came; its balance is off by {off}"
    return _differs(day, statement["currency"], "entry_missed", off, (reference,), says)


def _is_booked(day: Day, account: Body, entry: Body) -> Outcome:
    """An entry has its journal over its amount; those that others book are in the balance alone."""
    journals = [
        one
        for _, one in day.loaded("journals", [journal_id(cause, entry["id"]) for cause in CAUSES])
        if one is not None
    ]
    told = sum(booked(one, *MONEY) for one in journals)
    if told == entry["amount_minor"] or (not journals and entry["kind"] in BY_OTHERS):
        return Outcome()
    reference = f"bank_entries/{entry['id']}"
    says = f"entry {entry['id']} of {account['account_iban']} is over {entry['amount_minor']}, its journals over {told}"
    if day.is_under_way("bank_entries", entry["id"]):
        return Outcome(late=[Timing(source="bank", code="under_way", documents=(reference,), says=says)])
    code = "entry_not_booked" if not journals else "entry_differs"
    return _differs(day, entry["currency"], code, entry["amount_minor"] - told, (reference,), says)


def _closing(account: Body, statements: list[Body], moved: int, entries: list[Body]) -> Outcome:
    """The entries of the account moved what its statements say, less what is booked after the last of them."""
    booked_ = sorted((one for one in statements if one["kind"] == "booked"), key=_order)
    if not booked_ or any(one["slices_left"] for one in statements):
        return Outcome()
    reference = f"statements/{booked_[-1]['id']}"
    gaps = list(_gaps(booked_))
    if gaps:
        says = f"account {account['account_iban']}: a statement is missing before {', '.join(gaps)}"
        return Outcome(late=[Timing(source="bank", code="statement_missing", documents=(reference,), says=says)])
    after = [one for one in entries if one["booked_on"] > booked_[-1]["closed_on"]]
    told = booked_[-1]["closing_minor"] - booked_[0]["opening_minor"]
    off = moved - sum(one["amount_minor"] for one in after) - told
    if not off or any(one["kind"] != "booked" for one in statements):
        return Outcome()
    says = f"account {account['account_iban']}: its balance moved by {told}, its entries by {told + off}"
    return Outcome(
        differences=[
            Difference(
                source="bank",
                code="balance_differs",
                currency=account["currency"],
                amount_minor=off,
                documents=(reference,),
                says=says,
            )
        ]
    )


def _order(statement: Body) -> tuple[str, int, str]:
    return str(statement["closed_on"]), statement["sequence"] or 0, statement["taken_at"]


def _gaps(statements: list[Body]) -> Iterator[str]:
    """Statements whose opening balance is not the closing one of any other, but for the first."""
    closed = {one["closing_minor"] for one in statements}
    for one in statements[1:]:
        if one["opening_minor"] not in closed:
            yield str(one["number"])


def _balances(day: Day, accounts: list[Body], moved: Counter[str]) -> Outcome:
    """What the journals hold on the bank's account is what the entries of all its accounts moved."""
    found = Outcome()
    for account in sorted(day.accounts_of("money.bank") | day.accounts_of("money.sepa") | _carried(day)):
        for currency in sorted({one["currency"] for one in accounts}):
            bank = sum(moved[f"{one['account_iban']}|{currency}"] for one in accounts if one["currency"] == currency)
            ours = day.balances[f"{account}|{currency}"]
            found.figures.append(
                Figure(
                    source="bank",
                    measure="balance",
                    account=account,
                    currency=currency,
                    journal_minor=ours,
                    other_minor=bank,
                )
            )
    return found


def _carried(day: Day) -> set[str]:
    return {key.partition("|")[0] for key in day.balances if key.partition("|")[0] == BANK}


BANK: Final = "1200"


def _differs(day: Day, currency: str, code: str, off: int, documents: tuple[str, ...], says: str) -> Outcome:
    account = next(iter(sorted(day.accounts_of("money.bank"))), BANK)
    difference = Difference(
        source="bank",
        code=code,
        account=account,
        currency=currency,
        amount_minor=off,
        documents=documents,
        says=says,
    )
    return Outcome(differences=[difference])
