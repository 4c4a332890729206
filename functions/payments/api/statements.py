"""The routes of bank statements, by upload or from the inbox, and of what they are complete to."""

from collections.abc import Mapping
from secrets import token_hex
from typing import Final

from common.failures import Rejected
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

LONGEST_KEY: Final = 255


def parse_statement(body: bytes, headers: Mapping[str, str], settings: Settings) -> Upload:  # noqa: ARG001 - the port
    """A file of bank statements, checked and read; Rejected with what is wrong, and in which line.

    An `Idempotency-Key` makes a repeated request the same one: it is answered as the first was. Without it, each is one
    of its own; what it brings again is a duplicate in the answer, as every statement and entry is taken in once.
    """
    found = StatementFile(statements=files.read(body), content=body)
    key = headers.get("idempotency-key", "")
    if len(key) > LONGEST_KEY:
        raise Rejected("idempotency_key_long", f"at most {LONGEST_KEY} characters", status=400)
    return Upload(key or token_hex(16), found)


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
