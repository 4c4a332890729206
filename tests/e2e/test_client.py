"""The client sends a command once however often it is tried, and tells refusals as they are."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import orjson
import pytest
from werkzeug import Request, Response

from common.client import Billing, Refused, every, models
from common.client.transport import part
from emulators.http import HttpServer

Answers = Callable[[Request], Response]


class Api:
    """An API on loopback that answers as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.answers: list[Answers] = []
        self.server = HttpServer(self.wsgi, 0)
        self.server.start()

    def wsgi(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        request.get_data(cache=True)
        self.asked.append(request)
        return self.answers.pop(0)(request)(environ, start)

    def will(self, status: int, body: Any, media: str = "application/json") -> None:
        self.answers.append(lambda _: Response(orjson.dumps(body), status, content_type=media))


@pytest.fixture
def api() -> Iterator[Api]:
    found = Api()
    yield found
    found.server.close()


@pytest.fixture
def billing(api: Api) -> Iterator[Billing]:
    with Billing(f"http://127.0.0.1:{api.server.port}", "secret") as found:
        yield found


def test_a_command_that_was_asked_to_come_again_keeps_its_key(api: Api, billing: Billing) -> None:
    api.will(503, {"code": "try_later"}, "application/problem+json")
    api.will(200, {"member_id": "mem_1", "revision": 2, "erased_at": "2026-10-01T00:00:00Z"})
    told = billing.members.erase_member("mem_1", models.EraseMemberBody(reason="art. 17"))
    assert told.revision == 2
    keys = [request.headers["Idempotency-Key"] for request in api.asked]
    assert len(keys) == 2
    assert keys[0] == keys[1]
    assert api.asked[0].headers["Authorization"] == "Bearer secret"


def test_two_commands_have_two_keys_and_a_given_key_is_kept(api: Api, billing: Billing) -> None:
    for _ in range(3):
        api.will(200, {"member_id": "mem_1", "revision": 2, "erased_at": "2026-10-01T00:00:00Z"})
    body = models.EraseMemberBody(reason="art. 17")
    for key in ("", "", "mine"):
        billing.members.erase_member("mem_1", body, key=key)
    keys = [request.headers["Idempotency-Key"] for request in api.asked]
    assert len(set(keys)) == 3
    assert keys[2] == "mine"


def test_a_refusal_is_told_in_the_words_of_the_api(api: Api, billing: Billing) -> None:
    problem = {"code": "wrong_state", "detail": "it was credited", "errors": [{"pointer": "/reason"}]}
    api.will(409, problem, "application/problem+json")
    with pytest.raises(Refused) as told:
        billing.invoicing.release_run("run_1", models.ChangeRunBody(reason="checked"))
    assert (told.value.status, told.value.code, told.value.detail) == (409, "wrong_state", "it was credited")
    assert told.value.errors == [{"pointer": "/reason"}]
    assert len(api.asked) == 1


def test_every_walks_through_all_pages(api: Api, billing: Billing) -> None:
    api.will(200, {"items": [], "next_page_token": "half"})
    api.will(200, {"items": [], "next_page_token": ""})
    assert list(every(billing.invoicing.list_invoices, member_id="mem_1")) == []
    assert [dict(request.args) for request in api.asked] == [
        {"member_id": "mem_1", "limit": "50"},
        {"member_id": "mem_1", "limit": "50", "page_token": "half"},
    ]


def test_what_was_not_said_is_not_sent(api: Api, billing: Billing) -> None:
    api.will(200, {"id": "run_1"})
    with pytest.raises(ValueError, match="Field required"):
        billing.invoicing.start_run(models.StartRun(entity="MP", cut_off=date(2026, 10, 31)))
    assert orjson.loads(api.asked[0].get_data()) == {"entity": "MP", "cut_off": "2026-10-31"}


def test_what_asks_to_come_later_is_given_that_time(
    api: Api, billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("common.client.transport.time.sleep", slept.append)
    in_a_minute = format_datetime(datetime.now(UTC) + timedelta(minutes=1), usegmt=True)
    for said in ("3", in_a_minute, "in a while"):
        later = Response(b"{}", 503, headers={"Retry-After": said}, content_type="application/problem+json")
        api.answers.append(lambda _, later=later: later)  # type: ignore[misc]
    api.will(200, {"items": [], "next_page_token": ""})
    assert billing.invoicing.list_runs().items == []
    assert slept == [3.0, 30.0, 1.0], "as asked; never longer than half a minute; else its own patience"


def test_what_is_told_may_have_fields_that_the_client_does_not_know(api: Api, billing: Billing) -> None:
    api.will(200, {"member_id": "mem_1", "revision": 2, "erased_at": "2026-10-01T00:00:00Z", "tomorrow": {"a": 1}})
    assert billing.members.erase_member("mem_1", models.EraseMemberBody(reason="art. 17")).revision == 2
    policy = models.Policy.model_validate({"billing_day": 3, "tomorrow": True})
    assert policy.billing_day == 3


def test_a_charge_with_a_word_that_does_not_exist_is_not_even_sent(api: Api) -> None:
    given = {"charge": "c", "member": "m", "currency": "EUR", "kind": "listing", "description": "x"}
    with pytest.raises(ValueError, match="amount_minr"):
        models.ChargingBatch.model_validate({"charges": [{**given, "occurred_on": "2026-10-01", "amount_minr": 35}]})
    assert api.asked == []


def test_items_of_a_batch_are_sent_as_they_were_said(api: Api, billing: Billing) -> None:
    api.will(200, {"items": []})
    charge = models.TakeCharge(
        charge="c",
        member="m",
        currency="EUR",
        kind="listing",
        description="x",
        occurred_on=date(2026, 10, 1),
        gross=True,
    )
    billing.charging.take_charges(models.ChargingBatch(charges=[charge]))
    assert orjson.loads(api.asked[0].get_data()) == {
        "charges": [
            {"charge": "c", "member": "m", "currency": "EUR", "kind": "listing", "description": "x"}
            | {"occurred_on": "2026-10-01", "gross": True}
        ]
    }


def test_nobody_there_is_told_after_all_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.client.transport.PATIENCE", (0.0, 0.0))
    with Billing("http://127.0.0.1:1", "secret") as billing, pytest.raises(httpx.ConnectError):
        billing.invoicing.list_runs()


@pytest.mark.parametrize("hostile", ["../../admin", "a b", "x?y=z", "ü", "%2f"])
def test_a_hostile_name_stays_one_part_of_the_path(hostile: str, api: Api, billing: Billing) -> None:
    api.will(404, {"code": "not_found"}, "application/problem+json")
    with pytest.raises(Refused):
        billing.members.show_member(hostile)
    assert "/" not in part(hostile)
    assert api.asked[0].path == f"/v1/members/{hostile}"
