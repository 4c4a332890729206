"""Payments that a member makes themselves, from the choice to the money, and methods they set up for later ones."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import Field, model_validator

from common.documents import Document, id_from
from common.events.base import Task
from common.failures import Rejected
from common.machine import Machine
from common.money import Currency, Minor
from common.parties import Country, Language, personal
from common.values import Exact, Value
from functions.payments.model.asking import Answer, Invitation, Invited, Outcome, ProviderName, SetUp
from functions.payments.model.payables import Payable

CheckoutState = Literal["open", "unknown", "sent", "processing", "succeeded", "failed", "expired", "abandoned"]
CheckoutKind = Literal["pay", "set_up"]

CHECKOUT: Machine[CheckoutState] = Machine(
    "checkout",
    {
        "open": {"send": "sent", "doubt": "unknown", "fail": "failed", "abandon": "abandoned"},
        "unknown": {"send": "sent", "fail": "failed", "abandon": "abandoned"},
        "sent": {
            "succeed": "succeeded", "process": "processing", "fail": "failed", "expire": "expired",
            "abandon": "abandoned",
        },
        "processing": {"succeed": "succeeded", "fail": "failed"},
        "failed": {"succeed": "succeeded", "process": "processing", "abandon": "abandoned"},
        "expired": {"succeed": "succeeded", "process": "processing"},
        "abandoned": {"succeed": "succeeded", "process": "processing"},
        "succeeded": {},
    },
)  # fmt: skip
"""`unknown`: the provider did not say whether it made a page. Where it says later that the money came, it came."""

VERBS: Final[Mapping[Outcome, str]] = {"succeeded": "succeed", "processing": "process", "failed": "fail"}
PENDING: Final[tuple[CheckoutState, ...]] = ("open", "unknown", "sent", "failed")
"""States in which a checkout's page may be open in some window."""
PAGE_LIFE: Final = timedelta(hours=24)
"""A provider's page is good for so long (Stripe: 24 hours); then nobody can pay on it any more."""
UNSAID: Final = timedelta(days=60)
"""So long a page of which nobody has said what became of it may have been paid."""
SAME_PAGE: Final = timedelta(minutes=30)
"""Who chooses the same again within this time is led to the same page, on which only one of them can pay."""
INVITE_AGAIN: Final = (timedelta(seconds=5), timedelta(seconds=20), timedelta(minutes=1))
"""How long we wait before we ask again for a page that was not given; after the last, the member is told."""
LOOKS: Final = (
    *(timedelta(seconds=15),) * 4, timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=20),
    timedelta(hours=1), timedelta(hours=3), timedelta(hours=8), timedelta(hours=13),
    *(timedelta(days=1),) * 14,
)  # fmt: skip
"""How long we wait before we ask what became of it. A webhook is faster; after the last a human looks."""


class For(Exact):
    """So much for that invoice."""

    invoice_id: str
    invoice_number: str
    amount_minor: Minor = Field(gt=0)


class Checkout(Document):
    """One payment of one or several invoices on a provider's page, or one method set up there.

    Its id is the invitation's and the payment's towards the provider, its attempt's id the idempotency key.
    """

    collection = "checkouts"
    indexed = ("member_id", "state", "provider_id")

    member_id: str
    link_id: str
    kind: CheckoutKind
    purposes: tuple[For, ...] = ()
    entity: str
    currency: Currency
    amount_minor: Minor = Field(ge=0)
    country: Country
    language: Language
    method: str
    providers: tuple[ProviderName, ...]
    """Who offers the method; the first one that gives a page has it."""
    provider: ProviderName
    final_days: int
    keep_method: bool = False
    attempt_id: str
    state: CheckoutState
    url: Annotated[str, personal("")] = ""
    """The provider's page."""
    page_id: str = ""
    """The provider's id of that page."""
    provider_id: str = ""
    """The provider's id of the payment, once it is known."""
    code: str = ""
    label: Annotated[str, personal("")] = ""
    """Of the method that was set up, as the member knows it."""
    kept: bool = False
    """Whether a method was set up by it."""
    begun_at: datetime
    decided_at: datetime | None = None
    closed_at: datetime | None = None
    """When the provider closed its page for us, because what it asks for was paid otherwise."""

    @model_validator(mode="after")
    def _adds_up(self) -> "Checkout":
        if self.amount_minor != sum(one.amount_minor for one in self.purposes):
            raise ValueError("the amount is not that of its purposes")
        if (self.kind == "pay") != bool(self.purposes):
            raise ValueError("a payment is for something, setting up a method for nothing")
        return self

    @property
    def page_ends_at(self) -> datetime:
        """From when on nobody can pay on the provider's page any more."""
        return self.begun_at + PAGE_LIFE


class InviteMember(Task, name="payments.invite_member"):
    """Ask a provider for the page of a checkout."""

    checkout_id: str
    tries: int = 0


class LookAtCheckout(Task, name="payments.look_at_checkout"):
    """Ask the provider what became of a checkout; `tries` counts on the ladder."""

    checkout_id: str
    tries: int = 0


class ClosePage(Task, name="payments.close_page"):
    """Ask the provider to close the page of a checkout that is not wanted any more."""

    checkout_id: str
    tries: int = 0


class PageGiven(Invited):
    """The page for a member, and who gave it."""

    provider: ProviderName = "stripe"


class Looked(Value):
    """What a provider says of a checkout: of the money, of the method that is kept, or of both."""

    answer: Answer
    set_up: SetUp | None = None


class Wanted(NamedTuple):
    """What a member chose: an invoice, how much of it, and how much they were shown as open."""

    number: str
    amount_minor: int
    shown_minor: int


def chosen(wanted: Sequence[Wanted], payables: Sequence[Payable], in_flight: frozenset[str]) -> tuple[For, ...]:
    """What a payment is for; `in_flight` are the ids of invoices that are being collected.

    Rejected `nothing_chosen`, `not_payable`, `in_flight`, `amount_changed`, `amount_invalid`, `more_than_open`,
    `several_sellers`: always before anything is asked of a provider.
    """
    known = {payable.number: payable for payable in payables}
    if not wanted:
        raise Rejected("nothing_chosen", "choose at least one invoice")
    purposes = [_purpose(one, known.get(one.number), in_flight) for one in wanted]
    if len({one.number for one in wanted}) != len(wanted):
        raise Rejected("nothing_chosen", "an invoice was chosen twice")
    if len({(known[one.number].entity, known[one.number].currency) for one in wanted}) != 1:
        raise Rejected("several_sellers", "one payment is for one seller and one currency")
    return tuple(purposes)


def _purpose(one: Wanted, payable: Payable | None, in_flight: frozenset[str]) -> For:
    if payable is None:
        raise Rejected("not_payable", "that invoice is not open any more", status=409)
    if payable.invoice_id in in_flight or not payable.payable_minor:
        raise Rejected("in_flight", f"{payable.number} is being paid already", status=409)
    if one.shown_minor != payable.payable_minor:
        raise Rejected("amount_changed", f"{payable.number} has changed meanwhile", status=409)
    if one.amount_minor <= 0:
        raise Rejected("amount_invalid", "an amount is more than nothing")
    if one.amount_minor > payable.payable_minor:
        raise Rejected("more_than_open", f"{payable.number} has less open than that")
    return For(invoice_id=payable.invoice_id, invoice_number=payable.number, amount_minor=one.amount_minor)


def is_same(one: Checkout, other: Checkout, now: datetime) -> bool:
    """Whether a member chose the same again so soon that the first page serves both."""
    what = [(c.kind, c.purposes, c.method, c.keep_method, c.currency) for c in (one, other)]
    return what[0] == what[1] and now - one.begun_at < SAME_PAGE


def overlaps(one: Checkout, other: Checkout) -> bool:
    """Whether both are about the same thing: an invoice, or the member's method."""
    theirs = {purpose.invoice_id for purpose in other.purposes}
    return one.kind == other.kind and (one.kind == "set_up" or any(p.invoice_id in theirs for p in one.purposes))


def may_be_paid(checkout: Checkout, now: datetime) -> bool:
    """Whether somebody may be paying on its page, or have paid without that we were told.

    After an attempt that failed only as long as a page lives; else until somebody has looked what became of it.
    """
    longest = PAGE_LIFE if checkout.state == "failed" else UNSAID
    return checkout.state in PENDING and now - checkout.begun_at < longest


def abandoned(checkout: Checkout, now: datetime) -> Checkout:
    """The checkout in whose place there is another one."""
    return checkout.but(state=CHECKOUT.move(checkout.state, "abandon"), decided_at=now)


def expired(checkout: Checkout, now: datetime) -> Checkout:
    """The checkout on whose page nobody has paid."""
    return checkout.but(state=CHECKOUT.move(checkout.state, "expire"), decided_at=now)


def closed(checkout: Checkout, now: datetime) -> Checkout:
    """The checkout whose page the provider has closed: money that was on its way by then still counts."""
    after = checkout.but(closed_at=checkout.closed_at or now)
    return expired(after, now) if "expire" in CHECKOUT.allows(after.state) else after


def asks_too_much(checkout: Checkout, invoice_id: str, open_minor: int) -> bool:
    """Whether a page asks more for an invoice than is open on it."""
    return any(one.invoice_id == invoice_id and one.amount_minor > open_minor for one in checkout.purposes)


def invitation_of(checkout: Checkout, return_url: str) -> Invitation:
    """What the provider is asked for: the same for the same checkout, as its idempotency key demands."""
    numbers = [purpose.invoice_number for purpose in checkout.purposes]
    return Invitation(
        invitation_id=checkout.id,
        kind=checkout.kind,
        payment_id=checkout.id if checkout.kind == "pay" else "",
        attempt_id=checkout.attempt_id if checkout.kind == "pay" else "",
        amount_minor=checkout.amount_minor,
        currency=checkout.currency,
        country=checkout.country,
        method=checkout.method,
        description=", ".join(numbers[:3]) + (" …" if len(numbers) > 3 else ""),  # noqa: PLR2004 - as many as are read
        member_id=checkout.member_id,
        language=checkout.language,
        return_url=return_url,
        keep_method=checkout.keep_method,
    )


def answered(checkout: Checkout, answer: Answer, now: datetime) -> Checkout:
    """The checkout after what a provider said of its money; the same object where that changes nothing.

    Rejected `charged_twice`, `charged_too_much` or `charged_otherwise`: a human has to look.
    """
    if answer.outcome == "succeeded":
        _must_be_right(checkout, answer)
    verb = VERBS.get(answer.outcome, "")
    if verb not in CHECKOUT.allows(checkout.state):
        return checkout
    if verb == "fail" and _is_open(checkout, now):
        return checkout if checkout.code == answer.code else checkout.but(code=answer.code)
    return checkout.but(
        state=CHECKOUT.move(checkout.state, verb),
        provider_id=answer.provider_id or checkout.provider_id,
        code=answer.code,
        decided_at=now,
    )


def _is_open(checkout: Checkout, now: datetime) -> bool:
    """Whether the member may still pay on the page: a declined card, or a bank's question, is no end there."""
    return checkout.kind == "pay" and checkout.state == "sent" and now < checkout.page_ends_at


def _must_be_right(checkout: Checkout, answer: Answer) -> None:
    if answer.currency and answer.currency != checkout.currency:
        raise Rejected("charged_otherwise", f"{answer.provider_id}: {answer.currency}, not {checkout.currency}")
    if answer.amount_minor > checkout.amount_minor:
        raise Rejected("charged_too_much", f"{answer.provider_id}: {answer.amount_minor} of {checkout.amount_minor}")
    if checkout.state == "succeeded" and answer.provider_id and answer.provider_id != checkout.provider_id:
        raise Rejected("charged_twice", f"{checkout.provider_id} and {answer.provider_id} both paid {checkout.id}")


def paid_for(checkout: Checkout, amount_minor: int) -> tuple[For, ...]:
    """What the money is for, in the order it was chosen; where less came than was asked for, the last go without."""
    left, paid = amount_minor, []
    for purpose in checkout.purposes:
        if part := min(left, purpose.amount_minor):
            paid.append(purpose.model_copy(update={"amount_minor": part}))
            left -= part
    return tuple(paid)


def next_look(checkout: Checkout, tries: int, now: datetime) -> timedelta | None:
    """How long to wait before the provider is asked again; None where there is nothing more to learn.

    A page on which a card was declined can still be paid on, and one that was left is still open in another window.
    """
    settled = checkout.state == "succeeded"
    over = checkout.state in {"expired", "open", "unknown"} or (
        checkout.state in {"failed", "abandoned"} and now >= checkout.page_ends_at
    )
    return None if settled or over or tries >= len(LOOKS) else LOOKS[tries]


def checkout_id_of(link_id: str, key: str) -> str:
    """The id of what was begun with a form of a link's page."""
    return id_from("chk", link_id, key)


def final_on(checkout: Checkout, received_on: date) -> date:
    """From this day on the money can't be taken back by the method's rules."""
    return received_on + timedelta(days=checkout.final_days)
