"""The one HTTP port: sends each path to the service mounted there, and answers the admin and identity routes."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final, Protocol

from werkzeug.wrappers import Request, Response

from emulators.clock import Clock
from emulators.identity import Issuer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PAGES: Final = {
    "/mail": "Mail: every message that was sent",
    "/stripe": "Stripe: payments and webhooks",
    "/adyen": "Adyen: payments, links, batches and notices",
    "/mollie": "Mollie: payments, settlements and webhooks",
    "/gocardless": "GoCardless: payments, payouts and webhooks",
    "/bank": "Bank: accounts, transfers and statements",
    "/sap": "SAP: journal entries",
    "/vies": "VIES: VAT ids that were asked about",
}
"""Simulators with pages of their own."""
START: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Simulators</title>
<style>body {{ font: 16px/1.7 system-ui, sans-serif; max-width: 40rem; margin: 0 auto; padding: 1.5rem 1rem }}</style>
</head><body><main><h1>Simulators</h1><p>What stands in for the world on this machine.</p>
<ul>{links}</ul></main></body></html>
"""
LONGEST_WAIT_S: Final = 30.0
LOOK_S: Final = 0.004
Answer = Callable[[Request], dict[str, Any]]


class Watched(Protocol):
    """What the admin routes ask the running process."""

    def idle(self) -> bool:
        """True when nothing moves."""
        ...

    def pending(self) -> dict[str, Any]:
        """What still waits, by service."""
        ...


def admin_routes(watched: Watched, clock: Clock, served: list[str]) -> dict[tuple[str, str], Answer]:
    """The routes that watch and steer the process."""

    def advance(request: Request) -> dict[str, Any]:
        return {"now": clock.advance_to(datetime.fromisoformat(_field(request, "now"))).isoformat()}

    return {
        ("GET", "/admin/health"): lambda _: {"healthy": True, "serves": served},
        ("GET", "/admin/clock"): lambda _: {"now": clock.now().isoformat()},
        ("POST", "/admin/clock"): advance,
        ("GET", "/admin/idle"): lambda request: {"idle": _idle(watched, request)},
        ("GET", "/admin/pending"): lambda _: watched.pending(),
    }


def _idle(watched: Watched, request: Request) -> bool:
    """Whether nothing moves; with `within_s`, waits for it so long. Twice in a row, so that nothing is handed over."""
    until = monotonic() + min(float(request.args.get("within_s", "0")), LONGEST_WAIT_S)
    while True:
        if watched.idle():
            sleep(LOOK_S)
            if watched.idle():
                return True
        if monotonic() >= until:
            return False
        sleep(LOOK_S)


def identity_routes(issuer: Issuer) -> dict[tuple[str, str], Answer]:
    """The routes of the development issuer: anybody gets any token, so it must never be reachable from outside."""

    def token(request: Request) -> dict[str, Any]:
        scopes = _asked(request).get("scopes", [])
        if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
            raise ValueError("scopes must be a list of texts")
        email, audience = _field(request, "email"), _field(request, "audience")
        return {"token": issuer.identity_token(email=email, audience=audience, scopes=scopes)}

    def assertion(request: Request) -> dict[str, Any]:
        email, audience = _field(request, "email"), _field(request, "audience")
        return {"token": issuer.iap_assertion(email=email, audience=audience)}

    return {
        ("GET", "/identity/.well-known/jwks.json"): lambda _: issuer.jwks(),
        ("POST", "/identity/token"): token,
        ("POST", "/identity/iap"): assertion,
    }


class Site:
    """A WSGI application of exact routes and of services mounted under a prefix, which they don't see.

    A service in `whole` is mounted, too, but sees the full path.
    """

    def __init__(
        self,
        routes: Mapping[tuple[str, str], Answer],
        mounted: Mapping[str, "WSGIApplication"],
        whole: Mapping[str, "WSGIApplication"],
    ) -> None:
        self._routes = routes
        self._mounted = mounted
        self._whole = whole

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answers one request."""
        path = environ.get("PATH_INFO", "")
        for prefix, service in self._whole.items():
            if _below(path, prefix):
                return service(environ, start_response)
        for prefix, service in self._mounted.items():
            if _below(path, prefix):
                environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix
                environ["PATH_INFO"] = path.removeprefix(prefix)
                return service(environ, start_response)
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        answer = self._routes.get((request.method, request.path))
        if answer is None and (request.method, request.path) == ("GET", "/"):
            return _start([prefix for prefix in PAGES if prefix in self._mounted])
        if answer is None:
            return _json({"error": f"the emulators do not serve {request.method} {request.path}"}, HTTPStatus.NOT_FOUND)
        try:
            return _json(answer(request))
        except ValueError as fault:
            return _json({"error": str(fault)}, HTTPStatus.BAD_REQUEST)


def _start(prefixes: list[str]) -> Response:
    """The page that leads to the simulators' own pages."""
    links = "".join(f'<li><a href="{prefix}/">{PAGES[prefix]}</a></li>' for prefix in prefixes)
    page = START.format(links=links or "<li>None is running here.</li>")
    headers = {
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(page, content_type="text/html; charset=utf-8", headers=headers)


def _below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")


def _asked(request: Request) -> dict[str, Any]:
    asked = json.loads(request.get_data())
    if not isinstance(asked, dict):
        raise ValueError("a JSON object is expected")  # noqa: TRY004 - all faults of a request are ValueErrors
    return asked


def _field(request: Request, name: str) -> str:
    value = _asked(request).get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is missing")
    return value


def _json(told: dict[str, Any], status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(json.dumps(told), status=status, content_type="application/json")
