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
from common.functions.declared import DEAD_LETTERS, Function
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
    audience = here.settings.function_url(function.name)
    must_be_pusher(request.headers.get("Authorization", ""), here.settings, audience)
    message, attempt = delivery_of(function, request)
    here.deliver(function, message, attempt=attempt)
    return Response(status=204)


def message_of(function: Function, request: Request) -> Message:
    """The message in a push, a task or a schedule's call; Rejected where it is none."""
    return delivery_of(function, request)[0]


def delivery_of(function: Function, request: Request) -> tuple[Message, int]:
    """As `message_of`, and which attempt of Pub/Sub's or Cloud Tasks' this is; 0 where nobody counts."""
    try:
        if function.kind == "schedule":
            slot = request.headers.get("X-CloudScheduler-ScheduleTime", "")
            return tick(function, datetime.fromisoformat(slot)), 0
        body = orjson.loads(request.get_data())
        retries = request.headers.get("X-CloudTasks-TaskRetryCount", "")
        attempt = int(retries) + 1 if retries else int(body.get("deliveryAttempt", 0))
        if function.kind == "dead_letter" and "message" in body:
            return dead_letter(function, body["message"]), attempt
        if "message" in body:
            body = orjson.loads(base64.b64decode(body["message"]["data"]))
        return unpack(body), attempt
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as fault:
        raise Rejected("not_a_message", repr(fault), status=400) from fault


def dead_letter(function: Function, told: Mapping[str, Any]) -> Message:
    """A message that Pub/Sub gave up, unopened, with what Pub/Sub says of it."""
    source = "CloudPubSubDeadLetterSource"
    attributes = told.get("attributes", {})
    letter = {
        "subscription": attributes.get(f"{source}Subscription", ""),
        "attempts": int(attributes.get(f"{source}DeliveryCount", 0)),
        "data": told.get("data", ""),
        "message_id": told["messageId"],
        "published_at": attributes.get(f"{source}TopicPublishTime", "") or told["publishTime"],
    }
    return Message(
        name=DEAD_LETTERS,
        key=f"dead:{told['messageId']}",
        facts=(letter,),
        at=datetime.fromisoformat(told["publishTime"]),
        ids=(told["messageId"],),
        function=function.name,
    )


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
            "again": message.again,
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
        again=body.get("again", 0),
    )
