"""The emulators as one process: they start, steer, survive a crash, and end with who started them."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import httpx
import jwt
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, firestore, pubsub_v1, storage, tasks_v2
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport
from google.protobuf import duration_pb2
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.schema_service.transports import SchemaServiceGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from emulators.faults import CODES, DELIVERY_KINDS, RPC_KINDS, SETTINGS
from emulators.launch import Launched, NotStarted, launch
from emulators.process import Emulators, InUse
from emulators.pubsub.rpcs import RPCS as PUBSUB
from emulators.served import SERVED
from emulators.tasks.rpcs import RPCS as TASKS
from tests.emulated.receiving import Endpoint, receiving, until

pytestmark = pytest.mark.emulated
TOPIC = "projects/p/topics/fees"
SUBSCRIPTION = "projects/p/subscriptions/rating"
LOCATION = "projects/p/locations/europe-west1"
QUEUE = f"{LOCATION}/queues/reminders"
TRANSPORTS = {
    "google.pubsub.v1.Publisher": PublisherGrpcTransport,
    "google.pubsub.v1.Subscriber": SubscriberGrpcTransport,
    "google.pubsub.v1.SchemaService": SchemaServiceGrpcTransport,
    "google.cloud.tasks.v2.CloudTasks": CloudTasksGrpcTransport,
}
QUICK = {"minimum_backoff": duration_pb2.Duration(nanos=10**8), "maximum_backoff": duration_pb2.Duration(seconds=1)}


@pytest.fixture
def receiver() -> Iterator[Endpoint]:
    with receiving() as endpoint:
        yield endpoint


@pytest.fixture
def emulators() -> Iterator[Emulators]:
    with Emulators(None) as emulators:
        yield emulators


def publish(environment: dict[str, str], text: bytes, push_to: str = "") -> None:
    """Publishes one message; makes the topic with its push subscription first if there is an endpoint."""
    with grpc.insecure_channel(environment["PUBSUB_EMULATOR_HOST"]) as channel:
        publisher = pubsub_v1.PublisherClient(
            transport=PublisherGrpcTransport(channel=channel),
            batch_settings=pubsub_v1.types.BatchSettings(max_messages=1),
        )
        if push_to:
            publisher.create_topic(name=TOPIC)
            subscriber = pubsub_v1.SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
            config = {"push_endpoint": push_to}
            subscriber.create_subscription(
                request={"name": SUBSCRIPTION, "topic": TOPIC, "push_config": config, "retry_policy": QUICK}
            )
        publisher.publish(TOPIC, text).result(timeout=10)


def is_idle(environment: dict[str, str]) -> bool:
    return bool(admin(environment, "idle")["idle"])


def admin(environment: dict[str, str], route: str) -> Any:
    return httpx.get(f"{environment['BILLING_EMULATORS_URL']}/admin/{route}").raise_for_status().json()


# -- the routes ----------------------------------------------------------------------------------------


def test_the_process_says_what_it_serves(emulators: Emulators) -> None:
    health = admin(emulators.environment(), "health")
    assert health["healthy"]
    google = ["bigquery", "firestore", "pubsub", "storage", "tasks"]
    assert health["serves"] == sorted(
        [*google, "adyen", "bank", "gocardless", "mail", "mollie", "sap", "stripe", "vies"]
    )


def test_the_clock_can_be_moved_on_but_not_back(emulators: Emulators) -> None:
    url = f"{emulators.url}/admin/clock"
    later = datetime.now(UTC) + timedelta(days=30)
    assert datetime.fromisoformat(httpx.post(url, json={"now": later.isoformat()}).json()["now"]) >= later
    assert datetime.fromisoformat(httpx.get(url).json()["now"]) >= later
    back = httpx.post(url, json={"now": datetime.now(UTC).isoformat()})
    assert (back.status_code, "has passed" in back.json()["error"]) == (400, True)
    assert httpx.post(url, json={}).status_code == 400
    assert httpx.post(url, content=b"no json").status_code == 400


def test_the_issuer_gives_tokens_that_its_published_keys_confirm(emulators: Emulators) -> None:
    issuer = emulators.environment()["BILLING_ISSUER_URL"]
    keys = jwt.PyJWKSet.from_dict(httpx.get(f"{issuer}/.well-known/jwks.json").json())
    asked = {"email": "shop@p", "audience": "https://b", "scopes": ["fees.write"]}
    token = httpx.post(f"{issuer}/token", json=asked).json()["token"]
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["RS256"], audience="https://b", issuer=issuer)
    assert (claims["email"], claims["scope"]) == ("shop@p", "fees.write")
    assertion = httpx.post(f"{issuer}/iap", json={"email": "staff@p", "audience": "/x"}).json()["token"]
    key = keys[jwt.get_unverified_header(assertion)["kid"]]
    assert jwt.decode(assertion, key, algorithms=["ES256"], audience="/x")["email"] == "staff@p"


def test_a_path_nobody_serves_says_so(emulators: Emulators) -> None:
    answer = httpx.get(f"{emulators.url}/nothing")
    assert (answer.status_code, answer.json()) == (404, {"error": "the emulators do not serve GET /nothing"})


# -- the services together -----------------------------------------------------------------------------


def test_storage_is_reached_by_its_variable(emulators: Emulators) -> None:
    url = emulators.environment()["STORAGE_EMULATOR_HOST"]
    client = storage.Client(project="p", credentials=AnonymousCredentials(), client_options={"api_endpoint": url})
    client.create_bucket("b").blob("x/y").upload_from_string("z")
    assert client.bucket("b").blob("x/y").download_as_bytes() == b"z"


def test_firestore_and_bigquery_are_reached_by_their_variables(
    emulators: Emulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = emulators.environment()
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", environment["FIRESTORE_EMULATOR_HOST"])
    documents = firestore.Client(project="p", credentials=AnonymousCredentials())
    documents.document("a/b").set({"x": 1})
    assert documents.document("a/b").get().to_dict() == {"x": 1}
    options = {"api_endpoint": environment["BIGQUERY_EMULATOR_HOST"]}
    tables = bigquery.Client(project="p", credentials=AnonymousCredentials(), client_options=options)
    assert [tuple(row) for row in tables.query_and_wait("SELECT 1 AS x")] == [(1,)]


def test_moving_the_clock_runs_a_task_that_publishes_and_idle_waits_for_both(
    emulators: Emulators, receiver: Endpoint
) -> None:
    environment = emulators.environment()
    publish(environment, b"first", push_to=receiver.url)
    until(emulators.idle)
    with receiving() as handler, grpc.insecure_channel(environment["CLOUD_TASKS_EMULATOR_HOST"]) as channel:

        def answer(_request: object) -> int:
            publish(environment, b"second")
            return 200

        handler.answer = answer
        client = tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))
        client.create_queue(parent=LOCATION, queue={"name": QUEUE})
        later = emulators.clock.now() + timedelta(days=14)
        task = {"http_request": {"url": handler.url}, "schedule_time": later}
        client.create_task(parent=QUEUE, task=task)
        assert emulators.idle()
        httpx.post(f"{emulators.url}/admin/clock", json={"now": later.isoformat()})
        until(emulators.idle)
        assert (len(handler.requests), len(receiver.requests)) == (1, 2)


def test_many_publishers_and_one_endpoint_lose_nothing(emulators: Emulators, receiver: Endpoint) -> None:
    publish(emulators.environment(), b"0", push_to=receiver.url)
    threads = [threading.Thread(target=publish, args=(emulators.environment(), str(n).encode())) for n in range(1, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(emulators.idle)
    assert len({json.loads(r.body)["message"]["data"] for r in receiver.requests}) == 20


def test_two_processes_never_share_a_directory(tmp_path: Path) -> None:
    with Emulators(tmp_path), pytest.raises(InUse):
        Emulators(tmp_path).start()
    with Emulators(tmp_path):
        pass


# -- the process ---------------------------------------------------------------------------------------


def test_a_launched_process_is_ready_soon_and_ends_with_its_context(tmp_path: Path) -> None:
    started = time.monotonic()
    with launch(tmp_path) as launched:
        assert time.monotonic() - started < 5
        assert admin(launched.environment, "health")["healthy"]
        assert is_idle(launched.environment)
    assert launched.process.returncode == 0


def test_a_killed_process_redelivers_what_was_not_acknowledged(tmp_path: Path, receiver: Endpoint) -> None:
    receiver.answer = lambda _request: 500
    with launch(tmp_path) as launched:
        publish(launched.environment, b"fee", push_to=receiver.url)
        until(lambda: receiver.requests)
        launched.kill()
    receiver.answer = lambda _request: 200
    before = len(receiver.requests)
    with launch(tmp_path) as launched:
        until(lambda: is_idle(launched.environment))
    assert len(receiver.requests) > before
    assert len({json.loads(r.body)["message"]["messageId"] for r in receiver.requests}) == 1


def test_a_killed_process_keeps_time_keys_and_objects(tmp_path: Path) -> None:
    later = datetime.now(UTC) + timedelta(days=30)
    with launch(tmp_path) as launched:
        url = launched.environment["BILLING_EMULATORS_URL"]
        httpx.post(f"{url}/admin/clock", json={"now": later.isoformat()}).raise_for_status()
        keys = httpx.get(f"{url}/identity/.well-known/jwks.json").json()
        httpx.post(f"{url}/storage/v1/b?project=p", json={"name": "b"}).raise_for_status()
        launched.kill()
    with launch(tmp_path) as launched:
        url = launched.environment["BILLING_EMULATORS_URL"]
        assert datetime.fromisoformat(admin(launched.environment, "clock")["now"]) >= later
        assert httpx.get(f"{url}/identity/.well-known/jwks.json").json() == keys
        assert httpx.get(f"{url}/storage/v1/b/b").json()["name"] == "b"


def test_the_ports_asked_for_are_used_again_after_a_crash(tmp_path: Path) -> None:
    with launch(tmp_path) as launched:
        grpc_port = port_of(launched, "PUBSUB_EMULATOR_HOST")
        http_port = port_of(launched, "STORAGE_EMULATOR_HOST")
        launched.kill()
    with launch(tmp_path, grpc_port=grpc_port, http_port=http_port) as launched:
        assert port_of(launched, "PUBSUB_EMULATOR_HOST") == grpc_port
        assert port_of(launched, "STORAGE_EMULATOR_HOST") == http_port


def port_of(launched: Launched, variable: str) -> int:
    return int(launched.environment[variable].rpartition(":")[2])


def test_a_taken_port_is_an_error_and_no_process_is_left(tmp_path: Path, emulators: Emulators) -> None:
    with pytest.raises(NotStarted), launch(tmp_path, http_port=emulators.http_port):
        pass
    with pytest.raises(NotStarted), launch(tmp_path, grpc_port=emulators.grpc_port):
        pass


def test_the_process_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    program = f"""
        import pathlib, time
        from emulators.launch import launch
        with launch(pathlib.Path({str(tmp_path)!r})) as launched:
            print(launched.process.pid, flush=True)
            time.sleep(60)
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: has_ended(child))


def has_ended(pid: int) -> bool:
    """True when the process is gone, or only waits for somebody to ask how it ended."""
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_program_ends_cleanly_on_a_signal(ending: signal.Signals) -> None:
    program = subprocess.Popen([sys.executable, "-m", "emulators"], stdout=subprocess.PIPE)
    assert program.stdout is not None
    assert "BILLING_EMULATORS_URL" in json.loads(program.stdout.readline())
    os.kill(program.pid, ending)
    assert program.wait(10) == 0
    program.stdout.close()


def test_the_help_lists_what_is_served() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "emulators", "--help"], capture_output=True, text=True, check=True
    ).stdout
    for served in ("google.pubsub.v1", "CLOUD_TASKS_EMULATOR_HOST", "/storage/v1", "/admin/idle"):
        assert served in told
    for fault in (*RPC_KINDS, *DELIVERY_KINDS, *SETTINGS, *CODES):
        assert fault in told


def test_the_table_of_what_is_served_names_every_handler_and_every_rpc_of_the_service(emulators: Emulators) -> None:
    handlers = [h for name in ("pubsub", "tasks") for h in emulators.service(name).grpc_handlers()]
    handled = {path.lstrip("/") for handler in handlers for path in handler._handlers}
    told = {**PUBSUB, **TASKS}
    assert handled == {
        f"{service}/{rpc}"
        for service in told
        for rpc, does in told[service].items()
        if not does.startswith("not served")
    }
    for service, transport in TRANSPORTS.items():
        assert rpcs_of(transport) <= SERVED[service].keys()


def rpcs_of(transport: type) -> set[str]:
    """Every RPC the client library knows, but for those that all services share."""
    names = [name for name, value in vars(transport).items() if isinstance(value, property)]
    shared = {
        "GrpcChannel",
        "Kind",
        "SetIamPolicy",
        "GetIamPolicy",
        "TestIamPermissions",
        "GetLocation",
        "ListLocations",
    }
    shared |= {"GetOperation", "OperationsClient"}
    return {"".join(part.title() for part in name.split("_")) for name in names} - shared
