"""The HTTP routes of `dunning`."""

from typing import Final

from common.functions import Route, command, query
from functions.dunning import handlers, requests

READ: Final = "dunning:read"
WRITE: Final = "dunning:write"

ROUTES: Final[list[Route]] = [
    query("/v1/dunning-cases", handlers.search_cases, requests.Search, requests.CasePage, scope=READ),
    query("/v1/dunning-cases/{case_id}", handlers.show_case, requests.ByCase, requests.CaseAnswer, scope=READ),
    command(
        "POST",
        "/v1/dunning-cases/{case_id}/close",
        handlers.close_by_hand,
        requests.Close,
        requests.CaseAnswer,
        scope=WRITE,
    ),
]
