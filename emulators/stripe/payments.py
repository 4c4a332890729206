"""Payments of the Stripe simulator: what they do at once, and what comes out days later."""

from emulators.stripe import asked, faults, methods, shapes
from emulators.stripe.agenda import Agenda
from emulators.stripe.answers import Answer, disturbed, spoiled
from emulators.stripe.balance import Balance
from emulators.stripe.behaviours import HOUR, convention, read, written
from emulators.stripe.ledger import Json, Ledger
from emulators.stripe.webhooks import Webhooks
from emulators.world.clock import VirtualClock, epoch
from emulators.world.script import DEFAULT, Script, Step

_UNPAID_AFTER = 72  # hours, where a step does not say


class Payments:
    """Makes payments, each in one transaction with its events and its line of the balance."""

    def __init__(
        self, ledger: Ledger, script: Script, webhooks: Webhooks, agenda: Agenda, balance: Balance, clock: VirtualClock
    ) -> None:
        self._ledger = ledger
        self._script = script
        self._webhooks = webhooks
        self._agenda = agenda
        self._balance = balance
        self._clock = clock
        agenda.teach("payment", self._finish)

    def pay(self, wanted: asked.Payment, key: str | None) -> Answer:
        """Make a payment as its payment method behaves."""
        step = self.step_of(wanted.method)
        if refused := disturbed(step):
            return refused
        methods.must_belong(self._ledger, wanted.method, wanted.customer)
        return spoiled(self.carry_out(shapes.intent(wanted, epoch(self._clock)), step, key), step)

    def teach(self, method: str, step: str) -> None:
        """Have a new payment method behave so."""
        self._script.write(method, [step])

    def step_of(self, method: str) -> Step:
        """What a payment method does now."""
        return self._script.take(method, DEFAULT) or convention(method)

    def carry_out(self, intent: Json, step: Step, key: str | None, now: int | None = None) -> Answer:
        """Confirm an intent that has its payment method."""
        at = intent["created"] if now is None else now
        if "decline" in step:
            error = self._fail(intent, step, key, at)
            return Answer(faults.CARD_ERROR, {"error": {**error, "payment_intent": intent}})
        if "processing" in step or "processing_fail" in step:
            return self._delay(intent, step, key, at)
        self._collect(intent, step, at, key)
        return Answer(200, intent)

    def _collect(self, intent: Json, step: Step, now: int, key: str | None) -> None:
        amount = step.number("amount", intent["amount"])
        charge = self._charge(intent, "succeeded", now)
        charge |= {"status": "succeeded", "paid": True, "captured": True, "amount": amount, "amount_captured": amount}
        charge["balance_transaction"] = self._balance.collected(charge, now)["id"]
        self._ledger.put(charge)
        intent |= {"status": "succeeded", "amount_received": amount, "last_payment_error": None, "next_action": None}
        self._ledger.put(intent)
        if "dispute" in step:
            self._agenda.at(now + step.number("dispute", 24) * HOUR, "dispute", intent["id"])
        self._webhooks.tell("payment_intent.succeeded", intent, now, key, step)

    def _delay(self, intent: Json, step: Step, key: str | None, now: int) -> Answer:
        self._charge(intent, "pending", now)
        intent["status"] = "processing"
        self._ledger.put(intent)
        hours = step.number("processing", 0) or step.number("processing_fail", _UNPAID_AFTER)
        # Only the first webhook is reordered: the later one must be free to overtake it.
        self._agenda.at(now + hours * HOUR, "payment", intent["id"], written(step, without=("reorder_webhook",)))
        self._webhooks.tell("payment_intent.processing", intent, now, key, step)
        return Answer(200, intent)

    def _finish(self, name: str, text: str, now: int) -> None:
        intent, step = self._ledger.got("payment_intent", name), read(text)
        if "processing_fail" in step:
            self._fail(intent, step, None, now)
        else:
            self._collect(intent, step, now, None)
        if session := self._ledger.session_of(name):
            paid = intent["status"] == "succeeded"
            session |= {"payment_status": "paid" if paid else "unpaid"}
            self._ledger.put(session)
            kind = f"checkout.session.async_payment_{'succeeded' if paid else 'failed'}"
            self._webhooks.tell(kind, session, now, None, step)

    def _fail(self, intent: Json, step: Step, key: str | None, now: int) -> Json:
        reason = step.text("decline", "insufficient_funds" if "processing_fail" in step else "generic_decline")
        charge = self._charge(intent, "failed", now)
        method = methods.found(self._ledger, intent["payment_method"], intent["customer"])
        error = faults.decline(reason, charge["id"], method)
        failure = {"failure_code": error["code"], "failure_message": error["message"]}
        self._ledger.put(charge | failure | {"status": "failed", "captured": False})
        intent |= {"status": "requires_payment_method", "last_payment_error": error, "payment_method": None}
        self._ledger.put(intent)
        self._webhooks.tell("payment_intent.payment_failed", intent, now, key, step)
        return error

    def _charge(self, intent: Json, status: str, now: int) -> Json:
        """The charge of this try: the same one while it is pending, a new one after a decline."""
        before = self._ledger.get("charge", intent["latest_charge"] or "")
        method = methods.found(self._ledger, intent["payment_method"], intent["customer"])
        charge = shapes.charge(intent, method, status, now)
        if before is not None and before["status"] == "pending":
            charge = before
        intent["latest_charge"] = charge["id"]
        self._ledger.put(charge)
        return charge
