"""Cloud Tasks' promises, kept by the emulator as the real client sees them."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import jwt
import pytest
from google.api_core import exceptions
from google.cloud import tasks_v2
from google.protobuf import field_mask_pb2

from emulators.tasks.policy import backoff_s
from tests.emulated.receiving import Endpoint, receiving, until
from tests.emulated.tasks_running import LOCATION, NAMED, QUEUE, UNCLAIMED, Running, seconds, serve

pytestmark = pytest.mark.emulated


@pytest.fixture
def running() -> Iterator[Running]:
    running, end = serve(None)
    yield running
    end()


@pytest.fixture
def receiver() -> Iterator[Endpoint]:
    with receiving() as endpoint:
        yield endpoint


# -- queues --------------------------------------------------------------------------------------------


def test_a_queue_is_created_once_with_defaults_listed_and_deleted(running: Running) -> None:
    made = running.queue()
    assert (made.retry_config.max_attempts, made.rate_limits.max_concurrent_dispatches) == (100, 1000)
    with pytest.raises(exceptions.AlreadyExists):
        running.queue()
    assert [q.name for q in running.client.list_queues(parent=LOCATION)] == [QUEUE]
    running.client.delete_queue(name=QUEUE)
    with pytest.raises(exceptions.NotFound):
        running.client.get_queue(name=QUEUE)


def test_an_update_changes_the_fields_of_its_mask_and_no_other(running: Running) -> None:
    running.queue(rate_limits={"max_concurrent_dispatches": 3})
    running.client.update_queue(
        queue={
            "name": QUEUE,
            "retry_config": {"max_attempts": 7},
            "rate_limits": {"max_concurrent_dispatches": 9},
        },
        update_mask=field_mask_pb2.FieldMask(paths=["retry_config"]),
    )
    kept = running.client.get_queue(name=QUEUE)
    assert (kept.retry_config.max_attempts, kept.rate_limits.max_concurrent_dispatches) == (7, 3)


def test_a_paused_queue_waits_until_it_is_resumed(running: Running, receiver: Endpoint) -> None:
    running.queue()
    running.client.pause_queue(name=QUEUE)
    running.create(receiver.url)
    assert running.emulator.idle()
    assert running.emulator.pending()["tasks"] == 1
    running.client.resume_queue(name=QUEUE)
    until(lambda: receiver.requests)


def test_a_purged_queue_has_no_tasks(running: Running) -> None:
    running.queue()
    running.create(UNCLAIMED, at=running.clock.now() + timedelta(days=1))
    running.client.purge_queue(name=QUEUE)
    assert list(running.client.list_tasks(parent=QUEUE)) == []


# -- tasks ---------------------------------------------------------------------------------------------


def test_a_task_calls_its_endpoint_with_body_headers_and_what_the_queue_says(
    running: Running, receiver: Endpoint
) -> None:
    running.queue()
    running.create(receiver.url, name=NAMED, body=b'{"a":1}', headers={"Content-Type": "application/json"})
    until(running.emulator.idle)
    (request,) = receiver.requests
    assert (request.method, request.path, request.body) == ("POST", "/hook", b'{"a":1}')
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-cloudtasks-queuename"] == "reminders"
    assert request.headers["x-cloudtasks-taskname"] == "invoice-1"
    assert request.headers["x-cloudtasks-taskretrycount"] == "0"
    assert float(request.headers["x-cloudtasks-tasketa"]) == pytest.approx(time.time(), abs=60)


def test_a_get_task_has_no_body(running: Running, receiver: Endpoint) -> None:
    running.queue()
    running.create(receiver.url, http_method=tasks_v2.HttpMethod.GET)
    until(running.emulator.idle)
    assert (receiver.requests[0].method, receiver.requests[0].body) == ("GET", b"")


def test_a_task_shows_a_token_of_its_service_account(running: Running, receiver: Endpoint) -> None:
    running.queue()
    running.create(receiver.url, oidc_token={"service_account_email": "tasks@p", "audience": "https://b"})
    until(running.emulator.idle)
    token = receiver.requests[0].headers["authorization"].removeprefix("Bearer ")
    key = jwt.PyJWKSet.from_dict(running.issuer.jwks())[jwt.get_unverified_header(token)["kid"]]
    assert jwt.decode(token, key, algorithms=["RS256"], audience="https://b")["email"] == "tasks@p"


def test_a_name_in_use_cannot_be_used_twice(running: Running) -> None:
    running.queue()
    running.create(UNCLAIMED, name=NAMED, at=running.clock.now() + timedelta(days=1))
    with pytest.raises(exceptions.AlreadyExists):
        running.create(UNCLAIMED, name=NAMED)


def test_a_name_used_lately_cannot_be_used_again_until_an_hour_has_passed(running: Running, receiver: Endpoint) -> None:
    running.queue()
    running.create(receiver.url, name=NAMED)
    until(running.emulator.idle)
    with pytest.raises(exceptions.AlreadyExists):
        running.create(receiver.url, name=NAMED)
    running.clock.advance_to(running.clock.now() + timedelta(minutes=61))
    running.create(receiver.url, name=NAMED)
    until(lambda: len(receiver.requests) == 2)


def test_a_task_waits_for_its_moment_of_the_virtual_clock(running: Running, receiver: Endpoint) -> None:
    running.queue()
    later = running.clock.now() + timedelta(days=10)
    running.create(receiver.url, at=later)
    assert running.emulator.idle()
    assert running.emulator.pending()["next"] == later.isoformat()
    running.clock.advance_to(later - timedelta(hours=1))
    assert running.emulator.idle()
    assert receiver.requests == []
    running.clock.advance_to(later)
    until(running.emulator.idle)
    assert len(receiver.requests) == 1


def test_all_tasks_that_came_due_together_run_together(running: Running, receiver: Endpoint) -> None:
    together = threading.Barrier(16)

    def answer(_request: object) -> int:
        together.wait(timeout=5)
        return 200

    receiver.answer = answer
    running.queue()
    later = running.clock.now() + timedelta(days=1)
    for _ in range(16):
        running.create(receiver.url, at=later)
    running.clock.advance_to(later)
    until(running.emulator.idle)
    assert receiver.most_at_once == 16


def test_no_more_tasks_run_at_once_than_the_queue_allows(running: Running, receiver: Endpoint) -> None:
    pause = threading.Event()

    def answer(_request: object) -> int:
        pause.wait(0.02)
        return 200

    receiver.answer = answer
    running.queue(rate_limits={"max_concurrent_dispatches": 2})
    for _ in range(8):
        running.create(receiver.url)
    until(running.emulator.idle)
    assert (len(receiver.requests), receiver.most_at_once) == (8, 2)


def test_the_rate_of_a_queue_is_kept(running: Running, receiver: Endpoint) -> None:
    running.queue(rate_limits={"max_dispatches_per_second": 20, "max_burst_size": 1})
    for _ in range(5):
        running.create(receiver.url)
    until(lambda: len(receiver.requests) == 5)
    assert receiver.requests[-1].at - receiver.requests[0].at > 0.15


def test_a_burst_goes_at_once_and_the_rest_at_the_queues_rate(running: Running, receiver: Endpoint) -> None:
    running.queue(rate_limits={"max_dispatches_per_second": 10, "max_burst_size": 5})
    running.client.pause_queue(name=QUEUE)
    for _ in range(8):
        running.create(receiver.url)
    running.client.resume_queue(name=QUEUE)
    until(running.emulator.idle)
    times = sorted(request.at for request in receiver.requests)
    assert times[4] - times[0] < 0.25
    assert times[7] - times[4] >= 0.18


def test_a_purge_takes_the_tasks_but_not_the_queue_and_later_tasks_run(running: Running, receiver: Endpoint) -> None:
    running.queue()
    running.client.pause_queue(name=QUEUE)
    running.create(receiver.url, name=NAMED)
    purged = running.client.purge_queue(name=QUEUE)
    assert purged.purge_time
    with pytest.raises(exceptions.AlreadyExists):
        running.create(receiver.url, name=NAMED)
    running.client.resume_queue(name=QUEUE)
    running.create(receiver.url)
    until(lambda: receiver.requests and running.emulator.idle())
    assert len(receiver.requests) == 1


def test_a_handler_that_takes_too_long_is_a_failure(running: Running, receiver: Endpoint) -> None:
    slow = threading.Event()

    def answer(_request: object) -> int:
        if len(receiver.requests) == 1:
            slow.wait(5)
        return 200

    receiver.answer = answer
    running.queue(retry_config={"min_backoff": seconds(0.01)})
    with pytest.raises(exceptions.InvalidArgument, match="dispatchDeadline"):
        running.client.create_task(
            parent=QUEUE, task={"http_request": {"url": receiver.url}, "dispatch_deadline": seconds(1)}
        )
    running.client.pause_queue(name=QUEUE)
    entry = running.client.create_task(
        parent=QUEUE, task={"http_request": {"url": receiver.url}, "dispatch_deadline": seconds(15)}
    )
    running.emulator._queues.task(entry.name)[1].task.dispatch_deadline.seconds = 0
    running.emulator._queues.task(entry.name)[1].task.dispatch_deadline.nanos = 200_000_000
    running.client.resume_queue(name=QUEUE)
    until(lambda: len(receiver.requests) == 2)
    slow.set()
    until(running.emulator.idle)


@pytest.mark.parametrize(
    ("doublings", "waits"),
    [(1, [10, 20, 40, 60, 80]), (2, [10, 20, 40, 80, 120]), (16, [10, 20, 40, 80, 160])],
)
def test_waits_double_so_often_and_then_grow_by_equal_steps(running: Running, doublings: int, waits: list[int]) -> None:
    queue = running.queue(
        retry_config={"min_backoff": seconds(10), "max_backoff": seconds(300), "max_doublings": doublings}
    )
    assert [backoff_s(queue.retry_config._pb, failures) for failures in range(1, 6)] == waits


def test_a_task_is_tried_as_long_as_its_duration_lasts_and_so_often_as_its_attempts_allow(
    running: Running, receiver: Endpoint
) -> None:
    receiver.answer = lambda _request: 503
    running.queue(retry_config={"max_attempts": 2, "max_retry_duration": seconds(3600), "min_backoff": seconds(0.01)})
    running.create(receiver.url)
    until(lambda: len(receiver.requests) > 4)
    running.clock.advance_to(running.clock.now() + timedelta(hours=2))
    until(running.emulator.idle)
    assert running.emulator.pending()["tasks"] == 0


def test_a_policy_of_a_queue_is_kept(running: Running) -> None:
    running.queue()
    policy = running.client.get_iam_policy(request={"resource": QUEUE})
    policy.bindings.add(role="roles/cloudtasks.enqueuer", members=["user:a@example.com"])
    running.client.set_iam_policy(request={"resource": QUEUE, "policy": policy})
    assert running.client.get_iam_policy(request={"resource": QUEUE}).bindings == policy.bindings


def test_a_failed_task_is_tried_again_with_growing_waits(running: Running, receiver: Endpoint) -> None:
    receiver.answer = lambda _request: 500 if len(receiver.requests) < 4 else 200
    running.queue(retry_config={"min_backoff": seconds(0.1), "max_backoff": seconds(0.2)})
    running.create(receiver.url)
    until(running.emulator.idle)
    waits = [after - before for before, after in pairwise(r.at for r in receiver.requests)]
    assert [r.headers["x-cloudtasks-taskretrycount"] for r in receiver.requests] == ["0", "1", "2", "3"]
    assert [r.headers["x-cloudtasks-taskexecutioncount"] for r in receiver.requests] == ["0", "1", "2", "3"]
    assert 0.09 <= waits[0] < 0.2 <= waits[1] + 0.01
    assert waits[2] < 0.4


def test_a_task_is_given_up_after_its_attempts(running: Running, receiver: Endpoint) -> None:
    receiver.answer = lambda _request: 503
    running.queue(retry_config={"max_attempts": 3, "min_backoff": seconds(0.01)})
    running.create(receiver.url)
    assert not running.emulator.idle()
    until(running.emulator.idle)
    assert len(receiver.requests) == 3
    assert list(running.client.list_tasks(parent=QUEUE)) == []


def test_a_waiting_retry_is_not_idle_and_is_told(running: Running, receiver: Endpoint) -> None:
    receiver.answer = lambda _request: 503
    running.queue(retry_config={"min_backoff": seconds(60)})
    running.create(receiver.url, name=NAMED)
    until(lambda: running.emulator.pending()["retrying"] == 1)
    assert not running.emulator.idle()
    assert running.client.get_task(name=NAMED).last_attempt.response_status.message == "HTTP status code 503"


def test_a_task_that_is_run_by_hand_runs_at_once(running: Running, receiver: Endpoint) -> None:
    running.queue()
    running.client.pause_queue(name=QUEUE)
    running.create(receiver.url, name=NAMED, at=running.clock.now() + timedelta(days=3))
    running.client.run_task(name=NAMED)
    until(lambda: receiver.requests and running.emulator.pending()["tasks"] == 0)


def test_a_deleted_task_never_runs(running: Running, receiver: Endpoint) -> None:
    running.queue()
    later = running.clock.now() + timedelta(days=1)
    running.create(receiver.url, name=NAMED, at=later)
    running.client.delete_task(name=NAMED)
    running.clock.advance_to(later)
    assert running.emulator.idle()
    assert running.emulator.pending()["tasks"] == 0
    with pytest.raises(exceptions.NotFound):
        running.client.get_task(name=NAMED)


def test_the_body_is_shown_only_in_the_full_view(running: Running) -> None:
    running.queue()
    running.create(UNCLAIMED, name=NAMED, body=b"x", at=running.clock.now() + timedelta(days=1))
    assert running.client.get_task(name=NAMED).http_request.body == b""
    full = running.client.get_task(request={"name": NAMED, "response_view": tasks_v2.Task.View.FULL})
    assert full.http_request.body == b"x"


def test_a_task_more_than_thirty_days_ahead_is_refused(running: Running) -> None:
    running.queue()
    with pytest.raises(exceptions.InvalidArgument, match="too far in the future"):
        running.create(UNCLAIMED, at=running.clock.now() + timedelta(days=31))


def test_a_task_for_app_engine_is_refused_by_name(running: Running) -> None:
    running.queue()
    task = {"app_engine_http_request": {"relative_uri": "/x"}}
    with pytest.raises(exceptions.MethodNotImplemented, match="App Engine"):
        running.client.create_task(parent=QUEUE, task=task)


def test_a_task_and_a_used_name_outlive_the_process(receiver: Endpoint, tmp_path: Path) -> None:
    running, end = serve(tmp_path)
    running.queue()
    running.create(receiver.url, name=NAMED)
    until(running.emulator.idle)
    waiting = running.create(receiver.url, at=datetime.now(UTC) + timedelta(days=1)).name
    end()
    running, end = serve(tmp_path)
    with pytest.raises(exceptions.AlreadyExists):
        running.create(receiver.url, name=NAMED)
    assert [t.name for t in running.client.list_tasks(parent=QUEUE)] == [waiting]
    end()
