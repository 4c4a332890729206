"""Money that came and belongs nowhere yet, and putting it where it belongs."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from functions.console.forms import minor_of
from functions.console.pages.asking import act, billing, leads, reason
from functions.console.providers import Refused

STATES: Final = ("unapplied", "partly", "applied")

receipts = Blueprint("receipts", __name__)


@receipts.get("/receipts")
def listed() -> str:
    """Receipts in one state; those nobody knows the owner of at first."""
    state = request.args.get("state", "unapplied")
    found = billing().part("/v1/receipts", state=state, page_token=request.args.get("page_token", ""))
    return render_template("receipts.html", found=found, state=state, states=STATES)


@receipts.get("/receipts/<id:receipt_id>")
def show(receipt_id: str) -> str:
    """One receipt, where its money went, and what its member still owes."""
    receipt = billing().get(f"/v1/receipts/{receipt_id}")
    owed = [] if not receipt["member_id"] else billing().part("/v1/items", member_id=receipt["member_id"]).items
    return render_template("receipt.html", receipt=receipt, owed=[item for item in owed if item["open_minor"]])


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
