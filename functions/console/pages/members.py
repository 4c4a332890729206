"""Everything about one member on one page."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template

from functions.console import telling
from functions.console.pages.asking import billing

members = Blueprint("members", __name__)


@members.get("/members/<id:member_id>")
def show(member_id: str) -> str:
    """The member, what they owe, what they were sent, and what happened."""
    member = billing().get(f"/v1/members/by-id/{member_id}")
    of_them = {"member_id": member_id}
    parts = billing().parts(
        invoices=("/v1/invoices", of_them),
        open_items=("/v1/items", of_them),
        receipts=("/v1/receipts", of_them),
        payments=("/v1/payments", of_them),
        cases=("/v1/dunning-cases", of_them),
        notifications=("/v1/notifications", of_them),
        timeline=(f"/v1/audit/members/{member_id}/timeline", {}),
    )
    return render_template(
        "member.html",
        member=member,
        balances=balances(parts["open_items"].items, parts["receipts"].items),
        happenings=telling.happenings(parts["timeline"].body.get("happenings", [])),
        **parts,
    )


def balances(items: Sequence[dict[str, Any]], receipts: Sequence[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """What is open, overdue and not yet applied, by currency, in minor units."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: {"open": 0, "overdue": 0, "credit": 0})
    for item in items:
        found[item["currency"]]["open"] += item["open_minor"]
        found[item["currency"]]["overdue"] += item["open_minor"] if item["overdue"] else 0
    for receipt in receipts:
        found[receipt["currency"]]["credit"] += receipt["unapplied_minor"]
    return dict(sorted(found.items()))
