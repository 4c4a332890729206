"""GoCardless's webhooks: one signature over many events, each believed in nothing but that something happened."""

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from flask import Request
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from common.events.payments import PaymentFailed, PaymentReceived
from common.failures import Rejected
from common.functions.entry import answer
from common.process import use
from common.settings import Settings
from emulators.gocardless.webhooks import signature
from functions.payments.api import from_gocardless
from functions.payments.main import api as function
from functions.payments.model.webhooks import ProviderEvent
from functions.payments.webhooks.gocardless import notices
from tests.unit.payments.gocardless_stage import SECRET, Stage

NOW = 1_790_000_000


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    made = Stage(monkeypatch)
    yield made
    made.close()


def event(name: str = "EV1", payment: str = "PM1", action: str = "confirmed", **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "created_at": "2026-10-05T08:00:00.000Z",
        "resource_type": "payments",
        "action": action,
        "links": {"payment": payment},
        "details": {"origin": "gocardless", "cause": "payment_confirmed"},
        "metadata": {},
        **more,
    }


def body_of(*events: Any) -> bytes:
    return json.dumps({"events": list(events), "meta": {"webhook_id": "WB1"}}).encode()


def read(body: bytes, signed: str | None = None, secrets: tuple[str, ...] = (SECRET,)) -> Any:
    signed = signature(SECRET, body) if signed is None else signed
    return notices(body, {"webhook-signature": signed} if signed else {}, secrets, NOW)


BODY = body_of(event())


@pytest.mark.parametrize(
    "bad",
    [
        "",
        " ",
        "0" * 64,
        "x" * 64,
        signature(SECRET, BODY).upper(),
        signature(SECRET, BODY)[:-2],
        signature(SECRET, BODY) + "00",
        f" {signature(SECRET, BODY)}",
        f"{signature(SECRET, BODY)},{signature(SECRET, BODY)}",
        signature("gc_of_another_endpoint", BODY),
        signature(SECRET, BODY + b"\n"),
        signature(SECRET, BODY[:-1]),
        signature("", BODY),
        "é" * 64,
        "０" * 64,
        "\x00\xff",
        "a" * 1_000_000,
    ],
)
def test_any_other_signature_is_answered_498(bad: str) -> None:
    with pytest.raises(Rejected) as refusal:
        read(BODY, bad)
    assert (refusal.value.code, refusal.value.status) == ("bad_signature", 498)


@pytest.mark.parametrize("secrets", [(), ("",), ("", "")])
def test_without_a_secret_nobody_is_let_in(secrets: tuple[str, ...]) -> None:
    with pytest.raises(Rejected):
        read(BODY, signature("", BODY), secrets)


@pytest.mark.parametrize(
    "changed",
    [
        BODY.replace(b"EV1", b"EV2"),
        json.dumps(json.loads(BODY), indent=1).encode(),
        BODY + b"\n",
        b"\xef\xbb\xbf" + BODY,
    ],
)
def test_a_body_changed_by_one_byte_is_another_body(changed: bytes) -> None:
    with pytest.raises(Rejected):
        read(changed, signature(SECRET, BODY))


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"nonsense", b'{"events": {}}', b'{"events": 7}', b"\xff\xfe", b"\x1f\x8b\x08"]
)
def test_a_signed_body_that_is_no_webhook_is_refused(body: bytes) -> None:
    with pytest.raises(Rejected) as refusal:
        read(body)
    assert (refusal.value.code, refusal.value.status) == ("bad_event", 400)


def test_a_body_larger_than_any_of_theirs_is_refused_before_it_is_read() -> None:
    huge = body_of(event(note="x" * 3_000_000))
    with pytest.raises(Rejected) as refusal:
        read(huge)
    assert (refusal.value.code, refusal.value.status) == ("too_large", 413)


def test_the_door_answers_498_as_their_documentation_asks(stage: Stage) -> None:
    use(stage.platform.runtime)
    assert posted(BODY, "00") == (498, "bad_signature")
    assert posted(BODY, signature(SECRET, BODY)) == (200, None)


def test_each_event_of_a_webhook_is_a_notice() -> None:
    found = read(
        body_of(
            event("EV1"),
            event("EV2", action="charged_back"),
            {**event("EV3"), "resource_type": "refunds", "links": {"refund": "RF1"},
             "resource_metadata": {"refund_id": "ref_1"}},
            {**event("EV4"), "resource_type": "mandates", "links": {"mandate": "MD1"}},
            {**event("EV5"), "resource_type": "payouts", "links": {"payout": "PO1"}},
            {**event("EV6"), "resource_type": "billing_requests", "action": "fulfilled",
             "links": {"billing_request": "BRQ1", "mandate_request_mandate": "MD1", "payment_request_payment": "PM2"}},
            {**event("EV7"), "resource_type": "creditors", "links": {"creditor": "CR1"}},
        )
    )  # fmt: skip
    assert [(one.event_id, one.about, one.provider_id, one.attempt_id) for one in found] == [
        ("EV1", "payment", "PM1", ""),
        ("EV2", "payment", "PM1", ""),
        ("EV2", "dispute", "PM1", ""),
        ("EV3", "refund", "RF1", "ref_1"),
        ("EV4", "mandate", "MD1", ""),
        ("EV5", "payout", "PO1", ""),
        ("EV6", "payment", "PM2", ""),
        ("EV6", "set_up", "BRQ1", ""),
        ("EV7", "", "", ""),
    ]


POISONS: list[Any] = [
    None,
    7,
    "EV1",
    [],
    {},
    {"id": "EV9"},
    event(""),
    event("EV9", payment="../refunds"),
    event("EV9", payment="PM1/actions/cancel"),
    {**event("EV9"), "id": ["EV9"]},
    {**event("EV9"), "links": None},
    {**event("EV9"), "links": "PM1"},
    {**event("EV9"), "links": {}},
    {**event("EV9"), "action": "x" * 200},
    {**event("EV9"), "resource_metadata": "attempt_id"},
]


@pytest.mark.parametrize("poison", POISONS)
def test_one_poison_among_250_events_stops_no_other(stage: Stage, poison: Any) -> None:
    payment = stage.ask_for(1)
    stage.hooks()
    stage.pass_hours(80)
    events = [event(f"EVX{n}", payment) for n in range(249)]
    stage.take(body_of(*events[:120], poison, *events[120:]))
    assert stage.payment(1).state == "succeeded"
    assert len(stage.platform.events(PaymentReceived)) == 1
    assert stage.parked() == [("payments-report-events", "event_unreadable")]
    assert stage.platform.read.count(ProviderEvent) == 250


def test_250_events_that_are_all_poison_are_each_told(stage: Stage) -> None:
    stage.take(body_of(*[{"odd": n} for n in range(250)]))
    assert stage.parked() == [("payments-report-events", "event_unreadable")] * 250


def test_the_same_poison_again_is_told_once(stage: Stage) -> None:
    stage.take(body_of({"odd": 1}, {"odd": 1}))
    stage.take(body_of({"odd": 1}))
    assert len(stage.parked()) == 1


def test_an_event_in_two_webhooks_does_its_work_once(stage: Stage) -> None:
    payment = stage.ask_for(1)
    stage.pass_hours(80)
    stage.take(body_of(event("EV1", payment)))
    assert stage.payment(1).state == "succeeded"
    asked = len(stage.wire.requests)
    for other in range(5):
        stage.take(body_of(event("EV1", payment), event(f"EVOTHER{other}", payment, resource_type="creditors")))
    assert len(stage.wire.requests) == asked


def test_an_event_told_otherwise_under_the_same_id_is_an_alarm_and_the_first_is_kept(stage: Stage) -> None:
    payment, other = stage.ask_for(1), stage.ask_for(2)
    stage.take(body_of(event("EV1", payment)))
    stage.take(body_of(event("EV1", other, action="failed")))
    assert stage.parked() == [("payments-report-events", "event_id_reused")]
    [kept] = stage.platform.all(ProviderEvent)
    assert (kept.provider_id, kept.type) == (payment, "payments.confirmed")


def test_an_event_told_as_being_about_another_thing_is_an_alarm(stage: Stage) -> None:
    payment = stage.ask_for(1)
    stage.take(body_of(event("EV1", payment)))
    stage.take(body_of({**event("EV1"), "resource_type": "payouts", "action": "paid", "links": {"payout": "PO1"}}))
    assert stage.parked() == [("payments-report-events", "event_id_reused")]


def test_an_event_told_otherwise_within_one_webhook_is_an_alarm_too(stage: Stage) -> None:
    payment = stage.ask_for(1)
    stage.take(body_of(event("EV1", payment), event("EV1", payment, details={"cause": "another"})))
    assert stage.parked() == [("payments-report-events", "event_id_reused")]


def test_the_order_of_an_events_fields_is_no_other_body(stage: Stage) -> None:
    payment = stage.ask_for(1)
    told = event("EV1", payment)
    stage.take(body_of(told))
    stage.take(body_of(dict(reversed(told.items()))))
    assert stage.parked() == []


@pytest.mark.parametrize("behaviour", ["succeed", "fail:insufficient_funds", "fail:bank_account_closed"])
def test_every_permutation_of_five_webhooks_comes_to_one_state(stage: Stage, behaviour: str) -> None:
    stage.script("MD0PAYS", behaviour)
    decided = "confirmed" if behaviour == "succeed" else "failed"
    orders = list(permutations(["created", "submitted", decided, "paid_out", "cancelled"]))
    payments = [stage.ask_for(number) for number in range(len(orders))]
    stage.pass_hours(80)
    for number, order in enumerate(orders):
        for action in order:
            body = body_of(event(f"EV{number}{action.upper().replace('_', '')}", payments[number], action))
            stage.take(body)
            stage.take(body)
    first = [stage.payment(number).attempts[0] for number in range(len(orders))]
    assert {(one.state, one.code) for one in first} == {(first[0].state, first[0].code)}
    kind = PaymentReceived if behaviour == "succeed" else PaymentFailed
    told = [one for one in stage.platform.events(kind) if getattr(one, "attempt", 0) == 1]
    assert len(told) == len(orders)


def test_the_simulators_worst_disorder_comes_to_the_truth_once(stage: Stage) -> None:
    steps = ["repeat_webhook:2+reorder_webhook", "fail:insufficient_funds+repeat_webhook:1", "drop_webhook", "succeed"]
    for number, step in enumerate(steps, 1):
        stage.script(f"MD0X{number}", step)
        stage.ask_for(number, f"MD0X{number}")
    stage.pass_hours(80)
    for body, signed in reversed(stage.hooks()):
        stage.take(body, signed)
        stage.take(body, signed)
    assert [stage.payment(n).state for n in (1, 4)] == ["succeeded", "succeeded"]
    assert stage.payment(2).attempts[0].state == "failed"
    assert stage.payment(3).state == "processing"
    assert len(stage.platform.events(PaymentReceived)) == 2


def test_a_good_webhook_of_last_month_does_nothing_again(stage: Stage) -> None:
    stage.ask_for(1)
    stage.pass_hours(80)
    sent = stage.hooks()
    for body, signed in sent:
        stage.take(body, signed)
    commits = stage.platform.engine.count("commits", {})
    stage.platform.clock.advance_to(stage.platform.clock.now() + timedelta(days=30))
    for _ in range(100):
        for body, signed in sent:
            headers = {"webhook-signature": signed}
            assert notices(body, headers, [SECRET], NOW)
            stage.platform.do(lambda *_: pytest.fail("worked again"), None, key=key_of(body))
    assert stage.platform.engine.count("commits", {}) == commits


def test_a_webhook_that_overtakes_our_own_answer_finds_the_payment(stage: Stage) -> None:
    stage.script("MD0PAYS", "succeed+timeout")
    payment = stage.ask_for(1)
    assert stage.payment(1).state == "unknown"
    stage.take(body_of(event("EV1", payment, "created")))
    assert stage.payment(1).state == "processing"
    assert stage.payment(1).attempts[0].provider_id == payment


def test_a_payment_we_do_not_know_is_looked_at_again_for_a_while_and_then_is_a_case(stage: Stage) -> None:
    made = stage.http.post(
        "/payments", json={"payments": {"amount": 100, "currency": "EUR", "links": {"mandate": "MD0PAYS"}}}
    )
    other = made.json()["payments"]["id"]
    start = stage.platform.clock.now()
    stage.take(body_of(event("EV1", other)))
    asked = len(stage.wire.requests)
    assert stage.parked() == []
    stage.platform.advance_to(start + timedelta(seconds=60))
    assert len(stage.wire.requests) == asked + 3
    stage.platform.advance_to(start + timedelta(hours=13))
    assert stage.parked() == []
    stage.platform.advance_to(start + timedelta(days=2))
    assert stage.parked() == [("payments-process-webhook", "unknown_payment")]


def test_a_provider_that_is_silent_is_asked_for_a_week(stage: Stage) -> None:
    payment = stage.ask_for(1)
    stage.pass_hours(80)
    stage.wire.cut(1_000)
    start = stage.platform.clock.now()
    stage.take(body_of(event("EV1", payment)))
    stage.platform.advance_to(start + timedelta(days=5))
    assert stage.parked() == []
    stage.wire.heal()
    stage.platform.advance_to(start + timedelta(days=7))
    assert stage.payment(1).state == "succeeded"


def test_a_crash_before_the_answer_stores_nothing_and_the_same_webhook_is_taken_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(stage.platform.runtime)
    payment = stage.ask_for(1)
    stage.pass_hours(80)
    body = body_of(event("EV1", payment))
    with monkeypatch.context() as patch:
        patch.setattr(stage.platform.engine, "_commit", lambda *_: (_ for _ in ()).throw(ConnectionError("store down")))
        assert posted(body, signature(SECRET, body))[0] == 500
    assert stage.platform.read.count(ProviderEvent) == 0
    assert posted(body, signature(SECRET, body))[0] == 200
    stage.platform.settle()
    assert stage.payment(1).state == "succeeded"


def test_a_crash_between_commit_and_publish_is_swept(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    use(stage.platform.runtime)
    payment = stage.ask_for(1)
    stage.pass_hours(80)
    body = body_of(event("EV1", payment))
    with monkeypatch.context() as patch:
        patch.setattr(stage.platform.runtime, "publish", lambda _: None)
        assert posted(body, signature(SECRET, body))[0] == 200
    stage.platform.clock.advance_to(stage.platform.clock.now() + timedelta(minutes=2))
    assert stage.platform.runtime.sweep() == 1
    stage.platform.settle()
    assert stage.payment(1).state == "succeeded"


def key_of(body: bytes) -> str:
    return from_gocardless(body, {"webhook-signature": signature(SECRET, body)}, Settings()).key


def posted(body: bytes, signed: str) -> tuple[int, str | None]:
    headers = Headers({"Webhook-Signature": signed})
    builder = EnvironBuilder("/webhooks/gocardless", method="POST", data=body, headers=headers)
    response = answer(function, Request(builder.get_environ()))
    return response.status_code, response.get_json(force=True).get("code")
