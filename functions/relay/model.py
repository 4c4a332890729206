"""What the relay is asked to do, and how a message that was given up is read."""

import base64
from datetime import datetime
from typing import Final

import orjson

from common.events.base import Task
from common.failures import Rejected
from common.functions.declared import DeadLetter
from common.functions.entry import unpack
from common.parking import Failing, Parked, parked_id
from common.ports import Message

LARGEST_INLINE: Final = 900_000
"""Characters of base64 that a document has room for; a larger message is kept as a file and can't be replayed."""


class ReplayParked(Task, name="relay.replay_parked"):
    """Send a parked message to its function again."""

    parked_id: str


def opened(data: str) -> Message | None:
    """The message in base64, or None where nobody can read it."""
    try:
        message = unpack(orjson.loads(base64.b64decode(data, validate=True)))
    except (ValueError, KeyError, TypeError):
        return None
    plain = all(isinstance(fact, dict) for fact in message.facts) and all(isinstance(i, str) for i in message.ids)
    told = bool(message.facts) and isinstance(message.name, str) and isinstance(message.key, str)
    return message if plain and told and message.at.tzinfo else None


def function_of(letter: DeadLetter) -> str:
    """The function a message was meant for: subscriptions are named `<function>.<topic>`."""
    return letter.subscription.partition(".")[0]


def key_of(letter: DeadLetter) -> str:
    """The message's own key; for one nobody can read, its id on the dead-letter topic."""
    message = opened(letter.data) if len(letter.data) <= LARGEST_INLINE else None
    return message.key if message else f"dead:{letter.message_id}"


def given_up(letter: DeadLetter, file: str, failing: Failing | None, now: datetime) -> Parked:
    """A message that was given up, as it is parked: with its facts, or raw where nobody can read it."""
    message = None if file else opened(letter.data)
    function, _, topic = letter.subscription.partition(".")
    return Parked(
        id=parked_id(function, key_of(letter)),
        function=function,
        name=message.name if message else topic,
        key=key_of(letter),
        facts=tuple(dict(fact) for fact in message.facts) if message else (),
        ids=message.ids if message else (),
        code=_code(message, file, failing),
        detail=f"{_story(letter)} {_why(message, file, failing)}",
        parked_at=now,
        told_at=message.at if message else letter.published_at,
        subscription=letter.subscription,
        attempts=letter.attempts,
        raw="" if message or file else letter.data,
        raw_file=file,
    )


def _code(message: Message | None, file: str, failing: Failing | None) -> str:
    if file:
        return "too_large"
    if message is None:
        return "unreadable"
    return f"gave_up_{failing.fault}" if failing else "gave_up"


def _story(letter: DeadLetter) -> str:
    return f"{letter.subscription or 'An unknown subscription'} gave up after {letter.attempts} attempts."


def _why(message: Message | None, file: str, failing: Failing | None) -> str:
    if file:
        return "The message is too large to be parked whole; it is archived."
    if message is None:
        return "Nobody can read the message; it is kept as it came."
    if failing is None:
        return "No error is known: the function did not answer."
    return f"Last known error, at attempt {failing.attempt}, {failing.failed_at.isoformat()}: {failing.detail}"


def readable(parked: Parked) -> Parked:
    """The same message, ready to be sent again; what nobody could read is read once more, by today's code.

    Rejected `unreadable` where that does not help: such a message can only be discarded.
    """
    if parked.readable:
        return parked
    message = opened(parked.raw) if parked.function else None
    if message is None:
        raise Rejected("unreadable", "nobody can read this message, so nobody can take it: discard it")
    facts = tuple(dict(fact) for fact in message.facts)
    return parked.but(name=message.name, key=message.key, facts=facts, ids=message.ids, told_at=message.at)
