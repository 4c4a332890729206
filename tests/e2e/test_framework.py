"""Every declared function starts as Cloud Run functions start it, from its area's archive, and answers."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from functions_framework import create_app
from functions_framework.exceptions import MissingTargetException
from werkzeug.test import Client, TestResponse

from common.commit import Cause
from common.events.payments import PaymentReceived
from common.functions.entry import pack
from common.parking import Parked
from common.ports import Message
from common.tools.archive import ROOT, lay_out
from common.tools.areas import AREAS, functions
from common.tools.local import Local
from functions.accounting.model.batches import SapBatch
from functions.accounting.model.journals import Journal
from functions.payments.model.statements import Statement, TakeSlice

DECLARED = json.loads((ROOT / "terraform" / "declared.json").read_bytes())["functions"]
"""What Terraform deploys."""
FUNCTIONS = {function.name: function for function in functions()}
BY_KIND = {kind: [name for name, f in FUNCTIONS.items() if f.kind == kind] for kind in {f.kind for f in functions()}}
PUSHED = [name for name, function in FUNCTIONS.items() if function.kind != "http"]
START_ALL = """
import json, sys
from functions_framework import create_app
main, folder, targets = json.loads(sys.argv[1])
for target in targets:
    create_app(target, main, "http")
ours = {n: m.__file__ for n, m in sys.modules.items() if n.partition(".")[0] in ("common", "functions", "emulators")}
print(json.dumps(sorted(n for n, file in ours.items() if file and not file.startswith(folder))))
"""
Started = Callable[[str], Client]


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {area: lay_out(area, Path(tmp_path_factory.mktemp(area))) for area in AREAS}


@pytest.fixture
def started(archives: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Started]:
    """Starts a function by its name in this process, where the platform's runtime is."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    for variable in ("FUNCTION_TARGET", "FUNCTION_SIGNATURE_TYPE"):
        monkeypatch.setenv(variable, "")
        monkeypatch.delenv(variable)

    def start(name: str) -> Client:
        function = FUNCTIONS[name]
        monkeypatch.setenv("FUNCTION_TARGET", function.variable)
        monkeypatch.setenv("FUNCTION_SIGNATURE_TYPE", "http")
        return Client(create_app(function.variable, str(archives[function.area]), "http"))

    yield start
    sys.modules.pop("main", None)


def envelope(message: Message) -> dict[str, Any]:
    """How Pub/Sub pushes it."""
    return letter(pack(message), message.key)


def letter(data: bytes, message_id: str) -> dict[str, Any]:
    told = {"data": base64.b64encode(data).decode(), "messageId": message_id, "publishTime": "2026-10-01T08:00:00Z"}
    return {"message": told, "subscription": "projects/p/subscriptions/s", "deliveryAttempt": 1}


def push(platform: Local, app: Client, name: str, **request: Any) -> TestResponse:
    """A request as Pub/Sub, Tasks and Scheduler send it, with their token."""
    path = f"/_functions/{name}"
    token = platform.token(email=platform.settings.pusher, audience=platform.url + path)
    headers = {"Authorization": f"Bearer {token}", **request.pop("headers", {})}
    return app.post(path, headers=headers, **request)


def told(name: str, fact: Any, *, function: str = "") -> Message:
    facts = (fact.model_dump(mode="json"),)
    return Message(
        name=name, key=f"framework:{name}", facts=facts, ids=("c1.0",), at=datetime.now(UTC), function=function
    )


def received(platform: Local) -> PaymentReceived:
    return PaymentReceived(
        member_id="mem_1",
        receipt_id="rcp_framework",
        source="bank",
        entity="MP",
        amount_minor=11_900,
        currency="EUR",
        received_on=platform.runtime.clock.now().date(),
    )


@pytest.mark.parametrize("area", AREAS)
def test_an_archive_starts_all_its_functions_with_nothing_of_ours_beside_it(
    area: str, archives: dict[str, Path]
) -> None:
    main = archives[area]
    targets = [one["entry_point"] for one in DECLARED.values() if one["area"] == area]
    assert targets
    asked = json.dumps([str(main), str(main.parent), targets])
    command = [sys.executable, "-P", "-c", START_ALL, asked]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ended = subprocess.run(
        command, cwd=main.parent, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == []


@pytest.mark.parametrize("name", [name for name in BY_KIND["http"] if FUNCTIONS[name].routes])
@pytest.mark.usefixtures("platform")
def test_an_http_function_refuses_a_caller_without_a_token(started: Started, name: str) -> None:
    route = next(route for route in FUNCTIONS[name].routes if route.scope)
    answer = started(name).open(route.path.replace("{", "").replace("}", ""), method=route.method)
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
    assert answer.get_json()["code"] == "unauthenticated"


@pytest.mark.usefixtures("platform")
def test_the_console_sends_a_stranger_to_the_sign_in_page(started: Started) -> None:
    answer = started("console-pages").get("/console/")
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/console/sign-in")


@pytest.mark.parametrize("name", PUSHED)
def test_a_pushed_function_refuses_a_push_without_a_token(platform: Local, started: Started, name: str) -> None:
    body = envelope(told("payment.received", received(platform)))
    answer = started(name).post(f"/_functions/{name}", json=body)
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")


def test_an_http_function_takes_a_command(platform: Local, started: Started) -> None:
    member = {
        "kind": "private",
        "name": "Anna Berg",
        "email": "anna@members.example",
        "address": {"street": "Weg 1", "city": "Hamburg", "postcode": "20457", "country": "DE"},
    }
    token = platform.token("members:write", "members:read")
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "framework-1"}
    app = started("members-api")
    assert app.put("/v1/members/anna", json=member, headers=headers).status_code == 200
    assert app.get("/v1/members/anna", headers=headers).get_json()["name"] == "Anna Berg"


def test_an_event_is_handled_and_the_next_schedule_closes_its_day(platform: Local, started: Started) -> None:
    event = envelope(told("payment.received", received(platform)))
    pushed = push(platform, started("accounting-post-payments"), "accounting-post-payments", json=event)
    assert pushed.status_code == 204
    (journal,) = platform.runtime.world.read.select(Journal, member_id="mem_1")
    assert journal.document == "rcp_framework"

    slot = platform.runtime.clock.now() + timedelta(days=2)  # past midnight in Berlin it is tomorrow already
    headers = {"X-CloudScheduler-ScheduleTime": slot.strftime("%Y-%m-%dT02:15:00Z")}
    ticked = push(platform, started("accounting-close-day"), "accounting-close-day", headers=headers)
    assert ticked.status_code == 204
    assert platform.runtime.world.read.select(SapBatch)


def test_a_task_is_done(platform: Local, started: Started) -> None:
    begun = Statement(
        id="stm_1",
        account_iban="DE89370400440532013000",
        number="S1",
        entity="MP",
        currency="EUR",
        opening_minor=0,
        closing_minor=0,
        entries=0,
        credits=0,
        credits_minor=0,
        sha256="1",
        slices_left=1,
        taken_at=datetime(2026, 10, 1, tzinfo=UTC),
    )
    platform.runtime.commit(Cause("test", "begun", "machine:test"), lambda unit: unit.put(begun))
    platform.runtime.world.put_file("statements/slices/1/0", b"[]", "application/json")
    task = TakeSlice(statement_id="stm_1", file="statements/slices/1", slices=1)
    body = pack(told("payments.take_slice", task, function="task"))
    answer = push(platform, started("payments-take-slices"), "payments-take-slices", data=body)
    assert answer.status_code == 204
    taken = platform.runtime.world.read.find(Statement, "stm_1")
    assert taken is not None
    assert taken.slices_left == 0


def test_every_event_becomes_a_row(platform: Local, started: Started) -> None:
    event = envelope(told("payment.received", received(platform)))
    assert push(platform, started("reporting-load-events"), "reporting-load-events", json=event).status_code == 204
    from common.google import channels

    counted = channels.bigquery_client(platform.settings).query(
        "SELECT COUNT(*) AS n FROM billing_raw.events WHERE occurred_at > '2026-01-01' AND event_id = 'c1.0'"
    )
    assert [row["n"] for row in counted.result()] == [1]


def test_a_dead_letter_is_parked_unopened(platform: Local, started: Started) -> None:
    name = BY_KIND["dead_letter"][0]
    assert push(platform, started(name), name, json=letter(b"\xff not ours", "dead-1")).status_code == 204
    assert [parked.raw for parked in platform.runtime.world.read.select(Parked, state="parked") if parked.raw]


@pytest.mark.usefixtures("started")
def test_a_target_nobody_declared_does_not_start(archives: dict[str, Path]) -> None:
    with pytest.raises(MissingTargetException, match="erase_everything"):
        create_app("erase_everything", str(archives["audit"]), "http")
