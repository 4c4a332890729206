"""What Stripe's events are about, and every way in which one can be forged, old, strange or told twice."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.failures import Rejected
from common.parking import Parked
from common.settings import Settings
from emulators.stripe.webhooks import signature
from functions.payments import api
from functions.payments.handlers import webhooks as handlers
from functions.payments.model.asking import Notice
from functions.payments.webhooks import stripe
from functions.payments.webhooks.signed import AHEAD_S, OLDEST_S
from tests.contracts.providers.stage import attempt_by, give_back, invitation, paid, settled
from tests.contracts.providers.stripe import Made
from tests.unit.payments.stage import Stage, invoice

SECRET = "whsec_local"
NOW = 1_790_000_000
ME = ("whsec_local",)


@pytest.fixture
def staged() -> Iterator[Made]:
    made = Made()
    yield made
    made.close()


def event(thing: dict[str, Any], kind: str = "x", **more: Any) -> bytes:
    return json.dumps({"id": "evt_1", "type": kind, "livemode": False, "data": {"object": thing}, **more}).encode()


def read(body: bytes, header: str = "", **more: Any) -> tuple[Notice, ...]:
    signed = header or signature(SECRET, body, NOW)
    return stripe.notices(body, {"stripe-signature": signed}, ME, NOW, **more)


def subjects(thing: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(notice.about, notice.provider_id, notice.attempt_id) for notice in read(event(thing))]


@pytest.mark.parametrize(
    ("thing", "wanted"),
    [
        (
            {"object": "payment_intent", "id": "pi_1", "metadata": {"attempt_id": "att_1"}},
            [("payment", "pi_1", "att_1")],
        ),
        ({"object": "charge", "id": "ch_1", "payment_intent": "pi_1"}, [("payment", "pi_1", "")]),
        ({"object": "charge", "id": "ch_1", "payment_intent": None}, [("", "", "")]),
        ({"object": "charge", "id": "ch_1", "payment_intent": {"id": "pi_1"}}, [("payment", "pi_1", "")]),
        (
            {"object": "refund", "id": "re_1", "payment_intent": "pi_1", "metadata": {"refund_id": "ref_1"}},
            [("refund", "re_1", "ref_1")],
        ),
        ({"object": "dispute", "id": "dp_1", "payment_intent": "pi_1"}, [("dispute", "dp_1", "")]),
        ({"object": "dispute", "id": "du_1", "payment_intent": "pi_1"}, [("dispute", "du_1", "")]),
        ({"object": "payout", "id": "po_1"}, [("payout", "po_1", "")]),
        (
            {"object": "setup_intent", "id": "seti_1", "metadata": {"invitation_id": "ivt_1"}},
            [("set_up", "seti_1", "ivt_1")],
        ),
        ({"object": "mandate", "id": "mandate_1"}, [("mandate", "mandate_1", "")]),
        (
            {"object": "checkout.session", "id": "cs_test_1", "mode": "setup", "metadata": {"invitation_id": "ivt_1"}},
            [("set_up", "cs_test_1", "ivt_1")],
        ),
        (
            {"object": "checkout.session", "id": "cs_test_1", "mode": "payment", "payment_intent": "pi_1"},
            [("payment", "pi_1", "")],
        ),
        (
            {
                "object": "checkout.session", "id": "cs_test_1", "mode": "payment", "payment_intent": "pi_1",
                "metadata": {"keep_method": "true", "invitation_id": "ivt_1"},
            },
            [("payment", "pi_1", ""), ("set_up", "cs_test_1", "ivt_1")],
        ),
        ({"object": "customer", "id": "cus_1"}, [("", "", "")]),
        ({"object": "balance"}, [("", "", "")]),
    ],
)  # fmt: skip
def test_an_event_is_about_what_it_carries(thing: dict[str, Any], wanted: list[tuple[str, str, str]]) -> None:
    assert subjects(thing) == wanted


@pytest.mark.parametrize("kind", ["payment_intent", "refund", "dispute", "payout", "setup_intent", "mandate"])
@pytest.mark.parametrize(
    "name", ["../refunds", "pi_1/cancel", "pi_1?x", "", 7, None, [], {}, "pi_" + "a" * 300, "xx_1"]
)
def test_an_id_that_is_none_of_stripes_is_never_asked_for(kind: str, name: object) -> None:
    assert subjects({"object": kind, "id": name}) == [("", "", "")]


@pytest.mark.parametrize("label", ["x y", "../a", "", 7, None, {"a": 1}, "a" * 201, "é"])
def test_a_label_that_is_none_of_ours_is_left_out(label: object) -> None:
    assert subjects({"object": "payment_intent", "id": "pi_1", "metadata": {"attempt_id": label}}) == [
        ("payment", "pi_1", "")
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{}", b"null", b"7", b'"evt"', b"[" * 100_000, b"\xff", b"\x1f\x8b\x08\x00gzip",
        b'{"id": "evt_1", "type": "x"}', b'{"id": "evt_1", "type": "x", "data": []}',
        b'{"id": "evt_1", "type": "x", "data": {"object": null}}', b'{"id": "", "type": "x", "data": {"object": {}}}',
        b'{"id": 1, "type": "x", "data": {"object": {}}}', b'{"id": "evt_1", "type": null, "data": {"object": {}}}',
        b'{"id": "evt_1", "type": "x", "data": {"object": {"object": []}}}',
        b'{"id": "evt_1", "type": "x", "data": {"object": {"object": "refund", "id": "re_1", "metadata": 7}}}',
        json.dumps({"id": "e" * 256, "type": "x", "data": {"object": {}}}).encode(),
        '{"id": "evt_1"}'.encode("utf-16"),
    ],
)  # fmt: skip
def test_what_is_signed_and_no_event_is_refused_politely(body: bytes) -> None:
    with pytest.raises(Rejected) as refusal:
        read(body)
    assert (refusal.value.code, refusal.value.status) == ("bad_event", 400)


def test_of_several_signatures_one_that_fits_is_enough_wherever_it_stands() -> None:
    body = event({"object": "payout", "id": "po_1"})
    right = signature(SECRET, body, NOW).partition("v1=")[2]
    wrong = "0" * 64
    assert read(body, f"t={NOW},v1={wrong},v1={wrong},v1={right}")
    assert read(body, f"v0={wrong},v1={right},t={NOW}")
    for bad in (
        f"t={NOW},v0={right}",
        f"t={NOW},v1={right.upper()}",
        f"t={NOW},v1={right[:-1]}",
        f"t={NOW},V1={right}",
    ):
        with pytest.raises(Rejected):
            read(body, bad)


def test_upper_case_hex_with_letters_in_it_is_no_signature_of_stripes() -> None:
    body = event({"object": "payout", "id": "po_1"})
    right = signature(SECRET, body, NOW)
    assert any(letter in right.partition("v1=")[2] for letter in "abcdef")
    with pytest.raises(Rejected):
        read(body, right.replace(right.partition("v1=")[2], right.partition("v1=")[2].upper()))


@pytest.mark.parametrize("late", [-AHEAD_S, -1, 0, OLDEST_S])
def test_clocks_may_differ_a_little_both_ways(late: int) -> None:
    body = event({"object": "payout", "id": "po_1"})
    assert read(body, signature(SECRET, body, NOW - late))


@pytest.mark.parametrize("late", [-86_400 * 365, -AHEAD_S - 1, OLDEST_S + 1, 86_400 * 30])
def test_a_moment_that_is_too_old_or_to_come_is_refused(late: int) -> None:
    body = event({"object": "payout", "id": "po_1"})
    with pytest.raises(Rejected) as refusal:
        read(body, signature(SECRET, body, NOW - late))
    assert refusal.value.code == "bad_signature"


def test_a_leading_zero_or_a_second_moment_does_not_pass() -> None:
    body = event({"object": "payout", "id": "po_1"})
    good = signature(SECRET, body, NOW)
    for bad in (good.replace("t=", "t=0"), f"t={NOW},{good}", good.replace("t=", "t= "), good.replace("t=", "t=+")):
        with pytest.raises(Rejected):
            read(body, bad)


@given(st.integers(min_value=0), st.binary(min_size=1, max_size=3))
def test_a_body_changed_anywhere_is_refused(place: int, instead: bytes) -> None:
    body = event({"object": "payout", "id": "po_1"})
    at = place % (len(body) + 1)
    changed = body[:at] + instead + body[at + len(instead) :]
    if changed == body:
        return
    with pytest.raises(Rejected):
        read(changed, signature(SECRET, body, NOW))


@pytest.mark.parametrize(("key", "mode"), [("sk_test_1", False), ("rk_live_1", True), ("secret", None), ("", None)])
def test_a_key_says_for_which_world_it_is(key: str, mode: bool | None) -> None:
    assert stripe.is_live(key) is mode


def test_an_event_of_the_other_world_is_refused() -> None:
    thing = {"object": "payout", "id": "po_1"}
    assert read(event(thing), live=False)
    assert read(event(thing), live=None)
    assert read(event(thing, livemode="?"), live=True)
    for body, live in ((event(thing), True), (event(thing, livemode=True), False)):
        with pytest.raises(Rejected) as refusal:
            read(body, live=live)
        assert refusal.value.code == "wrong_mode"


def test_an_event_told_again_has_the_same_fingerprint_and_one_told_otherwise_has_not() -> None:
    thing = {"object": "payout", "id": "po_1", "amount": 1}
    [first] = read(event(thing, pending_webhooks=2))
    [again] = read(event(thing, pending_webhooks=1))
    [other] = read(event({**thing, "amount": 2}, pending_webhooks=2))
    assert first == again
    assert other.fingerprint != first.fingerprint


def test_an_event_id_used_again_for_something_else_is_an_alarm_and_the_first_is_kept(stage: Stage) -> None:
    stage.platform.tell(invoice())
    thing = stage.intents()[0]
    for body in (event(thing), event(thing), event({**thing, "amount_received": 1}), event(thing)):
        signed = {"stripe-signature": signature("whsec_local", body, int(time.time()))}
        given_ = api.from_stripe(body, signed, Settings())
        stage.platform.do(handlers.take_webhook, given_.command, key=given_.key)
        stage.platform.settle()
    assert [parked.code for parked in stage.platform.all(Parked)] == ["event_id_reused"]


def test_every_kind_we_hear_is_told_by_the_simulator_or_by_nobody_here(staged: Made) -> None:
    wanted, provider_id = paid(staged)
    refund = staged.provider.refund(give_back(wanted, provider_id, 100))
    staged.fail_refund(refund.provider_id)
    other = attempt_by(staged, "direct_debit", 2)
    staged.provider.charge(other)
    page = staged.provider.invite(invitation(staged, "set_up").model_copy(update={"method": "direct_debit"}))
    staged.visit(page, "pays")
    intent = staged.got(f"/v1/checkout/sessions/{page.provider_id}")["setup_intent"]
    staged.told(f"/admin/mandates/{staged.got(f'/v1/setup_intents/{intent}')['mandate']}", {"status": "inactive"})
    staged.provider.charge(attempt_by(staged, "card", 3, doing="declines_hard"))
    third, name = paid(staged, 4)
    staged.decide(staged.dispute(name), "won")
    staged.provider.invite(invitation(staged, "set_up", 2))
    settled(staged)
    staged.advance(timedelta(days=14))
    kinds = {json.loads(hook.body)["type"] for hook in staged.hooks()}
    assert third.attempt_id
    never = {"setup_intent.setup_failed", "payment_intent.canceled", "payout.failed", "payout.canceled"}
    assert set(stripe.HEARD) - kinds <= never | {"refund.updated", "charge.dispute.updated"}
    assert len(stripe.HEARD) <= 20


def test_contradictory_events_in_any_order_lead_to_one_truth(staged: Made) -> None:
    wanted = attempt_by(staged, "card")
    step = "succeed+contradict_webhook+repeat_webhook:2"
    staged.told("/admin/behaviour", {"payment_method": wanted.token, "behaviour": [step]})
    staged.provider.charge(wanted)
    hooks = staged.hooks()
    kinds = [json.loads(hook.body)["type"] for hook in hooks]
    assert sorted(set(kinds)) == ["payment_intent.payment_failed", "payment_intent.succeeded"]
    told = {n.provider_id for hook in hooks for n in staged.read(hook, [staged.secret], staged.now())}
    assert [staged.provider.get(name).outcome for name in told] == ["succeeded"]
