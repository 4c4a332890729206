"""What every adapter promises of disputes and payouts: where the money is, to the cent."""

from collections import Counter
from datetime import timedelta

import pytest

from functions.payments.model.asking import PayoutSaid
from tests.contracts.providers.stage import START, Stage, Verdict, absent, attempt, give_back, needs, paid, settled

OPEN = {"warning", "needs_response", "under_review", "lost"}
"""A returned debit is lost as soon as it is known."""
WEEKS = timedelta(days=21)


def test_a_dispute_says_what_it_is_about_and_what_has_been_taken(stage: Stage) -> None:
    needs(stage, "disputes")
    wanted, provider_id = paid(stage)
    said = stage.provider.get_dispute(stage.dispute(provider_id))
    assert (said.outcome, said.amount_minor, said.currency) == ("succeeded", 11900, "EUR")
    assert said.payment_provider_id == provider_id
    assert (said.attempt_id, said.payment_id) in {(wanted.attempt_id, wanted.payment_id), ("", "")}
    assert said.state in OPEN
    assert said.withdrawn_minor == (0 if said.state == "warning" else 11900)
    assert said.fee_minor >= 0


@pytest.mark.parametrize(("verdict", "withdrawn"), [("won", 0), ("lost", 11900)])
def test_a_decided_dispute_says_who_has_the_money(stage: Stage, verdict: Verdict, withdrawn: int) -> None:
    needs(stage, "disputes")
    _, provider_id = paid(stage)
    dispute_id = stage.dispute(provider_id)
    stage.decide(dispute_id, verdict)
    said = stage.provider.get_dispute(dispute_id)
    assert said.state == verdict
    assert said.withdrawn_minor == withdrawn


def test_evidence_is_sent_once_and_the_dispute_is_under_review(stage: Stage) -> None:
    needs(stage, "disputes", "evidence")
    _, provider_id = paid(stage)
    dispute_id = stage.dispute(provider_id)
    before = stage.provider.get_dispute(dispute_id)
    assert before.evidence_due_at is not None
    assert before.evidence_due_at > stage.now()
    stage.wire.lose_writes()
    texts = {"uncategorized_text": "The member has confirmed the order.", "product_description": "Stall fee"}
    assert stage.provider.answer_dispute(dispute_id, texts).outcome == "unknown"
    stage.wire.heal()
    assert stage.provider.answer_dispute(dispute_id, texts).outcome == "succeeded"
    assert stage.provider.get_dispute(dispute_id).state == "under_review"


def test_evidence_the_provider_has_no_field_for_is_refused(stage: Stage) -> None:
    needs(stage, "disputes", "evidence")
    _, provider_id = paid(stage)
    dispute_id = stage.dispute(provider_id)
    for senseless in ({}, {"uncategorized_text": "  "}, {"colour": "red"}, {"uncategorized_text": "x" * 150_001}):
        assert stage.provider.answer_dispute(dispute_id, senseless).outcome == "failed"
    assert stage.provider.get_dispute(dispute_id).state == "needs_response"


def test_an_accepted_dispute_is_lost(stage: Stage) -> None:
    needs(stage, "disputes", "accept_dispute")
    _, provider_id = paid(stage)
    dispute_id = stage.dispute(provider_id)
    assert stage.provider.answer_dispute(dispute_id, {}, accept=True).outcome == "succeeded"
    assert stage.provider.get_dispute(dispute_id).state == "lost"
    assert stage.provider.answer_dispute(dispute_id, {}, accept=True).outcome in {"succeeded", "failed"}


def test_a_dispute_nobody_knows_is_not_found(stage: Stage) -> None:
    needs(stage, "disputes")
    assert stage.provider.get_dispute(absent(stage, "dispute")).outcome == "not_found"


def test_the_movements_of_a_payout_add_up_to_it_to_the_cent(stage: Stage) -> None:
    needs(stage, "payouts", "payout_movements")
    a_months_trade(stage)
    payouts = all_payouts(stage)
    assert payouts
    for payout in payouts:
        parts = [m for m in payout.movements if m.kind != "payout"]
        assert payout.amount_minor == sum(m.amount_minor - m.fee_minor for m in parts)
        assert {m.payout_id for m in payout.movements} == {payout.provider_id}
        assert {m.currency for m in payout.movements} == {payout.currency}
        assert payout.amount_minor > 0
        assert payout.statement_text
        assert payout.arrives_on is not None


def test_every_payment_and_refund_is_in_exactly_one_payout_with_our_reference(stage: Stage) -> None:
    needs(stage, "payouts", "payout_movements")
    attempts, refund_id, names = a_months_trade(stage)
    movements = [m for payout in all_payouts(stage) for m in payout.movements]
    kept = Counter(movement.movement_id for movement in movements)
    assert set(kept.values()) == {1}
    charged = {m.reference or names[m.provider_id]: m.amount_minor for m in movements if m.kind == "charge"}
    assert charged == attempts
    [refund] = [m for m in movements if m.kind == "refund"]
    assert (refund.reference in {"", refund_id}, refund.amount_minor) == (True, -4000)
    [back] = [m for m in movements if m.kind == "chargeback"]
    assert back.amount_minor < 0
    assert all(m.at >= START for m in movements)


def test_a_payout_is_listed_with_what_it_is_but_without_its_movements(stage: Stage) -> None:
    needs(stage, "payouts")
    a_months_trade(stage)
    for listed in stage.provider.payouts(START):
        whole = stage.provider.get_payout(listed.provider_id)
        assert listed.movements == ()
        assert whole.model_copy(update={"movements": ()}) == listed
        assert listed.state in {"pending", "paid"}
    assert stage.provider.payouts(stage.now() + timedelta(days=1)) in ([], ())


def test_more_payouts_than_fit_on_a_page_are_all_listed(stage: Stage) -> None:
    needs(stage, "payouts")
    for number in range(1, 4):
        paid(stage, number)
    stage.advance(WEEKS)
    found = [payout.provider_id for payout in stage.provider.payouts(START)]
    assert len(found) == len(set(found)) >= 1


def a_months_trade(stage: Stage) -> tuple[dict[str, int], str, dict[str, str]]:
    """Five payments, a part of one given back, one charged back: the attempts' amounts, the refund's id, who is who."""
    amounts = {1: 11900, 2: 5001, 3: 77, 4: 250_000}
    wanted = [attempt(stage, number, amount=amount) for number, amount in amounts.items()]
    names = [stage.provider.charge(one).provider_id for one in wanted]
    settled(stage)
    order = give_back(wanted[3], names[3], 4000)
    if "refunds" in stage.offers:
        assert stage.provider.refund(order).outcome in {"succeeded", "processing"}
    stage.decide(stage.dispute(names[1]), "lost")
    last, name = paid(stage, 5, 300_000)
    stage.advance(WEEKS)
    who = dict(zip([*names, name], [one.attempt_id for one in (*wanted, last)], strict=True))
    return {one.attempt_id: one.amount_minor for one in (*wanted, last)}, order.refund_id, who


def all_payouts(stage: Stage) -> list[PayoutSaid]:
    return [stage.provider.get_payout(payout.provider_id) for payout in stage.provider.payouts(START)]
