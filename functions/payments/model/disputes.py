"""Disputes and chargebacks: what a member's bank takes back, until when we may answer, and how it ends."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import Field

from common.documents import Document, id_from
from common.events.base import Task
from common.failures import Rejected
from common.machine import Machine
from common.money import Currency, Minor
from common.parties import personal
from functions.payments.model.asking import DisputeSaid, DisputeState, ProviderName

DISPUTE: Machine[DisputeState] = Machine(
    "dispute",
    {
        "warning": {"ask": "needs_response", "review": "under_review", "win": "won", "lose": "lost", "close": "closed"},
        "needs_response": {"review": "under_review", "win": "won", "lose": "lost", "close": "closed"},
        "under_review": {"ask": "needs_response", "win": "won", "lose": "lost", "close": "closed"},
        "won": {"ask": "needs_response", "review": "under_review", "lose": "lost"},
        "lost": {"ask": "needs_response", "review": "under_review", "win": "won"},
        "closed": {"ask": "needs_response", "review": "under_review"},
    },
)
"""What is over can begin anew: a second chargeback, pre-arbitration."""
VERBS: Final[dict[DisputeState, str]] = {
    "needs_response": "ask", "under_review": "review", "won": "win", "lost": "lose", "closed": "close", "warning": "",
}  # fmt: skip
OVER: Final[Mapping[DisputeState, Literal["won", "lost", "closed"]]] = {
    "won": "won",
    "lost": "lost",
    "closed": "closed",
}
"""How each end is told."""
ANSWERABLE: Final[frozenset[DisputeState]] = frozenset({"warning", "needs_response"})
REMIND_BEFORE: Final = timedelta(days=2)
"""So long before the last day for evidence somebody is told again, where nobody has answered."""


class Dispute(Document):
    """One dispute about one payment; `taken_minor` is what the provider holds of us for it, without its fees."""

    collection = "disputes"
    indexed = ("member_id", "state", "receipt_id")

    provider: ProviderName
    provider_id: str
    member_id: str
    receipt_id: str
    payment_id: str
    invoice_number: str
    entity: str
    amount_minor: Minor = Field(ge=0)
    currency: Currency
    reason: str
    state: DisputeState
    taken_minor: Minor = Field(default=0, ge=0)
    fee_minor: Minor = Field(default=0, ge=0)
    moves: int = 0
    """How often money moved by it."""
    evidence_due_at: datetime | None = None
    said_at: datetime | None = None
    """When the provider said so, where only its notices tell: an older one changes nothing."""
    answered_by: str = ""
    """Who sent our answer last; empty while nobody has."""
    answer_sent_at: datetime | None = None


class AnswerDispute(Task, name="payments.answer_dispute"):
    """Send evidence, or accept the dispute; texts by the provider's own names for them."""

    dispute_id: str
    provider: ProviderName
    provider_id: str
    texts: Annotated[dict[str, str], personal({})] = Field(default_factory=dict)
    accept: bool = False
    tries: int = 0


class RemindOfDispute(Task, name="payments.remind_of_dispute"):
    """The last day for evidence is near: look whether somebody has answered."""

    dispute_id: str


def dispute_id_of(provider: ProviderName, provider_id: str) -> str:
    """Our id of a provider's dispute."""
    return id_from("dsp", provider, provider_id)


def return_id_of(dispute: Dispute) -> str:
    """What takes money for a dispute: a new one each time money moves."""
    return id_from("ret", dispute.id, str(dispute.moves))


def reinstated_id_of(dispute: Dispute) -> str:
    """The receipt of money that comes back."""
    return id_from("rcp", dispute.id, str(dispute.moves))


def moved(dispute: Dispute, said: DisputeSaid) -> Dispute:
    """The dispute as the provider has it now; the same object where nothing has changed.

    Rejected `dispute_differs` where it is in another currency than the payment.
    """
    if said.currency and said.currency != dispute.currency:
        raise Rejected("dispute_differs", f"{dispute.provider_id} is in {said.currency}, not in {dispute.currency}")
    if said.said_at and dispute.said_at and said.said_at < dispute.said_at:
        return dispute
    verb = VERBS[said.state]
    known = verb in DISPUTE.allows(dispute.state)
    taken = said.withdrawn_minor if said.state != "warning" else 0
    after = dispute.model_copy(
        update={
            "state": DISPUTE.move(dispute.state, verb) if known else dispute.state,
            "amount_minor": said.amount_minor or dispute.amount_minor,
            "reason": said.reason or dispute.reason,
            "evidence_due_at": said.evidence_due_at or dispute.evidence_due_at,
            "taken_minor": taken,
            "fee_minor": max(said.fee_minor, dispute.fee_minor),
            "said_at": said.said_at or dispute.said_at,
            "moves": dispute.moves + (taken != dispute.taken_minor),
        }
    )
    after = unanswered(after) if asked_again(dispute, after) else after
    return dispute if after == dispute else after


def asked_again(before: Dispute, after: Dispute) -> bool:
    """Whether the provider wants an answer once more: a chargeback after an inquiry, a second one, more evidence."""
    return after.state == "needs_response" != before.state


def unanswered(dispute: Dispute) -> Dispute:
    """The dispute that may be answered (again)."""
    return dispute.model_copy(update={"answered_by": "", "answer_sent_at": None})


def must_be_open(dispute: Dispute) -> None:
    """Rejected `wrong_state` (409) unless we may answer it now: an answer that was sent stands until they ask again."""
    if dispute.state not in ANSWERABLE:
        raise Rejected("wrong_state", f"{dispute.provider_id} is {dispute.state}", status=409)
    if dispute.answered_by:
        when = f"by {dispute.answered_by} at {dispute.answer_sent_at}"
        raise Rejected("wrong_state", f"{dispute.provider_id} was answered {when}; they may ask again", status=409)


def answered(dispute: Dispute, actor: str, now: datetime) -> Dispute:
    """The dispute somebody answers; Rejected `wrong_state` (409) where there is nothing to answer."""
    must_be_open(dispute)
    return dispute.but(answered_by=actor, answer_sent_at=now)
