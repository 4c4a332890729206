"""The whole platform in one process on one port: every function under its public path."""

from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, Self

from flask import Request, Response

from common.functions.declared import Function
from common.functions.entry import answer
from common.functions.problems import problem
from common.tools.openapi import document
from emulators.http import HttpServer

Start = Callable[..., Any]
Answering = Callable[[Function, Request], Response]


class Host:
    """A threaded WSGI server on loopback that routes requests to functions; `url` says where."""

    def __init__(self, functions: Sequence[Function], *, port: int = 0, answering: Answering = answer) -> None:
        self.functions = list(functions)
        self._answering = answering
        self._pushed = {f.name: f for f in self.functions if f.kind != "http"}
        self._paths = _prefixes(self.functions)
        self._server = HttpServer(self.wsgi, port)
        self.url = f"http://127.0.0.1:{self._server.port}"

    def __enter__(self) -> Self:
        """Starts serving."""
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops serving."""
        self._server.close()

    def wsgi(self, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        """The WSGI application."""
        request = Request(environ)
        path = request.path
        if path == "/openapi.json":
            response = document(self.functions)
        else:
            function = self._function(path)
            response = self._answering(function, request) if function else problem(404, "not_found", "nothing is here")
        return response(environ, start_response)

    def _function(self, path: str) -> Function | None:
        if path.startswith("/_functions/"):
            return self._pushed.get(path.removeprefix("/_functions/"))
        for prefix, function in self._paths:
            if path == prefix or path.startswith(prefix + "/"):
                return function
        return None


def _prefixes(functions: Sequence[Function]) -> list[tuple[str, Function]]:
    """Public path prefixes, longest first: a route's path up to its first parameter."""
    found: dict[str, Function] = {}
    for function in functions:
        if function.kind == "http":
            for prefix in public_prefixes(function):
                found[prefix] = function
    return sorted(found.items(), key=lambda entry: -len(entry[0]))


def public_prefixes(function: Function) -> list[str]:
    """Where a load balancer sends requests for this function: `/v1/invoices`."""
    if function.app is not None:
        return [function.prefix]
    return sorted({"/".join(route.path.split("{")[0].rstrip("/").split("/")[:3]) for route in function.routes})
