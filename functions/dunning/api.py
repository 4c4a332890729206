"""Dunning's HTTP routes."""

from typing import Final

from common.functions import Route, query
from functions.dunning import queries, requests

READ: Final = "dunning:read"

ROUTES: Final[tuple[Route, ...]] = (
    query("/v1/dunning-cases", queries.list_cases, requests.CasesAsked, requests.CasesShown, scope=READ),
    query("/v1/dunning-cases/{case_id}", queries.show_case, requests.CaseAsked, requests.CaseShown, scope=READ),
)
