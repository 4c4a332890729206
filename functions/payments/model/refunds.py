"""Money that is given back: from the wish to the word of whoever pays it, and what may become of it."""

import json
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from common.documents import Document
from common.events.base import Task
from common.events.matching import RefundRequested
from common.failures import Rejected
from common.machine import Machine
from common.money import Currency, Minor
from common.parties import personal
from common.values import Exact
from functions.payments.model.asking import Answer, Outcome, ProviderName, RefundOrder

RefundState = Literal["held", "requested", "sent", "unknown", "processing", "succeeded", "failed", "withdrawn"]
Way = Literal["stripe", "adyen", "gocardless", "mollie", "transfer"]

REFUND: Machine[RefundState] = Machine(
    "refund",
    {
        "held": {"approve": "requested", "withdraw": "withdrawn"},
        "requested": {"send": "sent", "withdraw": "withdrawn"},
        "sent": {"succeed": "succeeded", "fail": "failed", "process": "processing", "doubt": "unknown"},
        "unknown": {"succeed": "succeeded", "fail": "failed", "process": "processing"},
        "processing": {"succeed": "succeeded", "fail": "failed"},
        "failed": {"retry": "requested", "withdraw": "withdrawn", "succeed": "succeeded"},
        "succeeded": {"fail": "failed"},
        "withdrawn": {},
    },
)
"""`succeeded` can still fail: a refund comes back from a closed account, weeks later."""
VERBS: Final[dict[Outcome, str]] = {
    "succeeded": "succeed", "failed": "fail", "processing": "process", "unknown": "doubt", "not_found": "doubt",
    "skipped": "",
}  # fmt: skip
UNDECIDED: Final = frozenset({"sent", "unknown", "processing"})
LADDER: Final = (
    timedelta(minutes=5), timedelta(hours=1), timedelta(hours=6), *(timedelta(days=1),) * 6, *(timedelta(days=7),) * 3,
)  # fmt: skip
"""How long we wait before we ask what became of it; a webhook is faster. After the last a human looks."""
MOST_TRIES: Final = 9
WAYS: Final[dict[str, ProviderName]] = {
    "stripe": "stripe", "adyen": "adyen", "gocardless": "gocardless", "mollie": "mollie",
}  # fmt: skip
"""Which source's money goes back through whom; all other goes back by transfer."""
LIMITS: Final = Path(__file__).parents[1] / "refund_limits.json"


class Refund(Document):
    """So much of one receipt, owed back to whoever paid it. What left us is only what `succeeded`."""

    collection = "refunds"
    indexed = ("member_id", "entity", "state", "receipt_id", "provider_id", "batch_id")

    member_id: str
    receipt_id: str
    entity: str
    amount_minor: Minor = Field(gt=0)
    currency: Currency
    way: Way
    payment_provider_id: str = ""
    """The provider's id of the payment it is given back of."""
    payee_name: Annotated[str, personal("")] = ""
    payee_iban: Annotated[str, personal("")] = ""
    invoice_number: str = ""
    credit_note_number: str = ""
    reason: str = ""
    requested_by: str = ""
    approved_by: str = ""
    state: RefundState
    tries: int = 1
    sent_at: datetime | None = None
    batch_id: str = ""
    """The file its transfer is in."""
    came_back: tuple[int, ...] = ()
    """The tries whose transfer the bank has booked back: that it left, heard later, changes nothing any more."""
    provider_id: str = ""
    """The provider's id of the refund, or the bank's of the transfer."""
    code: str = ""
    paid_on: date | None = None
    said_at: datetime | None = None
    """When the provider said so, where only its notices tell: an older one changes nothing."""
    told: int = 0
    """How often it was told as paid or failed."""

    @property
    def order_id(self) -> str:
        """What this try is called towards whoever pays it: a further try is a new order."""
        return self.id if self.tries == 1 else f"{self.id}.{self.tries}"

    @property
    def source(self) -> str:
        """Whose account it leaves."""
        return "bank" if self.way == "transfer" else self.way


class SendRefund(Task, name="payments.send_refund"):
    """Ask the provider to give money back. It says all the provider is told."""

    refund_id: str
    provider: ProviderName
    order: RefundOrder
    sent_at: datetime


class AskRefund(Task, name="payments.ask_refund"):
    """Ask the provider what became of a refund; `step` counts on the ladder."""

    refund_id: str
    tries: int
    step: int = 0


class BeginRefund(Task, name="payments.begin_refund"):
    """Begin a refund that had to wait, if it still has to be made."""

    refund_id: str


class Payee(Exact):
    """Whose account a refund goes to where it can't go back the way the money came."""

    name: Annotated[str, personal("")]
    iban: Annotated[str, personal("")]


@lru_cache(maxsize=1)
def free_limits() -> dict[str, int]:
    """How much one person may give back, in minor units by currency; what is not named is never free."""
    found: dict[str, int] = json.loads(LIMITS.read_bytes())["free_minor"]
    return found


def refund_id_of(order_id: str) -> str:
    """Our refund's id of what an order was called."""
    return order_id.partition(".")[0]


def wished(told: RefundRequested) -> Refund:
    """The refund of a wish. What a person asks for above their limit is held until a second one agrees."""
    held = bool(told.requested_by) and told.amount_minor > free_limits().get(told.currency, 0)
    way: Way = WAYS.get(told.source, "transfer") if told.provider_id else "transfer"
    return Refund(
        id=told.refund_id,
        member_id=told.member_id,
        receipt_id=told.receipt_id,
        entity=told.entity,
        amount_minor=told.amount_minor,
        currency=told.currency,
        way=way,
        payment_provider_id=told.provider_id,
        payee_name=told.payer_name,
        payee_iban=told.payer_iban,
        invoice_number=told.invoice_number,
        credit_note_number=told.credit_note_number,
        reason=told.reason,
        requested_by=told.requested_by,
        state="held" if held else "requested",
    )


def sending(refund: Refund, now: datetime) -> Refund:
    """The refund that whoever pays it is being asked for."""
    return refund.but(state=REFUND.move(refund.state, "send"), sent_at=now)


def order(refund: Refund) -> RefundOrder:
    """What the provider is asked for."""
    return RefundOrder(
        refund_id=refund.order_id,
        payment_id=refund.receipt_id,
        provider_id=refund.payment_provider_id,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        reason=refund.reason[:100],
    )


def approved(refund: Refund, actor: str) -> Refund:
    """The refund a second person agrees to; Rejected `wrong_state` or `same_person` (403)."""
    if refund.requested_by == actor:
        raise Rejected("same_person", "somebody else has to agree", status=403)
    return refund.but(state=REFUND.move(refund.state, "approve"), approved_by=actor)


def again(refund: Refund, payee: Payee | None) -> Refund:
    """The refund tried once more: the way it came, or by transfer to an account somebody found out.

    Rejected `wrong_state`, `too_many_tries`, or `nobody_to_pay` where a transfer has no account to go to.
    """
    if refund.tries >= MOST_TRIES:
        raise Rejected("too_many_tries", f"{refund.id} was tried {refund.tries} times", status=409)
    found = {"payee_name": payee.name, "payee_iban": payee.iban, "way": "transfer"} if payee else {}
    state = REFUND.move(refund.state, "retry")
    after = refund.but(state=state, tries=refund.tries + 1, provider_id="", batch_id="", code="", paid_on=None, **found)
    if after.way == "transfer" and not after.payee_iban:
        raise Rejected("nobody_to_pay", "say whose account it goes to", status=409)
    return after


def answered(refund: Refund, answer: Answer, today: date) -> Refund:
    """The refund after an answer; the same object where it changes nothing.

    Rejected `refund_differs` where the provider says it gave back another amount than it was asked for.
    """
    if answer.outcome == "succeeded" and answer.amount_minor not in {0, refund.amount_minor}:
        raise Rejected("refund_differs", f"{answer.provider_id}: {answer.amount_minor} of {refund.amount_minor}")
    if answer.said_at and refund.said_at and answer.said_at < refund.said_at:
        return refund
    verb = VERBS[answer.outcome]
    if verb not in REFUND.allows(refund.state):
        return refund
    state = REFUND.move(refund.state, verb)
    return refund.but(
        state=state,
        told=refund.told + (state in {"succeeded", "failed"}),
        provider_id=answer.provider_id or refund.provider_id,
        code=answer.code,
        said_at=answer.said_at or refund.said_at,
        paid_on=today if state == "succeeded" else None,
    )
