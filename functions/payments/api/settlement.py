"""The routes of what providers pay out to our bank account, and what it is made of."""

from typing import Final

from common.functions import Route, query
from functions.payments.api.scopes import READ
from functions.payments.handlers import payouts
from functions.payments.requests.payouts import ByPayout, PayoutAnswer, PayoutsAnswer, SearchPayouts

ROUTES: Final[list[Route]] = [
    query("/v1/payouts", payouts.search_payouts, SearchPayouts, PayoutsAnswer, scope=READ),
    query("/v1/payouts/{payout_id}", payouts.show_payout, ByPayout, PayoutAnswer, scope=READ),
]
