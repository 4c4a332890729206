"""Everything about one member on one page."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from functions.console import telling
from functions.console.pages.asking import act, billing, leads, reason
from functions.console.providers import Part

members = Blueprint("members", __name__)
LISTS: Final = {
    "invoices": "/v1/invoices",
    "open_items": "/v1/items",
    "receipts": "/v1/receipts",
    "payments": "/v1/payments",
    "cases": "/v1/dunning-cases",
    "notifications": "/v1/notifications",
}
"""The lists of the page; each goes on by a parameter of its own name."""
HAPPENINGS: Final = {"": 100, "all": 1000}


@members.get("/members/<id:member_id>")
def show(member_id: str) -> str:
    """The member, what they owe, what they were sent, and what happened."""
    member = billing().get(f"/v1/members/by-id/{member_id}")
    limit = HAPPENINGS.get(request.args.get("timeline", ""), HAPPENINGS[""])
    parts = billing().parts(
        timeline=(f"/v1/audit/members/{member_id}/timeline", {"limit": limit}),
        **{name: (path, {"member_id": member_id, "page_token": _token(name)}) for name, path in LISTS.items()},
    )
    happenings = telling.happenings(parts["timeline"].body.get("happenings", []))
    return render_template(
        "member.html",
        member=member,
        balances=balances(parts["open_items"].body, parts["receipts"].body),
        trouble=unknown(parts),
        happenings=happenings,
        earlier=len(happenings) == HAPPENINGS[""],
        **parts,
    )


def _token(name: str) -> str:
    return request.args.get(name, "")[:100]


def balances(items: Mapping[str, Any], receipts: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """What is open, overdue and not yet applied, by currency, in minor units: matching adds up all there is."""
    owed, credit = items.get("totals", {}), receipts.get("unapplied_minor", {})
    nothing = {"open_minor": 0, "overdue_minor": 0}
    return {
        currency: {**owed.get(currency, nothing), "credit_minor": credit.get(currency, 0)}
        for currency in sorted({*owed, *credit})
    }


def unknown(parts: Mapping[str, Part]) -> str:
    """Why no balance can be told, if so."""
    return parts["open_items"].trouble or parts["receipts"].trouble


@members.post("/members/<id:member_id>/cases/<id:case_id>/close")
def close(member_id: str, case_id: str) -> Response | tuple[str, int]:
    """Ends the reminding about one invoice although something is owed."""
    acted = act(f"/v1/dunning-cases/{case_id}/close", lambda: {"reason": reason()}, lambda: show(member_id))
    return leads(acted, f"/console/members/{member_id}", "closed")
