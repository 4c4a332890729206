"""Billing runs: start one, look at what it would issue, release or cancel it, watch it."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from common.parties import SELLERS
from common.process import runtime
from functions.console.pages.asking import act, billing, leads, reason
from functions.console.providers import Params, Part

MOVING: Final = frozenset({"freezing", "issuing"})
MOST_PAGES: Final = 8
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
    given = {name: request.form.get(name, "").strip() for name in ("entity", "cut_off", "issued_on")}
    return {name: value for name, value in given.items() if value} | {"reason": reason()}


@runs.get("/runs/<id:run_id>")
def show(run_id: str) -> str:
    """One run: its progress while it moves, its preview, its numbers. Keeps itself fresh unless asked not to."""
    run = billing().get(f"/v1/billing-runs/{run_id}")
    moving = run["state"] in MOVING
    still = request.method == "POST" or "still" in request.args
    parts = {"issued": None, **billing().parts(**_asked(run))}
    return render_template("run.html", run=run, moving=moving, still=still, left_out=left_out(parts), **parts)


def _asked(run: Mapping[str, Any]) -> dict[str, tuple[str, Params]]:
    """The invoices of a run that has some, and the pages that may have left somebody out."""
    wanted: dict[str, tuple[str, Params]] = {}
    if run["state"] in {"issuing", "completed"}:
        token = request.args.get("page_token", "")[:100]
        wanted["issued"] = ("/v1/invoices", {"run_id": run["id"], "page_token": token})
    if run["skipped"]:
        pages = range(min(run["pages"], MOST_PAGES))
        wanted |= {f"page_{page}": (f"/v1/billing-runs/{run['id']}/pages/{page}", {}) for page in pages}
    return wanted


def left_out(parts: Mapping[str, Part | None]) -> list[dict[str, Any]]:
    """Who got no invoice, and why."""
    pages = [part for name, part in parts.items() if part is not None and name.startswith("page_")]
    return [skipped for page in pages for skipped in page.body.get("skipped", [])][:MOST_LEFT_OUT]


@runs.post("/runs/<id:run_id>/release", defaults={"verb": "release"})
@runs.post("/runs/<id:run_id>/cancel", defaults={"verb": "cancel"})
def change(run_id: str, verb: str) -> Response | tuple[str, int]:
    """Releases a run, or cancels it."""
    acted = act(f"/v1/billing-runs/{run_id}/{verb}", lambda: {"reason": reason()}, lambda: show(run_id))
    return leads(acted, f"/console/runs/{run_id}", verb)
