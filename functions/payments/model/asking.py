"""What a payment provider is asked and what it says, in words that fit all of them."""

from datetime import date, datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from common.parties import personal
from common.values import Value

ProviderName = Literal["stripe", "adyen", "gocardless", "mollie"]
"""Who is asked over HTTP. Own direct debit files and bank statements need nobody to be asked."""
Outcome = Literal["succeeded", "failed", "processing", "unknown", "not_found", "skipped"]
NOT_ASKED: Final = "not_asked"
"""The code of what a provider that is down was not asked: nothing is known, as after a timeout, and that is safe."""
About = Literal["payment", "refund", "dispute", "payout", "set_up", "mandate", ""]
"""What a notice is about; empty where it is of no interest."""


ONLY_TOLD: Final = "only_told"
"""The code of what a provider does not say when it is asked, but tells of its own accord (Adyen)."""


SET_UP: Final = "set_up"
"""The code of what was told of as a payment and only sets a method up."""


class Answer(Value):
    """What the provider said of one attempt or refund; `unknown` where it said nothing we can rely on."""

    outcome: Outcome
    provider_id: str = ""
    code: str = ""
    soft: bool = False
    amount_minor: int = 0
    currency: str = ""
    payment_id: str = ""
    attempt_id: str = ""
    """Of a refund: the refund's id of ours."""
    charged_at: datetime | None = None
    said_at: datetime | None = None
    """When the provider said so, of what only notices tell: they come in any order, and the latest holds."""
    retry_after_s: int = 0
    """How long a provider that was asked too much wants to be left alone (`Retry-After`)."""


def wait_of(answer: Answer) -> int:
    """How many seconds a provider wants to be left alone: as it said, or as the code `http_429:7` keeps it."""
    _, _, said = answer.code.partition(":") if answer.code.startswith("http_") else ("", "", "")
    return answer.retry_after_s or (int(said) if said.isascii() and said.isdigit() else 0)


class RefundOrder(Value):
    """Money to be given back, of one payment. `refund_id` is ours, the idempotency key, and kept by the provider."""

    refund_id: str
    payment_id: str
    provider_id: str
    """The provider's id of the payment."""
    amount_minor: int = Field(gt=0)
    currency: str
    reason: str = ""


class Invitation(Value):
    """A page of the provider's where a member pays, or sets up a method: no card data ever reaches us.

    With the same `invitation_id` again the provider gives the same page.
    """

    invitation_id: str
    kind: Literal["pay", "set_up"]
    payment_id: str = ""
    attempt_id: str = ""
    amount_minor: int = 0
    currency: str = "EUR"
    country: str = ""
    method: str = ""
    """`card`, `direct_debit`, `ideal`, `bancontact` and so on; empty: whatever the provider offers."""
    description: str = ""
    member_id: str
    email: Annotated[str, personal("")] = ""
    name: Annotated[str, personal("")] = ""
    language: str = "en"
    return_url: str
    keep_method: bool = False
    """Whether later charges without the member are to be possible (SCA with a mandate for merchant-initiated ones)."""


class Invited(Value):
    """Where the member goes; no `url` where there is no such page, with `code` saying why."""

    outcome: Outcome
    provider_id: str = ""
    url: str = ""
    code: str = ""


class SetUp(Value):
    """What became of setting up a method: a token for later charges once it `succeeded`."""

    outcome: Outcome
    provider_id: str = ""
    invitation_id: str = ""
    member_id: str = ""
    token: Annotated[str, personal("")] = ""
    method: Literal["card", "direct_debit", ""] = ""
    label: Annotated[str, personal("")] = ""
    """As a member knows it: `Visa 4242`, `DE.. 3000`."""
    expires_on: date | None = None
    code: str = ""


DisputeState = Literal["warning", "needs_response", "under_review", "won", "lost", "closed"]


class DisputeSaid(Value):
    """A dispute or chargeback as the provider has it now."""

    outcome: Outcome
    provider_id: str = ""
    payment_provider_id: str = ""
    payment_id: str = ""
    attempt_id: str = ""
    amount_minor: int = 0
    currency: str = ""
    reason: str = ""
    state: DisputeState = "needs_response"
    withdrawn_minor: int = 0
    """What the provider has taken of us for it so far, without its fee."""
    fee_minor: int = 0
    evidence_due_at: datetime | None = None
    code: str = ""
    said_at: datetime | None = None
    """As in Answer."""


MovementKind = Literal[
    "charge", "refund", "refund_failed", "chargeback", "chargeback_reversed", "fee", "adjustment", "payout",
    "payout_failed",
]  # fmt: skip


class Movement(Value):
    """One line of a provider's settlement: amounts are signed, plus is ours. Net is `amount_minor - fee_minor`."""

    movement_id: str
    kind: MovementKind
    amount_minor: int
    fee_minor: int = 0
    currency: str
    at: datetime
    provider_id: str = ""
    """Of the payment, refund or dispute it belongs to."""
    reference: str = ""
    """Our attempt's or refund's id, where the provider tells it."""
    payout_id: str = ""


class PayoutSaid(Value):
    """A payout as the provider has it: `amount_minor` reaches the bank with `statement_text` in its text."""

    outcome: Outcome
    provider_id: str = ""
    amount_minor: int = 0
    currency: str = ""
    state: Literal["pending", "paid", "failed"] = "pending"
    arrives_on: date | None = None
    statement_text: str = ""
    movements: tuple[Movement, ...] = ()
    code: str = ""


class Notice(Value):
    """That something has changed at the provider, and what: the truth is asked of the provider afterwards."""

    event_id: str
    type: str
    about: About = ""
    provider_id: str = ""
    attempt_id: str = ""
    """Ours, where the provider tells it: a notice may come before the answer with the provider's id."""
    said: Answer | None = None
    """What a signed notice itself says of a payment or refund; taken where the provider can't be asked (Adyen)."""
    dispute: DisputeSaid | None = None
    """The same of a dispute."""
    fingerprint: str = ""
    """Of the event as it was told, where known: the same event told otherwise is an alarm, and the first is kept."""
