"""Adyen's and Mollie's simulators send webhooks over the wire, with the disorder they were told, and lose none."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from werkzeug import Request, Response
from werkzeug.serving import BaseWSGIServer, make_server

from emulators.adyen import AdyenSimulator
from emulators.adyen.notices import signature
from emulators.clock import Clock
from emulators.mollie import MollieSimulator

KEY = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"


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
        self.got: list[bytes] = []
        self.refusals = 0

    def __call__(self, environ: Any, start_response: Any) -> Any:
        raw = Request(environ).get_data()
        if self.refusals:
            self.refusals -= 1
            return Response(status=503)(environ, start_response)
        self.got.append(raw)
        return Response(status=200)(environ, start_response)


class Stage:
    """A simulator at work, a client and a webhook endpoint."""

    def __init__(self, made: type[AdyenSimulator | MollieSimulator], path: Path | None = None) -> None:
        self.receiver, self.clock = Receiver(), Clock(None)
        self.simulator = made(path, clock=self.clock, first_wait=0.02)
        self._served = [Served(self.simulator.wsgi), Served(self.receiver)]
        self.hook = self._served[1].url
        self.http = httpx.Client(base_url=self._served[0].url, trust_env=False)
        self.simulator.start()

    def tell(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Tells the simulator behind the scenes."""
        told: dict[str, Any] = self.http.post(path, json=body).raise_for_status().json()
        return told

    def until(self, condition: Callable[[], bool]) -> None:
        """Waits for it; ten seconds at most."""
        end = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < end, "it did not happen within ten seconds"
            time.sleep(0.01)

    def close(self) -> None:
        """Ends everything."""
        self.http.close()
        self.simulator.close()
        for served in self._served:
            served.close()


@pytest.fixture
def adyen() -> Iterator[Stage]:
    stage = Stage(AdyenSimulator)
    stage.tell("/admin/webhook", {"url": stage.hook, "key": KEY})
    yield stage
    stage.close()


@pytest.fixture
def mollie() -> Iterator[Stage]:
    stage = Stage(MollieSimulator)
    yield stage
    stage.close()


def pay_adyen(stage: Stage, stored: str, key: str = "k1") -> httpx.Response:
    asked = {
        "merchantAccount": "MarketplaceBilling", "reference": "att_1", "amount": {"value": 1299, "currency": "EUR"},
        "paymentMethod": {"type": "scheme", "storedPaymentMethodId": stored}, "shopperReference": "s",
        "shopperInteraction": "ContAuth", "recurringProcessingModel": "UnscheduledCardOnFile", "returnUrl": "https://b",
    }  # fmt: skip
    return stage.http.post("/checkout/v71/payments", json=asked, headers={"X-API-Key": "k", "Idempotency-Key": key})


def pay_mollie(stage: Stage, mandate: str, key: str = "k1") -> httpx.Response:
    token = stage.tell("/admin/mandates", {"customer": "cst_1", "mandate": mandate})["token"]
    asked = {
        "amount": {"currency": "EUR", "value": "12.99"}, "description": "x", "sequenceType": "recurring",
        "customerId": token.partition("/")[0], "mandateId": mandate, "webhookUrl": stage.hook,
        "metadata": {"attempt_id": "att_1"},
    }  # fmt: skip
    headers = {"Authorization": "Bearer test_1", "Idempotency-Key": key}
    return stage.http.post("/v2/payments", json=asked, headers=headers)


def test_adyens_notice_is_signed_over_eight_fields(adyen: Stage) -> None:
    assert pay_adyen(adyen, "STORED1").json()["resultCode"] == "Authorised"
    adyen.until(lambda: len(adyen.receiver.got) == 1)
    [wrapped] = json.loads(adyen.receiver.got[0])["notificationItems"]
    item = wrapped["NotificationRequestItem"]
    assert item["additionalData"]["hmacSignature"] == signature(KEY, item)
    assert (item["merchantReference"], item["amount"]["value"], item["success"]) == ("att_1", 1299, "true")


def test_a_refused_notice_is_sent_again_and_a_repeated_one_is_the_same(adyen: Stage) -> None:
    adyen.receiver.refusals = 2
    adyen.tell("/admin/behaviour", {"token": "s/STORED1", "behaviour": ["repeat_webhook:2"]})
    pay_adyen(adyen, "STORED1")
    adyen.until(lambda: len(adyen.receiver.got) == 3)
    assert len(set(adyen.receiver.got)) == 1


def test_a_timeout_at_adyen_comes_after_the_charge_and_the_key_answers(adyen: Stage) -> None:
    with pytest.raises(httpx.HTTPError):
        pay_adyen(adyen, "TIMEOUT1")
    assert pay_adyen(adyen, "TIMEOUT1").json()["resultCode"] == "Authorised"
    assert adyen.http.get("/admin/payments/att_1").json()["collected"] == [1299]


def test_adyen_wants_a_key_and_its_own_account(adyen: Stage) -> None:
    assert adyen.http.post("/checkout/v71/payments", json={}).status_code == 401
    headers = {"X-API-Key": "k"}
    missing = adyen.http.post("/checkout/v71/payments", json={"merchantAccount": "M"}, headers=headers)
    assert (missing.status_code, missing.json()["errorType"]) == (422, "validation")


@pytest.mark.parametrize("steps", [[7], ["fly"], ["receive:soon"], "succeed", None])
def test_a_script_that_makes_no_sense_is_refused(adyen: Stage, mollie: Stage, steps: Any) -> None:
    for stage in (adyen, mollie):
        assert stage.http.post("/admin/behaviour", json={"token": "x", "behaviour": steps}).status_code == 400


def test_mollies_classic_webhook_names_the_payment_and_no_more(mollie: Stage) -> None:
    payment = pay_mollie(mollie, "mdt_1").json()
    mollie.until(lambda: len(mollie.receiver.got) == 1)
    assert mollie.receiver.got == [f"id={payment['id']}".encode()]


def test_mollie_tells_of_a_payment_of_nobody_where_it_is_told_to(mollie: Stage) -> None:
    mollie.tell("/admin/behaviour", {"token": "mdt_1", "behaviour": ["strange_webhook"]})
    pay_mollie(mollie, "mdt_1")
    mollie.until(lambda: len(mollie.receiver.got) == 2)
    assert len(set(mollie.receiver.got)) == 2


def test_mollie_refuses_a_key_with_another_request(mollie: Stage) -> None:
    assert pay_mollie(mollie, "mdt_1").status_code == 201
    assert pay_mollie(mollie, "mdt_2").status_code == 422


def test_what_was_not_sent_before_a_crash_is_sent_after_it(tmp_path: Path) -> None:
    first = Stage(AdyenSimulator, tmp_path)
    first.tell("/admin/webhook", {"url": first.hook, "key": KEY})
    first.receiver.refusals = 10**6
    pay_adyen(first, "STORED1")
    first.until(lambda: first.receiver.refusals < 10**6)
    first.close()
    second = Stage(AdyenSimulator, tmp_path)
    assert second.http.get("/admin/payments/att_1").json()["collected"] == [1299]
    assert not second.simulator.idle()
    second.close()


def test_their_pages_show_payments_and_their_own_tables(adyen: Stage, mollie: Stage) -> None:
    pay_adyen(adyen, "STORED1")
    pay_mollie(mollie, "mdt_1")
    for stage in (adyen, mollie):
        page = stage.http.get("/").raise_for_status().text
        assert "12.99 EUR" in page
        assert "<caption>Payments, newest first</caption>" in page
