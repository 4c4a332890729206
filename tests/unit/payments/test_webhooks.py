"""Webhooks are believed in nothing but that something happened, and only when they are signed."""

import hashlib
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from flask import Request
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from common.events.payments import PaymentFailed, PaymentReceived
from common.failures import Rejected
from common.functions.entry import answer
from common.parking import Parked
from common.process import use
from common.settings import Settings
from common.tools.bench_webhooks import webhook_ack
from emulators.stripe.webhooks import signature
from functions.payments import api
from functions.payments.handlers import webhooks
from functions.payments.main import api as function
from functions.payments.model.asking import Notice
from functions.payments.model.webhooks import ProviderEvent
from functions.payments.requests.webhooks import Webhook
from functions.payments.webhooks import signed
from functions.payments.webhooks.signed import secrets_of
from functions.payments.webhooks.stripe import must_be_signed
from tests.unit.payments.stage import START, Stage, invoice

BODY = b'{"id": "evt_1", "type": "x", "data": {"object": {"object": "payment_intent", "id": "pi_1"}}}'
SECRET = "whsec_local"
NOW = 1_790_000_000


def header(secret: str = SECRET, body: bytes = BODY, moment: int = NOW) -> str:
    return signature(secret, body, moment)


def told(event_id: str, intent_id: str) -> Webhook:
    notice = Notice(event_id=event_id, type="x", about="payment" if intent_id else "", provider_id=intent_id)
    return Webhook(notices=(notice,))


def test_a_signed_webhook_is_let_in() -> None:
    must_be_signed(BODY, header(), ["whsec_local"], NOW)
    must_be_signed(BODY, header(), ["whsec_local"], NOW + 300)


def test_both_secrets_are_good_while_one_is_being_replaced() -> None:
    must_be_signed(BODY, header("whsec_old"), ["whsec_new", "whsec_old"], NOW)
    both = f"{header('whsec_old')},v1={header('whsec_new').rpartition('=')[2]},v0=00"
    must_be_signed(BODY, both, ["whsec_new"], NOW)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "t=1",
        "v1=00",
        f"t={NOW}",
        f"t={NOW},v1=",
        f"t={NOW},v0={header().rpartition('=')[2]}",
        f"t={NOW},{header()}",
        f"t=-{NOW},v1=aa",
        f"t=1e9,v1={'a' * 64}",
        f"t={NOW},v1={'é' * 64}",
        f"t={NOW},v1={'０' * 64}",
        f"t={'9' * 5000},v1=aa",
        header("whsec_other"),
        header(moment=NOW - 301),
        header(moment=NOW + 301),
        header(body=BODY + b"\n"),
        header() + "," * 5000,
        "\x00\xff",
    ],
)
def test_any_other_header_is_refused_politely(bad: str) -> None:
    with pytest.raises(Rejected) as refusal:
        must_be_signed(BODY, bad, ["whsec_local"], NOW)
    assert (refusal.value.code, refusal.value.status) == ("bad_signature", 400)


def test_no_secret_lets_nobody_in() -> None:
    with pytest.raises(Rejected):
        must_be_signed(BODY, header(""), [""], NOW)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"nonsense", b'{"id": 1, "type": "x", "data": {"object": {}}}'])
def test_a_signed_webhook_that_is_no_event_is_refused(body: bytes) -> None:
    signed = {"stripe-signature": signature("whsec_local", body, int(time.time()))}
    with pytest.raises(Rejected) as refusal:
        api.from_stripe(body, signed, Settings())
    assert (refusal.value.code, refusal.value.status) == ("bad_event", 400)


@pytest.mark.parametrize("intent", ["../refunds", "pi_1/cancel", "", 7, None])
def test_an_id_that_is_none_of_the_providers_is_never_asked_for(intent: object) -> None:
    body = json.dumps({"id": "evt_1", "type": "x", "data": {"object": {"payment_intent": intent}}}).encode()
    signed = {"stripe-signature": signature("whsec_local", body, int(time.time()))}
    [notice] = api.from_stripe(body, signed, Settings()).command.notices
    assert (notice.about, notice.provider_id) == ("", "")


def test_the_door_answers_a_signed_webhook_and_refuses_an_unsigned_one(stage: Stage) -> None:
    use(stage.platform.runtime)
    stage.platform.tell(invoice())
    body = json.dumps(event_of(stage)).encode()
    assert posted(body, signature("whsec_local", body, int(time.time()))) == (200, {"received": True})
    assert posted(body, signature("whsec_local", body, int(time.time()))) == (200, {"received": True})
    status, told = posted(body, "t=1,v1=\xe9")
    assert (status, told["code"]) == (400, "bad_signature")
    stage.platform.settle()
    assert len(stage.platform.events(PaymentReceived)) == 1


def test_a_webhook_before_the_answer_finds_the_payment(stage: Stage) -> None:
    stage.script("pm_card_slow", "succeed+timeout")
    stage.platform.tell(invoice(token="pm_card_slow"))
    assert stage.payment().state == "unknown"
    hook(stage)
    assert stage.payment().state == "succeeded"
    stage.platform.advance_to(START + timedelta(days=10))
    assert len(stage.platform.events(PaymentReceived)) == 1


def test_webhooks_in_any_order_and_number_move_to_the_truth_once(stage: Stage) -> None:
    stage.platform.tell(invoice(token="pm_sepa_processing", method="direct_debit"))
    hook(stage, "payment_intent.succeeded", "evt_early")
    assert stage.payment().state == "processing"
    stage.platform.clock.advance_to(START + timedelta(hours=73))
    for number, kind in enumerate(["payment_intent.succeeded", "payment_intent.processing"] * 3):
        hook(stage, kind, f"evt_{number}")
    assert stage.payment().state == "succeeded"
    assert len(stage.platform.events(PaymentReceived)) == 1
    assert stage.platform.events(PaymentFailed) == []


def test_a_webhook_about_somebody_elses_payment_is_parked_with_its_reason(stage: Stage) -> None:
    form = {"amount": "100", "currency": "eur", "payment_method": "pm_card_visa", "confirm": "true"}
    other = stage.http.post("/v1/payment_intents", data=form).json()["id"]
    stage.platform.do(webhooks.take_webhook, told("evt_9", other))
    stage.platform.do(webhooks.take_webhook, told("evt_8", "pi_nothing"))
    stage.platform.settle()
    assert stage.platform.all(Parked) == []
    stage.platform.advance_to(START + timedelta(days=1))
    assert {parked.code for parked in stage.platform.all(Parked)} == {"unknown_payment"}
    assert len(stage.platform.all(Parked)) == 2
    assert stage.platform.events(PaymentReceived) == []


def test_a_webhook_waits_for_a_provider_that_does_not_answer(stage: Stage) -> None:
    stage.script("pm_card_slow", "succeed+timeout")
    stage.platform.tell(invoice(token="pm_card_slow"))
    intent = stage.intents()[0]["id"]
    stage.wire.cut = True
    stage.platform.do(webhooks.take_webhook, told("evt_1", intent))
    stage.platform.settle()
    assert stage.payment().state == "unknown"
    stage.wire.cut = False
    stage.platform.advance_to(START + timedelta(minutes=5))
    assert stage.payment().state == "succeeded"


def test_a_webhook_that_concerns_no_payment_is_only_kept(stage: Stage) -> None:
    stage.platform.do(webhooks.take_webhook, told("evt_1", ""))
    stage.platform.settle()
    assert stage.wire.requests == []


def test_every_permutation_of_five_webhooks_of_stripes_comes_to_one_state(stage: Stage) -> None:
    kinds = ["created", "processing", "succeeded", "payment_failed", "canceled"]
    orders = list(permutations(kinds))
    stage.platform.tell(*[invoice(number, "pm_card_visa") for number in range(len(orders))])
    stage.platform.advance_to(datetime(2026, 10, 15, 12, tzinfo=UTC))
    made = {intent["metadata"]["payment_id"]: intent for intent in every_intent(stage)}
    for number, order in enumerate(orders):
        for kind in order * 2:
            thing = made[stage.payment(number).id]
            told_of(stage, {"id": f"evt_{number}_{kind}", "type": f"payment_intent.{kind}", "data": {"object": thing}})
    assert {stage.payment(number).state for number in range(len(orders))} == {"succeeded"}
    assert len(stage.platform.events(PaymentReceived)) == len(orders)
    assert stage.platform.events(PaymentFailed) == []
    assert stage.platform.all(Parked) == []


def test_an_event_of_stripes_told_otherwise_under_the_same_id_is_an_alarm(stage: Stage) -> None:
    event = {
        "id": "evt_1",
        "type": "x",
        "pending_webhooks": 2,
        "data": {"object": {"object": "payment_intent", "id": "pi_1"}},
    }
    told_of(stage, event)
    told_of(stage, event | {"pending_webhooks": 1})
    assert stage.platform.all(Parked) == []
    told_of(stage, event | {"data": {"object": {"object": "payment_intent", "id": "pi_1", "amount": 1}}})
    assert [parked.code for parked in stage.platform.all(Parked)] == ["event_id_reused"]


def test_the_same_webhook_a_hundred_times_at_once_is_taken_once(stage: Stage) -> None:
    use(stage.platform.runtime)
    body = b'{"id": "evt_1", "type": "x", "data": {"object": {"object": "payment_intent", "id": "pi_none"}}}'
    signed = signature("whsec_local", body, int(time.time()))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: posted(body, signed), range(100)))
    assert answers == [(200, {"received": True})] * 100
    assert stage.platform.read.count(ProviderEvent) == 1
    assert len(stage.platform.engine.tasks) == 1


@pytest.mark.parametrize(
    ("setting", "moment", "good"),
    [
        ("new,old", NOW, ["new", "old"]),
        ("new, old@2026-12-31 ", NOW, ["new", "old"]),
        ("new,old@2026-09-20", NOW, ["new"]),
        ("new,old@2026-09-21", NOW, ["new", "old"]),
        ("new,old@2026-02-30", NOW, ["new", "old@2026-02-30"]),
        ("with@sign", NOW, ["with@sign"]),
        ("old@2020-01-01", NOW, []),
        (",, ,", NOW, []),
        ("", NOW, []),
    ],
)
def test_an_old_secret_is_good_until_the_last_day_of_its_overlap(setting: str, moment: int, good: list[str]) -> None:
    assert datetime.fromtimestamp(NOW, UTC).date().isoformat() == "2026-09-21"
    assert secrets_of(setting, moment) == good


def test_the_old_secret_is_refused_at_the_door_after_the_overlap() -> None:
    body = json.dumps({"events": []}).encode()
    old = {"webhook-signature": hmac.new(b"old", body, hashlib.sha256).hexdigest()}
    assert api.from_gocardless(body, old, Settings(gocardless_secrets="new,old@2999-12-31")).command.notices == ()
    with pytest.raises(Rejected, match="bad_signature"):
        api.from_gocardless(body, old, Settings(gocardless_secrets="new,old@2020-01-01"))


def test_every_secret_is_tried_in_constant_time_whichever_fits_first(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []
    right = hmac.compare_digest

    def spying(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return right(one, other)

    monkeypatch.setattr(hmac, "compare_digest", spying)
    digest = hmac.new(b"first", b"body", hashlib.sha256).digest()
    signed.must_fit(b"body", [digest, b"0" * 32], ["first", "second", "third"])
    assert len(compared) == 6
    assert all(isinstance(side, bytes) for pair in compared for side in pair)


@pytest.mark.parametrize(("moment", "good"), [(-301, False), (-300, True), (0, True), (60, True), (61, False)])
def test_a_moment_is_tolerated_both_ways_and_no_further(moment: int, *, good: bool) -> None:
    with nullcontext() if good else pytest.raises(Rejected, match="bad_signature"):
        signed.must_be_recent(NOW + moment, NOW)


def every_intent(stage: Stage) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    more = True
    while more:
        after = {"starting_after": found[-1]["id"]} if found else {}
        page = stage.http.get("/v1/payment_intents", params={"limit": "100", **after}).json()
        found += page["data"]
        more = page["has_more"]
    return found


def told_of(stage: Stage, event: dict[str, Any]) -> None:
    body = json.dumps(event).encode()
    given = api.from_stripe(body, {"stripe-signature": signature("whsec_local", body, int(time.time()))}, Settings())
    stage.platform.do(webhooks.take_webhook, given.command, key=given.key)
    stage.platform.settle()


def event_of(stage: Stage, kind: str = "payment_intent.succeeded", event_id: str = "evt_1") -> dict[str, Any]:
    return {"id": event_id, "type": kind, "data": {"object": stage.intents()[0]}}


def hook(stage: Stage, kind: str = "payment_intent.succeeded", event_id: str = "evt_1") -> None:
    body = json.dumps(event_of(stage, kind, event_id)).encode()
    signed = {"stripe-signature": signature("whsec_local", body, int(time.time()))}
    given = api.from_stripe(body, signed, Settings())
    stage.platform.do(webhooks.take_webhook, given.command, key=given.key)
    stage.platform.settle()


def posted(body: bytes, signed: str) -> tuple[int, dict[str, Any]]:
    headers = Headers({"Stripe-Signature": signed})
    builder = EnvironBuilder("/webhooks/stripe", method="POST", data=body, headers=headers)
    response = answer(function, Request(builder.get_environ()))
    return response.status_code, response.get_json(force=True)


def test_a_webhook_is_acknowledged_within_50_ms_of_our_own_time() -> None:
    took = webhook_ack(100, 5)
    assert took["one_event"]["median_ms"] < 50
    assert took["events_250"]["median_ms"] < 250, "generous: other tests run beside this one"
