"""Moving messages that got stuck, without looking into them."""

from collections.abc import Sequence

from common.failures import Rejected
from common.functions.declared import DeadLetter, Tick
from common.parking import PARKED, Failing, Parked, failing_id
from common.runtime import Runtime
from common.transaction import Transaction
from functions.relay.model import ReplayParked, function_of, given_up, key_of, readable
from functions.relay.requests import Discard, Moved, Replay

_RENEWED = ("code", "detail", "subscription", "attempts", "told_at")
"""What a message that was parked before learns when it is given up."""


def sweep(_: Sequence[Tick], runtime: Runtime) -> None:
    """Publishes what crashed processes left unpublished."""
    runtime.sweep()


def replay_parked(tasks: Sequence[ReplayParked], runtime: Runtime) -> None:
    """Sends parked messages to their functions again; those that moved on meanwhile are left alone."""
    for parked in runtime.world.read.find_all(Parked, [task.parked_id for task in tasks]):
        if parked is not None and parked.state == "parked":
            runtime.replay(parked)


def park_dead_letter(letter: DeadLetter, file: str, transaction: Transaction) -> None:
    """Parks a message that was given up, with what is known of why; what was done or given up since is left alone."""
    failing = transaction.find(Failing, failing_id(function_of(letter), key_of(letter)))
    parked = given_up(letter, file, failing, transaction.now)
    known = transaction.find(Parked, parked.id)
    if known is None:
        transaction.put(parked)
    elif known.state == "parked":
        transaction.put(known.but(**{name: getattr(parked, name) for name in _RENEWED}))


def replay(asked: Replay, transaction: Transaction) -> Moved:
    """Replay a parked message; with `all_like_this`, every one of the same function and code that can be read."""
    parked = _parked(asked.parked_id, transaction)
    PARKED.move(parked.state, "replay")
    alike = [parked]
    if asked.all_like_this:
        alike = transaction.select(Parked, state="parked", function=parked.function, code=parked.code, limit=500)
    ready = [(one, again) for one in alike if (again := _again(one, asked.parked_id)) is not None]
    for one, again in ready:
        if again is not one:
            transaction.put(again)
        transaction.later(ReplayParked(parked_id=one.id))
    return Moved(parked_ids=[one.id for one, _ in ready])


def _again(parked: Parked, asked_id: str) -> Parked | None:
    """The message to be sent; None for one that nobody can read, unless it was asked for itself: Rejected."""
    try:
        return readable(parked)
    except Rejected:
        if parked.id == asked_id:
            raise
        return None


def discard(asked: Discard, transaction: Transaction) -> Moved:
    """Give a parked message up, for a reason that is kept."""
    parked = _parked(asked.parked_id, transaction)
    transaction.put(parked.but(state=PARKED.move(parked.state, "discard")))
    return Moved(parked_ids=[parked.id])


def _parked(parked_id: str, transaction: Transaction) -> Parked:
    parked = transaction.find(Parked, parked_id)
    if parked is None:
        raise Rejected("not_found", "no such parked message", status=404)
    return parked
