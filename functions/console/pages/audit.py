"""A document's trail: every version, who made it and why, and whether its chain is whole."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, g, render_template, request

from functions.console.pages.asking import billing
from functions.console.providers import Refused
from functions.console.shown import words

audit = Blueprint("audit", __name__)
OWN: Final = {
    "members": "/console/members/{}",
    "invoices": "/console/invoices/{}",
    "receipts": "/console/receipts/{}",
    "billing_runs": "/console/runs/{}",
    "parked": "/console/parked/{}",
    "payments": "/console/payments/{}",
    "refunds": "/console/refunds/{}",
    "disputes": "/console/disputes/{}",
    "payouts": "/console/payouts/{}",
    "mandates": "/console/mandates/{}",
    "debit_batches": "/console/debit-batches/{}",
    "payment_links": "/console/links/{}",
    "statements": "/console/statements/{}",
}
"""The pages documents have of their own."""
KINDS: Final = {"items": "Open item", "billing_runs": "Billing run", "parked": "Parked message", "receipts": "Money",
                "debit_batches": "File of direct debits", "payment_links": "Payment link"}  # fmt: skip
BOOKKEEPING: Final = frozenset({"version", "head"})
"""Fields that change with every version and tell nothing."""


@audit.get("/audit/<id:collection>/<id:document_id>")
def trail(collection: str, document_id: str) -> str | tuple[str, int]:
    """The trail, newest version first, and the state as of a moment where one is asked for."""
    typed, status = request.args.get("at", "").strip(), 200
    try:
        at = instant(typed)
    except Refused as refusal:
        at, g.refusal, status = "", refusal, refusal.status
    found = billing().get(f"/v1/audit/trail/{collection}/{document_id}", at=at)
    steps = with_changes(found["steps"])
    last = found["steps"][-1]["body"]
    title = title_of(collection, document_id, last)
    around = links(collection, document_id, last)
    return render_template("trail.html", trail=found, steps=steps[::-1], at=at, title=title, around=around), status


def instant(typed: str) -> str:
    """What was typed as an instant in UTC: a browser's local date and time has no zone. Refused where it is none."""
    if not typed:
        return ""
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        raise Refused(422, "Not a moment", "Write the moment like 2026-11-01T12:00, in UTC.", "not_a_moment") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def title_of(collection: str, document_id: str, body: Mapping[str, Any]) -> str:
    """What people call a document: its kind, and its number or name instead of its id where it has one."""
    kind = KINDS.get(collection, words(collection).removesuffix("s").capitalize())
    named = next((body[key] for key in ("number", "invoice_number", "name", "reference") if body.get(key)), "")
    return f"{kind} {named or document_id}"


def links(collection: str, document_id: str, body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The ways back: the document's own page, its invoice, its member, as pairs of path and word."""
    own = [(OWN[collection].format(document_id), "Back to its page")] if collection in OWN else []
    about = (("invoice_id", "invoices", "Its invoice"), ("member_id", "members", "Its member"))
    more = [(OWN[kind].format(body[key]), word) for key, kind, word in about if body.get(key) and kind != collection]
    return own + more


def with_changes(steps: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each version with the fields that are not as in the one before, as they were and as they are."""
    before: dict[str, Any] = {}
    told = []
    for step in steps:
        body = step["body"]
        names = sorted(name for name in body.keys() | before.keys() if body.get(name) != before.get(name))
        changes = [(name, before.get(name), body.get(name)) for name in names if name not in BOOKKEEPING]
        told.append({**step, "changes": changes if before else []})
        before = body
    return told
