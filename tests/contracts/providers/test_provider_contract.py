"""What every payment provider's adapter promises of charges, refunds and pages, whoever is behind it."""

from contextlib import suppress
from datetime import timedelta
from typing import Any, Literal

import httpx
import pytest

from functions.payments.model.asking import Outcome
from tests.contracts.providers.stage import (
    Doing,
    Stage,
    absent,
    attempt,
    attempt_by,
    final,
    give_back,
    invitation,
    needs,
    paid,
    settled,
)

UNDER_WAY: set[Outcome] = {"succeeded", "processing"}


def test_a_charge_is_collected_and_told_with_our_ids(stage: Stage) -> None:
    wanted = attempt(stage)
    answer = final(stage, wanted)
    assert (answer.outcome, answer.amount_minor) == ("succeeded", 11900)
    assert answer.provider_id
    assert answer.attempt_id in {"", wanted.attempt_id}
    assert stage.collected(wanted.attempt_id) == [11900]


def test_the_same_attempt_sent_twice_collects_once(stage: Stage) -> None:
    needs(stage, "same_key")
    wanted = attempt(stage)
    first, again = stage.provider.charge(wanted), stage.provider.charge(wanted)
    settled(stage)
    assert first.provider_id == again.provider_id
    assert first.outcome in UNDER_WAY
    assert again.outcome in UNDER_WAY
    assert stage.collected(wanted.attempt_id) == [11900]


def test_a_charge_whose_answer_was_lost_is_found_by_our_reference(stage: Stage) -> None:
    needs(stage, "search")
    wanted = attempt(stage)
    stage.wire.lose_writes()
    assert stage.provider.charge(wanted).outcome == "unknown"
    stage.wire.heal()
    stage.advance(timedelta(minutes=5))
    found = stage.provider.search_for(wanted)
    assert found.outcome in UNDER_WAY
    assert (found.attempt_id, found.payment_id) == (wanted.attempt_id, wanted.payment_id)
    settled(stage)
    assert stage.provider.search_for(wanted).amount_minor == 11900
    assert stage.collected(wanted.attempt_id) == [11900]


def test_a_charge_whose_answer_was_lost_is_answered_when_it_is_sent_again(stage: Stage) -> None:
    needs(stage, "same_key")
    wanted = attempt(stage)
    for fault in (stage.wire.lose, stage.wire.truncate):
        fault(9)
        assert stage.provider.charge(wanted).outcome == "unknown"
        stage.wire.heal()
    assert stage.provider.charge(wanted).outcome in UNDER_WAY
    settled(stage)
    assert stage.collected(wanted.attempt_id) == [11900]


def test_a_charge_that_never_arrived_is_not_found_and_can_be_sent(stage: Stage) -> None:
    wanted = attempt(stage)
    stage.wire.cut(9)
    assert stage.provider.charge(wanted).outcome == "unknown"
    stage.wire.heal()
    if "search" in stage.offers:
        assert stage.provider.search_for(wanted).outcome == "not_found"
    assert stage.provider.charge(wanted).outcome in UNDER_WAY
    settled(stage)
    assert stage.collected(wanted.attempt_id) == [11900]


@pytest.mark.parametrize(("doing", "soft"), [("declines_softly", True), ("declines_hard", False)])
def test_a_decline_says_whether_another_try_makes_sense(stage: Stage, doing: Doing, soft: bool) -> None:
    wanted = attempt(stage, doing=doing)
    answer = final(stage, wanted)
    assert (answer.outcome, answer.soft) == ("failed", soft)
    assert answer.code
    assert stage.collected(wanted.attempt_id) == []


def test_what_needs_the_member_has_failed_and_no_repetition_helps(stage: Stage) -> None:
    needs(stage, "card")
    answer = final(stage, attempt_by(stage, "card", doing="needs_member"))
    assert (answer.outcome, answer.soft) == ("failed", False)


def test_a_direct_debit_is_under_way_for_days_and_can_still_fail(stage: Stage) -> None:
    needs(stage, "direct_debit", "get")
    good = attempt_by(stage, "direct_debit", 1)
    bad = attempt_by(stage, "direct_debit", 2, doing="fails_late")
    answers = [stage.provider.charge(wanted) for wanted in (good, bad)]
    assert [answer.outcome for answer in answers] == ["processing", "processing"]
    settled(stage)
    assert [stage.provider.get(answer.provider_id).outcome for answer in answers] == ["succeeded", "failed"]
    assert (stage.collected(good.attempt_id), stage.collected(bad.attempt_id)) == ([11900], [])


def test_what_was_really_collected_is_told_where_it_is_not_what_was_asked(stage: Stage) -> None:
    wanted = attempt(stage, doing="charges_less")
    assert final(stage, wanted).amount_minor == 100
    assert stage.collected(wanted.attempt_id) == [100]


@pytest.mark.parametrize("name", ["nothing", "", "../refunds", "x/cancel", "x?y=z#w", "%2e%2e/x", "ü", "a" * 5000])
def test_an_id_the_provider_never_gave_leads_nowhere(stage: Stage, name: str) -> None:
    outcomes = {
        stage.provider.get(name).outcome,
        stage.provider.get_refund(name).outcome,
        stage.provider.get_set_up(name).outcome,
        stage.provider.get_dispute(name).outcome,
        stage.provider.get_payout(name).outcome,
    }
    assert outcomes <= {"not_found", "unknown", "failed"}
    if "get" in stage.offers and name == "nothing":
        assert stage.provider.get(name).outcome == "not_found"


def test_a_refund_sent_twice_gives_back_once(stage: Stage) -> None:
    needs(stage, "refunds")
    wanted, provider_id = paid(stage)
    order = give_back(wanted, provider_id, 4000)
    first, again = stage.provider.refund(order), stage.provider.refund(order)
    settled(stage)
    assert first.outcome in UNDER_WAY
    assert first.provider_id == again.provider_id
    assert stage.given_back(wanted.attempt_id) == 4000


def test_a_refund_whose_answer_was_lost_is_found_and_given_once(stage: Stage) -> None:
    needs(stage, "refunds")
    wanted, provider_id = paid(stage)
    order = give_back(wanted, provider_id, 4000)
    if "search_refund" in stage.offers:
        assert stage.provider.search_refund(order).outcome == "not_found"
    stage.wire.lose_writes()
    assert stage.provider.refund(order).outcome == "unknown"
    stage.wire.heal()
    if "search_refund" in stage.offers:
        found = stage.provider.search_refund(order)
        assert found.outcome in UNDER_WAY
        assert found.attempt_id in {"", order.refund_id}
    assert stage.provider.refund(order).outcome in UNDER_WAY
    settled(stage)
    assert stage.given_back(wanted.attempt_id) == 4000


def test_never_more_is_given_back_than_was_paid(stage: Stage) -> None:
    needs(stage, "refunds", "get_refund")
    wanted, provider_id = paid(stage)
    too_much = stage.provider.refund(give_back(wanted, provider_id, 11901, 1))
    parts = [stage.provider.refund(give_back(wanted, provider_id, amount, amount)) for amount in (4000, 7900)]
    one_more = stage.provider.refund(give_back(wanted, provider_id, 1, 4))
    settled(stage)
    assert (too_much.outcome, one_more.outcome) == ("failed", "failed")
    assert too_much.code
    assert {part.outcome for part in parts} <= UNDER_WAY
    assert [stage.provider.get_refund(part.provider_id).amount_minor for part in parts] == [4000, 7900]
    assert stage.given_back(wanted.attempt_id) == 11900


def test_a_refund_that_the_members_bank_sends_back_has_failed(stage: Stage) -> None:
    needs(stage, "refunds", "get_refund")
    wanted, provider_id = paid(stage)
    refund = stage.provider.refund(give_back(wanted, provider_id, 4000))
    settled(stage)
    assert stage.provider.get_refund(refund.provider_id).outcome == "succeeded"
    stage.fail_refund(refund.provider_id)
    told = stage.provider.get_refund(refund.provider_id)
    assert told.outcome == "failed"
    assert told.code
    assert stage.given_back(wanted.attempt_id) == 0


def test_nothing_is_given_back_of_a_payment_that_never_was(stage: Stage) -> None:
    needs(stage, "refunds")
    wanted = attempt(stage)
    assert stage.provider.refund(give_back(wanted, "nothing", 100)).outcome in {"failed", "not_found"}


def test_the_same_invitation_is_the_same_page(stage: Stage) -> None:
    needs(stage, "pay_page")
    first, again = (stage.provider.invite(invitation(stage, "pay")) for _ in range(2))
    other = stage.provider.invite(invitation(stage, "pay", 2))
    assert (first.outcome, other.outcome) == ("succeeded", "succeeded")
    assert first.provider_id == again.provider_id != other.provider_id
    assert first.url.startswith("http")
    assert other.url != first.url


def test_a_member_pays_on_the_page_and_the_money_is_found_by_our_reference(stage: Stage) -> None:
    needs(stage, "pay_page")
    wanted = invitation(stage, "pay")
    stage.visit(stage.provider.invite(wanted), "pays")
    settled(stage)
    assert stage.collected(wanted.attempt_id) == [11900]
    if "search" in stage.offers:
        found = stage.provider.search(wanted.attempt_id)
        assert (found.outcome, found.amount_minor, found.attempt_id) == ("succeeded", 11900, wanted.attempt_id)


@pytest.mark.parametrize("visit", ["is_declined", "leaves"])
def test_a_member_who_does_not_pay_owes_as_before(stage: Stage, visit: Literal["is_declined", "leaves"]) -> None:
    needs(stage, "pay_page")
    wanted = invitation(stage, "pay")
    stage.visit(stage.provider.invite(wanted), visit)
    settled(stage)
    assert stage.collected(wanted.attempt_id) == []
    if "search" in stage.offers:
        assert stage.provider.search(wanted.attempt_id).outcome in {"failed", "processing", "not_found"}


def test_a_method_that_was_set_up_can_be_charged_without_its_member(stage: Stage) -> None:
    needs(stage, "set_up")
    wanted = invitation(stage, "set_up")
    page = stage.provider.invite(wanted)
    assert stage.provider.get_set_up(page.provider_id).outcome in {"processing", "not_found"}
    stage.visit(page, "pays")
    settled(stage)
    kept = stage.provider.get_set_up(page.provider_id)
    assert kept.outcome == "succeeded"
    assert kept.label
    assert kept.invitation_id in {"", wanted.invitation_id}
    must_be_chargeable(stage, kept.token, kept.method)


def test_a_method_that_was_kept_while_paying_can_be_charged_later(stage: Stage) -> None:
    needs(stage, "keeps_method")
    page = stage.provider.invite(invitation(stage, "pay", keep=True))
    stage.visit(page, "pays")
    settled(stage)
    kept = stage.provider.get_set_up(page.provider_id)
    assert kept.outcome == "succeeded"
    must_be_chargeable(stage, kept.token, kept.method)


def must_be_chargeable(stage: Stage, token: str, method: Any) -> None:
    wanted = attempt_by(stage, method, 9, amount=2500).model_copy(update={"token": token})
    assert stage.provider.charge(wanted).outcome in UNDER_WAY
    settled(stage)
    assert stage.collected(wanted.attempt_id) == [2500]


def test_a_page_that_is_left_keeps_nothing(stage: Stage) -> None:
    needs(stage, "set_up")
    page = stage.provider.invite(invitation(stage, "set_up"))
    stage.visit(page, "leaves")
    assert stage.provider.get_set_up(page.provider_id).token == ""


def test_nobody_pays_on_a_page_that_was_closed_and_closing_it_twice_harms_nothing(stage: Stage) -> None:
    needs(stage, "pay_page")
    page = stage.provider.invite(invitation(stage, "pay"))
    closed, again = (stage.provider.close_page(page.provider_id) for _ in range(2))
    assert (closed.outcome, closed.provider_id) == ("succeeded", page.provider_id)
    assert again.outcome in {"succeeded", "failed"}
    with suppress(AssertionError, httpx.HTTPStatusError):  # the page itself refuses
        stage.visit(page, "pays")
    assert stage.collected("att_1") == []
    assert stage.provider.get(page.provider_id).outcome in {"failed", "not_found"}


def test_a_page_that_was_paid_or_never_was_is_not_closed(stage: Stage) -> None:
    needs(stage, "pay_page")
    page = stage.provider.invite(invitation(stage, "pay"))
    stage.visit(page, "pays")
    assert stage.provider.close_page(page.provider_id).outcome == "failed"
    assert stage.provider.close_page(absent(stage, "payment")).outcome in {"not_found", "failed"}
