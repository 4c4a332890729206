"""Messages a function refused: replay them once the cause is gone, or give them up."""

from typing import Final

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from functions.console.pages.asking import act, billing, leads, reason

STATES: Final = ("parked", "replayed", "discarded")

parked = Blueprint("parked", __name__)


@parked.get("/parked")
def listed() -> str:
    """Parked messages in one state, grouped by cause; those of one cause where one is chosen."""
    state = request.args.get("state", "parked")
    chosen = {name: request.args.get(name, "") for name in ("function", "code")}
    token = request.args.get("page_token", "")
    parts = billing().parts(
        causes=("/v1/parked/causes", {"state": state}),
        found=("/v1/parked", {"state": state, "page_token": token, **chosen}),
    )
    return render_template("parked.html", **parts, state=state, states=STATES, **chosen)


@parked.get("/parked/<id:parked_id>")
def show(parked_id: str) -> str:
    """One parked message with its facts."""
    return render_template("parked_one.html", message=billing().get(f"/v1/parked/{parked_id}"))


@parked.post("/parked/<id:parked_id>/replay")
def replay(parked_id: str) -> Response | tuple[str, int]:
    """Delivers the message again, or all that were refused alike."""
    every = request.form.get("extent") == "all"
    acted = act(
        f"/v1/parked/{parked_id}/replay",
        lambda: {"reason": reason(), "all_like_this": every},
        lambda: show(parked_id),
    )
    return leads(
        acted, "/console/parked" if every else f"/console/parked/{parked_id}", "replay_all" if every else "replay"
    )


@parked.post("/parked/<id:parked_id>/discard")
def discard(parked_id: str) -> Response | tuple[str, int]:
    """Gives the message up."""
    acted = act(f"/v1/parked/{parked_id}/discard", lambda: {"reason": reason()}, lambda: show(parked_id))
    return leads(acted, f"/console/parked/{parked_id}", "discard")
