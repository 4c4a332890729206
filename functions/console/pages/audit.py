"""A document's trail: every version, who made it and why, and whether its chain is whole."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, request

from functions.console.pages.asking import billing

audit = Blueprint("audit", __name__)


@audit.get("/audit/<id:collection>/<id:document_id>")
def trail(collection: str, document_id: str) -> str:
    """The trail, newest version first, and the state as of a moment where one is asked for."""
    at = _instant(request.args.get("at", "").strip())
    found = billing().get(f"/v1/audit/trail/{collection}/{document_id}", at=at)
    steps = with_changes(found["steps"])
    return render_template("trail.html", trail=found, steps=steps[::-1], at=at, collection=collection)


def _instant(typed: str) -> str:
    """A browser's local date and time has no zone: it is meant in UTC."""
    return f"{typed}:00+00:00" if len(typed) == len("2026-11-01T12:00") else typed


def with_changes(steps: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each version with the names of the fields that are not as in the one before."""
    before: dict[str, Any] = {}
    told = []
    for step in steps:
        body = step["body"]
        changed = sorted(name for name in body.keys() | before.keys() if body.get(name) != before.get(name))
        told.append({**step, "changed": changed if before else []})
        before = body
    return told
