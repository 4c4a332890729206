"""The routes of bank statements, by upload or from the inbox, and of what they are complete to."""

import hashlib
from collections.abc import Mapping
from typing import Final

from common.functions import Route, Upload, query, upload
from common.settings import Settings
from functions.payments.api.scopes import READ, WRITE
from functions.payments.bank import files
from functions.payments.handlers import inbox, statements
from functions.payments.handlers import statements_shown as shown
from functions.payments.requests.statements import (
    AccountPage,
    EntryPage,
    FilePage,
    SearchAccounts,
    SearchEntries,
    SearchFiles,
    SearchStatements,
    StatementFile,
    StatementPage,
    StatementsTaken,
)


def parse_statement(body: bytes, headers: Mapping[str, str], settings: Settings) -> Upload:  # noqa: ARG001 - the port
    """A file of bank statements, checked and read; Rejected with what is wrong, and in which line."""
    found = StatementFile(statements=files.read(body), content=body)
    return Upload(hashlib.sha256(body).hexdigest(), found)


ROUTES: Final[list[Route]] = [
    upload(
        "/v1/statements",
        statements.take_statements,
        parse_statement,
        StatementsTaken,
        media="application/xml, text/plain, application/zip",
        scope=WRITE,
        keep=inbox.keep,
    ),
    query("/v1/statements", shown.search_statements, SearchStatements, StatementPage, scope=READ),
    query("/v1/statements/{statement_id}/entries", shown.search_entries, SearchEntries, EntryPage, scope=READ),
    query("/v1/bank-accounts", shown.search_accounts, SearchAccounts, AccountPage, scope=READ),
    query("/v1/statement-files", shown.search_files, SearchFiles, FilePage, scope=READ),
]
