"""Taking in bank statements, all of a file or none: each entry is told once, in however many statements it comes."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from common.failures import Rejected, TryLater
from common.parties import SELLERS
from common.transaction import Transaction
from functions.payments.bank.continuity import Span, joined, told_otherwise
from functions.payments.bank.entries import AccountStatement
from functions.payments.bank.identity import Placed, placed
from functions.payments.handlers import entries, payouts
from functions.payments.model.statements import (
    BankAccount,
    Statement,
    TakeArrival,
    TakeSlice,
    account_id_of,
    statement_id_of,
)
from functions.payments.requests.statements import StatementFile, StatementOutcome, StatementsTaken

ENTRIES_A_COMMIT: Final = 1000
"""A commit with so many has about 3 MB of the 10 MB that Firestore takes."""
_ENTITIES: Final = {one.iban: one.entity for one in SELLERS.values()}
_QR_IBANS: Final = {one.qr_iban: one.iban for one in SELLERS.values() if one.qr_iban}
"""A QR-IBAN is another name of the same account: what comes under both names is there once (SIX, QR-bill 2.2)."""


@dataclass(slots=True)
class _Fresh:
    """A statement that was not taken in before."""

    document: Statement
    parsed: AccountStatement
    coming: int
    """How many payments of it are to be taken in."""
    left: int = 0
    """How many are left out."""
    left_out: tuple[date, ...] = ()
    """Days that came in another format already."""


def take_statements(given: StatementFile, transaction: Transaction) -> StatementsTaken:
    """Takes a file's bank statements in, all or none.

    Rejected `unknown_account`, or `statement_changed` (409) where one was taken in with another content.
    """
    ours = [_ours(parsed) for parsed in given.statements]
    documents = [_document(parsed, transaction) for parsed in ours]
    fresh, accounts = _compared(ours, documents, transaction)
    at_once = sum(one.coming for one in fresh.values()) <= ENTRIES_A_COMMIT
    coming = [(one.document, payment) for one in fresh.values() for payment in _payments(one)] if at_once else []
    known = entries.take(coming, transaction).known
    for one in fresh.values():
        transaction.put(_begun(one, given, transaction, ignored=known.get(one.document.id, 0), at_once=at_once))
    for account in accounts.values():
        if fresh:
            transaction.put(account)
    seen: set[str] = set()
    outcomes = [_outcome(document, fresh, known, seen) for document in documents]
    return StatementsTaken(
        statements=outcomes,
        complete=all(account.complete for account in accounts.values()),
        duplicate=not fresh,
        new=sum(one.new for one in outcomes),
    )


def take_slices(tasks: Sequence[TakeSlice], answers: Sequence[Sequence[Placed]], transaction: Transaction) -> None:
    """Takes in a slice of a statement's entries and asks for the next; the last one makes the statement whole.

    Each has a commit of its own: TryLater for several at once, upon which they are handed over one by one.
    """
    if len(tasks) > 1:
        raise TryLater("one slice a commit")
    [task], [answer] = tasks, answers
    document = transaction.get(Statement, task.statement_id)
    if task.slices - task.number != document.slices_left:
        return
    coming = [(document, one) for one in answer if one.entry.booked_on not in task.left_out]
    known = document.known + entries.take(coming, transaction).known.get(document.id, 0)
    transaction.put(document.but(slices_left=document.slices_left - 1, known=known))
    if document.slices_left > 1:
        transaction.later(task.model_copy(update={"number": task.number + 1}))


def take_arrival(task: TakeArrival, transaction: Transaction) -> None:
    """A provider's payout on the bank account meets what the provider said of it."""
    payouts.arrive(payouts.Arrival(**task.model_dump(exclude={"member_id"})), transaction)


def slices_of(statement: AccountStatement) -> Iterator[tuple[int, list[Placed]]]:
    """All payments of a statement, as many at once as a commit takes."""
    ours = _ours(statement)
    found = placed(ours, statement_id_of(ours))
    for number, start in enumerate(range(0, len(found), ENTRIES_A_COMMIT)):
        yield number, found[start : start + ENTRIES_A_COMMIT]


def _ours(parsed: AccountStatement) -> AccountStatement:
    """The statement with our account as an IBAN, whatever the bank calls it; Rejected `unknown_account`."""
    iban = own_account(parsed.account)
    if not iban:
        raise Rejected("unknown_account", f"{parsed.account} is no account of ours")
    return parsed if iban == parsed.account else replace(parsed, account=iban)


def own_account(told: str) -> str:
    """The IBAN of an account of ours by what a bank calls it: IBAN, `37040044/532013000`, or the number alone."""
    if told in _ENTITIES or told in _QR_IBANS:
        return _QR_IBANS.get(told, told)
    bank, slash, number = told.rpartition("/")
    digits = re.sub(r"\D", "", number)
    if len(digits) < 7 or re.match(r"[A-Z]{2}\d\d", told):  # noqa: PLR2004 - shorter ones say too little
        return ""
    found = [i for i in _ENTITIES if i.endswith(digits.zfill(10)) and (not slash or i[4:].startswith(bank.strip()))]
    return found[0] if len(found) == 1 else ""


def _document(parsed: AccountStatement, transaction: Transaction) -> Statement:
    amounts = [detail.amount_minor for entry in parsed.entries for detail in entry.details]
    return Statement(
        id=statement_id_of(parsed),
        account_iban=parsed.account,
        number=parsed.number,
        entity=_ENTITIES[parsed.account],
        currency=parsed.currency,
        format=parsed.format,
        kind=parsed.kind,
        sequence=parsed.sequence,
        opened_on=parsed.opened_on,
        closed_on=parsed.closed_on,
        opening_minor=parsed.opening_minor,
        closing_minor=parsed.closing_minor,
        entries=len(parsed.entries),
        credits=sum(amount > 0 for amount in amounts),
        credits_minor=sum(amount for amount in amounts if amount > 0),
        debits=sum(amount < 0 for amount in amounts),
        debits_minor=-sum(amount for amount in amounts if amount < 0),
        sha256=parsed.sha256,
        warnings=parsed.warnings[:20],
        taken_at=transaction.now,
    )


def _compared(
    ours: Sequence[AccountStatement], documents: Sequence[Statement], transaction: Transaction
) -> tuple[dict[str, _Fresh], dict[str, BankAccount]]:
    """The statements that are new, and their accounts with them."""
    ids = [document.id for document in documents]
    known = dict(zip(ids, transaction.find_all(Statement, ids), strict=True))
    accounts = _accounts(ours, transaction)
    fresh: dict[str, _Fresh] = {}
    for parsed, document in zip(ours, documents, strict=True):
        before = fresh[document.id].document if document.id in fresh else known[document.id]
        if _is_new(document, before):
            fresh[document.id] = _join(parsed, document, accounts)
    return fresh, accounts


def _accounts(statements: Sequence[AccountStatement], transaction: Transaction) -> dict[str, BankAccount]:
    """The accounts whose continuity the file is about; only statements say where they begin and end."""
    about = {account_id_of(s.account, s.currency): s for s in statements if s.kind == "booked"}
    stored = transaction.find_all(BankAccount, list(about))
    return {
        id_: found
        or BankAccount(id=id_, account_iban=one.account, entity=_ENTITIES[one.account], currency=one.currency)
        for (id_, one), found in zip(about.items(), stored, strict=True)
    }


def _join(parsed: AccountStatement, document: Statement, accounts: dict[str, BankAccount]) -> _Fresh:
    """Puts a statement into its account's order; what came in another format already is left out."""
    payments = sum(len(entry.details) for entry in parsed.entries)
    if parsed.kind != "booked":
        return _Fresh(document, parsed, payments)
    account_id = account_id_of(parsed.account, parsed.currency)
    account = accounts[account_id]
    spans: tuple[Span, ...] = account.spans
    days = {entry.booked_on for entry in parsed.entries}
    left_out = {day for day in days if told_otherwise(spans, parsed.format, day)}
    accounts[account_id] = account.with_spans(joined(spans, parsed))
    left = sum(len(entry.details) for entry in parsed.entries if entry.booked_on in left_out) if left_out else 0
    return _Fresh(document, parsed, payments - left, left, tuple(sorted(left_out)))


def _payments(one: _Fresh) -> list[Placed]:
    found = placed(one.parsed, one.document.id)
    return [payment for payment in found if payment.entry.booked_on not in one.left_out]


def _is_new(document: Statement, known: Statement | None) -> bool:
    if known is not None and known.sha256 != document.sha256:
        raise Rejected(
            "statement_changed", f"statement {document.number} was taken in with another content", status=409
        )
    return known is None


def _begun(one: _Fresh, given: StatementFile, transaction: Transaction, *, ignored: int, at_once: bool) -> Statement:
    """The statement as it is kept, with the task that takes in the rest of it."""
    if at_once or not one.coming:
        return one.document.but(known=ignored + one.left)
    kept = given.slices.get(one.document.id)
    if kept is None:
        raise RuntimeError(f"the {one.coming} payments of statement {one.document.number} are kept nowhere")
    task = TakeSlice(statement_id=one.document.id, file=kept.file, slices=kept.slices, left_out=one.left_out)
    transaction.later(task)
    return one.document.but(slices_left=kept.slices, known=one.left)


def _outcome(
    document: Statement, fresh: dict[str, _Fresh], ignored: dict[str, int], seen: set[str]
) -> StatementOutcome:
    """The same statement a second time in one file is a duplicate."""
    taken = document.id in fresh and document.id not in seen
    seen.add(document.id)
    payments = document.credits + document.debits
    left_out = fresh[document.id].left if taken else 0
    already_known = ignored.get(document.id, 0) + left_out if taken else payments
    return StatementOutcome(
        statement_id=document.id,
        number=document.number,
        outcome="taken" if taken else "duplicate",
        entries=document.entries,
        credits=document.credits,
        debits=document.debits,
        already_known=already_known,
        new=max(payments - already_known, 0),
        warnings=list(document.warnings),
    )
