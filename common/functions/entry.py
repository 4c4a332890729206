"""The one door of every function: from an HTTP request to a delivery or a route, and every failure's answer."""

import base64
import traceback
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from flask import Request, Response
from pydantic import ValidationError

from common.access import must_be_pusher
from common.failures import Rejected, TryLater
from common.functions.declared import Function
from common.functions.problems import problem
from common.functions.serving import serve
from common.log import log
from common.ports import Message
from common.process import runtime

LARGEST = 10 * 1_048_576
"""Bytes; a larger request is refused before it is read."""


def answer(function: Function, request: Request) -> Response:
    """Answers any request to any function. Nobody else catches what they don't know."""
    try:
        if (request.content_length or 0) > LARGEST:
            raise Rejected("too_large", "at most 10 MiB", status=413)
        if function.kind == "http":
            return serve(function, request)
        return _receive(function, request)
    except Rejected as refusal:
        return problem(refusal.status, refusal.code, refusal.detail, refusal.errors)
    except TryLater as later:
        status = 503 if function.kind == "http" else 500
        return problem(status, "try_later", str(later), headers={"Retry-After": "1"})
    except Exception as fault:  # noqa: BLE001 - the one door: a bug is reported, and the sender tries again
        log("ERROR", repr(fault), function=function.name, stack_trace=traceback.format_exc())
        return problem(500, "internal", "this is our fault; it was reported")


def _receive(function: Function, request: Request) -> Response:
    here = runtime()
    audience = f"{here.settings.base_url}/_functions/{function.name}"
    must_be_pusher(request.headers.get("Authorization", ""), here.settings, audience)
    here.deliver(function, message_of(function, request))
    return Response(status=204)


def message_of(function: Function, request: Request) -> Message:
    """The message in a push, a task or a schedule's call; Rejected where it is none."""
    if function.kind == "schedule":
        slot = request.headers.get("X-CloudScheduler-ScheduleTime", "")
        return tick(function, datetime.fromisoformat(slot))
    try:
        body = orjson.loads(request.get_data())
        if "message" in body:
            body = orjson.loads(base64.b64decode(body["message"]["data"]))
        return unpack(body)
    except (ValueError, KeyError, TypeError, ValidationError) as fault:
        raise Rejected("not_a_message", repr(fault), status=400) from fault


def tick(function: Function, slot: datetime) -> Message:
    """A schedule's message: its slot is its key, so that firing twice has one effect."""
    return Message(
        name="tick",
        key=f"tick:{slot.isoformat()}",
        facts=({"slot": slot.isoformat()},),
        at=slot,
        ids=(slot.isoformat(),),
        function=function.name,
    )


def pack(message: Message) -> bytes:
    """A message as it travels."""
    return orjson.dumps(
        {
            "name": message.name,
            "key": message.key,
            "at": message.at.isoformat(),
            "facts": message.facts,
            "ids": message.ids,
            "function": message.function,
            "parked_id": message.parked_id,
        }
    )


def unpack(body: Mapping[str, Any]) -> Message:
    """A message as it came; KeyError, TypeError or ValueError where it is none."""
    facts: Sequence[Mapping[str, Any]] = body["facts"]
    return Message(
        name=body["name"],
        key=body["key"],
        facts=tuple(facts),
        at=datetime.fromisoformat(body["at"]),
        ids=tuple(body["ids"]),
        function=body["function"],
        parked_id=body["parked_id"],
    )
