"""Collecting by card and direct debit against a provider that declines, forgets and falls silent."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from common.dates import noon_utc
from common.events.matching import CreditNoteApplied, ItemReopened, ItemSettled
from common.events.payments import PaymentFailed, PaymentReceived, PaymentRequested
from common.failures import Rejected
from common.parking import Parked
from common.tools.bench_collecting import every_order, silent_charges
from functions.payments.handlers import collecting
from functions.payments.model.asking import Answer
from functions.payments.model.payments import ATTEMPT, AskProvider, Payment, answered, order, requested
from functions.payments.providers import asking, stripe
from tests.unit.payments.stage import START, Stage, invoice


def test_a_card_is_charged_and_the_money_is_told_once(stage: Stage) -> None:
    stage.platform.tell(invoice())
    [asked] = stage.platform.events(PaymentRequested)
    [money] = stage.platform.events(PaymentReceived)
    assert isinstance(asked, PaymentRequested)
    assert isinstance(money, PaymentReceived)
    assert (asked.attempt, asked.amount_minor, asked.provider) == (1, 11900, "stripe")
    assert (money.amount_minor, money.invoice_number, money.source) == (11900, "MP-2026-0000001", "stripe")
    assert stage.payment().state == "succeeded"


def test_the_provider_is_told_the_attempt_under_its_own_key(stage: Stage) -> None:
    stage.platform.tell(invoice())
    [intent] = stage.intents()
    [attempt] = stage.payment().attempts
    assert intent["metadata"] == {
        "attempt_id": attempt.id,
        "payment_id": stage.payment().id,
        "invoice_number": "MP-2026-0000001",
    }
    assert intent["id"] == attempt.provider_id


def test_the_attempt_is_on_record_before_the_provider_hears_of_it(stage: Stage) -> None:
    seen = []

    def ask(tasks: Any, world: Any) -> list[Answer]:
        seen.append(world.read.find(Payment, tasks[0].payment_id).state)
        return asking.charge(tasks, world)

    function = next(f for f in stage.platform.bus.functions if f.name == "payments-charge-attempts")
    kept, function.ask = function.ask, ask
    try:
        stage.platform.tell(invoice())
    finally:
        function.ask = kept
    assert seen == ["sent"]


def test_whoever_pays_by_transfer_is_not_collected_from(stage: Stage) -> None:
    stage.platform.tell(invoice(method="transfer"))
    assert stage.platform.all(Payment) == []
    assert stage.intents() == []


def test_a_slice_of_invoices_is_planned_sent_and_answered_in_a_commit_each(stage: Stage) -> None:
    stage.platform.tell(*[invoice(number, f"pm_card_visa_{number}") for number in range(1, 21)])
    assert len(stage.platform.events(PaymentReceived)) == 20
    assert {payment.state for payment in stage.platform.all(Payment)} == {"succeeded"}
    assert stage.platform.engine.counts.by_collection["payments"] == 60


def test_a_charge_that_timed_out_is_unknown_and_found_by_our_reference(stage: Stage) -> None:
    stage.script("pm_card_slow", "succeed+timeout")
    stage.platform.tell(invoice(token="pm_card_slow"))
    assert stage.payment().state == "unknown"
    assert stage.platform.events(PaymentReceived) == []
    stage.platform.advance_to(START + timedelta(minutes=6))
    assert stage.payment().state == "succeeded"
    assert len(stage.platform.events(PaymentReceived)) == 1
    assert len(stage.intents()) == 1


def test_a_charge_the_provider_never_saw_is_sent_again_under_the_same_key(stage: Stage) -> None:
    stage.script("pm_card_lost_line", "timeout_before_charge", "succeed")
    stage.platform.tell(invoice(token="pm_card_lost_line"))
    assert stage.payment().state == "unknown"
    stage.platform.advance_to(START + timedelta(minutes=6))
    [attempt] = stage.payment().attempts
    assert (attempt.number, attempt.state) == (1, "succeeded")
    assert len(stage.intents()) == 1


def test_a_server_error_after_the_charge_leads_to_no_second_charge(stage: Stage) -> None:
    stage.script("pm_card_500", "error_after_charge")
    stage.platform.tell(invoice(token="pm_card_500"))
    assert stage.payment().state == "unknown"
    stage.platform.advance_to(START + timedelta(days=10))
    assert stage.payment().state == "succeeded"
    assert len(stage.intents()) == 1
    assert len(stage.platform.events(PaymentReceived)) == 1


def test_an_error_kept_under_the_key_is_outlived(stage: Stage) -> None:
    stage.script("pm_card_kept", "error", "succeed")
    stage.platform.tell(invoice(token="pm_card_kept"))
    stage.platform.advance_to(START + timedelta(hours=20))
    assert stage.payment().state == "unknown"
    stage.platform.advance_to(START + timedelta(days=3))
    assert stage.payment().state == "succeeded"
    assert len(stage.intents()) == 1


def test_a_provider_that_stays_silent_is_a_matter_for_people(stage: Stage) -> None:
    stage.wire.cut = True
    stage.platform.tell(invoice())
    stage.platform.advance_to(START + timedelta(days=12))
    [parked] = stage.platform.all(Parked)
    assert parked.code == "provider_silent"
    assert stage.payment().state == "unknown"
    assert len(stage.payment().attempts) == 1


def test_a_soft_decline_is_tried_once_more_on_the_third_day_hours_before_anybody_is_reminded(stage: Stage) -> None:
    stage.script("pm_card_poor", "decline:insufficient_funds", "succeed")
    stage.platform.tell(invoice(token="pm_card_poor"))
    [failed] = stage.platform.events(PaymentFailed)
    assert isinstance(failed, PaymentFailed)
    assert (failed.code, failed.soft, failed.attempt) == ("insufficient_funds", True, 1)
    third_day = (START + timedelta(days=3)).replace(hour=0, minute=0)
    stage.platform.advance_to(third_day + timedelta(hours=4, minutes=59))
    assert len(stage.payment().attempts) == 1
    stage.platform.advance_to(third_day + timedelta(hours=5))
    assert stage.platform.clock.now() <= noon_utc(third_day.date()) - timedelta(hours=7)
    assert [attempt.state for attempt in stage.payment().attempts] == ["failed", "succeeded"]
    assert len(stage.platform.events(PaymentRequested)) == 2
    assert len(stage.platform.events(PaymentReceived)) == 1
    [money] = stage.platform.events(PaymentReceived)
    assert isinstance(money, PaymentReceived)
    assert money.attempt == 2


def test_soft_declines_are_tried_exactly_as_often_and_on_the_days_that_are_documented(stage: Stage) -> None:
    stage.platform.tell(invoice(token="pm_card_declined"))
    stage.platform.advance_to(START + timedelta(days=60))
    attempts = stage.payment().attempts
    assert [attempt.state for attempt in attempts] == ["failed"] * 4
    assert [(one.sent_at.date() - START.date()).days for one in attempts] == [0, 3, 8, 15]
    assert len(stage.platform.events(PaymentFailed)) == 4
    assert len(stage.intents()) == 4


@pytest.mark.parametrize("token", ["pm_card_lost", "pm_card_authentication"])
def test_a_hard_decline_is_not_tried_again(stage: Stage, token: str) -> None:
    stage.platform.tell(invoice(token=token))
    stage.platform.advance_to(START + timedelta(days=30))
    assert [attempt.state for attempt in stage.payment().attempts] == ["failed"]
    [failed] = stage.platform.events(PaymentFailed)
    assert isinstance(failed, PaymentFailed)
    assert not failed.soft


def test_what_was_paid_otherwise_meanwhile_is_not_tried_again(stage: Stage) -> None:
    stage.platform.tell(invoice(token="pm_card_declined"))
    stage.platform.tell(settled())
    stage.platform.advance_to(START + timedelta(days=30))
    assert len(stage.payment().attempts) == 1


def test_what_was_paid_otherwise_is_not_sent_again_after_a_timeout(stage: Stage) -> None:
    stage.script("pm_card_gone", "timeout_before_charge", "succeed")
    stage.platform.tell(invoice(token="pm_card_gone"))
    stage.platform.tell(settled())
    stage.platform.advance_to(START + timedelta(days=1))
    assert stage.payment().attempts[0].code == "not_needed"
    assert stage.intents() == []


def test_a_direct_debit_is_in_flight_until_the_bank_has_paid(stage: Stage) -> None:
    stage.platform.tell(invoice(token="pm_sepa_processing", method="direct_debit"))
    assert stage.payment().state == "processing"
    assert stage.platform.events(PaymentReceived) == []
    stage.platform.advance_to(START + timedelta(days=5))
    assert stage.payment().state == "succeeded"
    [money] = stage.platform.events(PaymentReceived)
    assert isinstance(money, PaymentReceived)
    assert money.final_on is not None
    assert money.final_on > money.received_on + timedelta(days=390)


def test_a_direct_debit_that_fails_late_is_told_as_failed(stage: Stage) -> None:
    stage.platform.tell(invoice(token="pm_sepa_failing", method="direct_debit"))
    stage.platform.advance_to(START + timedelta(days=5))
    assert stage.payment().attempts[0].state == "failed"
    assert len(stage.platform.events(PaymentFailed)) == 1


def test_hundreds_of_charges_that_time_out_after_they_were_made_are_made_and_told_once() -> None:
    found = silent_charges(600)
    told = [found[name] for name in ("charges", "second_charges", "collected", "told_as_received")]
    assert told == [600, 0, 600, 600]


def test_five_webhooks_come_to_one_state_in_every_order() -> None:
    assert every_order() == {"orders": 120, "states": 1}


def test_a_redelivered_charge_is_charged_and_told_once(stage: Stage) -> None:
    stage.platform.bus.disorder = True
    stage.platform.tell(*[invoice(number, f"pm_card_visa_{number}") for number in range(1, 6)])
    tell_again(stage)
    assert len(stage.intents()) == 5
    assert len(stage.platform.events(PaymentReceived)) == 5


def test_two_charges_for_one_attempt_are_a_matter_for_people(stage: Stage) -> None:
    stage.platform.tell(invoice())
    task = order(stage.payment(), 1)
    other = Answer(outcome="succeeded", provider_id="pi_other", amount_minor=11900)
    with pytest.raises(Rejected, match="charged_twice"):
        stage.platform.do(lambda given, tx: collecting.record_charges(given, [other], tx), [task])
    assert len(stage.platform.events(PaymentReceived)) == 1


def test_an_order_older_than_the_provider_remembers_is_looked_up_before_it_is_sent(stage: Stage) -> None:
    stage.script("pm_card_slow", "succeed+timeout")
    stage.platform.tell(invoice(token="pm_card_slow"))
    stage.platform.clock.advance_to(START + timedelta(days=2))
    [answer] = asking.charge([order(stage.payment(), 1)], stage.platform.runtime.world)
    assert answer.outcome == "succeeded"
    assert len(stage.intents()) == 1


@pytest.mark.parametrize("status", [401, 403, 409, 429, 500, 503])
def test_a_refusal_that_proves_nothing_is_no_failure(status: int) -> None:
    refusal = {"error": {"type": "api_error", "message": "no"}}
    site = httpx.MockTransport(lambda _: httpx.Response(status, json=refusal))
    payment = requested(invoice(), START)
    assert payment is not None
    answer = stripe.Stripe("http://provider.example", "sk_test_1", site).charge(order(payment, 1))
    assert (answer.outcome, answer.code) == ("unknown", f"http_{status}")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"id": "pi_1", "status": "succeeded"}', b"<html>"])
def test_an_answer_that_can_not_be_read_proves_nothing(body: bytes) -> None:
    site = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    payment = requested(invoice(), START)
    assert payment is not None
    assert stripe.Stripe("http://provider.example", "sk_test_1", site).charge(order(payment, 1)).outcome == "unknown"


def test_an_amount_is_told_in_the_providers_own_units() -> None:
    payment = requested(invoice(token="cus_7/pm_card_visa"), START)
    assert payment is not None
    fields = stripe.form(order(payment, 1).model_copy(update={"currency": "ISK", "amount_minor": 500}))
    assert (fields["amount"], fields["currency"]) == ("50000", "isk")
    assert (fields["customer"], fields["payment_method"]) == ("cus_7", "pm_card_visa")


def test_an_answer_that_was_overtaken_changes_nothing() -> None:
    payment = requested(invoice(), START)
    assert payment is not None
    done = answered(payment, 1, Answer(outcome="succeeded", provider_id="pi_1"))
    for late in ("unknown", "processing", "failed", "not_found", "skipped"):
        assert answered(done, 1, Answer.model_validate({"outcome": late})) is done
    assert answered(done, 1, Answer(outcome="succeeded", provider_id="pi_1", code="again")) is done


def test_money_that_came_after_all_is_money() -> None:
    payment = requested(invoice(), START)
    assert payment is not None
    failed = answered(payment, 1, Answer(outcome="failed", code="insufficient_funds", soft=True))
    assert answered(failed, 1, Answer(outcome="succeeded", provider_id="pi_1")).state == "succeeded"


@pytest.mark.parametrize("said", [{"amount_minor": 11_899}, {"amount_minor": 11_900, "currency": "USD"}])
def test_an_answer_in_another_amount_or_currency_is_set_aside(said: dict[str, Any]) -> None:
    payment = requested(invoice(), START)
    assert payment is not None
    with pytest.raises(Rejected, match="charged_otherwise"):
        answered(payment, 1, Answer(outcome="succeeded", provider_id="pi_1", **said))
    same = Answer(outcome="succeeded", provider_id="pi_1", amount_minor=11_900, currency="eur")
    assert answered(payment, 1, same).state == "succeeded"


def test_no_attempt_follows_one_that_is_undecided() -> None:
    payment = requested(invoice(), START)
    assert payment is not None
    with pytest.raises(ValueError, match="undecided"):
        payment.but(attempts=(payment.attempts[0], payment.attempts[0]))


def test_a_question_is_not_asked_once_the_answer_is_known(stage: Stage) -> None:
    stage.platform.tell(invoice())
    question = AskProvider(payment_id=stage.payment().id, number=1, state="unknown", tries=0)
    [answer] = asking.find_out([question], stage.platform.runtime.world)
    assert answer.outcome == "skipped"


def test_the_state_table_ends_where_money_came() -> None:
    assert ATTEMPT.allows("succeeded") == []
    assert "unknown --> succeeded: succeed" in ATTEMPT.diagram()


def settled() -> ItemSettled:
    return ItemSettled(
        item_id="item_1",
        item_version=2,
        invoice_id="inv_1",
        invoice_number="MP-2026-0000001",
        currency="EUR",
        total_minor=11900,
        settled_on=START.date(),
    )


def tell_again(stage: Stage) -> None:
    """Delivers every message there ever was a second time."""
    for stored in stage.platform.engine.select("commits", {}, limit=1000):
        record = stage.platform.runtime.record(stored.id)
        if record is not None:
            stage.platform.engine.publish(record.messages())
    stage.platform.settle()


def changed_to(open_minor: int, version: int) -> ItemReopened:
    """The item is open again, with so much."""
    known = settled().model_dump(exclude={"total_minor", "settled_on", "by"})
    return ItemReopened.model_validate(known | {"open_minor": open_minor, "item_version": version})


def credited(offset: int, version: int = 2) -> CreditNoteApplied:
    """A part of the invoice was credited before it was paid."""
    known = settled().model_dump(exclude={"total_minor", "settled_on", "by"})
    return CreditNoteApplied.model_validate(
        known
        | {
            "open_minor": 11_900 - offset,
            "item_version": version,
            "credit_note_id": "crn_1",
            "credit_note_number": "MP-C26-0000001",
            "entity": "MP",
            "offset_minor": offset,
            "credit_minor": 0,
            "refund_minor": 0,
            "applied_on": START.date(),
        }
    )


def test_what_is_owed_again_after_a_match_was_taken_back_is_collected_after_all(stage: Stage) -> None:
    stage.platform.tell(invoice(token="pm_card_declined"))
    stage.platform.tell(settled())
    stage.platform.tell(changed_to(11_900, version=3))
    assert not stage.payment().settled
    stage.platform.advance_to(START + timedelta(days=30))
    assert len(stage.payment().attempts) == 4


def test_older_news_of_an_item_changes_nothing(stage: Stage) -> None:
    stage.platform.tell(invoice(token="pm_card_declined"))
    stage.platform.tell(changed_to(11_900, version=3))
    stage.platform.tell(settled())
    assert (stage.payment().settled, stage.payment().item_version) == (False, 3)


def test_a_second_attempt_asks_only_for_what_was_not_credited(stage: Stage) -> None:
    stage.platform.tell(invoice(token="pm_card_declined"))
    stage.platform.tell(credited(2_000))
    stage.platform.advance_to(START + timedelta(days=30))
    asked = [
        event.amount_minor for event in stage.platform.events(PaymentRequested) if isinstance(event, PaymentRequested)
    ]
    assert sorted(asked) == [9_900, 9_900, 9_900, 11_900]
    assert sorted(intent["amount"] for intent in stage.intents()) == [9_900, 9_900, 9_900, 11_900]


def test_a_provider_that_collects_more_than_the_lower_attempt_asked_for_is_refused(stage: Stage) -> None:
    stage.platform.tell(invoice(token="pm_card_declined"))
    stage.platform.tell(credited(2_000))
    stage.platform.advance_to(START + timedelta(days=4))
    with pytest.raises(Rejected, match="charged_too_much"):
        answered(stage.payment(), 2, Answer(outcome="succeeded", provider_id="pi_2", amount_minor=9_901))
