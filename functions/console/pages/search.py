"""One box that finds members, invoices and money."""

import re
from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from functions.console.pages.asking import billing
from functions.console.providers import Params, Part

NUMBER: Final = re.compile(r"[A-Z]{2,4}-[0-9]{4}-[0-9]{1,9}")
REFERENCE: Final = re.compile(r"RF[0-9]{2}([A-Z]{2,4})([0-9]{4})([0-9]{1,9})")
"""ISO 11649: an invoice's number without its dashes, behind two check digits."""
AMOUNT: Final = re.compile(r"([0-9]{1,14}[.,][0-9]{2,3}) ?([A-Z]{3})?")
ENDING: Final = re.compile(r"[0-9A-Z]{4}")
OURS: Final = {"mem": "/console/members/{}", "inv": "/console/invoices/{}", "run": "/console/runs/{}",
               "rcp": "/console/receipts/{}", "pay": "/console/payments/{}", "ref": "/console/refunds/{}",
               "dsp": "/console/disputes/{}", "mdt": "/console/mandates/{}"}  # fmt: skip
ID: Final = re.compile(r"(mem|inv|run|rcp|pay|ref|dsp|mdt)_[0-9a-z]{6,40}")
LONGEST: Final = 200
DUE: Final = "disputes"
WAITING: Final = (
    (DUE, "dispute to be answered", "disputes to be answered", "/console/disputes"),
    ("held", "refund that needs a second person", "refunds that need a second person", "/console/refunds?state=held"),
    ("failed", "refund that failed and needs another way", "refunds that failed and need another way",
     "/console/refunds?state=failed"),
    ("gaps", "bank account with a gap in its statements", "bank accounts with gaps in their statements",
     "/console/statements"),
)  # fmt: skip
"""What the first page names where there is some: one, several, and where to look at it."""

search = Blueprint("search", __name__)


@search.get("/")
def start() -> str | Response:
    """The box, and what was found; an exact hit leads straight to it."""
    asked = request.args.get("q", "").strip()[:LONGEST]
    if not asked:
        found = _overview()
        return render_template("start.html", waiting=waiting(found), trouble=found["disputes"].trouble, **found)
    if match := ID.fullmatch(asked):
        return redirect(OURS[match[1]].format(asked))
    found = billing().parts(**wanted(asked, request.args.get("page_token", "")[:100]))
    nothing = not any(part.items or part.refusal for part in found.values())
    return _exact(asked, found) or render_template("found.html", asked=asked, found=found, nothing=nothing)


def wanted(asked: str, token: str = "") -> dict[str, tuple[str, Params]]:
    """Which questions a search means."""
    questions: dict[str, tuple[str, Params]] = {
        "members": ("/v1/members", {"q": asked, "limit": 25, "page_token": token})
    }
    upper = asked.upper()
    if number := _number(upper):
        questions["invoices"] = ("/v1/invoices", {"number": number})
    if match := AMOUNT.fullmatch(upper):
        questions["by_amount"] = ("/v1/receipts", {"amount": f"{match[1]} {match[2] or 'EUR'}"})
    if ENDING.fullmatch(upper.replace(" ", "")):
        questions["by_iban"] = ("/v1/receipts", {"iban_ending": upper})
    return questions


def _number(upper: str) -> str:
    """The invoice number that was typed, or that a payment reference stands for; empty where it is neither."""
    reference = REFERENCE.fullmatch(upper.replace(" ", ""))
    number = "-".join(reference.groups()) if reference else upper
    return number if NUMBER.fullmatch(number) else ""


def _exact(asked: str, found: Mapping[str, Part]) -> Response | None:
    same = asked.casefold()
    invoices = found["invoices"].items if "invoices" in found else []
    if len(invoices) == 1:
        return redirect(f"/console/invoices/{invoices[0]['id']}")
    members = [m for m in found["members"].items if same in _names(m)]
    return redirect(f"/console/members/{members[0]['member_id']}") if len(members) == 1 else None


def _names(member: Mapping[str, Any]) -> set[str]:
    return {str(member[name]).casefold() for name in ("external_id", "email", "member_id")}


def _overview() -> dict[str, Part]:
    return billing().parts(
        runs=("/v1/billing-runs", {"limit": 5}),
        receipts=("/v1/receipts", {"state": "unapplied", "limit": 5}),
        parked=("/v1/parked", {"state": "parked", "limit": 5}),
        disputes=("/v1/disputes", {"state": "needs_response"}),
        held=("/v1/refunds", {"state": "held"}),
        failed=("/v1/refunds", {"state": "failed"}),
        gaps=("/v1/bank-accounts", {"with_gaps": "true"}),
    )


def waiting(found: Mapping[str, Part]) -> list[dict[str, str]]:
    """What of the money somebody has to decide on, with where, how much of it, and until when."""
    due = sorted(str(one["evidence_due_at"]) for one in found["disputes"].items if one["evidence_due_at"])
    return [
        {"says": _counted(found[name], one, many), "path": path, "until": next(iter(due), "") if name == DUE else ""}
        for name, one, many, path in WAITING
        if found[name].items
    ]


def _counted(part: Part, one: str, many: str) -> str:
    count = len(part.items)
    return f"{count}{' or more' if part.more else ''} {one if count == 1 and not part.more else many}"
