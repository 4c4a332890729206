"""Money that came and belongs nowhere yet, and putting it where it belongs."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from functions.console.forms import minor_of
from functions.console.pages.asking import act, billing, leads, reason
from functions.console.providers import Params, Part, Refused

STATES: Final = ("unapplied", "partly", "applied")
MOST_NAMED: Final = 20
"""Invoices one receipt's page asks for by name."""

receipts = Blueprint("receipts", __name__)


@receipts.get("/receipts")
def listed() -> str:
    """Receipts in one state; those nobody knows the owner of at first."""
    state = request.args.get("state", "unapplied")
    found = billing().part("/v1/receipts", state=state, page_token=request.args.get("page_token", "")[:100])
    return render_template("receipts.html", found=found, state=state, states=STATES)


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
    return [
        {
            "id": match_id,
            "amount_minor": amount,
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


@receipts.post("/receipts/<id:receipt_id>/unmatch/<id:match_id>")
def unmatch(receipt_id: str, match_id: str) -> Response | tuple[str, int]:
    """Takes a match back."""
    acted = act(
        "/v1/matches/unmatch",
        lambda: {"receipt_id": receipt_id, "match_id": match_id, "reason": reason()},
        lambda: show(receipt_id),
    )
    return leads(acted, f"/console/receipts/{receipt_id}", "unmatched")
