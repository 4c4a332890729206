"""What the one contract suite needs of each provider: an adapter, its simulator, and strings to pull behind the scenes.

A provider's stage is `tests/contracts/providers/<name>.py` with a class `Made` that keeps `Stage` (conftest.py finds
it by the file's name). `offers` says which promises it is held to; of everything else the suite asks the adapter to
say that it is not offered.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, Protocol

import pytest

from common.documents import id_from
from functions.payments.model.asking import About, Answer, Invitation, Invited, Notice, ProviderName, RefundOrder
from functions.payments.model.payments import ChargeAttempt, Method
from functions.payments.providers.port import Provider
from tests.contracts.providers.wire import Wire

START: Final = datetime(2026, 10, 5, 8, tzinfo=UTC)
"""A Monday."""
Offer = Literal[
    "card",  # charges cards off session
    "direct_debit",  # collects by direct debit
    "at_once",  # a card's charge is decided in the answer; otherwise it is `processing` at first
    "same_key",  # the same attempt sent again is answered from the provider's memory
    "get",  # a payment can be looked at by the provider's id
    "search",  # a payment can be found by our attempt's id
    "refunds",
    "get_refund",
    "search_refund",
    "pay_page",
    "set_up",
    "keeps_method",  # a page to pay on can keep the method for later charges
    "disputes",
    "evidence",  # texts can be sent to a dispute
    "accept_dispute",
    "payouts",
    "payout_movements",
    "changes",
    "same_events",  # and by the ids under which notifications told them
    "signatures",  # webhooks are signed
    "moments",  # and their signature has a moment, with a tolerance
]
Doing = Literal[
    "pays",  # card: at once; direct debit: after days
    "declines_softly",  # worth another try: no funds
    "declines_hard",  # never again: lost card, closed account
    "needs_member",  # the bank wants the member: SCA
    "fails_late",  # under way at first, then it fails after days (direct debit)
    "charges_less",  # collects another amount than asked
]
"""What a payment method does when it is charged. A soft or hard failure may come after days, for direct debit."""
Visit = Literal["pays", "is_declined", "leaves"]
Verdict = Literal["won", "lost"]


@dataclass(frozen=True)
class Hook:
    """A webhook as it was sent: its raw bytes and headers (lower-case names)."""

    body: bytes
    headers: dict[str, str]


class Stage(Protocol):
    """An adapter before its simulator, in one process and without sockets. Times are the simulator's virtual ones."""

    name: ProviderName
    offers: frozenset[Offer]
    provider: Provider
    wire: Wire
    secret: str
    """With which the simulator signs its webhooks."""
    final_after_days: int
    """After so many days every charge that goes well has succeeded."""

    def now(self) -> datetime:
        """The simulator's moment; START at first."""
        ...

    def advance(self, by: timedelta) -> None:
        """Time passes, and what has come due in it happens."""
        ...

    def token(self, doing: Doing, method: Method) -> str:
        """The token of a method, a new one at each call, that does this when it is charged."""
        ...

    def collected(self, attempt_id: str) -> list[int]:
        """What the provider's own books say was collected for an attempt: an amount for each payment."""
        ...

    def given_back(self, attempt_id: str) -> int:
        """What the provider's own books say was given back of an attempt's payments."""
        ...

    def visit(self, invited: Invited, visit: Visit) -> None:
        """The member opens the page and does this, through the page's own forms."""
        ...

    def dispute(self, provider_id: str) -> str:
        """The member's bank disputes a payment (the provider's id); the dispute's id as the adapter asks for it."""
        ...

    def decide(self, dispute_id: str, verdict: Verdict) -> None:
        """The dispute is decided."""
        ...

    def fail_refund(self, provider_id: str) -> None:
        """A refund (the provider's id) is sent back by the member's bank."""
        ...

    def hooks(self) -> list[Hook]:
        """The webhooks sent since the last call, in the order in which they were sent, signed at the stage's `now`."""
        ...

    def signed(self, body: bytes, secret: str, at: datetime) -> Hook:
        """A body as this provider would sign it, at a moment where its signature has one."""
        ...

    def read(self, hook: Hook, secrets: Sequence[str], at: datetime) -> tuple[Notice, ...]:
        """The area's reading of a webhook: `functions.payments.webhooks.<name>.notices`."""
        ...

    def close(self) -> None:
        """Ends what was started."""
        ...


Notices = Callable[[bytes, Mapping[str, str], Sequence[str], float], tuple[Notice, ...]]


def attempt(stage: Stage, number: int = 1, *, doing: Doing = "pays", amount: int = 11900) -> ChargeAttempt:
    """An attempt by card where the provider has cards, else by direct debit."""
    method: Method = "card" if "card" in stage.offers else "direct_debit"
    return attempt_by(stage, method, number, doing=doing, amount=amount)


def attempt_by(
    stage: Stage, method: Method, number: int = 1, *, doing: Doing = "pays", amount: int = 11900
) -> ChargeAttempt:
    """An attempt of ours with a fresh token; the same number is the same attempt id."""
    return ChargeAttempt(
        member_id="mem_1",
        payment_id=id_from("pay", stage.name, str(number)),
        number=1,
        attempt_id=id_from("att", stage.name, str(number)),
        invoice_number=f"MP-2026-{number:07d}",
        amount_minor=amount,
        currency="EUR",
        method=method,
        provider=stage.name,
        token=stage.token(doing, method),
        sent_at=stage.now(),
    )


def give_back(wanted: ChargeAttempt, provider_id: str, amount: int, number: int = 1) -> RefundOrder:
    """A refund of ours of an attempt's payment."""
    return RefundOrder(
        refund_id=id_from("ref", wanted.attempt_id, str(number)),
        payment_id=wanted.payment_id,
        provider_id=provider_id,
        amount_minor=amount,
        currency=wanted.currency,
        reason="requested_by_customer",
    )


def invitation(
    stage: Stage, kind: Literal["pay", "set_up"], number: int = 1, *, amount: int = 11900, keep: bool = False
) -> Invitation:
    """An invitation to pay an invoice, or to set up a method."""
    pays = kind == "pay"
    return Invitation(
        invitation_id=id_from("ivt", stage.name, kind, str(number)),
        kind=kind,
        payment_id=id_from("pay", stage.name, str(number)) if pays else "",
        attempt_id=id_from("att", stage.name, "page", str(number)) if pays else "",
        amount_minor=amount if pays else 0,
        currency="EUR",
        country="DE",
        method="card" if "card" in stage.offers else "direct_debit",
        description=f"MP-2026-{number:07d}",
        member_id="mem_1",
        email="anna@example.org",
        name="Anna Berg",
        language="de",
        return_url="https://billing.example/pay/done",
        keep_method=keep,
    )


def absent(stage: Stage, about: About) -> str:
    """A well-formed id of a thing that is not there: of the stage's own `absent`, where its ids have a form."""
    known: dict[About, str] = getattr(stage, "absent", {})
    return known.get(about, "nothing")


def needs(stage: Stage, *offers: Offer) -> None:
    """Skips the test for a provider that does not offer all of these."""
    if missing := sorted(set(offers) - stage.offers):
        pytest.skip(f"{stage.name} offers no {', '.join(missing)}")


def final(stage: Stage, wanted: ChargeAttempt) -> Answer:
    """Charges, waits until that is decided, and the last word on it."""
    answer = stage.provider.charge(wanted)
    if answer.outcome != "processing":
        return answer
    needs(stage, "get")
    settled(stage)
    return stage.provider.get(answer.provider_id)


def paid(stage: Stage, number: int = 1, amount: int = 11900) -> tuple[ChargeAttempt, str]:
    """An attempt that was collected, and the provider's id of its payment."""
    wanted = attempt(stage, number, amount=amount)
    answer = stage.provider.charge(wanted)
    assert answer.provider_id
    settled(stage)
    return wanted, answer.provider_id


def settled(stage: Stage) -> None:
    """Enough days pass for every charge to be decided."""
    stage.advance(timedelta(days=stage.final_after_days))
