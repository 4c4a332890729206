"""What is told of bank statements: they, their entries, the accounts they are of, the files they came in."""

from typing import Any, TypeVar

from common.documents import Document
from common.world import World
from functions.payments.model.statements import BankAccount, BankEntry, Statement, StatementUpload
from functions.payments.requests.statements import (
    AccountAnswer,
    AccountPage,
    EntryAnswer,
    EntryPage,
    FileAnswer,
    FilePage,
    SearchAccounts,
    SearchEntries,
    SearchFiles,
    SearchStatements,
    StatementAnswer,
    StatementPage,
)

D = TypeVar("D", bound=Document)


def search_statements(given: SearchStatements, world: World) -> StatementPage:
    """Bank statements that were taken in, all or an account's."""
    equals = {"account_iban": given.account_iban} if given.account_iban else {}
    found, following = _page(Statement, given, world, **equals)
    return StatementPage(items=[StatementAnswer.of(one) for one in found], next_page_token=following)


def search_entries(given: SearchEntries, world: World) -> EntryPage:
    """The entries that a statement brought; those it shares with an earlier file are that file's."""
    found, following = _page(BankEntry, given, world, statement_id=given.statement_id)
    return EntryPage(items=[EntryAnswer.of(one) for one in found], next_page_token=following)


def search_accounts(given: SearchAccounts, world: World) -> AccountPage:
    """Our bank accounts and what is missing of their statements."""
    equals = {"complete": False} if given.with_gaps == "true" else {}
    found, following = _page(BankAccount, given, world, **equals)
    return AccountPage(items=[AccountAnswer.of(one) for one in found], next_page_token=following)


def search_files(given: SearchFiles, world: World) -> FilePage:
    """Files of the inbox and what became of them."""
    equals = {"outcome": given.outcome} if given.outcome else {}
    found, following = _page(StatementUpload, given, world, **equals)
    return FilePage(items=[FileAnswer.of(one) for one in found], next_page_token=following)


def _page(kind: type[D], given: Any, world: World, **equals: Any) -> tuple[list[D], str]:
    found = world.read.select(kind, limit=given.limit, after=given.page_token, **equals)
    return found, found[-1].id if len(found) == given.limit else ""
