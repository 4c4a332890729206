"""Collections from their day to their end, over matching, with members who pay otherwise, change cards or are asked."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from common.events.matching import ItemOverdue
from common.events.members import MemberChanged
from common.events.payments import (
    PaymentActionRequired,
    PaymentFailed,
    PaymentReceived,
    PaymentRequested,
)
from common.failures import Rejected
from common.parking import Parked
from functions.matching.handlers.queries import search_receipts
from functions.matching.model import Item, item_id_of
from functions.matching.requests import SearchReceipts
from functions.payments.handlers import deciding, proceeds, queries, recording
from functions.payments.model.payments import Payment, payment_id_of
from functions.payments.providers import asking
from functions.payments.requests.payments import ByPayment, DecideAttempt, PaymentAnswer, PreviewRetry
from functions.payments.requests.proceeds import OfferProceeds, ProceedsAnswer, SearchProceeds
from tests.kit import Platform
from tests.unit.payments.stage import START, Scripted, invoice
from tests.unit.told import payment_received

DUE = date(2026, 10, 15)
DAWN = datetime(2026, 10, 15, 5, tzinfo=UTC)
AHEAD = timedelta(minutes=30)
NUMBER = "MP-2026-0000001"
Start = Callable[..., Platform]


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch) -> Start:
    """Payments and matching before a scripted provider, with an invoice that is due on 15 October."""

    def begun(provider: Scripted, /, **changes: Any) -> Platform:
        monkeypatch.setattr(recording, "NET_AHEAD", AHEAD)
        monkeypatch.setattr(asking, "provider_named", lambda _: lambda _: provider)
        platform = Platform("payments", "matching")
        platform.tell(invoice(due_on=DUE, **changes))
        return platform

    return begun


def payment(platform: Platform) -> Payment:
    found = platform.read.find(Payment, payment_id_of("inv_1"))
    assert found is not None
    return found


def item(platform: Platform) -> Item:
    found = platform.read.find(Item, item_id_of(NUMBER))
    assert found is not None
    return found


def member(token: str, revision: int = 2, method: str = "card", provider: str = "stripe") -> MemberChanged:
    buyer = invoice(token=token, method=method, provider=provider).buyer
    return MemberChanged(member_id=buyer.member_id, revision=revision, buyer=buyer, segment="private")


def offered(platform: Platform, amount: int, offer: str = "offer-1", **changes: Any) -> ProceedsAnswer:
    usual = {"offer": offer, "member_id": "mem_1", "invoice_id": "inv_1", "amount_minor": amount, "currency": "EUR"}
    given = OfferProceeds.model_validate({**usual, **changes})
    answer = ProceedsAnswer.model_validate(platform.do(proceeds.offer_proceeds, given))
    platform.settle()
    return answer


def test_nothing_is_asked_before_the_day_it_is_due(begin: Start) -> None:
    provider = Scripted()
    platform = begin(provider)
    platform.advance_to(DAWN - timedelta(seconds=1))
    assert (provider.asked, payment(platform).state, payment(platform).next_at) == ([], "requested", DAWN)
    assert item(platform).in_flight
    platform.advance_to(DAWN)
    assert [one.amount_minor for one in provider.asked] == [11_900]
    assert (item(platform).state, payment(platform).state) == ("settled", "succeeded")


def test_what_is_due_at_once_is_announced_first(begin: Start) -> None:
    provider = Scripted()
    platform = begin(provider, number=2)
    platform.tell(invoice(due_on=START.date()))
    assert provider.asked == []
    platform.advance_to(START + AHEAD)
    assert len(provider.asked) == 1


def test_credit_is_used_first_and_only_the_rest_is_collected(begin: Start) -> None:
    provider = Scripted()
    platform = begin(provider)
    platform.tell(payment_received("rcp_credit", 4_000), payment_received("rcp_foreign", 5_000, currency="PLN"))
    assert item(platform).open_minor == 11_900
    platform.advance_to(DAWN)
    assert [one.amount_minor for one in provider.asked] == [7_900]
    assert (item(platform).state, payment(platform).attempts[0].amount_minor) == ("settled", 7_900)


def test_credit_for_all_of_it_leaves_nothing_to_collect(begin: Start) -> None:
    provider = Scripted()
    platform = begin(provider)
    platform.tell(payment_received("rcp_credit", 20_000))
    platform.advance_to(DAWN + timedelta(days=40))
    assert (provider.asked, item(platform).state, payment(platform).attempts) == ([], "settled", ())
    assert platform.events(PaymentRequested) == []
    assert platform.events(ItemOverdue) == []


def test_credit_that_came_after_a_failure_lowers_the_next_attempt(begin: Start) -> None:
    provider = Scripted(pm_poor="~insufficient_funds pays")
    platform = begin(provider, token="pm_poor")
    platform.advance_to(DAWN)
    platform.tell(payment_received("rcp_credit", 11_000))
    platform.advance_to(DAWN + timedelta(days=10))
    assert [one.amount_minor for one in provider.asked] == [11_900, 900]
    assert item(platform).state == "settled"


def test_money_that_is_put_on_the_invoice_by_its_number_lowers_what_is_collected(begin: Start) -> None:
    provider = Scripted()
    platform = begin(provider)
    platform.tell(payment_received("rcp_bank", 10_000, text=NUMBER))
    platform.advance_to(DAWN)
    assert [one.amount_minor for one in provider.asked] == [1_900]


def test_proceeds_pay_first_and_the_marketplace_is_told_what_to_keep(begin: Start) -> None:
    provider = Scripted()
    platform = begin(provider)
    first, again = offered(platform, 9_000), offered(platform, 9_000)
    assert (first.outcome, first.taken_minor) == ("taken", 9_000)
    assert again == first
    second = offered(platform, 9_000, "offer-2")
    assert (second.taken_minor, second.offered_minor) == (2_900, 9_000)
    assert offered(platform, 9_000, "offer-3").outcome == "not_needed"
    platform.advance_to(DAWN + timedelta(days=1))
    assert (provider.asked, item(platform).open_minor) == ([], 0)
    told = [one for one in platform.events(PaymentReceived) if isinstance(one, PaymentReceived)]
    assert sorted((one.source, one.amount_minor, one.final_on == one.received_on) for one in told) == [
        ("proceeds", 2_900, True),
        ("proceeds", 9_000, True),
    ]
    listed = proceeds.search_proceeds(SearchProceeds(member_id="mem_1"), platform.runtime.world)
    assert {one.offer for one in listed.items} == {"offer-1", "offer-2"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"invoice_id": "inv_9"}, "not_found"),
        ({"member_id": "mem_2"}, "other_member"),
        ({"currency": "PLN"}, "currency_differs"),
    ],
)
def test_proceeds_that_do_not_fit_are_refused(begin: Start, changes: dict[str, str], code: str) -> None:
    platform = begin(Scripted())
    with pytest.raises(Rejected) as refusal:
        offered(platform, 100, **changes)
    assert refusal.value.code == code
    assert platform.events(PaymentReceived) == []


def test_an_offer_made_again_with_another_amount_is_refused(begin: Start) -> None:
    platform = begin(Scripted())
    offered(platform, 100)
    with pytest.raises(Rejected, match="offer_reused"):
        offered(platform, 101)


def test_proceeds_are_not_taken_while_the_card_is_being_charged(begin: Start) -> None:
    platform = begin(Scripted(pm_slow="pending"), token="pm_slow")
    platform.advance_to(DAWN)
    with pytest.raises(Rejected, match="in_flight"):
        offered(platform, 100)


def test_nobody_is_chased_while_a_retry_is_planned_and_is_as_soon_as_none_is(begin: Start) -> None:
    provider = Scripted(pm_poor="~insufficient_funds")
    platform = begin(provider, token="pm_poor")
    platform.advance_to(DAWN + timedelta(days=14))
    [*days] = [(one.sent_at.date() - DUE).days for one in provider.asked]
    assert days == [0, 3, 12]
    assert item(platform).in_flight
    assert platform.events(ItemOverdue) == []
    platform.advance_to(DAWN + timedelta(days=40))
    assert [attempt.state for attempt in payment(platform).attempts] == ["failed"] * 4
    assert not item(platform).in_flight
    assert len(platform.events(ItemOverdue)) == 1
    [asked] = platform.events(PaymentActionRequired)
    assert isinstance(asked, PaymentActionRequired)
    assert (asked.why, asked.attempt, asked.amount_minor) == ("new_method", 4, 11_900)


def test_a_soft_decline_that_needs_the_member_asks_them_at_once_and_tries_nothing(begin: Start) -> None:
    provider = Scripted(pm_sca="authentication_required")
    platform = begin(provider, token="pm_sca")
    platform.advance_to(DAWN + timedelta(days=30))
    assert len(provider.asked) == 1
    [asked] = platform.events(PaymentActionRequired)
    assert isinstance(asked, PaymentActionRequired)
    assert (asked.why, asked.code, asked.act_by) == ("authenticate", "authentication_required", date(2026, 10, 22))
    assert len(platform.events(ItemOverdue)) == 1


def test_a_refusal_for_good_asks_nobody_for_anything(begin: Start) -> None:
    platform = begin(Scripted(pm_fraud="fraudulent"), token="pm_fraud")
    platform.advance_to(DAWN + timedelta(days=30))
    assert platform.events(PaymentActionRequired) == []
    [failed] = platform.events(PaymentFailed)
    assert isinstance(failed, PaymentFailed)
    assert (failed.reason_class, failed.retry_at) == ("stop", None)


def test_another_card_is_charged_with_what_the_lost_one_owed(begin: Start) -> None:
    provider = Scripted(pm_lost="lost_card")
    platform = begin(provider, token="pm_lost")
    platform.advance_to(DAWN + timedelta(hours=5))
    platform.tell(member("pm_new"), member("pm_older", revision=1))
    assert item(platform).in_flight
    platform.advance_to(DAWN + timedelta(hours=6))
    assert [one.token for one in provider.asked] == ["pm_lost", "pm_new"]
    assert [attempt.state for attempt in payment(platform).attempts] == ["failed", "succeeded"]
    assert item(platform).state == "settled"
    platform.tell(member("pm_third", revision=3))
    platform.advance_to(DAWN + timedelta(days=30))
    assert len(provider.asked) == 2


def test_a_card_that_is_replaced_before_the_day_is_the_one_that_is_charged(begin: Start) -> None:
    provider = Scripted()
    platform = begin(provider, token="pm_old")
    platform.tell(member("pm_new"))
    platform.tell(member("pm_stale", revision=1))
    platform.advance_to(DAWN)
    assert [one.token for one in provider.asked] == ["pm_new"]
    [attempt] = payment(platform).attempts
    assert (attempt.provider, attempt.method) == ("stripe", "card")


def test_another_card_starts_a_budget_of_its_own(begin: Start) -> None:
    provider = Scripted(pm_lost="lost_card", pm_poor="~insufficient_funds")
    platform = begin(provider, token="pm_lost")
    platform.advance_to(DAWN)
    platform.tell(member("pm_poor"))
    platform.advance_to(DAWN + timedelta(days=60))
    assert [one.token for one in provider.asked] == ["pm_lost", *["pm_poor"] * 4]


def test_whoever_pays_by_transfer_now_is_not_charged_but_asked(begin: Start) -> None:
    provider = Scripted()
    platform = begin(provider)
    platform.tell(member("", method="transfer"))
    platform.advance_to(DAWN + timedelta(days=3))
    assert provider.asked == []
    [attempt] = payment(platform).attempts
    assert (attempt.state, attempt.code) == ("failed", "no_means")
    assert len(platform.events(PaymentActionRequired)) == 1
    assert len(platform.events(ItemOverdue)) == 1


def test_an_answer_in_another_amount_is_set_aside_until_somebody_decides(begin: Start) -> None:
    platform = begin(Scripted(pm_less="less"), token="pm_less")
    platform.advance_to(DAWN + timedelta(days=5))
    [parked] = platform.all(Parked)
    assert parked.code == "charged_otherwise"
    assert platform.events(PaymentReceived) == []
    assert (item(platform).open_minor, item(platform).in_flight) == (11_900, True)
    given = DecideAttempt(
        payment_id=payment(platform).id, attempt=1, outcome="succeeded", provider_id="pi_1", amount_minor=11_890,
        reason="seen at the provider",
    )  # fmt: skip
    answer = PaymentAnswer.model_validate(platform.do(deciding.decide_attempt, given, actor="staff:eva"))
    assert (answer.state, answer.attempts[0].decided_by, answer.attempts[0].amount_minor) == (
        "succeeded", "staff:eva", 11_890,
    )  # fmt: skip
    platform.settle()
    assert (item(platform).open_minor, item(platform).in_flight) == (10, False)
    with pytest.raises(Rejected, match="already_decided"):
        platform.do(deciding.decide_attempt, given)


def test_a_silent_provider_is_decided_by_hand_and_a_failure_is_followed_by_its_decision(begin: Start) -> None:
    provider = Scripted(pm_deaf="deaf")
    provider.down = True
    platform = begin(provider, token="pm_deaf")
    platform.advance_to(DAWN + timedelta(days=12))
    assert [parked.code for parked in platform.all(Parked)] == ["provider_silent"]
    usual: dict[str, Any] = {
        "payment_id": payment(platform).id, "attempt": 1, "outcome": "failed", "reason": "asked them",
    }  # fmt: skip
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"attempt": 2}, "not_found"),
        ({"outcome": "succeeded"}, "provider_id_missing"),
        ({"outcome": "succeeded", "provider_id": "pi_1", "amount_minor": 11_901}, "more_than_asked"),
    ]
    for bad, code in wrong:
        with pytest.raises(Rejected, match=code):
            platform.do(deciding.decide_attempt, DecideAttempt.model_validate(usual | bad))
    platform.do(deciding.decide_attempt, DecideAttempt.model_validate(usual))
    platform.settle()
    assert payment(platform).attempts[0].state == "failed"
    assert not item(platform).in_flight


def test_a_payment_shows_its_decisions_and_its_finality(begin: Start) -> None:
    platform = begin(Scripted(pm_poor="~insufficient_funds pays"), token="pm_poor")
    platform.advance_to(DAWN)
    world = platform.runtime.world
    shown = queries.show_payment(ByPayment(payment_id=payment(platform).id), world)
    assert shown.attempts[0].decision is not None
    assert shown.attempts[0].decision.action == "retry"
    assert shown.attempts[0].decision.at == shown.next_at
    assert (shown.finality, shown.allowed) == (None, [])
    platform.advance_to(DAWN + timedelta(days=3))
    paid = queries.show_payment(ByPayment(payment_id=payment(platform).id), world)
    assert paid.finality is not None
    assert (paid.finality.final_on, paid.finality.is_final) == (date(2027, 2, 15), False)
    assert [way.can for way in paid.finality.ways_back] == ["disputed"]


def test_money_shows_until_when_it_can_be_taken_back(begin: Start) -> None:
    platform = begin(Scripted(DE0="pays"), token="DE0", method="direct_debit", provider="gocardless")
    platform.tell(payment_received("rcp_bank", 100))
    platform.advance_to(DAWN)
    world = platform.runtime.world
    [receipt] = [one for one in search_receipts(SearchReceipts(), world).items if one.source == "gocardless"]
    assert [(way.can, way.until) for way in receipt.ways_back] == [
        ("returned", date(2026, 10, 22)), ("refunded", date(2026, 12, 10)), ("claimed", date(2027, 11, 15)),
    ]  # fmt: skip
    assert receipt.final_on == date(2027, 11, 15)


def test_a_preview_tells_every_attempt_to_come_and_records_nothing() -> None:
    platform = Platform("payments")
    usual = {"method": "direct_debit", "provider": "sepa", "code": "AM04", "amount_minor": 5_000, "currency": "EUR"}
    asked = PreviewRetry.model_validate({**usual, "failed_at": DAWN})
    plan = queries.preview_retry(asked, platform.runtime.world)
    assert plan.attempts == 3
    assert [one.action for one in plan.decisions] == ["retry", "retry", "ask_method"]
    assert platform.engine.counts.writes == 0
    later = asked.model_copy(update={"first_at": DAWN + timedelta(days=1)})
    with pytest.raises(Rejected, match="failed_before_it_began"):
        queries.preview_retry(later, platform.runtime.world)


def test_a_late_success_ends_the_attempt_that_was_planned_beside_it(begin: Start) -> None:
    provider = Scripted(pm_poor="~insufficient_funds pays")
    platform = begin(provider, token="pm_poor")
    platform.advance_to(DAWN)
    first = payment(platform).attempts[0]
    provider.decide(first.id, "succeeded")
    late = provider.made[first.id][0]

    def tell(_: None, transaction: Any) -> None:
        payments = recording.payments_by_id([payment_id_of("inv_1")], transaction)
        recording.record(payments, payment_id_of("inv_1"), 1, late, transaction)

    platform.do(tell, None)
    platform.settle()
    platform.advance_to(DAWN + timedelta(days=30))
    assert len(provider.asked) == 1
    assert (item(platform).state, item(platform).attempt, item(platform).ended_attempt) == ("settled", 2, 2)
