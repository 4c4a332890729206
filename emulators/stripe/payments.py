"""Payments and refunds of the Stripe simulator: what they do at once, and what comes out days later."""

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emulators.stripe import asked, faults, shapes
from emulators.stripe.ledger import Json, Ledger
from emulators.stripe.webhooks import Webhooks
from emulators.world.clock import VirtualClock, epoch
from emulators.world.script import DEFAULT, Script, Step, parse

BEHAVIOURS: dict[str, type] = {
    "succeed": str,
    "decline": str,
    "processing": int,
    "processing_fail": int,
    "error": str,
    "error_after_charge": str,
    "timeout": str,
    "timeout_before_charge": str,
    "delay_webhook": int,
    "hold_webhook": int,
    "repeat_webhook": int,
    "reorder_webhook": str,
    "drop_webhook": str,
}
# What a payment method does when no script says otherwise; also for ids that go on after the name, as in
# pm_card_declined_42.
CONVENTIONS = {
    "pm_card_visa": "succeed",
    "pm_card_declined": "decline:insufficient_funds",
    "pm_card_lost": "decline:lost_card",
    "pm_card_authentication": "decline:authentication_required",
    "pm_card_timeout": "succeed+timeout",
    "pm_card_silent": "succeed+drop_webhook",
    "pm_card_error": "error_after_charge",
    "pm_sepa_processing": "processing:72",
    "pm_sepa_failing": "processing_fail:72",
}
_HOUR = 3600
_KEY_LIFE = 24 * _HOUR
_SERVER_ERROR = 500


@dataclass(frozen=True)
class Answer:
    """What a request is answered: a status and an object, or nothing at all when the line is cut."""

    status: int
    body: Json
    cut: bool = False
    replayed: bool = False


class Payments:
    """Makes payments and refunds, each in one transaction with its events and its idempotency key."""

    def __init__(self, ledger: Ledger, script: Script, webhooks: Webhooks, clock: VirtualClock) -> None:
        self._ledger = ledger
        self._script = script
        self._webhooks = webhooks
        self._clock = clock

    def once(self, key: str | None, fingerprint: str, work: Callable[[], Answer]) -> Answer:
        """Do the work unless the key has been answered within 24 hours; then give that answer again."""
        with self._ledger.rows.transaction():
            now = epoch(self._clock)
            row = self._ledger.answered(key) if key else None
            if row is not None and now - row["created"] < _KEY_LIFE:
                return _again(row, fingerprint)
            answer = work()
            if key and not (answer.cut and not answer.body):
                self._ledger.remember(key, fingerprint, now, answer.status, answer.body)
            return answer

    def pay(self, wanted: asked.Payment, key: str | None) -> Answer:
        """Make a payment as its payment method behaves."""
        step = self._script.take(wanted.method, DEFAULT) or _convention(wanted.method)
        if "timeout_before_charge" in step:
            return Answer(0, {}, cut=True)
        if "error" in step:
            return _server_error()
        intent = shapes.intent(wanted, epoch(self._clock))
        answer = self._carry_out(intent, step, key)
        if "error_after_charge" in step:
            return _server_error()
        return dataclasses.replace(answer, cut="timeout" in step)

    def refund(self, wanted: asked.Refund, key: str | None) -> Answer:
        """Give back all or part of a charge."""
        charge = self._charge_of(wanted)
        left = charge["amount"] - charge["amount_refunded"]
        if left == 0:
            raise faults.invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
        amount = left if wanted.amount is None else wanted.amount
        if amount > left:
            raise faults.invalid(
                f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", "amount"
            )
        now = epoch(self._clock)
        given = shapes.refund(wanted, charge, amount, now)
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self._ledger.put(given)
        self._ledger.put(charge)
        self._webhooks.tell("charge.refunded", charge, now, key, _convention(charge["payment_method"] or ""))
        return Answer(200, given)

    def settle(self) -> None:
        """Finish the payments whose hour has come."""
        with self._ledger.rows.transaction() as db:
            due = self._ledger.rows.read(
                "SELECT * FROM unsettled WHERE due <= ? ORDER BY due, intent", (epoch(self._clock),)
            )
            for row in due:
                self._finish(row["intent"], parse(row["step"], BEHAVIOURS), row["due"])
                db.execute("DELETE FROM unsettled WHERE intent = ?", (row["intent"],))

    def _carry_out(self, intent: Json, step: Step, key: str | None) -> Answer:
        if "decline" in step:
            return self._decline(intent, step, key)
        if "processing" in step or "processing_fail" in step:
            return self._delay(intent, step, key)
        self._charge(intent, "succeeded", intent["created"])
        intent |= {"status": "succeeded", "amount_received": intent["amount"]}
        self._ledger.put(intent)
        self._webhooks.tell("payment_intent.succeeded", intent, intent["created"], key, step)
        return Answer(200, intent)

    def _decline(self, intent: Json, step: Step, key: str | None) -> Answer:
        error = self._fail(intent, step, key, intent["created"])
        return Answer(faults.CARD_ERROR, {"error": {**error, "payment_intent": intent}})

    def _delay(self, intent: Json, step: Step, key: str | None) -> Answer:
        self._charge(intent, "pending", intent["created"])
        intent["status"] = "processing"
        self._ledger.put(intent)
        hours = step.number("processing", 0) or step.number("processing_fail", 72)
        # Only the first webhook is reordered: the later one must be free to overtake it.
        later = (pair for pair in step.effects.items() if pair[0] != "reorder_webhook")
        text = "+".join(f"{name}:{value}" for name, value in later)
        with self._ledger.rows.transaction() as db:
            row = (intent["id"], intent["created"] + hours * _HOUR, text)
            db.execute("INSERT INTO unsettled VALUES (?, ?, ?)", row)
        self._webhooks.tell("payment_intent.processing", intent, intent["created"], key, step)
        return Answer(200, intent)

    def _finish(self, name: str, step: Step, now: int) -> None:
        intent = self._ledger.get("payment_intent", name)
        if intent is None:
            return
        if "processing_fail" in step:
            self._fail(intent, step, None, now)
            return
        charge = self._ledger.get("charge", intent["latest_charge"]) or {}
        self._ledger.put(charge | {"status": "succeeded", "paid": True, "amount_captured": intent["amount"]})
        intent |= {"status": "succeeded", "amount_received": intent["amount"]}
        self._ledger.put(intent)
        self._webhooks.tell("payment_intent.succeeded", intent, now, None, step)

    def _fail(self, intent: Json, step: Step, key: str | None, now: int) -> Json:
        reason = step.text("decline", "insufficient_funds" if "processing_fail" in step else "generic_decline")
        charge = self._charge(intent, "failed", now)
        method = shapes.method(intent["payment_method"], intent["customer"])
        error = faults.decline(reason, charge["id"], method)
        self._ledger.put(charge | {"failure_code": error["code"], "failure_message": error["message"]})
        intent |= {"status": "requires_payment_method", "last_payment_error": error, "payment_method": None}
        self._ledger.put(intent)
        self._webhooks.tell("payment_intent.payment_failed", intent, now, key, step)
        return error

    def _charge(self, intent: Json, status: str, now: int) -> Json:
        charge = shapes.charge(intent, status, now)
        if intent["latest_charge"]:
            charge["id"] = intent["latest_charge"]
        intent["latest_charge"] = charge["id"]
        self._ledger.put(charge)
        return charge

    def _charge_of(self, wanted: asked.Refund) -> Json:
        name = wanted.charge
        if wanted.intent:
            intent = self._ledger.get("payment_intent", wanted.intent)
            if intent is None:
                raise faults.missing("payment_intent", wanted.intent, "payment_intent")
            name = intent["latest_charge"] or ""
        charge = self._ledger.get("charge", name)
        if charge is None:
            raise faults.missing("charge", name, "charge")
        if charge["status"] != "succeeded":
            raise faults.invalid(f"Charge {name} has not succeeded: its status is {charge['status']}.", "charge")
        return charge


def _convention(method: str) -> Step:
    for name in sorted(CONVENTIONS, key=len, reverse=True):
        if method == name or method.startswith(f"{name}_"):
            return parse(CONVENTIONS[name], BEHAVIOURS)
    return parse("succeed", BEHAVIOURS)


def _again(row: Any, fingerprint: str) -> Answer:
    if row["asked"] != fingerprint:
        raise faults.reused_key(row["key"])
    return Answer(row["status"], json.loads(row["body"]), replayed=True)


def _server_error() -> Answer:
    message = "An unknown error occurred"
    return Answer(_SERVER_ERROR, {"error": {"message": message, "type": "api_error"}})
