"""A wire without sockets between an adapter and its simulator: it breaks as a real one does, in the same words."""

from collections.abc import Callable
from typing import Any

import httpx

Fault = Callable[[httpx.Request, Callable[[httpx.Request], httpx.Response]], httpx.Response]


class Wire(httpx.BaseTransport):
    """Passes requests to a WSGI application; the next ones can be cut, lost, garbled or answered by somebody else."""

    def __init__(self, wsgi: Any) -> None:
        self._site = httpx.WSGITransport(app=wsgi)
        self._faults: list[Fault] = []
        self._loses_writes = False
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The simulator's answer, or what the next fault makes of it."""
        self.requests.append(request)
        if self._faults:
            return self._faults.pop(0)(request, self._passed)
        return (_lose if self._loses_writes and request.method != "GET" else _pass)(request, self._passed)

    def cut(self, times: int = 1) -> None:
        """The next requests never arrive."""
        self._faults += [_cut] * times

    def lose(self, times: int = 1) -> None:
        """The next requests arrive and do their work; their answers are lost."""
        self._faults += [_lose] * times

    def lose_writes(self) -> None:
        """Until it is healed: whatever is to change something arrives and does its work, and its answer is lost."""
        self._loses_writes = True

    def truncate(self, times: int = 1) -> None:
        """The next answers end in the middle, with the status they had."""
        self._faults += [_truncate] * times

    def answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None, times: int = 1) -> None:
        """The next requests never arrive; something on the way answers them."""

        def said(request: httpx.Request, _: Callable[[httpx.Request], httpx.Response]) -> httpx.Response:
            return httpx.Response(status, content=body, headers=headers, request=request)

        self._faults += [said] * times

    def pass_through(self, times: int = 1) -> None:
        """The next requests are spared: faults that are set after this begin behind them."""
        self._faults += [_pass] * times

    def heal(self) -> None:
        """No fault is left."""
        self._faults.clear()
        self._loses_writes = False

    def _passed(self, request: httpx.Request) -> httpx.Response:
        try:
            answer = self._site.handle_request(request)
            answer.read()
        except ConnectionAbortedError as fault:
            raise httpx.ReadError(str(fault), request=request) from fault
        return answer


def _pass(request: httpx.Request, passed: Callable[[httpx.Request], httpx.Response]) -> httpx.Response:
    return passed(request)


def _cut(request: httpx.Request, _: Callable[[httpx.Request], httpx.Response]) -> httpx.Response:
    raise httpx.ConnectError("the wire is cut", request=request)


def _lose(request: httpx.Request, passed: Callable[[httpx.Request], httpx.Response]) -> httpx.Response:
    passed(request)
    raise httpx.ReadTimeout("the answer is lost", request=request)


def _truncate(request: httpx.Request, passed: Callable[[httpx.Request], httpx.Response]) -> httpx.Response:
    answer = passed(request)
    return httpx.Response(answer.status_code, content=answer.content[: len(answer.content) // 2], request=request)
