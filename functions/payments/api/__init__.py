"""The HTTP routes of `payments`, by subject."""

from typing import Final

from common.functions import Route
from functions.payments.api import (
    collecting,
    direct_debit,
    money_back,
    paying,
    settlement,
    statements,
    webhooks,
)
from functions.payments.api.direct_debit import parse_debit_report
from functions.payments.api.statements import parse_statement
from functions.payments.api.webhooks import from_adyen, from_gocardless, from_mollie, from_stripe

__all__ = [
    "ROUTES",
    "from_adyen",
    "from_gocardless",
    "from_mollie",
    "from_stripe",
    "parse_debit_report",
    "parse_statement",
]

ROUTES: Final[list[Route]] = [
    *webhooks.ROUTES,
    *statements.ROUTES,
    *collecting.ROUTES,
    *money_back.ROUTES,
    *settlement.ROUTES,
    *paying.ROUTES,
    *direct_debit.ROUTES,
]
