"""Taking in bank statements: each credit is told once, however often and in how many statements it comes."""

from collections.abc import Sequence
from typing import Final

from common.documents import id_from
from common.events.payments import PaymentReceived
from common.failures import Rejected
from common.parties import SELLERS
from common.transaction import Transaction
from common.world import World
from functions.payments.bank.camt import AccountStatement
from functions.payments.model.statements import BankEntry, Statement, TakeEntry
from functions.payments.requests.statements import (
    SearchStatements,
    StatementAnswer,
    StatementFile,
    StatementOutcome,
    StatementPage,
    StatementsTaken,
)

ENTRIES_A_COMMIT: Final = 1000
"""What does not fit goes on in tasks of the same commit."""
_ENTITIES: Final = {seller.iban: seller.entity for seller in SELLERS.values()}


def take_statements(given: StatementFile, transaction: Transaction) -> StatementsTaken:
    """Takes a file's bank statements in, all or none.

    Rejected `unknown_account`, or `statement_changed` (409) where one was taken in with another content.
    """
    documents = [_document(parsed, transaction) for parsed in given.statements]
    known = transaction.find_all(Statement, [document.id for document in documents])
    fresh: dict[str, Statement] = {}
    tasks: list[TakeEntry] = []
    for parsed, document, before in zip(given.statements, documents, known, strict=True):
        if _is_new(document, fresh.get(document.id, before)):
            fresh[document.id] = document
            tasks += _tasks(parsed, document)
    ignored = _take(tasks[:ENTRIES_A_COMMIT], transaction)
    for document in fresh.values():
        transaction.put(document)
    for task in tasks[ENTRIES_A_COMMIT:]:
        transaction.later(task)
    return StatementsTaken(statements=[_outcome(d, fresh.get(d.id) is d, ignored) for d in documents])


def take_entries(tasks: Sequence[TakeEntry], transaction: Transaction) -> None:
    """Takes in entries that did not fit into their statement's commit."""
    _take(tasks, transaction)


def search_statements(given: SearchStatements, world: World) -> StatementPage:
    """Bank statements that were taken in, all or an account's."""
    equals = {"account_iban": given.account_iban} if given.account_iban else {}
    found = world.read.select(Statement, limit=given.limit, after=given.page_token, **equals)
    following = found[-1].id if len(found) == given.limit else ""
    return StatementPage(items=[StatementAnswer.of(statement) for statement in found], next_page_token=following)


def _document(parsed: AccountStatement, transaction: Transaction) -> Statement:
    entity = _ENTITIES.get(parsed.account_iban)
    if entity is None:
        raise Rejected("unknown_account", f"{parsed.account_iban} is no account of ours")
    return Statement(
        id=id_from("stm", parsed.account_iban, parsed.number),
        account_iban=parsed.account_iban,
        number=parsed.number,
        entity=entity,
        currency=parsed.currency,
        opening_minor=parsed.opening_minor,
        closing_minor=parsed.closing_minor,
        entries=parsed.entries,
        credits=len(parsed.credits),
        credits_minor=sum(entry.amount_minor for entry in parsed.credits),
        sha256=parsed.sha256,
        taken_at=transaction.now,
    )


def _is_new(document: Statement, known: Statement | None) -> bool:
    if known is not None and known.sha256 != document.sha256:
        raise Rejected(
            "statement_changed", f"statement {document.number} was taken in with another content", status=409
        )
    return known is None


def _tasks(parsed: AccountStatement, document: Statement) -> list[TakeEntry]:
    return [
        TakeEntry(
            entry=entry,
            statement_id=document.id,
            entity=document.entity,
            currency=document.currency,
            account_iban=document.account_iban,
        )
        for entry in parsed.credits
    ]


def _take(tasks: Sequence[TakeEntry], transaction: Transaction) -> dict[str, int]:
    """Tells each credit that was not told before; how many of each statement had been."""
    known = transaction.find_all(BankEntry, [task.entry.receipt_id for task in tasks])
    told = {entry.id for entry in known if entry is not None}
    ignored: dict[str, int] = {}
    for task in tasks:
        if task.entry.receipt_id in told:
            ignored[task.statement_id] = ignored.get(task.statement_id, 0) + 1
            continue
        told.add(task.entry.receipt_id)
        transaction.put(_bank_entry(task))
        transaction.emit(_received(task))
    return ignored


def _bank_entry(task: TakeEntry) -> BankEntry:
    return BankEntry(
        id=task.entry.receipt_id,
        statement_id=task.statement_id,
        amount_minor=task.entry.amount_minor,
        currency=task.currency,
        booked_on=task.entry.booked_on,
    )


def _received(task: TakeEntry) -> PaymentReceived:
    """A credit transfer is final when it is booked."""
    entry = task.entry
    return PaymentReceived(
        receipt_id=entry.receipt_id,
        source="bank",
        entity=task.entity,
        amount_minor=entry.amount_minor,
        currency=task.currency,
        received_on=entry.booked_on,
        reference=entry.reference,
        text=entry.text,
        payer_name=entry.payer_name,
        payer_iban=entry.payer_iban,
        account_iban=task.account_iban,
        final_on=entry.booked_on,
    )


def _outcome(document: Statement, taken: bool, ignored: dict[str, int]) -> StatementOutcome:
    return StatementOutcome(
        statement_id=document.id,
        number=document.number,
        outcome="taken" if taken else "duplicate",
        entries=document.entries,
        credits=document.credits,
        already_known=ignored.get(document.id, 0) if taken else document.credits,
    )
