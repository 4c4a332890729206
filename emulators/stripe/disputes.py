"""Disputes: opened by the member's bank, answered with evidence, and decided by a script or by time."""

from typing import Any

from emulators.stripe import asked, faults
from emulators.stripe.agenda import DAY, Agenda
from emulators.stripe.answers import Answer
from emulators.stripe.balance import DISPUTE_FEE, DISPUTE_FEES, Balance
from emulators.stripe.behaviours import convention
from emulators.stripe.ledger import Json, Ledger, new_id
from emulators.stripe.webhooks import Webhooks
from emulators.world.clock import VirtualClock, epoch

OPEN = frozenset({"needs_response", "warning_needs_response"})
ENDED = frozenset({"won", "lost", "warning_closed", "prevented"})
STATUSES = OPEN | ENDED | {"under_review", "warning_under_review"}
_TAKEN = ("adjustment", "dispute")
_GIVEN_BACK = ("adjustment", "dispute_reversal")
_ANSWER_WITHIN = 7 * DAY
_VERDICTS = {"winning_evidence": "won", "losing_evidence": "lost"}
"""Texts that decide a dispute at once, as Stripe's own test mode has them."""
_FIELDS = frozenset(
    {
        "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
        "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
        "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation",
        "duplicate_charge_explanation", "duplicate_charge_id", "product_description", "receipt", "refund_policy",
        "refund_policy_disclosure", "refund_refusal_explanation", "service_date", "service_documentation",
        "shipping_address", "shipping_carrier", "shipping_date", "shipping_documentation",
        "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
    }
)  # fmt: skip


class Disputes:
    """A dispute takes the money and a fee at once; an inquiry (`warning_...`) takes nothing yet."""

    def __init__(
        self, ledger: Ledger, webhooks: Webhooks, agenda: Agenda, balance: Balance, clock: VirtualClock
    ) -> None:
        self._ledger = ledger
        self._webhooks = webhooks
        self._agenda = agenda
        self._balance = balance
        self._clock = clock
        agenda.teach("dispute", lambda name, _, now: self._by_itself(name, now))
        agenda.teach("dispute due", lambda name, _, now: self._too_late(name, now))

    def open(self, intent: str, reason: str = "", status: str = "", amount: int = 0, now: int | None = None) -> Json:
        """Dispute a payment. A SEPA debit goes back without being asked for anything: it is lost at once."""
        charge = self._disputable(intent)
        at = epoch(self._clock) if now is None else now
        debit = charge["payment_method_details"]["type"] == "sepa_debit"
        first = status or ("lost" if debit else "needs_response")
        left = charge["amount"] - charge["amount_refunded"]
        dispute = _shape(charge, min(amount or left, left), reason or _reason(debit=debit), first, at)
        self._ledger.put(charge | {"disputed": True})
        self._ledger.put(dispute)
        self._webhooks.tell("charge.dispute.created", dispute, at, None, convention(""))
        if not first.startswith("warning") and first != "prevented":
            self._take(dispute, charge, at)
        if first in OPEN:
            self._agenda.at(at + _ANSWER_WITHIN, "dispute due", dispute["id"])
        elif first in ENDED:
            self._webhooks.tell("charge.dispute.closed", dispute, at, None, convention(""))
        return dispute

    def update(self, name: str, form: Json, key: str | None) -> Answer:
        """Evidence, kept or submitted."""
        dispute = self._known(name)
        asked.known(form, frozenset({"evidence", "submit", "metadata", "expand"}))
        evidence = form.get("evidence") or {}
        if unknown := sorted(set(evidence) - _FIELDS):
            raise faults.invalid(f"Received unknown parameter: evidence[{unknown[0]}]", "evidence", "parameter_unknown")
        if dispute["status"] not in OPEN:
            raise faults.invalid("This dispute can no longer be updated.", code="dispute_not_open")
        dispute["evidence"] |= evidence
        dispute["evidence_details"]["has_evidence"] = True
        if form.get("submit") == "true":
            dispute["evidence_details"]["submission_count"] += 1
            inquiry = dispute["status"].startswith("warning")
            dispute["status"] = "warning_under_review" if inquiry else "under_review"
        self._ledger.put(dispute)
        self._webhooks.tell("charge.dispute.updated", dispute, epoch(self._clock), key, convention(""))
        verdict = _VERDICTS.get(evidence.get("uncategorized_text", ""))
        return Answer(200, self.decide(name, verdict) if verdict else dispute)

    def close(self, name: str) -> Answer:
        """Accept a dispute: it is lost."""
        dispute = self._known(name)
        if dispute["status"] in ENDED:
            raise faults.invalid("This dispute is already closed.", code="dispute_already_closed")
        return Answer(200, self.decide(name, "warning_closed" if dispute["status"].startswith("warn") else "lost"))

    def decide(self, name: str, status: str, now: int | None = None) -> Json:
        """Move a dispute to a status, with what this does to the money."""
        dispute, at = self._known(name), epoch(self._clock) if now is None else now
        charge = self._ledger.got("charge", dispute["charge"])
        lines = dispute["balance_transactions"]
        dispute["status"] = status
        if status in OPEN | {"under_review", "lost"} and not status.startswith("warning") and not lines:
            self._take(dispute, charge, at)
        if status == "won" and len(lines) == 1:
            line = self._balance.moved(_GIVEN_BACK, dispute["amount"], dispute["currency"], name, at)
            dispute["balance_transactions"] = [*lines, line]
            self._webhooks.tell("charge.dispute.funds_reinstated", dispute, at, None, convention(""))
        self._ledger.put(dispute)
        told = "closed" if status in ENDED else "updated"
        self._webhooks.tell(f"charge.dispute.{told}", dispute, at, None, convention(""))
        return dispute

    def _take(self, dispute: Json, charge: Json, now: int) -> None:
        fee = DISPUTE_FEES.get(charge["payment_method_details"]["type"], DISPUTE_FEE)
        line = self._balance.moved(_TAKEN, -dispute["amount"], dispute["currency"], dispute["id"], now, fee)
        dispute["balance_transactions"] = [line]
        self._ledger.put(dispute)
        self._webhooks.tell("charge.dispute.funds_withdrawn", dispute, now, None, convention(""))

    def _by_itself(self, intent: str, now: int) -> None:
        charge = self._ledger.got("charge", self._ledger.got("payment_intent", intent)["latest_charge"])
        if not charge["disputed"] and not charge["refunded"]:
            self.open(intent, now=now)

    def _too_late(self, name: str, now: int) -> None:
        status = self._known(name)["status"]
        if status in OPEN:
            self.decide(name, "lost" if status == "needs_response" else "warning_closed", now)

    def _disputable(self, intent: str) -> Json:
        found = self._ledger.get("payment_intent", intent)
        charge = self._ledger.get("charge", (found or {}).get("latest_charge") or "")
        if charge is None or charge["status"] != "succeeded":
            raise faults.missing("payment_intent that was collected", intent, "payment_intent")
        if charge["disputed"] or charge["refunded"]:
            raise faults.invalid("The payment is disputed already, or was given back.", "payment_intent")
        return charge

    def _known(self, name: str) -> Json:
        found = self._ledger.get("dispute", name)
        if found is None:
            raise faults.missing("dispute", name, "dispute")
        return found


def _reason(*, debit: bool) -> str:
    return "debit_not_authorized" if debit else "fraudulent"


def _shape(charge: Json, amount: int, reason: str, status: str, now: int) -> Json:
    details: dict[str, Any] = {"due_by": now + _ANSWER_WITHIN if status in OPEN else 0, "has_evidence": False}
    return {
        "id": new_id("dp"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "evidence": dict.fromkeys(sorted(_FIELDS)),
        "evidence_details": {**details, "past_due": False, "submission_count": 0},
        "is_charge_refundable": status.startswith("warning"),
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": status,
    }
