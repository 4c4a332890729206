"""Money that is given back: what waits for a second person, what failed and needs another way, what was paid."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from functions.console.pages.asking import act, billing, leads, reason
from functions.console.providers import Params

STATES: Final = ("held", "failed", "requested", "sent", "unknown", "processing", "succeeded", "withdrawn")
"""What waits for somebody comes first."""

refunds = Blueprint("refunds", __name__)


@refunds.get("/refunds")
def listed() -> str:
    """Refunds in one state; those that wait for a second person at first."""
    state = request.args.get("state", STATES[0])
    found = billing().part("/v1/refunds", state=state, page_token=request.args.get("page_token", "")[:100])
    return render_template("refunds.html", found=found, state=state, states=STATES)


@refunds.get("/refunds/<id:refund_id>")
def show(refund_id: str) -> str:
    """One refund: to whom, of which money, why, and what may be done."""
    refund = billing().get(f"/v1/refunds/{refund_id}")
    wanted: dict[str, tuple[str, Params]] = {"receipt": (f"/v1/receipts/{refund['receipt_id']}", {})}
    if refund["member_id"]:
        wanted["member"] = (f"/v1/members/by-id/{refund['member_id']}", {})
    return render_template("refund.html", refund=refund, **({"member": None} | billing().parts(**wanted)))


@refunds.post("/refunds/<id:refund_id>/approve")
def approve(refund_id: str) -> Response | tuple[str, int]:
    """Agrees to a refund that another person asked for."""
    acted = act(f"/v1/refunds/{refund_id}/approve", lambda: {"reason": reason()}, lambda: show(refund_id))
    return leads(acted, f"/console/refunds/{refund_id}", "approved")


@refunds.post("/refunds/<id:refund_id>/retry")
def retry(refund_id: str) -> Response | tuple[str, int]:
    """Tries a refund that failed once more: as before, or by transfer to an account that was found out."""
    acted = act(f"/v1/refunds/{refund_id}/retry", _retry, lambda: show(refund_id))
    return leads(acted, f"/console/refunds/{refund_id}", "retried")


@refunds.post("/refunds/<id:refund_id>/decide")
def decide(refund_id: str) -> Response | tuple[str, int]:
    """Puts down what became of a refund nobody told us of, as somebody found out."""
    acted = act(f"/v1/refunds/{refund_id}/decide", _decision, lambda: show(refund_id))
    return leads(acted, f"/console/refunds/{refund_id}", "refund_decided")


def _decision() -> Mapping[str, Any]:
    asked = {"outcome": request.form.get("outcome", ""), "provider_id": request.form.get("provider_id", "").strip()}
    return {name: value for name, value in asked.items() if value} | {"reason": reason()}


def _retry() -> Mapping[str, Any]:
    account = {name: request.form.get(name, "").strip() for name in ("payee_name", "payee_iban")}
    return {name: value for name, value in account.items() if value} | {"reason": reason()}
