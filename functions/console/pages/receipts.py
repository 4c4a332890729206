"""Money that came and belongs nowhere yet, and putting it where it belongs."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from functions.console.forms import minor_of
from functions.console.pages.asking import act, billing, leads, reason
from functions.console.providers import Params, Part, Refused

STATES: Final = ("unapplied", "partly", "applied")
ZONES: Final = ("", "suggested", "manual", "automatic")
AGES: Final = ("", "8", "31", "61", "91")
"""Days: money that waits longer than a week, a month, two, three."""
MOST_NAMED: Final = 20
"""Invoices one receipt's page asks for by name."""

receipts = Blueprint("receipts", __name__)


@receipts.get("/receipts")
def listed() -> str:
    """Receipts in one state, by how they were decided and how old they are; above, all that waits, by owner and age."""
    asked = {
        "state": request.args.get("state", "unapplied"),
        "zone": request.args.get("zone", "")[:20],
        "min_age_days": request.args.get("min_age_days", "")[:4],
    }
    parts = billing().parts(
        found=("/v1/receipts", {**asked, "page_token": request.args.get("page_token", "")[:100]}),
        waiting=("/v1/unapplied", {}),
    )
    choices = {"states": STATES, "zones": ZONES, "ages": AGES}
    waiting = {"groups": by_owner(parts["waiting"].body), "buckets": buckets(parts["waiting"].body)}
    return render_template("receipts.html", **waiting, **asked, **choices, **parts)


def buckets(waiting: Mapping[str, Any]) -> list[str]:
    """The ages there are, the youngest first: `0-7`, `8-30`, `91+`."""
    found = {str(group["bucket"]) for group in waiting.get("groups", [])}
    return sorted(found, key=lambda bucket: int(bucket.partition("-")[0].rstrip("+")))


def by_owner(waiting: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Unapplied money by its owner and currency, with each age in its own column; the oldest money first."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for group in waiting.get("groups", []):
        key = (group["owner"], group["currency"])
        row = rows.setdefault(
            key, {"owner": key[0], "currency": key[1], "ages": {}, "sum_minor": 0, "receipts": 0, "oldest_on": "9999"}
        )
        row["ages"][group["bucket"]] = group["unapplied_minor"]
        row["sum_minor"] += group["unapplied_minor"]
        row["receipts"] += group["receipts"]
        row["oldest_on"] = min(row["oldest_on"], group["oldest_on"])
    return sorted(rows.values(), key=lambda row: (row["oldest_on"], row["owner"], row["currency"]))


@receipts.get("/receipts/<id:receipt_id>")
def show(receipt_id: str) -> str:
    """One receipt, where its money went, and what its member still owes."""
    receipt = billing().get(f"/v1/receipts/{receipt_id}")
    wanted: dict[str, tuple[str, Params]] = {item_id: (f"/v1/items/{item_id}", {}) for item_id in _items(receipt)}
    if receipt["member_id"]:
        wanted["member"] = (f"/v1/members/by-id/{receipt['member_id']}", {})
        wanted["owed"] = ("/v1/items", {"member_id": receipt["member_id"], "state": "open"})
    parts = billing().parts(**wanted)
    return render_template(
        "receipt.html",
        receipt=receipt,
        matches=matches(receipt, parts),
        member=parts["member"].body if "member" in parts else {},
        owed=parts["owed"].items if "owed" in parts else [],
    )


def _items(receipt: Mapping[str, Any]) -> list[str]:
    """The items its standing matches lie on, each once; only so many are named on a page."""
    found = (a["item_id"] for a in receipt["allocations"] if a["match_id"] in receipt["matched"])
    return list(dict.fromkeys(found))[:MOST_NAMED]


def matches(receipt: Mapping[str, Any], parts: Mapping[str, Part]) -> list[dict[str, Any]]:
    """Each match that stands: its amount, and the invoice it lies on where that is known."""
    items = {a["match_id"]: a["item_id"] for a in receipt["allocations"]}
    reasons = {a["match_id"]: a["why"] for a in receipt["allocations"] if a["why"]}
    return [
        {
            "id": match_id,
            "amount_minor": amount,
            "why": reasons.get(match_id),
            "item": parts[items[match_id]].body if items[match_id] in parts else {},
        }
        for match_id, amount in receipt["matched"].items()
    ]


@receipts.post("/receipts/<id:receipt_id>/match")
def match(receipt_id: str) -> Response | tuple[str, int]:
    """Puts some of a receipt's money on an invoice."""
    acted = act(f"/v1/receipts/{receipt_id}/match", _match, lambda: show(receipt_id))
    return leads(acted, f"/console/receipts/{receipt_id}", "matched")


def _match() -> Mapping[str, Any]:
    number = request.form.get("number", "").strip().upper()
    found = billing().get("/v1/items", number=number)["items"] if number else []
    if not found:
        raise Refused(422, "No such invoice", f"Nothing is owed on an invoice “{number}”.", "no_such_item")
    amount = minor_of(request.form.get("amount", ""), found[0]["currency"])
    return {"item_id": found[0]["item_id"], "amount_minor": amount, "reason": reason()}


@receipts.post("/receipts/<id:receipt_id>/<any(accept, refuse):verb>")
def decide(receipt_id: str, verb: str) -> Response | tuple[str, int]:
    """Puts money where it is suggested to belong, or refuses that."""
    done = {"accept": "suggestion_taken", "refuse": "suggestion_refused"}[verb]
    acted = act(f"/v1/receipts/{receipt_id}/{verb}", lambda: {"reason": reason()}, lambda: show(receipt_id))
    return leads(acted, f"/console/receipts/{receipt_id}", done)


@receipts.post("/receipts/<id:receipt_id>/refund")
def refund(receipt_id: str) -> Response | tuple[str, int]:
    """Sets some of the money aside to be paid back to whoever paid it."""
    acted = act(f"/v1/receipts/{receipt_id}/refund", lambda: _refund(receipt_id), lambda: show(receipt_id))
    return leads(acted, f"/console/receipts/{receipt_id}", "set_aside")


def _refund(receipt_id: str) -> Mapping[str, Any]:
    currency = billing().get(f"/v1/receipts/{receipt_id}")["currency"]
    return {"amount_minor": minor_of(request.form.get("amount", ""), currency), "reason": reason()}


@receipts.post("/receipts/<id:receipt_id>/unmatch/<id:match_id>")
def unmatch(receipt_id: str, match_id: str) -> Response | tuple[str, int]:
    """Takes a match back."""
    acted = act(
        "/v1/matches/unmatch",
        lambda: {"receipt_id": receipt_id, "match_id": match_id, "reason": reason()},
        lambda: show(receipt_id),
    )
    return leads(acted, f"/console/receipts/{receipt_id}", "unmatched")
