"""Serving a table of routes: find, let in, parse, act, answer."""

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import orjson
from flask import Request, Response
from pydantic import BaseModel, ValidationError
from werkzeug.test import run_wsgi_app

from common.access import Caller, caller_of
from common.commit import Cause
from common.failures import Rejected, TryLater
from common.functions.declared import Function
from common.functions.routes import Asked, Page, Route
from common.process import runtime
from common.runtime import Runtime

LONGEST_KEY = 255
LARGEST_FORM = 65_536
MOST_FIELDS = 500


def serve(function: Function, request: Request) -> Response:
    """Answers a request by the function's application or its routes."""
    if function.app is not None:
        return Response(*run_wsgi_app(function.app, request.environ))
    route, parameters = _found(function, request.method, request.path)
    here = runtime()
    if route.kind in {"view", "form"}:
        return _shown(function, route, request, parameters, here)
    if not route.scope:
        return _signed(function, route, request, parameters, here)
    audience = here.settings.base_url
    caller = caller_of(
        request.headers.get("Authorization", ""),
        request.headers.get("X-Goog-IAP-JWT-Assertion", ""),
        here.settings,
        audience,
    )
    caller.must(route.scope)
    if route.kind == "upload":
        return _upload(function, route, request, caller, here)
    if route.kind == "command":
        return _command(function, route, request, parameters, caller, here)
    return _query(route, request, parameters, here)


def _signed(
    function: Function, route: Route, request: Request, parameters: Mapping[str, str], here: Runtime
) -> Response:
    """Answers where no token is asked for: what is sent, or the address, has a signature that the action checks."""
    if route.kind == "upload":
        return _upload(function, route, request, Caller("webhook", frozenset()), here)
    return _query(route, request, parameters, here)


def _shown(
    function: Function, route: Route, request: Request, parameters: Mapping[str, str], here: Runtime
) -> Response:
    """Answers a browser: what is refused is a page, too, which says so in words."""
    assert route.refuse is not None  # noqa: S101 - `view` and `form` demand it
    headers = {name.lower(): value for name, value in request.headers.items()}
    asked = Asked(parameters, {}, headers)
    try:
        asked = Asked(parameters, _fields(route, request), headers)
        if route.kind == "form":
            return _form(function, route, request, asked, here)
        return _browsed(route.action(asked, here.world))
    except TryLater as later:
        return _browsed(route.refuse(asked, Rejected("try_later", str(later), status=503), here.world))
    except Rejected as refusal:
        return _browsed(route.refuse(asked, refusal, here.world))


def _browsed(page: Page) -> Response:
    return Response(page.body, page.status, page.headers, content_type="text/html; charset=utf-8")


def _form(function: Function, route: Route, request: Request, asked: Asked, here: Runtime) -> Response:
    assert route.understand is not None  # noqa: S101 - `form` demands it
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise Rejected("form_refused", "this form was not sent from our page", status=403)
    given = route.understand(asked, here.world)
    cause = Cause(
        function.name,
        f"{route.path}\x1f{given.key}",
        "machine:payment-page",
        fingerprint=hashlib.sha256(f"{request.path}\x1f".encode() + request.get_data()).hexdigest(),
    )
    seen = here.commit(cause, lambda unit: route.action(given.command, unit))
    return Response(status=303, headers={"Location": seen["see"], "Cache-Control": "no-store"})


def _fields(route: Route, request: Request) -> dict[str, tuple[str, ...]]:
    if route.kind == "view":
        return {name: tuple(values) for name, values in request.args.lists()}
    if request.mimetype != route.media:
        raise Rejected("not_a_form", f"send {route.media}", status=415)
    body = request.get_data()
    if len(body) > LARGEST_FORM or body.count(b"&") >= MOST_FIELDS:
        raise Rejected("too_large", "this form is too large", status=413)
    try:
        sent = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError as fault:
        raise Rejected("malformed_form", "this form can't be read", status=400) from fault
    found: dict[str, tuple[str, ...]] = {}
    for name, value in sent:
        found[name] = (*found.get(name, ()), value)
    return found


def _found(function: Function, method: str, path: str) -> tuple[Route, dict[str, str]]:
    others: set[str] = set()
    for route in function.routes:
        match = _pattern(route.path).fullmatch(path)
        if match and (route.method == method or (method == "HEAD" and route.method == "GET")):
            return route, match.groupdict()
        if match:
            others.add(route.method)
    if others:
        raise Rejected("method_not_allowed", f"this path takes {', '.join(sorted(others))}", status=405)
    raise Rejected("not_found", "there is nothing at this path", status=404)


@lru_cache(maxsize=512)
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]{1,200})", path))


def _command(
    function: Function,
    route: Route,
    request: Request,
    parameters: Mapping[str, str],
    caller: Caller,
    here: Runtime,
) -> Response:
    assert route.takes is not None  # noqa: S101 - `command` demands it
    key = request.headers.get("Idempotency-Key", "")
    if not key or len(key) > LONGEST_KEY or not key.isprintable():
        raise Rejected("idempotency_key_missing", "send an Idempotency-Key of at most 255 characters", status=400)
    body = _json(request)
    given = _valid(route.takes, {**body, **parameters}, forbidden=set(body) & set(parameters))
    print_ = hashlib.sha256(f"{route.method}\x1f{request.path}\x1f".encode() + request.get_data()).hexdigest()
    cause = Cause(
        function.name,
        f"{caller.name}\x1f{route.method} {route.path}\x1f{key}",
        caller.name,
        reason=str(getattr(given, "reason", "") or ""),
        fingerprint=print_,
    )
    done = here.commit(cause, lambda unit: route.action(given, unit))
    return _answer(done, route.status)


def _upload(function: Function, route: Route, request: Request, caller: Caller, here: Runtime) -> Response:
    assert route.parse is not None  # noqa: S101 - `upload` demands it
    raw = request.get_data()
    given = route.parse(raw, {k.lower(): v for k, v in request.headers.items()}, here.settings)
    cause = Cause(
        function.name,
        f"{route.path}\x1f{given.key}",
        caller.name,
        fingerprint=hashlib.sha256(raw).hexdigest() if route.scope else "",
    )
    command = route.keep(given.command, here.world) if route.keep else given.command
    return _answer(here.commit(cause, lambda unit: route.action(command, unit)), route.status)


def _query(route: Route, request: Request, parameters: Mapping[str, str], here: Runtime) -> Response:
    assert route.takes is not None  # noqa: S101 - `query` demands it
    asked = _json(request) if route.takes_body else request.args.to_dict()
    given = _valid(route.takes, {**asked, **parameters}, forbidden=set(asked) & set(parameters))
    shown = route.action(given, here.world)
    if route.kind == "page":
        return Response(shown, content_type=route.media, headers={"X-Content-Type-Options": "nosniff"})
    return _answer(shown.model_dump(mode="json") if isinstance(shown, BaseModel) else shown, 200)


def _json(request: Request) -> dict[str, Any]:
    if request.mimetype != "application/json":
        raise Rejected("not_json", "send application/json", status=415)
    try:
        body = orjson.loads(request.get_data() or b"{}")
    except orjson.JSONDecodeError as fault:
        raise Rejected("malformed_json", str(fault), status=400) from fault
    if not isinstance(body, dict):
        raise Rejected("malformed_json", "send an object", status=400)
    return body


def _valid(takes: type[BaseModel], given: Mapping[str, Any], *, forbidden: set[str]) -> BaseModel:
    if forbidden:
        raise Rejected("invalid", f"{', '.join(sorted(forbidden))} comes from the path", status=422)
    try:
        return takes.model_validate(given)
    except ValidationError as fault:
        errors = [
            {
                "pointer": "/" + "/".join(str(part) for part in error["loc"]),
                "detail": error["msg"],
                "code": error["type"],
            }
            for error in fault.errors(include_url=False, include_input=False, include_context=False)[:50]
        ]
        raise Rejected("invalid", "the request has faults", errors=errors) from fault


def _answer(body: Any, status: int) -> Response:
    return Response(orjson.dumps(body, option=orjson.OPT_SORT_KEYS), status, content_type="application/json")
