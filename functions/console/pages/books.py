"""The books from both ends: months and their locks, an account's journals, and from a line of SAP to its documents."""

from typing import Any, Final

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from common.money import EXPONENTS
from common.parties import SELLERS
from common.process import runtime
from functions.console.pages.asking import act, billing, leads, reason

BATCHES: Final = "/v1/sap-batches"
JOURNALS_AT_ONCE: Final = 100

books = Blueprint("books", __name__)


def _token() -> str:
    return request.args.get("page_token", "")[:200]


@books.get("/periods")
def periods() -> str:
    """The months of a legal entity's books, the latest first."""
    entity = request.args.get("entity", "MP")
    found = billing().part("/v1/periods", entity=entity, page_token=_token())
    return render_template("periods.html", found=found, entity=entity, entities=sorted(SELLERS))


@books.post("/periods/<id:period_id>/<any(close, reopen, keep):verb>")
def change(period_id: str, verb: str) -> Response | tuple[str, int]:
    """Closes a month, opens it again, or leaves it as it was."""
    acted = act(f"/v1/periods/{period_id}/{verb}", lambda: {"reason": reason()}, periods)
    return leads(acted, "/console/periods", f"period_{verb}")


@books.get("/batches/<id:batch_id>")
def batch(batch_id: str) -> str:
    """One batch: its lines, its documents in SAP, what SAP said."""
    return render_template("batch.html", batch=billing().get(f"{BATCHES}/{batch_id}"))


@books.post("/batches/<id:batch_id>/<any(resend, reverse):verb>")
def send(batch_id: str, verb: str) -> Response | tuple[str, int]:
    """Sends a batch again, or has its documents in SAP mirrored."""
    acted = act(f"{BATCHES}/{batch_id}/{verb}", lambda: {"reason": reason()}, lambda: batch(batch_id))
    return leads(acted, f"/console/batches/{batch_id}", {"resend": "resent", "reverse": "batch_reversed"}[verb])


@books.get("/sap")
@books.get("/sap/<id:number>")
def document(number: str = "") -> str:
    """A document in SAP by its number: its lines, and the journals behind the one that was chosen."""
    wanted = number or request.args.get("number", "").strip()
    if not wanted:
        return render_template("sap.html", found=None, number="", line=0)
    line = request.args.get("line", "")
    asked = {
        "company_code": request.args.get("company_code", "")[:4],
        "year": request.args.get("year", "")[:4],
        "line": line if line.isdecimal() else "",
        "page_token": _token(),
    }
    found = billing().get(f"/v1/sap-documents/{wanted[:40]}", **asked)
    return render_template("sap.html", found=found, number=wanted, line=int(asked["line"] or 0))


@books.get("/accounts/<id:account>")
def of_account(account: str) -> str:
    """The journals of a day that move one account, page by page as the day's journals are."""
    today = runtime().clock.now().date().isoformat()
    asked = {
        "day": request.args.get("day") or today,
        "entity": request.args.get("entity", "MP"),
        "currency": request.args.get("currency", "EUR"),
    }
    found = billing().part("/v1/journals", limit=JOURNALS_AT_ONCE, page_token=_token(), **asked)
    touching = [journal for journal in found.items if _moves(journal, account)]
    choices = {"entities": sorted(SELLERS), "currencies": sorted(EXPONENTS)}
    more = {"looked_at": len(found.items), "journals": {"items": touching}}
    return render_template("account.html", account=account, asked=asked, found=found, **more, **choices)


def _moves(journal: dict[str, Any], account: str) -> bool:
    return any(posting["account"] == account for posting in journal["postings"])
