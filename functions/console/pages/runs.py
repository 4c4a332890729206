"""Billing runs: start one, look at what it would issue and what it holds, release it, watch it, go on or stop."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from common.parties import SELLERS
from common.process import runtime
from functions.console.pages.asking import act, billing, leads, reason
from functions.console.providers import Params, Part

MOVING: Final = frozenset({"waiting", "freezing", "canary", "issuing", "stopping"})
ISSUED: Final = frozenset({"canary", "issuing", "paused", "stopping", "completed", "cancelled"})
MOST_LEFT_OUT: Final = 50
"""How far the page looks for who was left out."""

runs = Blueprint("runs", __name__)


@runs.get("/runs")
def listed() -> str:
    """All runs, and a form for a new one."""
    found = billing().part("/v1/billing-runs", page_token=request.args.get("page_token", ""))
    today = runtime().clock.now().date()
    return render_template("runs.html", found=found, entities=sorted(SELLERS), today=today.isoformat())


@runs.post("/runs")
def begin() -> Response | tuple[str, int]:
    """Starts a run: it freezes what would be billed and waits for its release."""
    acted = act("/v1/billing-runs", _begin, listed)
    to = "" if isinstance(acted, tuple) else f"/console/runs/{acted['id']}"
    return leads(acted, to, "started")


def _begin() -> Mapping[str, Any]:
    names = ("entity", "cut_off", "issued_on", "canary", "grace_hours")
    given = {name: request.form.get(name, "").strip() for name in names}
    return {name: value for name, value in given.items() if value} | {"reason": reason()}


@runs.get("/runs/<id:run_id>")
def show(run_id: str) -> str:
    """One run: its progress while it moves, its preview, its numbers. Keeps itself fresh unless asked not to."""
    run = billing().get(f"/v1/billing-runs/{run_id}")
    moving = run["state"] in MOVING
    still = request.method == "POST" or "still" in request.args
    parts = {"issued": None, "left": None, **billing().parts(**_asked(run))}
    aside = {"left_out": left_out(parts["left"]), "held": held_bills(parts["left"])}
    return render_template("run.html", run=run, moving=moving, still=still, **aside, **parts)


def _asked(run: Mapping[str, Any]) -> dict[str, tuple[str, Params]]:
    """The invoices of a run that has some, and whom it left out or holds."""
    wanted: dict[str, tuple[str, Params]] = {}
    if run["state"] in ISSUED and run["numbered"]:
        token = request.args.get("page_token", "")[:100]
        wanted["issued"] = ("/v1/invoices", {"run_id": run["id"], "page_token": token})
    if run["pages"]:
        token = request.args.get("left_token", "")[:6]
        wanted["left"] = (f"/v1/billing-runs/{run['id']}/left", {"page_token": token})
    return wanted


def left_out(part: Part | None) -> list[dict[str, Any]]:
    """Who got no invoice, and why; of one page of the list."""
    return list(part.body.get("skipped", []))[:MOST_LEFT_OUT] if part else []


def held_bills(part: Part | None) -> list[dict[str, Any]]:
    """Single bills that somebody has to decide on, or has decided on."""
    return list(part.body.get("held", []))[:MOST_LEFT_OUT] if part else []


@runs.post("/runs/<id:run_id>/<any(release, continue, pause, resume, cancel, rerun):verb>")
def change(run_id: str, verb: str) -> Response | tuple[str, int]:
    """Releases a run, goes on, pauses or cancels it, or runs again what it left behind."""
    acted = act(f"/v1/billing-runs/{run_id}/{verb}", lambda: {"reason": reason()}, lambda: show(run_id))
    to = run_id if isinstance(acted, tuple) else acted["id"]
    return leads(acted, f"/console/runs/{to}", verb)


@runs.post("/runs/<id:run_id>/holds/<hold_id>/<any(release, drop):verb>")
def decide(run_id: str, hold_id: str, verb: str) -> Response | tuple[str, int]:
    """Lets pass what a run holds, or leaves it out."""
    path = f"/v1/billing-runs/{run_id}/holds/{quote(hold_id, safe='')}/{verb}"
    acted = act(path, lambda: {"reason": reason()}, lambda: show(run_id))
    return leads(acted, f"/console/runs/{run_id}", f"hold_{verb}")
