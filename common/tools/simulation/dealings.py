"""What there is at a simulated provider: its habits, what a token comes to, payments, refunds and pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from functions.payments.model.asking import (
    Answer,
    DisputeSaid,
    DisputeState,
    Invitation,
    Outcome,
    ProviderName,
    RefundOrder,
)

CURRENCY: Final = "EUR"
NEVER: Final = timedelta(0)
PAGE_LIFE: Final = timedelta(hours=24)
PAGE_TAKES: Final = {"direct_debit": timedelta(days=12)}
"""How long a payment on a page is under way, by its method."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How a provider differs from the others."""

    key_life: timedelta
    """After this the same request is a new one: it collects again."""
    searchable: bool = True
    only_tells: bool = False
    """It can't be asked: its signed notices say what became of a payment, and come until they are taken."""
    refund_takes: timedelta = timedelta(hours=6)
    refuses_pages: tuple[str, ...] = ()


HABITS: Final[Mapping[ProviderName, Habits]] = {
    "stripe": Habits(timedelta(hours=24), refuses_pages=("ideal",)),
    "adyen": Habits(timedelta(days=7), searchable=False, only_tells=True, refund_takes=timedelta(days=5)),
    "gocardless": Habits(timedelta(hours=24), refund_takes=timedelta(days=2)),
    "mollie": Habits(timedelta(hours=1)),
}


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of what is collected with a token."""

    declines: int = 0
    """So many attempts of a payment are refused."""
    code: str = "insufficient_funds"
    soft: bool = True
    takes: timedelta = NEVER
    """How long it is under way."""
    taken_back_after: timedelta = NEVER
    taken_back_for: timedelta = NEVER
    """How long the money is gone, where the dispute is won."""
    reason: str = "fraudulent"
    wins: bool = False


ALWAYS: Final = 99
FATES: Final[Mapping[str, Fate]] = {
    "pm_good": Fate(),
    "pm_soft": Fate(declines=1),
    "pm_hard": Fate(declines=ALWAYS, code="stolen_card", soft=False),
    "pm_disputed": Fate(taken_back_after=timedelta(days=2)),
    "shopper/slow": Fate(takes=timedelta(hours=3)),
    "shopper/won": Fate(
        takes=timedelta(minutes=20), taken_back_after=timedelta(days=7), taken_back_for=timedelta(days=20), wins=True
    ),
    "MD0GOOD": Fate(takes=timedelta(days=3)),
    "MD0LATE": Fate(takes=timedelta(days=3), taken_back_after=timedelta(days=6), reason="insufficient_funds"),
}


@dataclass(slots=True)
class There:
    """A payment at a provider."""

    id: str
    attempt_id: str
    payment_id: str
    text: str
    amount_minor: int
    fate: Fate
    made_at: datetime
    state: Outcome = "processing"
    code: str = ""
    soft: bool = False
    refunded_minor: int = 0
    disputes: bool = False
    withdrawn_minor: int = 0

    @property
    def collects(self) -> bool:
        """Whether its money has moved and stayed, or is moving."""
        return self.state == "processing" or (self.state == "succeeded" and not self.withdrawn_minor)

    @property
    def said(self) -> Answer:
        """What the provider says of it."""
        return Answer(
            outcome=self.state,
            provider_id=self.id,
            code=self.code,
            soft=self.soft,
            amount_minor=self.amount_minor if self.state == "succeeded" else 0,
            currency=CURRENCY,
            payment_id=self.payment_id,
            attempt_id=self.attempt_id,
        )

    def dispute_said(self, dispute_id: str) -> DisputeSaid:
        """What the provider says of its dispute."""
        ends: DisputeState = "won" if not self.withdrawn_minor else "needs_response" if self.fate.wins else "lost"
        return DisputeSaid(
            outcome="succeeded",
            provider_id=dispute_id,
            payment_provider_id=self.id,
            payment_id=self.payment_id,
            attempt_id=self.attempt_id,
            amount_minor=self.amount_minor,
            currency=CURRENCY,
            reason=self.fate.reason,
            state=ends,
            withdrawn_minor=self.withdrawn_minor,
        )


@dataclass(slots=True)
class Back:
    """A refund at a provider."""

    id: str
    order: RefundOrder
    state: Outcome = "processing"
    code: str = ""

    @property
    def said(self) -> Answer:
        """What the provider says of it."""
        return Answer(
            outcome=self.state,
            provider_id=self.id,
            code=self.code,
            amount_minor=self.order.amount_minor,
            currency=CURRENCY,
            payment_id=self.order.payment_id,
            attempt_id=self.order.refund_id,
        )


@dataclass(slots=True)
class Page:
    """A page on which a member may pay once."""

    id: str
    wanted: Invitation
    made_at: datetime


PAYMENTS: Final[Mapping[ProviderName, str]] = {"stripe": "pi_", "adyen": "PSP", "gocardless": "PM", "mollie": "tr_"}
PAYOUTS: Final[Mapping[ProviderName, str]] = {
    "stripe": "po_", "adyen": "settlement_detail_report_batch_", "gocardless": "PO", "mollie": "stl_",
}  # fmt: skip
