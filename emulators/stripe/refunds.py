"""Refunds: money goes back at once, after days, or comes back again from the member's bank."""

from emulators.stripe import asked, faults, shapes
from emulators.stripe.agenda import Agenda
from emulators.stripe.answers import Answer, disturbed, spoiled
from emulators.stripe.balance import Balance
from emulators.stripe.behaviours import HOUR, REFUNDS, convention, read, written
from emulators.stripe.ledger import Json, Ledger
from emulators.stripe.webhooks import Webhooks
from emulators.world.clock import VirtualClock, epoch
from emulators.world.script import Script, Step

_DEBITS_TAKE = "processing:48"


class Refunds:
    """Gives back what was collected; never more than is left of a charge."""

    def __init__(
        self, ledger: Ledger, script: Script, webhooks: Webhooks, agenda: Agenda, balance: Balance, clock: VirtualClock
    ) -> None:
        self._ledger = ledger
        self._script = script
        self._webhooks = webhooks
        self._agenda = agenda
        self._balance = balance
        self._clock = clock
        agenda.teach("refund", self._finish)

    def refund(self, wanted: asked.Refund, key: str | None) -> Answer:
        """Give back all or part of a charge."""
        charge = self._charge_of(wanted)
        step = self._step_of(charge)
        if refused := disturbed(step):
            return refused
        if "refuse" in step:
            raise faults.invalid("The refund can't be made.", code=step.text("refuse", "charge_not_refundable"))
        amount = _amount(wanted, charge)
        return spoiled(Answer(200, self._give_back(wanted, charge, amount, step, key)), step)

    def fail(self, name: str, reason: str = "lost_or_stolen_card") -> Json:
        """The member's bank sends a refund back."""
        refund = self._ledger.get("refund", name)
        if refund is None:
            raise faults.missing("refund", name, "id")
        if refund["status"] in {"failed", "canceled"}:
            raise faults.invalid(f"Refund {name} has already failed.")
        self._failed(refund, reason, epoch(self._clock), convention(""))
        return refund

    def _step_of(self, charge: Json) -> Step:
        scripted = self._script.take(REFUNDS)
        if scripted is not None:
            return scripted
        if charge["payment_method_details"]["type"] == "sepa_debit":
            return read(_DEBITS_TAKE)
        webhooks = [name for name in convention(charge["payment_method"] or "").effects if name.endswith("_webhook")]
        return read("+".join(webhooks))

    def _give_back(self, wanted: asked.Refund, charge: Json, amount: int, step: Step, key: str | None) -> Json:
        now = epoch(self._clock)
        waits = "processing" in step or "processing_fail" in step
        given = shapes.refund(wanted, charge, amount, now, "pending" if waits else "succeeded")
        kind = ("refund" if charge["payment_method_details"]["type"] == "card" else "payment_refund", "refund")
        line = self._balance.moved(kind, -amount, charge["currency"], given["id"], now)
        given["balance_transaction"] = line["id"]
        self._ledger.put(given)
        _count(charge, amount)
        self._ledger.put(charge)
        if waits:
            hours = step.number("processing", 0) or step.number("processing_fail", 48)
            self._agenda.at(now + hours * HOUR, "refund", given["id"], written(step))
        self._webhooks.tell("refund.created", given, now, key, step)
        self._webhooks.tell("charge.refunded", charge, now, key, step)
        return given

    def _finish(self, name: str, text: str, now: int) -> None:
        refund, step = self._ledger.got("refund", name), read(text)
        if refund["status"] != "pending":
            return
        if "processing_fail" in step:
            self._failed(refund, "expired_or_canceled_card", now, step)
            return
        refund["status"] = "succeeded"
        self._ledger.put(refund)
        self._webhooks.tell("refund.updated", refund, now, None, step)

    def _failed(self, refund: Json, reason: str, now: int, step: Step) -> None:
        charge = self._ledger.got("charge", refund["charge"])
        kind = ("refund_failure", "refund_failure")
        line = self._balance.moved(kind, refund["amount"], refund["currency"], refund["id"], now)
        refund |= {"status": "failed", "failure_reason": reason, "failure_balance_transaction": line["id"]}
        self._ledger.put(refund)
        _count(charge, -refund["amount"])
        self._ledger.put(charge)
        self._webhooks.tell("refund.failed", refund, now, None, step)

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
        if charge["disputed"]:
            raise faults.invalid(f"Charge {name} has been charged back.", "charge", "charge_disputed")
        return charge


def _amount(wanted: asked.Refund, charge: Json) -> int:
    left: int = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise faults.invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = left if wanted.amount is None else wanted.amount
    if amount > left:
        message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        raise faults.invalid(message, "amount")
    return amount


def _count(charge: Json, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
