"""The Stripe simulator speaks Stripe's wire format and does the disorder it was told to do."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from werkzeug import Request, Response
from werkzeug.serving import BaseWSGIServer, make_server

from emulators.clock import Clock
from emulators.stripe import StripeSimulator

SECRET = "whsec_test"
KEYED = {"Authorization": "Bearer sk_test_1"}


class Served:
    """A WSGI application on a free port of this machine."""

    def __init__(self, wsgi: Any) -> None:
        self.server: BaseWSGIServer = make_server("127.0.0.1", 0, wsgi, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()


class Receiver:
    """What a webhook endpoint got; it can refuse the first few."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.signatures: list[tuple[str, bytes]] = []
        self.refusals = 0

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        raw = request.get_data()
        if self.refusals:
            self.refusals -= 1
            return Response(status=503)(environ, start_response)
        self.signatures.append((request.headers["Stripe-Signature"], raw))
        self.events.append(json.loads(raw))
        return Response(status=200)(environ, start_response)

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]


class Stage:
    """The simulator, its clock, a client of its API and a webhook endpoint."""

    def __init__(self, path: Path | None) -> None:
        self.clock = Clock(None)
        self.receiver = Receiver()
        self.stripe = StripeSimulator(path, clock=self.clock, first_wait=0.02)
        self._served = [Served(self.stripe.wsgi), Served(self.receiver)]
        self.http = httpx.Client(base_url=self._served[0].url, headers=KEYED, trust_env=False)
        self.stripe.start()
        self.http.post("/admin/webhook", json={"url": self._served[1].url, "secret": SECRET})

    def pay(self, method: str = "pm_card_visa", key: str | None = None, **more: str) -> httpx.Response:
        form = {
            "amount": "1299",
            "currency": "eur",
            "customer": "cus_1",
            "payment_method": method,
            "confirm": "true",
            "off_session": "true",
            "metadata[attempt_id]": "a-1",
            **more,
        }
        headers = {"Idempotency-Key": key} if key else {}
        return self.http.post("/v1/payment_intents", data=form, headers=headers)

    def script(self, method: str, *steps: str) -> None:
        answer = self.http.post("/admin/behaviour", json={"payment_method": method, "behaviour": list(steps)})
        assert answer.status_code == 200, answer.text

    def count(self) -> int:
        return len(self.http.get("/v1/payment_intents", params={"limit": 100}).json()["data"])

    def settled(self) -> None:
        until(self.stripe.idle)

    def close(self) -> None:
        self.http.close()
        self.stripe.close()
        for served in self._served:
            served.close()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it did not happen within ten seconds"
        time.sleep(0.01)


@pytest.fixture
def stage() -> Iterator[Stage]:
    standing = Stage(None)
    yield standing
    standing.close()


def test_a_payment_with_a_good_card_succeeds_and_is_told_by_a_signed_webhook(stage: Stage) -> None:
    intent = stage.pay().json()
    stage.settled()
    assert (intent["status"], intent["amount_received"], intent["currency"]) == ("succeeded", 1299, "eur")
    assert stage.receiver.types == ["payment_intent.succeeded"]
    assert stage.receiver.events[0]["data"]["object"] == intent
    header, raw = stage.receiver.signatures[0]
    parts = dict(part.split("=") for part in header.split(","))
    expected = hmac.new(SECRET.encode(), parts["t"].encode() + b"." + raw, hashlib.sha256).hexdigest()
    assert parts["v1"] == expected
    assert abs(int(parts["t"]) - time.time()) < 60


@pytest.mark.parametrize(
    ("method", "code", "advice"),
    [("pm_card_declined", "insufficient_funds", "try_again_later"), ("pm_card_lost", "lost_card", "do_not_try_again")],
)
def test_a_declined_card_is_a_card_error_with_the_payment_inside(
    stage: Stage, method: str, code: str, advice: str
) -> None:
    answer = stage.pay(method)
    error = answer.json()["error"]
    stage.settled()
    assert answer.status_code == 402
    assert (error["type"], error["code"], error["decline_code"]) == ("card_error", "card_declined", code)
    assert error["advice_code"] == advice
    assert error["payment_intent"]["status"] == "requires_payment_method"
    assert stage.receiver.types == ["payment_intent.payment_failed"]


def test_the_same_key_gives_the_same_answer_and_charges_once(stage: Stage) -> None:
    first, again = stage.pay(key="k-1"), stage.pay(key="k-1")
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert stage.count() == 1


def test_the_same_key_with_other_parameters_is_refused(stage: Stage) -> None:
    stage.pay(key="k-1")
    answer = stage.pay(key="k-1", amount="1300")
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "idempotency_error")
    assert stage.count() == 1


def test_a_key_is_forgotten_after_a_day(stage: Stage) -> None:
    first = stage.pay(key="k-1").json()["id"]
    stage.clock.advance_to(stage.clock.now() + timedelta(hours=25))
    assert stage.pay(key="k-1").json()["id"] != first


def test_a_decline_is_remembered_under_its_key(stage: Stage) -> None:
    stage.script("pm_moody", "decline:do_not_honor", "succeed")
    assert stage.pay("pm_moody", key="k-1").status_code == 402
    assert stage.pay("pm_moody", key="k-1").status_code == 402
    assert stage.pay("pm_moody", key="k-2").status_code == 200


def test_a_timeout_charges_and_the_retry_under_the_same_key_learns_of_it(stage: Stage) -> None:
    with pytest.raises(httpx.TransportError):
        stage.pay("pm_card_timeout", key="k-1")
    retried = stage.pay("pm_card_timeout", key="k-1")
    assert retried.json()["status"] == "succeeded"
    assert stage.count() == 1


def test_a_timeout_before_charging_charges_nothing(stage: Stage) -> None:
    stage.script("pm_cut", "timeout_before_charge", "succeed")
    with pytest.raises(httpx.TransportError):
        stage.pay("pm_cut", key="k-1")
    assert stage.count() == 0
    assert stage.pay("pm_cut", key="k-1").json()["status"] == "succeeded"


def test_a_server_error_stays_under_its_key_although_the_charge_went_through(stage: Stage) -> None:
    assert stage.pay("pm_card_error", key="k-1").status_code == 500
    assert stage.pay("pm_card_error", key="k-1").status_code == 500
    assert stage.count() == 1


def test_a_silent_payment_sends_no_webhook_but_is_found_in_lists_and_search(stage: Stage) -> None:
    intent = stage.pay("pm_card_silent").json()
    stage.pay(**{"metadata[attempt_id]": "a-2"})
    stage.settled()
    query = {"query": "metadata['attempt_id']:'a-1' AND status:'succeeded'"}
    found = stage.http.get("/v1/payment_intents/search", params=query).json()
    assert [hit["id"] for hit in found["data"]] == [intent["id"]]
    assert len(stage.receiver.events) == 1
    events = stage.http.get("/v1/events", params={"created[gte]": intent["created"]}).json()["data"]
    assert intent["id"] in [event["data"]["object"]["id"] for event in events]


def test_a_search_the_simulator_does_not_understand_says_so(stage: Stage) -> None:
    answer = stage.http.get("/v1/payment_intents/search", params={"query": "colour:'red'"})
    assert answer.status_code == 400
    assert "colour" in answer.json()["error"]["message"]


def test_a_direct_debit_is_processing_until_its_hours_have_passed(stage: Stage) -> None:
    intent = stage.pay("pm_sepa_processing").json()
    assert intent["status"] == "processing"
    stage.settled()
    stage.clock.advance_to(stage.clock.now() + timedelta(hours=71))
    assert stage.http.get(f"/v1/payment_intents/{intent['id']}").json()["status"] == "processing"
    stage.clock.advance_to(stage.clock.now() + timedelta(hours=2))
    assert stage.http.get(f"/v1/payment_intents/{intent['id']}").json()["status"] == "succeeded"
    stage.settled()
    assert stage.receiver.types == ["payment_intent.processing", "payment_intent.succeeded"]
    assert stage.receiver.events[1]["created"] == intent["created"] + 72 * 3600


def test_a_direct_debit_can_come_back_unpaid(stage: Stage) -> None:
    intent = stage.pay("pm_sepa_failing").json()
    stage.settled()
    stage.clock.advance_to(stage.clock.now() + timedelta(hours=73))
    stage.settled()
    after = stage.http.get(f"/v1/payment_intents/{intent['id']}").json()
    assert after["status"] == "requires_payment_method"
    assert stage.receiver.types[-1] == "payment_intent.payment_failed"


def test_reordered_webhooks_tell_the_end_before_the_beginning(stage: Stage) -> None:
    stage.script("pm_x", "processing:1+reorder_webhook")
    stage.pay("pm_x")
    assert stage.stripe.idle()
    stage.clock.advance_to(stage.clock.now() + timedelta(hours=2))
    stage.settled()
    assert stage.receiver.types == ["payment_intent.succeeded", "payment_intent.processing"]


def test_a_repeated_webhook_comes_with_the_same_event_id(stage: Stage) -> None:
    stage.script("pm_x", "succeed+repeat_webhook:2")
    stage.pay("pm_x")
    stage.settled()
    assert len(stage.receiver.events) == 3
    assert len({event["id"] for event in stage.receiver.events}) == 1


def test_a_held_webhook_waits_for_the_clock(stage: Stage) -> None:
    stage.script("pm_x", "succeed+hold_webhook:48")
    stage.pay("pm_x")
    stage.settled()
    assert stage.receiver.types == []
    stage.clock.advance_to(stage.clock.now() + timedelta(hours=49))
    stage.settled()
    assert stage.receiver.types == ["payment_intent.succeeded"]


def test_a_delayed_webhook_keeps_the_simulator_busy(stage: Stage) -> None:
    stage.script("pm_x", "succeed+delay_webhook:1")
    stage.pay("pm_x")
    assert not stage.stripe.idle()
    assert stage.receiver.types == []
    stage.settled()
    assert stage.receiver.types == ["payment_intent.succeeded"]


def test_a_refused_webhook_is_sent_again(stage: Stage) -> None:
    stage.receiver.refusals = 2
    stage.pay()
    stage.settled()
    assert stage.receiver.types == ["payment_intent.succeeded"]
    assert stage.receiver.refusals == 0


def test_refunds_add_up_to_the_charge_and_no_further(stage: Stage) -> None:
    intent = stage.pay().json()["id"]
    first = stage.http.post("/v1/refunds", data={"payment_intent": intent, "amount": "299"}).json()
    stage.settled()
    too_much = stage.http.post("/v1/refunds", data={"payment_intent": intent, "amount": "1001"})
    rest = stage.http.post("/v1/refunds", data={"payment_intent": intent}).json()
    again = stage.http.post("/v1/refunds", data={"payment_intent": intent})
    stage.settled()
    assert (first["amount"], rest["amount"], too_much.status_code) == (299, 1000, 400)
    assert again.json()["error"]["code"] == "charge_already_refunded"
    told = [e["data"]["object"].get("amount_refunded") for e in stage.receiver.events]
    assert sorted(amount for amount in told if amount) == [299, 1299]


def test_events_are_paged_newest_first(stage: Stage) -> None:
    made = [stage.pay().json()["id"] for _ in range(5)]
    seen: list[str] = []
    cursor: dict[str, Any] = {}
    for _ in range(3):
        page = stage.http.get("/v1/events", params={"limit": 2, "types[]": "payment_intent.succeeded", **cursor}).json()
        seen += [event["data"]["object"]["id"] for event in page["data"]]
        cursor = {"starting_after": page["data"][-1]["id"]}
    assert (seen, page["has_more"]) == (made[::-1], False)


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"amount": "12.99"}, "amount"),
        ({"amount": "10"}, "amount"),
        ({"currency": "euro"}, "currency"),
        ({"customer": "12"}, "customer"),
        ({"colour": "red"}, "colour"),
        ({"metadata[k]": "x" * 501}, "metadata[k]"),
    ],
)
def test_a_senseless_payment_is_refused_by_the_name_of_the_parameter(
    stage: Stage, change: dict[str, str], param: str
) -> None:
    answer = stage.pay(**change)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


def test_without_a_test_key_nothing_is_served(stage: Stage) -> None:
    assert stage.http.get("/v1/events", headers={"Authorization": ""}).status_code == 401
    assert stage.http.get("/v1/events", headers={"Authorization": "Bearer sk_live_1"}).status_code == 401


def test_an_unknown_behaviour_is_refused(stage: Stage) -> None:
    answer = stage.http.post("/admin/behaviour", json={"default": True, "behaviour": ["explode"]})
    assert answer.status_code == 400
    assert "explode" in answer.json()["error"]


def test_the_page_shows_payments_and_escapes_what_they_carry(stage: Stage) -> None:
    stage.pay(**{"metadata[note]": "<script>alert(1)</script>"})
    page = stage.http.get("/").text
    assert "12.99 EUR" in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_everything_is_still_there_after_a_restart(tmp_path: Path) -> None:
    before = Stage(tmp_path)
    made = before.pay("pm_card_silent", key="k-1").json()
    before.close()
    after = Stage(tmp_path)
    assert after.pay("pm_card_silent", key="k-1").json() == made
    assert after.count() == 1
    after.close()


def test_what_was_to_come_still_comes_after_a_restart(tmp_path: Path) -> None:
    before = Stage(tmp_path)
    slow = before.pay("pm_sepa_processing").json()["id"]
    before.close()
    after = Stage(tmp_path)
    after.clock.advance_to(after.clock.now() + timedelta(days=8))
    assert after.http.get(f"/v1/payment_intents/{slow}").json()["status"] == "succeeded"
    [payout] = after.http.get("/v1/payouts").json()["data"]
    assert (payout["amount"], payout["status"]) == (1299 - 35, "paid")
    until(lambda: {"payment_intent.succeeded", "payout.created", "payout.paid"} <= set(after.receiver.types))
    after.close()
