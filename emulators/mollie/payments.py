"""Payments, refunds and chargebacks of the Mollie simulator: what they do at once, and what comes later."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emulators.mollie import shapes
from emulators.mollie.faults import MollieError, invalid, missing
from emulators.mollie.settlements import Settlements
from emulators.mollie.telling import Telling
from emulators.world import hooks
from emulators.world.clock import VirtualClock, epoch
from emulators.world.kept import Kept
from emulators.world.script import DEFAULT, Script, Step, parse

Json = dict[str, Any]
BEHAVIOURS: dict[str, type] = {
    "succeed": str,
    "decline": str,
    "pend": int,
    "pend_fail": str,
    "charge": int,
    "chargeback": int,
    "error": str,
    "error_after_charge": str,
    "timeout": str,
    "timeout_before_charge": str,
    "strange_webhook": str,
    **hooks.BEHAVIOURS,
}
"""`decline:card_expired` fails with that reason; `pend:72` is decided after three virtual days, `pend_fail:AM04` fails
then; `charge:100` collects 1.00 whatever was asked; `chargeback:48` is taken back two days after it was paid."""
CONVENTIONS = {
    "mdt_declined": "decline:insufficient_funds",
    "mdt_expired": "decline:card_expired",
    "mdt_returned": "chargeback:96",
    "mdt_bounced": "pend_fail:AM04",
    "mdt_silent": "drop_webhook",
    "mdt_timeout": "timeout",
}
"""What a mandate does where no script says otherwise, by the beginning of its id."""
_HOUR = 3600
_KEY_LIFE = _HOUR
_DEBIT_HOURS, _REFUND_HOURS = 48, 24
_PAGE_LIFE = {"creditcard": _HOUR // 2, "ideal": _HOUR // 4}
PLAIN = Step({"succeed": ""})


@dataclass(frozen=True)
class Answer:
    """What a request is answered: a status and a body, or nothing at all when the line is cut."""

    status: int
    body: Json
    cut: bool = False
    kept: bool = True
    """Whether it is given again under the same key."""


class Payments:
    """One profile's payments, each change in one transaction with its webhook and its idempotency key."""

    def __init__(
        self, kept: Kept, script: Script, telling: Telling, settlements: Settlements, clock: VirtualClock
    ) -> None:
        self.kept = kept
        self.settlements = settlements
        self._script = script
        self._telling = telling
        self._clock = clock
        self._moment: int | None = None

    def once(self, key: str, fingerprint: str, work: Callable[[], Answer]) -> Answer:
        """Do the work unless the key has been answered within the hour; then give that answer again."""
        with self.kept.rows.transaction():
            row = self.kept.answered(key) if key else None
            if row is not None and self.now() - row["created"] < _KEY_LIFE:
                if row["asked"] != fingerprint:
                    raise MollieError(422, "The idempotency key was used with another request")
                return Answer(row["status"], json.loads(row["body"]))
            answer = work()
            if key and answer.body and answer.kept:
                self.kept.remember(key, fingerprint, self.now(), answer.status, answer.body)
            return answer

    def make(self, asked: Json, root: str) -> Answer:
        """A payment: with a page for its payer, or at once by a mandate."""
        payment = self._new(asked)
        if payment["sequence"] == "recurring":
            return self._collect(payment, asked, root)
        if not payment["redirect"]:
            raise invalid("The redirect URL is required", "redirectUrl")
        self._put(payment)
        life = _PAGE_LIFE.get(payment["method"] or "", 12 * _HOUR)
        self.kept.later(payment["id"], "expire", self.now() + life)
        return Answer(201, shapes.payment(payment, root))

    def visit(self, name: str, outcome: str, method: str) -> Json:
        """A payer does something on the page; the payment afterwards."""
        with self.kept.rows.transaction():
            payment = self.found("payment", name)
            if payment["status"] != "open":
                return payment
            payment = payment | {"method": method}
            if outcome == "pays":
                return self._paid(payment | self._mandate(payment), PLAIN)
            if outcome == "is_declined":
                reason = {"details": {"failureReason": "card_declined"}} if method == "creditcard" else {}
                return self._ended(payment | reason, "failed", PLAIN)
            return self._ended(payment, "canceled", PLAIN)

    def refund(self, name: str, asked: Json) -> Answer:
        """Take a refund in; it reaches the payer a day later."""
        payment = self.found("payment", name)
        amount, currency = shapes.minor(asked.get("amount"))
        if payment["status"] != "paid" or currency != payment["currency"]:
            raise invalid("The payment can't be refunded", "amount")
        if not 0 < amount <= payment["amount"] - payment["refunded"]:
            raise invalid("The amount is higher than the maximum", "amount")
        refund = {
            "id": shapes.new_id("re"), "payment": name, "amount": amount, "currency": currency, "status": "pending",
            "created": self.now(), "description": asked.get("description", ""), "metadata": asked.get("metadata"),
            "method": payment["method"],
        }  # fmt: skip
        self.kept.put("refund", refund["id"], refund, self.now(), ref=name)
        self._put(payment | {"refunded": payment["refunded"] + amount})
        self.settlements.book("refunds", refund, -amount, payment["method"], self.now())
        self.kept.later(refund["id"], "refund", self.now() + _REFUND_HOURS * _HOUR)
        return Answer(201, shapes.refund(refund))

    def cancel(self, name: str) -> Json:
        """A payment that nobody has begun to pay is not to be paid any more."""
        with self.kept.rows.transaction():
            payment = self.found("payment", name)
            if payment["status"] != "open":
                raise MollieError(422, "The payment cannot be canceled")
            return self._ended(payment, "canceled", PLAIN)

    def fail_refund(self, name: str) -> None:
        """The payer's bank sends a refund back."""
        refund = self.found("refund", name)
        payment = self.found("payment", refund["payment"])
        self.kept.change("refund", name, status="failed")
        self.kept.change("payment", payment["id"], refunded=payment["refunded"] - refund["amount"])
        self.settlements.book("returned", refund, refund["amount"], payment["method"], self.now())
        self._telling.changed(payment, PLAIN)

    def take_back(self, name: str) -> str:
        """The payer's bank takes a payment back; the chargeback's id."""
        payment = self.found("payment", name)
        if payment["status"] != "paid" or payment["charged_back"]:
            raise missing(name)
        debit = payment["method"] == "directdebit"
        body = {
            "id": shapes.new_id("chb"), "payment": name, "amount": payment["amount"], "currency": payment["currency"],
            "created": self.now(), "reversed": 0, "reason": "MD06" if debit else "10.4",
        }  # fmt: skip
        self.kept.put("chargeback", body["id"], body, self.now(), ref=name)
        self._put(payment | {"charged_back": payment["amount"]})
        self.settlements.book("chargebacks", body, -payment["amount"], payment["method"], self.now())
        self._telling.changed(payment, PLAIN)
        return str(body["id"])

    def give_back(self, name: str) -> None:
        """A chargeback is reversed: the money is back."""
        chargeback = self.found("chargeback", name)
        payment = self.found("payment", chargeback["payment"])
        self.kept.change("chargeback", name, reversed=self.now())
        self._put(payment | {"charged_back": 0})
        self.settlements.book("reversals", chargeback, chargeback["amount"], payment["method"], self.now())
        self._telling.changed(payment, PLAIN)

    def settle(self) -> None:
        """Do what has come due, then close the settlements of the days that are over."""
        work = {"expire": self._expire, "decide": self._decide, "refund": self._refunded, "dispute": self._disputed}
        with self.kept.rows.transaction():
            while (row := self.kept.due(epoch(self._clock))) is not None:
                self._moment = row["due"]
                work[row["what"]](row["thing"])
                self._moment = None
            self.settlements.close()

    def of(self, attempt_id: str) -> Json:
        """What the books say of an attempt."""
        payments = self.kept.of("payment", attempt_id)
        taken = [one["amount"] for one in payments if one["status"] == "paid"]
        return {"collected": taken, "given_back": sum(one["refunded"] for one in payments)}

    def found(self, kind: str, name: str) -> Json:
        """A thing by its id; raises as Mollie would."""
        thing = self.kept.get(kind, name)
        if thing is None:
            raise missing(name)
        return thing

    def now(self) -> int:
        """The virtual moment; of what has come due, its own."""
        return epoch(self._clock) if self._moment is None else self._moment

    def _new(self, asked: Json) -> Json:
        amount, currency = shapes.minor(asked.get("amount"))
        if not asked.get("description"):
            raise invalid("The description is required", "description")
        sequence = asked.get("sequenceType", "oneoff")
        if sequence != "oneoff" and self.kept.get("customer", str(asked.get("customerId"))) is None:
            raise invalid("The customer id is invalid", "customerId")
        if not amount and (sequence, asked.get("method")) != ("first", "creditcard"):
            raise invalid("The amount is lower than the minimum", "amount")
        return {
            "id": shapes.new_id("tr"), "amount": amount, "currency": currency, "description": asked["description"],
            "method": asked.get("method"), "metadata": asked.get("metadata"), "status": "open", "sequence": sequence,
            "redirect": asked.get("redirectUrl"), "webhook": asked.get("webhookUrl"), "created": self.now(),
            "changed": 0, "customerId": asked.get("customerId"), "mandateId": asked.get("mandateId"),
            "refunded": 0, "charged_back": 0, "step": "succeed:",
        }  # fmt: skip

    def _collect(self, payment: Json, asked: Json, root: str) -> Answer:
        mandate = self.kept.get("mandate", str(asked.get("mandateId")))
        if mandate is None or mandate["status"] != "valid" or mandate["customer"] != payment["customerId"]:
            raise invalid("The mandate is invalid", "mandateId")
        step = self._script.take(mandate["id"], DEFAULT) or convention(mandate["id"])
        if "timeout_before_charge" in step:
            return Answer(0, {}, cut=True)
        if "error" in step:
            return Answer(500, MollieError(500, "Something went wrong").body, kept=False)
        text = "+".join(f"{name}:{value}" for name, value in step.effects.items())
        payment |= {"method": mandate["method"], "step": text, "amount": step.number("charge", payment["amount"])}
        after = self._carry_out(payment, step)
        if "error_after_charge" in step:
            return Answer(500, MollieError(500, "Something went wrong").body)
        return Answer(201, shapes.payment(after, root), cut="timeout" in step)

    def _carry_out(self, payment: Json, step: Step) -> Json:
        if "decline" in step:
            details = {"failureReason": step.text("decline", "card_declined")}
            return self._ended(payment | {"details": details}, "failed", step)
        debit = payment["method"] == "directdebit"
        if debit or "pend" in step or "pend_fail" in step:
            pending = payment | {"status": "pending", "changed": self.now()}
            self._put(pending)
            self.kept.later(payment["id"], "decide", self.now() + step.number("pend", _DEBIT_HOURS) * _HOUR)
            return pending
        return self._paid(payment, step)

    def _paid(self, payment: Json, step: Step) -> Json:
        after = payment | {"status": "paid", "changed": self.now()}
        self._put(after)
        if after["amount"]:
            self.settlements.book("payments", after, after["amount"], after["method"], self.now())
        if "chargeback" in step:
            self.kept.later(after["id"], "dispute", self.now() + step.number("chargeback", 48) * _HOUR)
        self._telling.changed(after, step)
        return after

    def _ended(self, payment: Json, status: str, step: Step) -> Json:
        after = payment | {"status": status, "changed": self.now()}
        self._put(after)
        self._telling.changed(after, step)
        return after

    def _mandate(self, payment: Json) -> Json:
        """A first payment makes a mandate: by card for the card, by any bank method for direct debit."""
        if payment["sequence"] != "first":
            return {}
        method = "creditcard" if payment["method"] == "creditcard" else "directdebit"
        return {"mandateId": self.add_mandate(payment["customerId"], method)}

    def add_mandate(self, customer: str, method: str, name: str = "") -> str:
        """A valid mandate of a customer; its id."""
        body = {"id": name or shapes.new_id("mdt"), "customer": customer, "method": method, "status": "valid"}
        self.kept.put("mandate", body["id"], body | {"created": self.now()}, self.now(), ref=customer)
        return body["id"]

    def _expire(self, name: str) -> None:
        payment = self.found("payment", name)
        if payment["status"] == "open":
            self._ended(payment, "expired", PLAIN)

    def _decide(self, name: str) -> None:
        payment = self.found("payment", name)
        step = parse(payment["step"], BEHAVIOURS)
        if "pend_fail" in step:
            details = {"bankReasonCode": step.text("pend_fail", "AM04"), "bankReason": "refused by the bank"}
            self._ended(payment | {"details": details}, "failed", step)
        else:
            self._paid(payment, step)

    def _refunded(self, name: str) -> None:
        refund = self.found("refund", name)
        if refund["status"] == "pending":
            self.kept.change("refund", name, status="refunded")
            self._telling.changed(self.found("payment", refund["payment"]), PLAIN)

    def _disputed(self, name: str) -> None:
        self.take_back(name)

    def _put(self, payment: Json) -> None:
        labels = payment["metadata"] if isinstance(payment["metadata"], dict) else {}
        ref = str(labels.get("attempt_id", ""))
        self.kept.put("payment", payment["id"], payment, payment["created"], ref=ref)


def convention(mandate: str) -> Step:
    """What a mandate does by its name."""
    for name, step in CONVENTIONS.items():
        if mandate.startswith(name):
            return parse(step, BEHAVIOURS)
    return PLAIN
