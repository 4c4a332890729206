"""One collection: every attempt, why the next one is made when it is, and until when its money can be taken back."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from functions.console.forms import minor_of
from functions.console.pages.asking import act, billing, leads, reason
from functions.console.providers import Refused

OUTCOMES: Final = ("succeeded", "failed")

payments = Blueprint("payments", __name__)


@payments.get("/payments/<id:payment_id>")
def show(payment_id: str) -> str:
    """The collection of one invoice."""
    payment = billing().get(f"/v1/payments/{payment_id}")
    member = billing().part(f"/v1/members/by-id/{payment['member_id']}")
    return render_template("payment.html", payment=payment, member=member, outcomes=OUTCOMES)


@payments.post("/payments/<id:payment_id>/decide")
def decide(payment_id: str) -> Response | tuple[str, int]:
    """Puts down what became of an attempt, as somebody found out at the provider."""
    acted = act(f"/v1/payments/{payment_id}/decide", lambda: _decision(payment_id), lambda: show(payment_id))
    return leads(acted, f"/console/payments/{payment_id}", "decided")


def _decision(payment_id: str) -> Mapping[str, Any]:
    attempt, outcome = request.form.get("attempt", ""), request.form.get("outcome", "")
    if not attempt.isdecimal() or outcome not in OUTCOMES:
        raise Refused(422, "Which attempt?", "Choose the attempt, and what became of it.", "no_attempt")
    typed = request.form.get("amount", "").strip()
    currency = billing().get(f"/v1/payments/{payment_id}")["currency"] if typed else ""
    decided = {
        "attempt": int(attempt),
        "outcome": outcome,
        "provider_id": request.form.get("provider_id", "").strip(),
        "reason": reason(),
    }
    return decided | ({"amount_minor": minor_of(typed, currency)} if typed else {})
