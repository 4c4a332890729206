"""What members dispute at their banks: the first deadline first, evidence sent, or the money given up."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from functions.console.pages.asking import act, billing, leads, reason
from functions.console.providers import Params, Refused

STATES: Final = ("needs_response", "warning", "under_review", "won", "lost", "closed")
NEVER: Final = "9999"
"""Where there is no deadline, it is the last."""
EVIDENCE: Final[Mapping[str, Sequence[tuple[str, str]]]] = {
    "stripe": (
        ("uncategorized_text", "What speaks for us"),
        ("product_description", "What was sold"),
        ("service_date", "When it was rendered"),
        ("access_activity_log", "How the member used it"),
        ("refund_refusal_explanation", "Why nothing is paid back"),
        ("duplicate_charge_explanation", "Why it is no second charge of the same"),
    )
}
"""By provider: its own names for texts (https://docs.stripe.com/api/disputes/object), and what they are.

Others take documents, which are sent on their own pages.
"""

disputes = Blueprint("disputes", __name__)


@disputes.get("/disputes")
def listed() -> str:
    """Disputes in one state, by their deadline; those that wait for an answer at first."""
    state = request.args.get("state", STATES[0])
    found = billing().part("/v1/disputes", state=state, page_token=request.args.get("page_token", "")[:100])
    return render_template("disputes.html", found=found, rows=by_deadline(found.items), state=state, states=STATES)


def by_deadline(items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The most urgent first."""
    return sorted(items, key=lambda one: (one["evidence_due_at"] or NEVER, one["dispute_id"]))


@disputes.get("/disputes/<id:dispute_id>")
def show(dispute_id: str) -> str:
    """One dispute: what is disputed, what was taken of us, until when we may answer."""
    dispute = billing().get(f"/v1/disputes/{dispute_id}")
    wanted: dict[str, tuple[str, Params]] = {}
    if dispute["member_id"]:
        wanted["member"] = (f"/v1/members/by-id/{dispute['member_id']}", {})
    if dispute["invoice_number"]:
        wanted["invoices"] = ("/v1/invoices", {"number": dispute["invoice_number"]})
    parts = {"member": None, "invoices": None, **billing().parts(**wanted)}
    return render_template("dispute.html", dispute=dispute, fields=fields_of(dispute), **parts)


def fields_of(dispute: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """The texts its provider takes."""
    return EVIDENCE.get(str(dispute["provider"]), ())


@disputes.post("/disputes/<id:dispute_id>/respond")
def respond(dispute_id: str) -> Response | tuple[str, int]:
    """Sends what speaks for us."""
    acted = act(f"/v1/disputes/{dispute_id}/respond", _evidence, lambda: show(dispute_id))
    return leads(acted, f"/console/disputes/{dispute_id}", "answered")


@disputes.post("/disputes/<id:dispute_id>/accept")
def accept(dispute_id: str) -> Response | tuple[str, int]:
    """Gives the money up."""
    body = {"accept": True}
    acted = act(f"/v1/disputes/{dispute_id}/respond", lambda: body | {"reason": reason()}, lambda: show(dispute_id))
    return leads(acted, f"/console/disputes/{dispute_id}", "accepted")


def _evidence() -> Mapping[str, Any]:
    known = {name for fields in EVIDENCE.values() for name, _ in fields}
    texts = {name: text.strip() for name, text in request.form.items() if name in known and text.strip()}
    if not texts:
        raise Refused(422, "Nothing to send", "Write at least one text, or accept the dispute.", "no_evidence")
    return {"texts": texts, "reason": reason()}
