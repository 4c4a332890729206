"""The GoCardless simulator speaks GoCardless's wire format over HTTP and does the disorder it was told to do."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from werkzeug import Request, Response

from emulators.clock import Clock
from emulators.gocardless import GoCardlessSimulator
from tests.emulated.test_stripe_simulator import Served, until

SECRET = "gc_test"
KNOWN = {"Authorization": "Bearer sandbox_1", "GoCardless-Version": "2015-07-06"}


class Receiver:
    """What a webhook endpoint got; it can refuse the first few."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.largest = 0
        self.refusals = 0

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        raw = request.get_data()
        assert request.headers["Webhook-Signature"] == hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        if self.refusals:
            self.refusals -= 1
            return Response(status=503)(environ, start_response)
        found = json.loads(raw)["events"]
        self.events += found
        self.largest = max(self.largest, len(found))
        return Response(status=204)(environ, start_response)

    @property
    def actions(self) -> list[str]:
        return [event["action"] for event in self.events]


class Stage:
    """The simulator, its clock, a client of its API and a webhook endpoint."""

    def __init__(self, path: Path | None) -> None:
        self.clock = Clock(None)
        self.receiver = Receiver()
        self.simulator = GoCardlessSimulator(path, clock=self.clock, first_wait=0.02)
        self._served = [Served(self.simulator.wsgi), Served(self.receiver)]
        self.http = httpx.Client(base_url=self._served[0].url, headers=KNOWN, trust_env=False)
        self.simulator.start()
        self.http.post("/admin/webhook", json={"url": self._served[1].url, "secret": SECRET}).raise_for_status()

    def pay(self, mandate: str = "MD0PAYS", key: str = "", **more: Any) -> httpx.Response:
        wanted = {"amount": 1299, "currency": "EUR", "links": {"mandate": mandate}, **more}
        headers = {"Idempotency-Key": key} if key else {}
        return self.http.post("/payments", json={"payments": wanted}, headers=headers)

    def pass_days(self, days: int) -> None:
        self.clock.advance_to(self.clock.now() + timedelta(days=days))
        until(self.simulator.idle)

    def close(self) -> None:
        self.http.close()
        self.simulator.close()
        for served in self._served:
            served.close()


@pytest.fixture
def stage() -> Iterator[Stage]:
    standing = Stage(None)
    yield standing
    standing.close()


def test_a_payment_moves_with_the_clock_and_each_step_is_told(stage: Stage) -> None:
    made = stage.pay()
    assert (made.status_code, made.json()["payments"]["status"]) == (201, "pending_submission")
    stage.pass_days(8)
    name = made.json()["payments"]["id"]
    assert stage.http.get(f"/payments/{name}").json()["payments"]["status"] == "paid_out"
    steps = [event["action"] for event in stage.receiver.events if event["resource_type"] == "payments"]
    assert steps == ["created", "submitted", "confirmed", "paid_out"]


def test_a_key_that_was_used_names_what_it_has_made(stage: Stage) -> None:
    first = stage.pay(key="k1").json()["payments"]["id"]
    again = stage.pay(key="k1")
    [error] = again.json()["error"]["errors"]
    assert (again.status_code, error["reason"]) == (409, "idempotent_creation_conflict")
    assert error["links"]["conflicting_resource_id"] == first


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/payments", {}, 401),
        ("/payments", {"Authorization": "Bearer sandbox_1"}, 400),
        ("/payments?limit=501", KNOWN, 400),
        ("/payments?colour=red", KNOWN, 400),
        ("/payments?after=PMNOBODY", KNOWN, 400),
        ("/payments?created_at[gte]=yesterday", KNOWN, 400),
        ("/payments/PMNOBODY", KNOWN, 404),
        ("/payout_items?payout=PONOBODY", KNOWN, 404),
    ],
)
def test_what_is_asked_wrongly_is_refused_in_their_words(
    stage: Stage, path: str, headers: dict[str, str], status: int
) -> None:
    answer = httpx.get(f"{str(stage.http.base_url).rstrip('/')}{path}", headers=headers, trust_env=False)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, status)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"payments": []},
        {"payments": {"amount": 1, "currency": "XXX", "links": {"mandate": "MD0PAYS"}}},
        {"payments": {"amount": -1, "currency": "EUR", "links": {"mandate": "MD0PAYS"}}},
        {"payments": {"amount": 1.5, "currency": "EUR", "links": {"mandate": "MD0PAYS"}}},
        {"payments": {"amount": 1, "currency": "EUR", "links": {"mandate": "MD0GONE"}}},
        {"payments": {"amount": 1, "currency": "EUR", "links": {"mandate": "MDNOBODY"}}},
        {"payments": {"amount": 1, "currency": "EUR", "links": {"mandate": "MD0PAYS"}, "metadata": {"a": 1}}},
    ],
)
def test_a_payment_that_makes_no_sense_is_not_made(stage: Stage, body: Any) -> None:
    assert stage.http.post("/payments", json=body).status_code in {400, 404, 422}
    assert stage.http.get("/payments").json()["payments"] == []


def test_many_events_travel_in_one_webhook_and_a_refused_one_comes_again(stage: Stage) -> None:
    stage.receiver.refusals = 3
    for _ in range(60):
        stage.pay()
    stage.pass_days(8)
    assert stage.receiver.actions.count("confirmed") == 60
    assert stage.receiver.actions.count("paid_out") == 60
    assert 1 < stage.receiver.largest <= 250


def test_what_was_made_is_there_after_a_restart(tmp_path: Path) -> None:
    before = Stage(tmp_path)
    name = before.pay().json()["payments"]["id"]
    before.close()
    after = Stage(tmp_path)
    try:
        after.clock.advance_to(after.clock.now() + timedelta(days=8))
        assert after.http.get(f"/payments/{name}").json()["payments"]["status"] == "paid_out"
    finally:
        after.close()


def test_a_payouts_items_are_texts_with_one_decimal_that_add_up(stage: Stage) -> None:
    for amount in (1234, 99_999, 11_955):
        stage.pay(amount=amount)
    stage.pay("MD0BACK")
    stage.pass_days(30)
    for payout in stage.http.get("/payouts").json()["payouts"]:
        items = stage.http.get("/payout_items", params={"payout": payout["id"]}).json()["payout_items"]
        tenths = sum(int(item["amount"].replace(".", "")) for item in items)
        assert payout["amount"] == (tenths + 5) // 10
        assert all(item["amount"][-2] == "." for item in items)


def test_a_member_agrees_on_a_page_and_goes_back(stage: Stage) -> None:
    wanted = {"billing_requests": {"mandate_request": {"currency": "EUR"}}}
    request = stage.http.post("/billing_requests", json=wanted).json()["billing_requests"]["id"]
    asked = {"redirect_uri": "https://shop.example/back", "exit_uri": "https://shop.example/off"}
    flow = {"billing_request_flows": {**asked, "links": {"billing_request": request}}}
    url = stage.http.post("/billing_request_flows", json=flow).json()["billing_request_flows"]["authorisation_url"]
    page = httpx.get(url, trust_env=False)
    assert "IBAN" in page.text
    assert "https://shop.example" in page.headers["Content-Security-Policy"]
    refused = httpx.post(url, data={"done": "agree", "holder": "", "iban": "7"}, trust_env=False)
    assert (refused.status_code, "a name and an IBAN are needed" in refused.text) == (400, True)
    good = {"done": "agree", "holder": "Anna <b>Berg", "iban": "DE89 3704 0044 0532 0130 00"}
    back = httpx.post(url, data=good, trust_env=False)
    assert (back.status_code, back.headers["Location"]) == (303, "https://shop.example/back")
    done = stage.http.get(f"/billing_requests/{request}").json()["billing_requests"]
    assert done["status"] == "fulfilled"
    assert stage.http.get(f"/mandates/{done['links']['mandate_request_mandate']}").status_code == 200
    assert "<b>" not in stage.http.get("/").text
