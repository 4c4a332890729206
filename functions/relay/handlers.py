"""Moving messages that got stuck, without looking into them."""

from collections.abc import Sequence

from common.failures import Rejected
from common.functions.declared import Tick
from common.parking import PARKED, Parked
from common.runtime import Runtime
from common.transaction import Transaction
from functions.relay.model import ReplayParked
from functions.relay.requests import Discard, Moved, Replay


def sweep(_: Sequence[Tick], runtime: Runtime) -> None:
    """Publishes what crashed processes left unpublished."""
    runtime.sweep()


def replay_parked(tasks: Sequence[ReplayParked], runtime: Runtime) -> None:
    """Sends parked messages to their functions again; those that moved on meanwhile are left alone."""
    for parked in runtime.world.read.find_all(Parked, [task.parked_id for task in tasks]):
        if parked is not None and parked.state == "parked":
            runtime.replay(parked)


def replay(asked: Replay, transaction: Transaction) -> Moved:
    """Replay a parked message; with `all_like_this`, every one of the same function and code."""
    parked = _parked(asked.parked_id, transaction)
    PARKED.move(parked.state, "replay")
    chosen = [parked.id]
    if asked.all_like_this:
        others = transaction.select(Parked, state="parked", limit=500)
        chosen = [o.id for o in others if (o.function, o.code) == (parked.function, parked.code)]
    for parked_id in chosen:
        transaction.later(ReplayParked(parked_id=parked_id))
    return Moved(parked_ids=chosen)


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
