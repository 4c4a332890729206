"""Calls the handlers of due tasks, up to sixteen at once, and tells the queue how each call ended."""

import threading
import time
from http import HTTPMethod
from typing import Any

from emulators.courier import Courier
from emulators.tasks.line import NEVER, Entry, Line
from emulators.tasks.policy import seconds
from emulators.tasks.queues import Queues

IN_FLIGHT = 16
_LONGEST_WAIT_S = 86_400.0
_DEFAULT_DEADLINE_S = 600.0
_WITH_BODY = {HTTPMethod.POST, HTTPMethod.PUT, HTTPMethod.PATCH}
_METHODS = ("POST", "POST", "GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS")


class Dispatcher:
    """Worker threads that wait for tasks to come due, without polling."""

    def __init__(self, queues: Queues, courier: Courier) -> None:
        self._queues = queues
        self._courier = courier
        self._ending = False
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Starts dispatching."""
        self._threads = [
            threading.Thread(target=self._work, name=f"task-{number}", daemon=True) for number in range(IN_FLIGHT)
        ]
        for thread in self._threads:
            thread.start()

    def close(self, *, patience_s: float = 2.0) -> None:
        """Takes nothing new; what takes longer than `patience_s` seconds runs again one day."""
        with self._queues.changed:
            self._ending = True
            self._queues.changed.notify_all()
        end = time.monotonic() + patience_s
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _work(self) -> None:
        while (found := self._next()) is not None:
            self._run(*found)

    def _next(self) -> tuple[Line, Entry] | None:
        with self._queues.changed:
            while not self._ending:
                found, wait_s = self._queues.next()
                if found is not None:
                    return found
                self._queues.changed.wait(None if wait_s == NEVER else min(wait_s, _LONGEST_WAIT_S))
        return None

    def _run(self, line: Line, entry: Entry) -> None:
        call = entry.task.http_request
        method = _METHODS[call.http_method]
        status = self._courier.send(
            method,
            call.url,
            body=call.body if method in _WITH_BODY else None,
            headers=self._headers(entry.task, line.queue.name),
            timeout_s=seconds(entry.task.dispatch_deadline) or _DEFAULT_DEADLINE_S,
        )
        if not self._ending:
            self._queues.settle(line, entry, status)

    def _headers(self, task: Any, queue: str) -> dict[str, str]:
        call = task.http_request
        headers = {name: value for name, value in call.headers.items() if not _reserved(name)}
        if not any(name.lower() == "content-type" for name in headers) and call.body:
            headers["Content-Type"] = "application/octet-stream"
        headers["User-Agent"] = "Google-Cloud-Tasks"
        headers |= task_headers(task, queue)
        if call.oidc_token.service_account_email:
            email, audience = call.oidc_token.service_account_email, call.oidc_token.audience or call.url
            headers |= self._courier.bearer(email=email, audience=audience)
        return headers


def task_headers(task: Any, queue: str) -> dict[str, str]:
    """What Cloud Tasks tells a handler about the task it runs."""
    eta = task.schedule_time.seconds + task.schedule_time.nanos / 1e9
    return {
        "X-CloudTasks-QueueName": queue.rpartition("/")[2],
        "X-CloudTasks-TaskName": task.name.rpartition("/")[2],
        "X-CloudTasks-TaskRetryCount": str(task.dispatch_count - 1),
        "X-CloudTasks-TaskExecutionCount": str(task.response_count),
        "X-CloudTasks-TaskETA": f"{eta:.6f}",
    }


def _reserved(name: str) -> bool:
    lowered = name.lower()
    return lowered in {"host", "content-length", "user-agent"} or lowered.startswith(
        (
            "x-google-",
            "x-appengine-",
            "x-cloudtasks-",
        )
    )
