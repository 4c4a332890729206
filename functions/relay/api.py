"""The relay's routes: what is parked, replay, discard."""

from common.failures import Rejected
from common.functions.routes import command, query
from common.parking import PARKED, Parked
from common.world import World
from functions.relay import handlers
from functions.relay.requests import Discard, Moved, OneParked, ParkedList, ParkedPage, ParkedView, Replay


def show_parked(asked: OneParked, world: World) -> ParkedView:
    """One parked message."""
    parked = world.read.find(Parked, asked.parked_id)
    if parked is None:
        raise Rejected("not_found", "no such parked message", status=404)
    return view(parked)


def list_parked(asked: ParkedList, world: World) -> ParkedPage:
    """Parked messages in one state."""
    limit = max(1, min(asked.limit, 100))
    found = world.read.select(Parked, state=asked.state, limit=limit, after=asked.page_token)
    more = found[-1].id if len(found) == limit else ""
    return ParkedPage(items=[view(parked) for parked in found], next_page_token=more)


def view(parked: Parked) -> ParkedView:
    """A parked message as people see it."""
    return ParkedView(
        id=parked.id,
        function=parked.function,
        name=parked.name,
        code=parked.code,
        detail=parked.detail,
        parked_at=parked.parked_at.isoformat(),
        state=parked.state,
        facts=list(parked.facts),
        allowed=[verb for verb in PARKED.allows(parked.state) if verb != "park"],
    )


ROUTES = (
    query("/v1/parked", list_parked, ParkedList, ParkedPage, scope="parked:read"),
    query("/v1/parked/{parked_id}", show_parked, OneParked, ParkedView, scope="parked:read"),
    command("POST", "/v1/parked/{parked_id}/replay", handlers.replay, Replay, Moved, scope="parked:write"),
    command("POST", "/v1/parked/{parked_id}/discard", handlers.discard, Discard, Moved, scope="parked:write"),
)
