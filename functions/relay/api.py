"""The relay's routes: what is parked and why, replay, discard."""

from itertools import groupby
from typing import Final

from common.failures import Rejected
from common.functions.routes import command, query
from common.parking import PARKED, Parked
from common.world import World
from functions.relay import handlers
from functions.relay.model import readable
from functions.relay.requests import (
    Cause,
    Causes,
    CausesAsked,
    Discard,
    Moved,
    OneParked,
    ParkedList,
    ParkedPage,
    ParkedView,
    Replay,
)

LOOKED_AT: Final = 500
"""So many messages are looked at to learn the causes; each cause is then counted exactly."""


def show_parked(asked: OneParked, world: World) -> ParkedView:
    """One parked message."""
    parked = world.read.find(Parked, asked.parked_id)
    if parked is None:
        raise Rejected("not_found", "no such parked message", status=404)
    return view(parked).model_copy(update={"raw": parked.raw})


def list_parked(asked: ParkedList, world: World) -> ParkedPage:
    """Parked messages in one state."""
    narrowed = {name: value for name in ("function", "code") if (value := getattr(asked, name))}
    found = world.read.select(Parked, state=asked.state, limit=asked.limit, after=asked.page_token, **narrowed)
    more = found[-1].id if len(found) == asked.limit else ""
    return ParkedPage(items=[view(parked) for parked in found], next_page_token=more)


def list_causes(asked: CausesAsked, world: World) -> Causes:
    """What messages in one state have in common: the function and the code."""
    found = sorted(world.read.select(Parked, state=asked.state, limit=LOOKED_AT), key=_cause)
    causes = [_counted(asked, list(alike), world) for _, alike in groupby(found, key=_cause)]
    return Causes(items=sorted(causes, key=lambda cause: -cause.count), complete=len(found) < LOOKED_AT)


def _cause(parked: Parked) -> tuple[str, str]:
    return parked.function, parked.code


def _counted(asked: CausesAsked, alike: list[Parked], world: World) -> Cause:
    first = min(alike, key=lambda parked: parked.parked_at)
    return Cause(
        function=first.function,
        code=first.code,
        count=world.read.count(Parked, state=asked.state, function=first.function, code=first.code),
        since=first.parked_at.isoformat(),
        example_id=first.id,
        detail=first.detail,
    )


def view(parked: Parked) -> ParkedView:
    """A parked message as people see it, without what nobody could read."""
    return ParkedView(
        id=parked.id,
        function=parked.function,
        name=parked.name,
        code=parked.code,
        detail=parked.detail,
        parked_at=parked.parked_at.isoformat(),
        state=parked.state,
        facts=list(parked.facts),
        allowed=[verb for verb in PARKED.allows(parked.state) if verb != "park" and _possible(verb, parked)],
        subscription=parked.subscription,
        attempts=parked.attempts,
        raw_bytes=len(parked.raw) * 3 // 4 - parked.raw[-2:].count("="),
        raw_file=parked.raw_file,
    )


def _possible(verb: str, parked: Parked) -> bool:
    try:
        return verb != "replay" or bool(readable(parked))
    except Rejected:
        return False


ROUTES = (
    query("/v1/parked", list_parked, ParkedList, ParkedPage, scope="parked:read"),
    query("/v1/parked/causes", list_causes, CausesAsked, Causes, scope="parked:read"),
    query("/v1/parked/{parked_id}", show_parked, OneParked, ParkedView, scope="parked:read"),
    command("POST", "/v1/parked/{parked_id}/replay", handlers.replay, Replay, Moved, scope="parked:write"),
    command("POST", "/v1/parked/{parked_id}/discard", handlers.discard, Discard, Moved, scope="parked:write"),
)
