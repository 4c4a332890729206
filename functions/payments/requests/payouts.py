"""Questions about payouts, and their answers."""

from datetime import date
from typing import Literal, Self

from common.functions.routes import Input, Limit, Output, PageToken
from functions.payments.model.payouts import Parts, Payout, PayoutState
from functions.payments.requests.fields import Id


class ByPayout(Input):
    """One payout."""

    payout_id: Id


class SearchPayouts(Input):
    """Which payouts."""

    state: PayoutState | Literal[""] = ""
    limit: Limit = 50
    page_token: PageToken = ""


class PayoutAnswer(Output):
    """A payout, what it is made of, and the lines nobody can explain (at most 50 are named)."""

    payout_id: str
    provider: str
    provider_id: str
    entity: str
    currency: str
    amount_minor: int
    parts: Parts
    movements: int
    unexplained: list[str]
    unexplained_count: int
    state: PayoutState
    arrives_on: date | None
    arrived_on: date | None
    bank_entry_id: str

    @classmethod
    def of(cls, payout: Payout) -> Self:
        """As the document has it."""
        return cls(payout_id=payout.id, **payout.model_dump(include=set(cls.model_fields)))


class PayoutsAnswer(Output):
    """Some payouts; an empty token is the end."""

    items: list[PayoutAnswer]
    next_page_token: str = ""
