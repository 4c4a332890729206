"""A service in a process of its own: begun by its first request, ended when nobody asks, so that its memory is free."""

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

import urllib3

from emulators.launch import NotStarted, end, environment, first_line

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

IDLE_S: Final = 20.0
"""So long a process waits for the next request; to begin it again takes about half a second."""
_LOG = logging.getLogger(__name__)
_BETWEEN_TWO: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade"})
"""Headers that speak of one connection, and end with it."""


class Apart:
    """The service of a module that is a program: it prints its port, and ends when its standard input does.

    With a `path` everything it knows has to be there, for it is ended `idle_s` seconds after its last request, and may
    be killed at any moment; the next request begins it again. Without one it lives as long as this object.
    """

    def __init__(self, module: str, path: Path | None, *, idle_s: float = IDLE_S) -> None:
        self._command = [sys.executable, "-m", module, *(["--data", str(path)] if path else [])]
        self._idle_s = idle_s if path else None
        self._pool = urllib3.PoolManager(maxsize=32, retries=False, timeout=urllib3.Timeout(connect=5, read=None))
        self._changed = threading.Condition()
        self._asking = 0
        self._last = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    @property
    def pid(self) -> int | None:
        """The process's number while there is one."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def wsgi(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        """Hands a request over; 503, which clients send again, where the process dies over it."""
        try:
            with self._awake() as port:
                answer = self._pool.request(
                    environ["REQUEST_METHOD"],
                    f"http://127.0.0.1:{port}{environ['REQUEST_URI']}",
                    body=environ["wsgi.input"],
                    headers=_headers(environ),
                    redirect=False,
                    decode_content=False,
                )
        except (urllib3.exceptions.HTTPError, OSError, NotStarted) as fault:
            _LOG.warning("%s gave no answer: %s", self._command[2], fault)
            return _unavailable(start_response)
        kept = [(name, value) for name, value in answer.headers.items() if name.lower() not in _BETWEEN_TWO]
        start_response(f"{answer.status} {answer.reason}", kept)
        return [answer.data]

    def close(self) -> None:
        """Ends the process; it stays ended."""
        with self._changed:
            self._idle_s = 0.0
            self._end()
            self._changed.notify_all()
        self._pool.clear()

    @contextmanager
    def _awake(self) -> Iterator[int]:
        """The port of the running process, which is not ended within."""
        with self._changed:
            if self._process is None or self._process.poll() is not None:
                self._begin()
            self._asking += 1
        try:
            yield self._port
        finally:
            with self._changed:
                self._asking -= 1
                self._last = monotonic()

    def _begin(self) -> None:
        self._end()
        process = subprocess.Popen(  # noqa: S603 - the command is made here
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
            start_new_session=True,
        )
        try:
            self._port = json.loads(first_line(process))["port"]
        except BaseException:
            end(process)
            raise
        self._process = process
        if self._idle_s is not None:
            threading.Thread(target=self._watch, args=(process,), name="apart", daemon=True).start()

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        """Ends the process when it has had no request for long enough."""
        with self._changed:
            while self._process is process and self._idle_s is not None:
                left = self._last + self._idle_s - monotonic() if not self._asking else self._idle_s
                if left <= 0:
                    self._end()
                else:
                    self._changed.wait(left)

    def _end(self) -> None:
        if self._process is not None:
            end(self._process)
            self._pool.clear()
        self._process = None


def _headers(environ: "WSGIEnvironment") -> dict[str, str]:
    """The request's headers, the host it was sent to among them: answers name it."""
    told = {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
    told["Content-Length"] = environ.get("CONTENT_LENGTH") or "0"
    if environ.get("CONTENT_TYPE"):
        told["Content-Type"] = environ["CONTENT_TYPE"]
    return {name: value for name, value in told.items() if name.lower() not in _BETWEEN_TWO}


def _unavailable(start_response: "StartResponse") -> list[bytes]:
    detail = {"message": "The service is being started again.", "domain": "global", "reason": "backendError"}
    told = {"error": {"code": HTTPStatus.SERVICE_UNAVAILABLE, "message": detail["message"], "errors": [detail]}}
    start_response("503 Service Unavailable", [("Content-Type", "application/json")])
    return [json.dumps(told).encode()]
