"""Webhooks that never came are healed by asking: each change becomes the same task, once."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from common.events.payments import PaymentReceived
from common.settings import Settings
from functions.payments.handlers import webhooks
from functions.payments.model.asking import Notice
from functions.payments.model.webhooks import PAGE, PollCursor, ProviderEvent
from functions.payments.providers import choosing
from tests.unit.payments.gocardless_stage import Stage

POLL = "payments-poll-providers"


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    made = Stage(monkeypatch)
    yield made
    made.close()


def poll(stage: Stage) -> None:
    stage.platform.bus.fire(POLL)
    stage.platform.settle()
    stage.platform.advance_to(stage.platform.clock.now() + timedelta(seconds=10))


def cursor(stage: Stage) -> PollCursor | None:
    return stage.platform.read.find(PollCursor, "gocardless")


def test_a_payment_whose_webhooks_never_came_is_found_by_the_hourly_poll(stage: Stage) -> None:
    stage.script("MD0PAYS", "succeed+drop_webhook")
    stage.ask_for(1)
    stage.pass_hours(80)
    assert stage.hooks() == []
    poll(stage)
    assert stage.payment(1).state == "succeeded"
    assert len(stage.platform.events(PaymentReceived)) == 1


def test_what_a_webhook_has_told_is_not_done_again_by_a_poll(stage: Stage) -> None:
    stage.ask_for(1)
    stage.pass_hours(80)
    for body, signed in stage.hooks():
        stage.take(body, signed)
    known = stage.platform.read.count(ProviderEvent)
    asked = len(stage.wire.requests)
    poll(stage)
    assert [request.url.path for request in stage.wire.requests[asked:]] == ["/events"]
    assert stage.platform.read.count(ProviderEvent) == known


def test_what_a_poll_has_told_is_not_done_again_by_a_late_webhook(stage: Stage) -> None:
    poll(stage)
    stage.ask_for(1)
    stage.pass_hours(80)
    poll(stage)
    asked = len(stage.wire.requests)
    for body, signed in stage.hooks():
        stage.take(body, signed)
    assert len(stage.wire.requests) == asked
    assert stage.parked() == []
    assert len(stage.platform.events(PaymentReceived)) == 1


def test_two_polls_of_the_same_hour_are_one(stage: Stage) -> None:
    stage.ask_for(1)
    stage.pass_hours(80)
    slot = stage.platform.clock.now()
    for _ in range(3):
        stage.platform.bus.fire(POLL)
    stage.platform.settle()
    assert stage.platform.clock.now() == slot
    assert [request.url.path for request in stage.wire.requests].count("/events") == 1


def test_a_poll_begins_behind_the_last_one_so_that_what_was_listed_late_is_seen(stage: Stage) -> None:
    poll(stage)
    first = stage.wire.requests[-1].url.params["created_at[gte]"]
    before = cursor(stage)
    assert before is not None
    assert datetime.fromisoformat(first) == before.since - timedelta(days=1, hours=2)
    stage.pass_hours(1)
    poll(stage)
    again = datetime.fromisoformat(stage.wire.requests[-1].url.params["created_at[gte]"])
    assert again == before.since - timedelta(hours=2)


def test_a_provider_that_is_down_keeps_its_gap_until_it_is_back(stage: Stage) -> None:
    poll(stage)
    known = cursor(stage)
    stage.script("MD0PAYS", "succeed+drop_webhook")
    stage.ask_for(1)
    stage.wire.cut(1_000)
    for _ in range(5):
        stage.pass_hours(20)
        poll(stage)
    silent = cursor(stage)
    assert known is not None
    assert silent is not None
    assert (silent.since, silent.silent) == (known.since, 5)
    stage.wire.heal()
    poll(stage)
    back = cursor(stage)
    assert back is not None
    assert (back.since > known.since, back.silent) == (True, 0)
    assert stage.payment(1).state == "succeeded"


def test_a_provider_that_is_silent_for_a_day_is_told_to_people_and_only_now_and_then(stage: Stage) -> None:
    stage.wire.cut(1_000)
    for _ in range(30):
        stage.pass_hours(1)
        poll(stage)
    assert stage.parked() == [("payments-report-events", "provider_silent")]


def test_a_gap_of_many_events_is_caught_up_in_rounds_without_losing_or_repeating_one(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [
        Notice(event_id=f"EV{n}", type="payouts.paid", about="payout", provider_id=f"PO{n}")
        for n in range(3 * PAGE + 7)
    ]
    asked: list[datetime] = []
    monkeypatch.setattr(webhooks, "HANDLED", frozenset())

    def changes(since: datetime) -> list[Notice]:
        asked.append(since)
        return list(reversed(told))

    monkeypatch.setattr(stage.provider, "changes", changes)
    before = stage.platform.clock.now()
    poll(stage)
    assert len(asked) == 4
    assert stage.platform.read.count(ProviderEvent) == len(told)
    known = cursor(stage)
    assert known is not None
    assert known.since == before


def test_a_crash_in_the_middle_of_a_gap_goes_on_where_it_stopped(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    told = [
        Notice(event_id=f"EV{n}", type="payouts.paid", about="payout", provider_id=f"PO{n}") for n in range(PAGE + 5)
    ]
    answers = [told, [], told]
    monkeypatch.setattr(webhooks, "HANDLED", frozenset())

    def changes(_: datetime) -> list[Notice]:
        answer = answers.pop(0)
        if not answer:
            raise RuntimeError("killed")
        return answer

    monkeypatch.setattr(stage.provider, "changes", changes)
    with pytest.raises(RuntimeError, match="killed"):
        poll(stage)
    assert cursor(stage) is None
    assert stage.platform.read.count(ProviderEvent) == PAGE
    stage.pass_hours(1)
    poll(stage)
    assert stage.platform.read.count(ProviderEvent) == len(told)
    assert cursor(stage) is not None


def test_what_nobody_handled_when_it_came_is_worked_on_when_it_is_told_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = stage.ask_for(1)
    stage.pass_hours(80)
    body = json.dumps(
        {"events": [{"id": "EV1", "resource_type": "payments", "action": "confirmed", "links": {"payment": payment}}]}
    ).encode()
    with monkeypatch.context() as patch:
        patch.setattr(webhooks, "HANDLED", frozenset())
        stage.take(body)
    assert stage.payment(1).state == "processing"
    stage.take(body + b" ")
    assert stage.payment(1).state == "succeeded"


def test_only_providers_with_credentials_are_asked() -> None:
    assert "gocardless" in choosing.in_use(Settings())
    assert "gocardless" not in choosing.in_use(Settings(gocardless_token=""))
    assert choosing.in_use(Settings(stripe_key="", adyen_key="", gocardless_token="", mollie_key="")) == []


def test_one_provider_that_is_down_does_not_keep_another_from_being_asked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functions.payments.providers import polling

    monkeypatch.setattr(polling, "in_use", lambda _: ["stripe", "gocardless"])

    class Down:
        def changes(self, _: datetime) -> list[Notice]:
            from common.failures import TryLater

            raise TryLater("down")

    monkeypatch.setattr(
        polling, "provider_named", lambda _: {"stripe": Down(), "gocardless": stage.provider}.__getitem__
    )
    poll(stage)
    found = {one.id: one.silent for one in stage.platform.all(PollCursor)}
    assert found == {"stripe": 1, "gocardless": 0}
