"""Mandates, payments and refunds of the GoCardless simulator, moved by the virtual clock."""

import json
from collections.abc import Callable
from typing import Any

from emulators.gocardless import behaviours, faults, shapes
from emulators.gocardless.behaviours import BEHAVIOURS, GONE, convention, details, written
from emulators.gocardless.ledger import Json, Ledger
from emulators.gocardless.payouts import Payouts
from emulators.gocardless.webhooks import Webhooks
from emulators.world.clock import VirtualClock, epoch
from emulators.world.payouts import PayTo
from emulators.world.script import DEFAULT, Script, Step, parse

HOUR = 3600
SUBMITTED_AFTER, DECIDED_AFTER, LATE_AFTER, CHARGED_BACK_AFTER = 20 * HOUR, 72 * HOUR, 120 * HOUR, 240 * HOUR
_INACTIVE = frozenset({"failed", "cancelled", "expired", "consumed", "blocked"})
_REFUNDS = 5
_SINGULAR = {"payments": "payment", "refunds": "refund", "mandates": "mandate", "payouts": "payout"}


class Payments:
    """What may become of payments; every change is told."""

    def __init__(self, ledger: Ledger, script: Script, webhooks: Webhooks, clock: VirtualClock, pay_to: PayTo) -> None:
        self._ledger = ledger
        self._script = script
        self._webhooks = webhooks
        self._clock = clock
        self.payouts = Payouts(ledger, self.told, pay_to)
        self._actions: dict[str, Callable[[str, Json, int], None]] = {
            "submit": self._submit,
            "confirm": self._confirm,
            "fail": self._fail,
            "resubmit": self._resubmit,
            "charge_back": self._charge_back,
            "pay_out": lambda currency, _, now: self.payouts.pay_out(currency, now),
            "submit_refund": lambda name, _, now: self._move_refund(name, "submitted", now),
            "pay_refund": lambda name, _, now: self._move_refund(name, "paid", now),
        }

    def settle(self) -> None:
        """Do all that has come due, in its order and dated when it was due."""
        now = epoch(self._clock)
        sql = "SELECT * FROM due WHERE at <= ? ORDER BY at, id LIMIT 1"
        with self._ledger.rows.transaction() as db:
            while row := self._ledger.rows.one(sql, (now,)):
                db.execute("DELETE FROM due WHERE id = ?", (row["id"],))
                self._actions[row["action"]](row["thing"], json.loads(row["detail"]), row["at"])

    def step_of(self, mandate: str) -> Step:
        """How the next payment on a mandate behaves."""
        return self._script.take(mandate, DEFAULT) or convention(mandate)

    def pay(self, asked: Json, step: Step) -> Json:
        """Make a payment on a mandate."""
        mandate = self.mandate(asked["mandate"])
        if mandate is None:
            raise faults.unlinked("mandate")
        if mandate["status"] in _INACTIVE:
            raise faults.impossible("mandate_is_inactive", "Mandate is failed, cancelled or expired")
        if "amount" in step:
            asked = {**asked, "amount": step.number("amount")}
        now = epoch(self._clock)
        payment = self.begin(shapes.payment(asked, now), step, now)
        self._ledger.plan(now + SUBMITTED_AFTER, "submit", payment["id"])
        if "fail" in step or "retried" in step:
            detail = {
                "cause": step.text("fail") or step.text("retried", "insufficient_funds"),
                "again": "retried" in step,
            }
            self._ledger.plan(now + DECIDED_AFTER, "fail", payment["id"], detail)
        else:
            self._ledger.plan(now + DECIDED_AFTER, "confirm", payment["id"])
        return payment

    def begin(self, payment: Json, step: Step, now: int) -> Json:
        """Keep a new payment and tell of it."""
        self._ledger.note_step(payment["id"], written(step))
        self._ledger.put("payments", payment, now)
        self.told("payments", "created", payment, now, {}, details=_by_api("payment_created"))
        return payment

    def mandate(self, name: str) -> Json | None:
        """A mandate; those of the conventions exist as soon as somebody asks for them."""
        known = self._ledger.get("mandates", name)
        if known is not None or not name.startswith("MD0") or not name.isalnum():
            return known
        now = epoch(self._clock)
        status = "cancelled" if name.startswith(GONE) else "active"
        account = self._ledger.put("customer_bank_accounts", shapes.account("A MEMBER", "DE00", now), now)
        return self._ledger.put("mandates", shapes.mandate(name, status, {}, account, now), now)

    def refund(self, asked: Json) -> Json:
        """Give back all or part of a payment that was collected."""
        name = "refunds"
        payment = self._ledger.get("payments", str((asked.get("links") or {}).get("payment")))
        if payment is None:
            raise faults.unlinked("payment")
        amount = asked.get("amount")
        if isinstance(amount, bool) or not isinstance(amount, int) or amount < 1:
            raise faults.invalid(name, "amount", "must be greater than 0")
        self._must_be_refundable(payment, asked, amount)
        now = epoch(self._clock)
        refund = self._ledger.put(name, shapes.refund(asked, payment, now), now)
        self._ledger.put("payments", payment | {"amount_refunded": payment["amount_refunded"] + amount})
        self.told(name, "created", refund, now, {"payment": payment["id"]}, details=_by_api("refund_created"))
        self._ledger.plan(now + SUBMITTED_AFTER, "submit_refund", refund["id"])
        self._ledger.plan(now + 2 * SUBMITTED_AFTER, "pay_refund", refund["id"])
        links = {"payment": payment["id"], "refund": refund["id"]}
        self.payouts.add("payment_refunded", -amount * 10, now, refund["currency"], **links)
        return refund

    def return_refund(self, name: str) -> Json:
        """The member's bank sends a refund back."""
        refund, now = self._known("refunds", name), epoch(self._clock)
        payment = self._known("payments", refund["links"]["payment"])
        self._ledger.put("payments", payment | {"amount_refunded": payment["amount_refunded"] - refund["amount"]})
        self._ledger.put("refunds", refund | {"status": "funds_returned"})
        self.told("refunds", "funds_returned", refund, now, {}, details=details("bank_account_closed"))
        links = {"payment": payment["id"], "refund": name}
        self.payouts.add("refund_funds_returned", refund["amount"] * 10, now, refund["currency"], **links)
        return self._known("refunds", name)

    def charge_back(self, name: str, cause: str) -> Json:
        """The member has their bank take a payment back."""
        payment = self._known("payments", name)
        if payment["status"] not in {"confirmed", "paid_out"}:
            raise faults.impossible("payment_not_collected", "only what was collected can be charged back")
        self._charge_back(name, {"cause": cause}, epoch(self._clock))
        return self._known("payments", name)

    def cancel_charge_back(self, name: str) -> Json:
        """The bank finds that a charge back was wrong."""
        payment, now = self._known("payments", name), epoch(self._clock)
        if payment["status"] != "charged_back":
            raise faults.impossible("payment_not_charged_back", "only a charge back can be cancelled")
        payment = self._ledger.put("payments", payment | {"status": "paid_out"})
        self.payouts.restored(payment, now)
        self.told("payments", "chargeback_cancelled", payment, now, {}, details=details("other"))
        return payment

    def end_mandate(self, name: str, action: str, cause: str) -> Json:
        """A mandate is `cancelled`, has `failed` or is `expired`."""
        mandate = self.mandate(name)
        if mandate is None:
            raise faults.missing()
        mandate = self._ledger.put("mandates", mandate | {"status": action})
        self.told("mandates", action, mandate, epoch(self._clock), {}, details=details(cause))
        return mandate

    def told(self, kind: str, action: str, thing: Json, now: int, links: Json, *, details: Json | None = None) -> None:
        """Tells an event of a thing."""
        about = {_SINGULAR[kind]: thing["id"], **links} if kind in _SINGULAR else links
        step = parse(self._ledger.step(thing["id"]), BEHAVIOURS)
        said = details or {"origin": "gocardless", "cause": f"{_SINGULAR.get(kind, kind)}_{action}", "description": ""}
        self._webhooks.tell(kind, action, thing, now, step, details=said, links=about)

    def _known(self, kind: str, name: str) -> Json:
        found = self._ledger.get(kind, name)
        if found is None:
            raise faults.missing()
        return found

    def _must_be_refundable(self, payment: Json, asked: Json, amount: int) -> None:
        if payment["status"] not in {"confirmed", "paid_out"}:
            raise faults.impossible("refund_payment_invalid_state", "The payment is not in a state to be refunded")
        if payment["amount_refunded"] + amount > payment["amount"]:
            raise faults.impossible("available_refund_amount_insufficient", "The refund is larger than what is left")
        if asked.get("total_amount_confirmation") != payment["amount_refunded"] + amount:
            raise faults.impossible("total_amount_confirmation_invalid", "The confirmed total is another one")
        before = self._ledger.each("refunds", [("json_extract(body, '$.links.payment') = ?", payment["id"])])
        if len(before) >= _REFUNDS:
            raise faults.impossible("number_of_refunds_exceeded", f"A payment has at most {_REFUNDS} refunds")

    def _submit(self, name: str, _: Json, now: int) -> None:
        payment = self._ledger.put("payments", self._known("payments", name) | {"status": "submitted"})
        self.told("payments", "submitted", payment, now, {})

    def _confirm(self, name: str, _: Json, now: int) -> None:
        payment = self._ledger.put("payments", self._known("payments", name) | {"status": "confirmed"})
        self.payouts.collected(payment, now)
        self.told("payments", "confirmed", payment, now, {})
        step = parse(self._ledger.step(name), BEHAVIOURS)
        if "late_fail" in step:
            self._ledger.plan(now + LATE_AFTER, "fail", name, {"cause": step.text("late_fail", "insufficient_funds")})
        if "charge_back" in step:
            cause = {"cause": step.text("charge_back", "refund_requested")}
            self._ledger.plan(now + CHARGED_BACK_AFTER, "charge_back", name, cause)

    def _fail(self, name: str, detail: Json, now: int) -> None:
        before = self._known("payments", name)
        payment = self._ledger.put("payments", before | {"status": "failed"})
        again = bool(detail.get("again"))
        said = behaviours.details(detail["cause"]) | {"will_attempt_retry": again}
        self.told("payments", "failed", payment, now, {}, details=said)
        if before["status"] in {"confirmed", "paid_out"}:
            self.payouts.taken_back(payment, "payment_failed", now)
        if again:
            self._ledger.plan(now + LATE_AFTER, "resubmit", name)

    def _resubmit(self, name: str, _: Json, now: int) -> None:
        payment = self._ledger.put("payments", self._known("payments", name) | {"status": "pending_submission"})
        self.told("payments", "resubmission_requested", payment, now, {})
        self._ledger.plan(now + SUBMITTED_AFTER, "submit", name)
        self._ledger.plan(now + DECIDED_AFTER, "confirm", name)

    def _charge_back(self, name: str, detail: Json, now: int) -> None:
        payment = self._ledger.put("payments", self._known("payments", name) | {"status": "charged_back"})
        self.payouts.taken_back(payment, "payment_charged_back", now)
        self.told("payments", "charged_back", payment, now, {}, details=details(detail["cause"]))

    def _move_refund(self, name: str, status: str, now: int) -> None:
        refund = self._known("refunds", name)
        if refund["status"] in {"pending_submission", "submitted"}:
            self._ledger.put("refunds", refund | {"status": status})
            self.told("refunds", status, refund, now, {})


def _by_api(cause: str) -> dict[str, Any]:
    return {"origin": "api", "cause": cause, "description": "Made via the API."}
