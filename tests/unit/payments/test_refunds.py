"""Money that is given back: once, with a second pair of eyes above a limit, by file where it came by bank."""

from datetime import date, timedelta
from typing import Any

import pytest

from common.events.audit import InvariantBroken
from common.events.matching import RefundRequested, RefundWithdrawn
from common.events.payments import RefundFailed, RefundPaid
from common.failures import Rejected
from common.parking import Parked
from functions.payments.handlers import refunds
from functions.payments.model.asking import Answer, RefundOrder
from functions.payments.model.refunds import LADDER, MOST_TRIES, Refund, again, answered, free_limits, wished
from functions.payments.model.webhooks import LookAtRefund
from functions.payments.providers import refunding
from functions.payments.providers.port import Offering
from functions.payments.requests.refunds import ApproveRefund, DecideRefund, RefundAnswer, RetryRefund
from tests.kit import Platform

IBAN = "DE02120300000000202051"
EVA, OTTO = "staff:eva@example.org", "staff:otto@example.org"


class Giving(Offering):
    """A provider that gives back each time it is asked: it knows no keys, so that a second time shows.

    `fates` are what becomes of each order in turn, the last for ever: `pays`, `pending`, `silent` (gives, then the line
    is cut), `deaf`, or a code that fails.
    """

    name = "stripe"
    searchable = True
    key_life = timedelta(hours=23)

    def __init__(self, *fates: str) -> None:
        self.fates = list(fates) or ["pays"]
        self.given: dict[str, list[Answer]] = {}

    def refund(self, wanted: RefundOrder) -> Answer:
        """See Provider."""
        fate = self.fates.pop(0) if len(self.fates) > 1 else self.fates[0]
        if fate == "deaf":
            return Answer(outcome="unknown", code="ConnectTimeout")
        outcome = {"pays": "succeeded", "silent": "succeeded", "pending": "processing"}.get(fate, "failed")
        made = self.given.setdefault(wanted.refund_id, [])
        told = {"outcome": outcome, "provider_id": f"re_{wanted.refund_id}_{len(made)}", "amount_minor": 0}
        answer = Answer.model_validate(
            told | {"attempt_id": wanted.refund_id, "code": "" if outcome != "failed" else fate}
        )
        made.append(answer)
        return Answer(outcome="unknown", code="ReadTimeout") if fate == "silent" else answer

    def get_refund(self, provider_id: str) -> Answer:
        """See Provider."""
        every = [answer for made in self.given.values() for answer in made]
        return next((one for one in every if one.provider_id == provider_id), Answer(outcome="not_found"))

    def search_refund(self, wanted: RefundOrder) -> Answer:
        """See Provider."""
        return next(iter(self.given.get(wanted.refund_id, ())), Answer(outcome="not_found"))

    def settle(self, outcome: str) -> None:
        """What is pending ends so."""
        for made in self.given.values():
            made[:] = [one.model_copy(update={"outcome": outcome}) for one in made]


def wish(amount: int = 4_000, name: str = "ref_1", **more: Any) -> RefundRequested:
    """Matching has set money aside."""
    fields = {
        "member_id": "mem_1",
        "refund_id": name,
        "receipt_id": "rcp_1",
        "source": "stripe",
        "provider_id": "pi_1",
        "entity": "MP",
        "amount_minor": amount,
        "currency": "EUR",
        "invoice_number": "MP-2026-0000001",
        "credit_note_id": "crn_1",
        "credit_note_number": "MPC-2026-000001",
        "requested_on": date(2026, 10, 1),
    }
    return RefundRequested.model_validate(fields | more)


def withdrawn(amount: int = 4_000) -> RefundWithdrawn:
    """The bank was faster."""
    return RefundWithdrawn(
        member_id="mem_1",
        refund_id="ref_1",
        receipt_id="rcp_1",
        return_id="ret_1",
        entity="MP",
        amount_minor=amount,
        currency="EUR",
        reason="chargeback 4853",
        withdrawn_on=date(2026, 10, 2),
    )


@pytest.fixture
def platform() -> Platform:
    return Platform("payments")


def at(monkeypatch: pytest.MonkeyPatch, *fates: str) -> Giving:
    """The provider that is asked."""
    made = Giving(*fates)
    monkeypatch.setattr(refunding, "provider_named", lambda _: lambda _: made)
    return made


def one(platform: Platform) -> Refund:
    [found] = platform.all(Refund)
    return found  # type: ignore[no-any-return]


def later(platform: Platform, by: timedelta) -> None:
    platform.advance_to(platform.clock.now() + by)


def test_a_wish_told_twice_is_paid_once(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = at(monkeypatch)
    platform.tell(wish(), wish())
    platform.tell(wish())
    assert one(platform).state == "succeeded"
    assert {name: len(made) for name, made in provider.given.items()} == {"ref_1": 1}
    [paid] = platform.events(RefundPaid)
    assert isinstance(paid, RefundPaid)
    assert (paid.amount_minor, paid.source, paid.credit_note_number) == (4_000, "stripe", "MPC-2026-000001")


@pytest.mark.parametrize("fate", ["silent", "deaf"])
def test_not_knowing_never_pays_twice(platform: Platform, monkeypatch: pytest.MonkeyPatch, fate: str) -> None:
    provider = at(monkeypatch, fate, "pays")
    platform.tell(wish())
    assert one(platform).state == "unknown"
    later(platform, timedelta(days=2))
    assert one(platform).state == "succeeded"
    assert [len(made) for made in provider.given.values()] == [1]


def test_what_is_pending_is_asked_for_until_it_is_decided(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = at(monkeypatch, "pending")
    platform.tell(wish())
    assert (one(platform).state, platform.events(RefundPaid)) == ("processing", [])
    provider.settle("succeeded")
    later(platform, timedelta(hours=2))
    assert one(platform).state == "succeeded"


def test_a_provider_that_never_answers_is_a_case_for_people(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, "pending")
    platform.tell(wish())
    later(platform, sum(LADDER, timedelta(days=2)))
    assert [parked.code for parked in platform.all(Parked)] == ["provider_silent"]


def test_what_nobody_tells_is_decided_by_hand_once_and_tried_again(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, "pending")
    platform.tell(wish())
    failed = DecideRefund(refund_id="ref_1", outcome="failed", reason="nothing left, says their dashboard")
    assert platform.do(refunds.decide_refund, failed, actor=EVA)["state"] == "failed"
    assert one(platform).code == "decided_by_hand"
    with pytest.raises(Rejected, match="failed"):
        platform.do(refunds.decide_refund, failed.model_copy(update={"outcome": "succeeded"}), actor=EVA)
    platform.do(refunds.retry_refund, RetryRefund(refund_id="ref_1", reason="again"), actor=EVA)
    paid = DecideRefund(refund_id="ref_1", outcome="succeeded", provider_id="re_9", reason="they paid it")
    assert platform.do(refunds.decide_refund, paid, actor=EVA)["state"] == "succeeded"
    [told] = platform.events(RefundPaid)
    assert isinstance(told, RefundPaid)
    assert told.sequence == 2
    assert one(platform).provider_id == "re_9"


def test_only_what_is_undecided_is_decided_by_hand(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch)
    platform.tell(wish())
    for refund_id, code in (("ref_1", "already_decided"), ("ref_2", "not_found")):
        with pytest.raises(Rejected) as refusal:
            platform.do(refunds.decide_refund, DecideRefund(refund_id=refund_id, outcome="failed", reason="why"))
        assert refusal.value.code == code


def test_a_refund_that_came_back_is_told_as_undone_and_can_be_transferred(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = at(monkeypatch, "pending")
    platform.tell(wish())
    provider.settle("succeeded")
    later(platform, timedelta(hours=2))
    provider.settle("failed")
    told_again = LookAtRefund(provider="stripe", provider_id="re_ref_1_0", event_id="evt_1")
    platform.do(lambda task, unit: unit.later(task), told_again)
    platform.settle()
    [told] = platform.events(RefundFailed)
    assert isinstance(told, RefundFailed)
    assert (told.undone, told.sequence, one(platform).state) == (True, 2, "failed")
    asked = RetryRefund(refund_id="ref_1", reason="she called", payee_name="Anna Berg", payee_iban=IBAN)
    answer = RefundAnswer.model_validate(platform.do(refunds.retry_refund, asked, actor=EVA))
    assert (answer.state, answer.way, answer.iban_ending, answer.tries) == ("requested", "transfer", "2051", 2)


def test_a_further_try_is_a_new_order(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = at(monkeypatch, "card_closed", "pays")
    platform.tell(wish())
    platform.do(refunds.retry_refund, RetryRefund(refund_id="ref_1", reason="again"), actor=EVA)
    platform.settle()
    assert sorted(provider.given) == ["ref_1", "ref_1.2"]
    assert (one(platform).state, one(platform).provider_id) == ("succeeded", "re_ref_1.2_0")


def test_above_a_persons_limit_a_second_one_has_to_agree(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = at(monkeypatch)
    platform.tell(wish(free_limits()["EUR"] + 1, requested_by=EVA, credit_note_id=""))
    assert (one(platform).state, provider.given) == ("held", {})
    agreed = ApproveRefund(refund_id="ref_1", reason="right")
    with pytest.raises(Rejected, match="same_person"):
        platform.do(refunds.approve_refund, agreed, actor=EVA, key="a")
    platform.do(refunds.approve_refund, agreed, actor=OTTO, key="b")
    platform.settle()
    assert (one(platform).state, one(platform).approved_by) == ("succeeded", OTTO)
    with pytest.raises(Rejected):
        platform.do(refunds.approve_refund, agreed, actor=OTTO, key="c")


@pytest.mark.parametrize(
    ("amount", "currency", "held"), [(50_000, "EUR", False), (50_001, "EUR", True), (1, "ISK", True)]
)
def test_limits_are_by_currency_and_what_is_not_named_is_never_free(amount: int, currency: str, held: bool) -> None:
    assert (wished(wish(amount, currency=currency, requested_by=EVA)).state == "held") == held
    assert wished(wish(amount, currency=currency)).state == "requested"


def test_what_the_bank_took_first_is_not_paid_back(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = at(monkeypatch)
    platform.tell(wish(free_limits()["EUR"] + 1, requested_by=EVA))
    platform.tell(withdrawn(free_limits()["EUR"] + 1))
    assert (one(platform).state, provider.given, platform.all(Parked)) == ("withdrawn", {}, [])


def test_what_was_paid_back_and_taken_too_is_a_case_for_people(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch)
    platform.tell(wish())
    platform.tell(withdrawn())
    assert [parked.code for parked in platform.all(Parked)] == ["paid_twice"]


def test_nothing_is_given_back_while_a_proof_about_the_member_is_broken(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = at(monkeypatch)
    broken = InvariantBroken(
        member_id="mem_1", finding_id="fnd_1", revision=1, numbers=(13,), rule="open_is_total", says="x", evidence=()
    )
    platform.tell(broken)
    platform.tell(wish())
    assert (one(platform).state, provider.given) == ("requested", {})


def test_money_that_came_by_bank_goes_back_by_bank(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = at(monkeypatch)
    platform.tell(wish(source="bank", provider_id="", payer_name="Anna Berg", payer_iban=IBAN))
    assert (one(platform).state, one(platform).way, provider.given) == ("requested", "transfer", {})


def test_another_amount_than_asked_is_quarantined() -> None:
    sent = wished(wish()).but(state="sent")
    with pytest.raises(Rejected, match="refund_differs"):
        answered(sent, Answer(outcome="succeeded", provider_id="re_1", amount_minor=3_999), date(2026, 10, 1))


def test_a_transfer_needs_an_account_and_tries_end() -> None:
    failed = wished(wish()).but(state="failed", way="transfer")
    with pytest.raises(Rejected, match="nobody_to_pay"):
        again(failed, None)
    with pytest.raises(Rejected, match="too_many_tries"):
        again(failed.but(tries=MOST_TRIES), None)


@pytest.mark.parametrize("iban", ["DE00120300000000202051", "nonsense", "DE02"])
def test_an_account_that_is_none_is_refused_at_the_door(iban: str) -> None:
    with pytest.raises(ValueError, match="IBAN"):
        RetryRefund(refund_id="ref_1", reason="x", payee_iban=iban)
