"""Everything about one member on one page."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from functions.console import telling
from functions.console.flight import coming
from functions.console.pages.asking import act, billing, leads, reason
from functions.console.providers import Part, Refused

members = Blueprint("members", __name__)
LISTS: Final = {
    "invoices": "/v1/invoices",
    "open_items": "/v1/items",
    "receipts": "/v1/receipts",
    "payments": "/v1/payments",
    "checkouts": "/v1/checkouts",
    "mandates": "/v1/mandates",
    "links": "/v1/payment-links",
    "refunds": "/v1/refunds",
    "accounts": "/v1/payer-accounts",
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
    debits = billing().part("/v1/debits", member_id=member_id, limit=100)
    happenings = telling.happenings(parts["timeline"].body.get("happenings", []))
    return render_template(
        "member.html",
        member=member,
        balances=balances(parts["open_items"].body, parts["receipts"].body),
        trouble=unknown(parts),
        coming=coming(parts["payments"].items, parts["checkouts"].items, debits.items),
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


@members.get("/members/<id:member_id>/history")
def history(member_id: str) -> str:
    """Every version of the member: what changed, by whom, when and why."""
    token = request.args.get("page_token", "")[:9]
    found = billing().part(f"/v1/members/{member_id}/history", page_token=token)
    member = billing().get(f"/v1/members/by-id/{member_id}")
    return render_template("history.html", member=member, found=found)


@members.post("/members/<id:member_id>/merge")
def merge(member_id: str) -> Response | tuple[str, int]:
    """Closes the account, for good, in favour of another one of the same holder."""
    acted = act(f"/v1/members/{member_id}/merge", _merge, lambda: show(member_id))
    return leads(acted, f"/console/members/{member_id}", "merged")


def _merge() -> Mapping[str, Any]:
    into = request.form.get("into", "").strip()
    if not into:
        raise Refused(422, "Which account goes on?", "Name it by its id or by the marketplace's.", "into_missing")
    return {"into": into, "reason": reason()}


@members.post("/members/<id:member_id>/vat-check")
def check_vat(member_id: str) -> Response | tuple[str, int]:
    """Asks the tax authorities about the VAT number now."""
    acted = act(f"/v1/members/{member_id}/vat-check", lambda: {"reason": reason()}, lambda: show(member_id))
    return leads(acted, f"/console/members/{member_id}", "vat_asked")


@members.post("/members/<id:member_id>/accounts/<id:alias_id>/<any(revoke, restore):verb>")
def change_account(member_id: str, alias_id: str, verb: str) -> Response | tuple[str, int]:
    """Says that an account is, or is not, the member's."""
    path = f"/v1/payer-accounts/{alias_id}/{verb}"
    acted = act(path, lambda: {"member_id": member_id, "reason": reason()}, lambda: show(member_id))
    return leads(acted, f"/console/members/{member_id}", f"account_{verb}")


@members.post("/members/<id:member_id>/cases/<id:case_id>/close")
def close(member_id: str, case_id: str) -> Response | tuple[str, int]:
    """Ends the reminding about one invoice although something is owed."""
    acted = act(f"/v1/dunning-cases/{case_id}/close", lambda: {"reason": reason()}, lambda: show(member_id))
    return leads(acted, f"/console/members/{member_id}", "closed")
