"""The payment providers of the story: a token says what becomes of money, and nothing is left to chance."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from functions.payments.model.asking import (
    Answer,
    DisputeSaid,
    Invitation,
    Invited,
    Movement,
    PayoutSaid,
    ProviderName,
    RefundOrder,
)
from functions.payments.model.payments import ChargeAttempt
from functions.payments.providers.port import Offering

PAYS: Final = "pm_card_visa"
DISPUTES: Final = "pm_card_disputed"
"""Its holder denies the payment afterwards."""
CLOSED: Final = "pm_card_closed"
"""It pays, and nothing can be given back to it afterwards."""
SILENT: Final = "pm_card_silent"
"""Nobody answers what is asked about it."""
FEE_MINOR, DISPUTE_FEE_MINOR = 25, 1500
EVIDENCE_TAKES: Final = timedelta(days=12)


@dataclass(frozen=True)
class Charged:
    """Money that a provider has collected."""

    payment_id: str
    attempt_id: str
    amount_minor: int
    currency: str
    token: str
    at: datetime


@dataclass(eq=False)
class Desk(Offering):
    """One provider. Its ids follow from ours, so that they are the same each time."""

    name: ProviderName
    now: Callable[[], datetime]
    charged: dict[str, Charged] = field(default_factory=dict)
    """By the provider's id."""
    pages: dict[str, Invitation] = field(default_factory=dict)
    """Where members are to pay; whoever looks at one finds that they did."""
    disputed: set[str] = field(default_factory=set)
    """Payments of which a dispute was asked about, by their ids here."""
    answered: set[str] = field(default_factory=set)
    """Disputes to which evidence was sent."""

    def charge(self, wanted: ChargeAttempt) -> Answer:
        """See Provider."""
        if wanted.token == SILENT:
            return Answer(outcome="unknown", code="timeout")
        return self.get(self._collected(wanted, wanted.token))

    def get(self, provider_id: str) -> Answer:
        """See Provider."""
        page = self.pages.get(provider_id)
        name = self._collected(page, "") if page else provider_id
        if name not in self.charged:
            return Answer(outcome="not_found", provider_id=provider_id)
        found = self.charged[name]
        return Answer(
            outcome="succeeded",
            provider_id=name,
            amount_minor=found.amount_minor,
            currency=found.currency,
            payment_id=found.payment_id,
            attempt_id=found.attempt_id,
            charged_at=found.at,
        )

    def search(self, attempt_id: str) -> Answer:
        """See Provider; what nobody answers about is not found, either."""
        found = self.get(self._payment(attempt_id))
        return Answer(outcome="unknown", code="timeout") if found.outcome == "not_found" else found

    def refund(self, wanted: RefundOrder) -> Answer:
        """See Provider; of what nobody answered about, nobody does now."""
        if wanted.provider_id not in self.charged:
            return Answer(outcome="unknown", code="timeout")
        refused = self.charged[wanted.provider_id].token == CLOSED
        return Answer(
            outcome="failed" if refused else "succeeded",
            provider_id=named("re", wanted.refund_id),
            code="expired_or_canceled_card" if refused else "",
            amount_minor=wanted.amount_minor,
            currency=wanted.currency,
            payment_id=wanted.payment_id,
            attempt_id=wanted.refund_id,
        )

    def invite(self, wanted: Invitation) -> Invited:
        """See Provider."""
        page = named("cs", wanted.invitation_id)
        self.pages[page] = wanted
        return Invited(outcome="succeeded", provider_id=page, url=f"https://{self.name}.example/{page}")

    def get_dispute(self, provider_id: str) -> DisputeSaid:
        """See Provider: what is asked about, somebody has disputed."""
        payment = provider_id.replace("dp_", "pi_")
        found = self.charged[payment]
        self.disputed.add(payment)
        return DisputeSaid(
            outcome="succeeded",
            provider_id=provider_id,
            payment_provider_id=payment,
            payment_id=found.payment_id,
            attempt_id=found.attempt_id,
            amount_minor=found.amount_minor,
            currency=found.currency,
            reason="product_not_received",
            state="under_review" if provider_id in self.answered else "needs_response",
            withdrawn_minor=found.amount_minor,
            evidence_due_at=found.at + EVIDENCE_TAKES,
        )

    def answer_dispute(self, provider_id: str, texts: dict[str, str], *, accept: bool = False) -> Answer:  # noqa: ARG002 - the port
        """See Provider."""
        self.answered.add(provider_id)
        return Answer(outcome="succeeded", provider_id=provider_id)

    def get_payout(self, provider_id: str) -> PayoutSaid:
        """See Provider: all that was collected and taken back, in one payout."""
        came = [_movement(one, "charge", payment, provider_id) for payment, one in self.charged.items()]
        lost = [_movement(self.charged[one], "chargeback", one, provider_id) for one in sorted(self.disputed)]
        lines = (*came, *lost)
        return PayoutSaid(
            outcome="succeeded",
            provider_id=provider_id,
            amount_minor=sum(line.amount_minor - line.fee_minor for line in lines),
            currency="EUR",
            state="paid",
            arrives_on=self.now().date() + timedelta(days=1),
            statement_text="MARKETPLACE PAYOUT",
            movements=lines,
        )

    def _payment(self, attempt_id: str) -> str:
        """Adyen's references are capitals and digits; Stripe's show what they are of."""
        name = named("pi", attempt_id)
        return name.removeprefix("pi_").upper()[:16] if self.name == "adyen" else name

    def _collected(self, wanted: ChargeAttempt | Invitation, token: str) -> str:
        name = self._payment(wanted.attempt_id)
        about = (wanted.payment_id, wanted.attempt_id, wanted.amount_minor, wanted.currency)
        self.charged.setdefault(name, Charged(*about, token, self.now()))
        return name


def _movement(what: Charged, kind: Literal["charge", "chargeback"], payment: str, payout: str) -> Movement:
    back = kind == "chargeback"
    return Movement(
        movement_id=payment.replace("pi_", "txn_d" if back else "txn_c"),
        kind=kind,
        amount_minor=-what.amount_minor if back else what.amount_minor,
        fee_minor=DISPUTE_FEE_MINOR if back else FEE_MINOR,
        currency=what.currency,
        at=what.at,
        provider_id=payment.replace("pi_", "dp_") if back else payment,
        reference=what.attempt_id,
        payout_id=payout,
    )


def named(kind: str, ours: str) -> str:
    """The provider's id of something that has an id of ours."""
    return f"{kind}_{ours.partition('_')[2].replace('.', '_')}"
