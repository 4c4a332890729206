"""The books: the trial balance, journals of a document, and what SAP was sent."""

from typing import Final

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from common.money import EXPONENTS
from common.parties import SELLERS
from common.process import runtime
from functions.console.pages.asking import act, billing, leads, reason
from functions.console.providers import Params

journals = Blueprint("journals", __name__)
BATCHES: Final = "/v1/sap-batches"


@journals.get("/journals")
def show() -> str:
    """The trial balance of some days (this month at first), batches for SAP, journals of one document."""
    today = runtime().clock.now().date()
    asked: dict[str, str | int] = {
        "day_from": request.args.get("day_from") or today.replace(day=1).isoformat(),
        "day_to": request.args.get("day_to") or today.isoformat(),
        "entity": request.args.get("entity", "MP"),
        "currency": request.args.get("currency", "EUR"),
    }
    document = request.args.get("document", "").strip()
    wanted: dict[str, tuple[str, Params]] = {
        "balance": ("/v1/trial-balance", asked),
        "batches": (BATCHES, {"limit": 100, "page_token": request.args.get("page_token", "")[:100]}),
    }
    if document:
        wanted["found"] = ("/v1/journals", {"document": document})
    parts = {"found": None, **billing().parts(**wanted)}
    choices = {"entities": sorted(SELLERS), "currencies": sorted(EXPONENTS)}
    return render_template("journals.html", asked=asked, document=document, **choices, **parts)


@journals.post("/journals/batches/<id:batch_id>/resend")
def resend(batch_id: str) -> Response | tuple[str, int]:
    """Sends a batch that SAP rejected again."""
    acted = act(f"{BATCHES}/{batch_id}/resend", lambda: {"reason": reason()}, show)
    return leads(acted, "/console/journals", "resent")
