"""Payments, links, refunds and disputes of the Adyen simulator: what they do at once, and what comes later."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from emulators.adyen import faults
from emulators.adyen.batches import Batches
from emulators.adyen.notices import PLAIN, Notices
from emulators.world import hooks
from emulators.world.clock import VirtualClock, epoch
from emulators.world.kept import Kept
from emulators.world.script import DEFAULT, Script, Step, parse

Json = dict[str, Any]
BEHAVIOURS: dict[str, type] = {
    "succeed": str,
    "refuse": str,
    "error_result": str,
    "redirect": str,
    "receive": int,
    "receive_fail": int,
    "charge": int,
    "chargeback": int,
    "error": str,
    "error_after_charge": str,
    "in_progress": str,
    "timeout": str,
    "timeout_before_charge": str,
    "contradict": str,
    **hooks.BEHAVIOURS,
}
"""`charge:500` collects 5.00 whatever was asked; `chargeback:48` is disputed after two days; `contradict` says no, then
yes; `receive:72` is decided after three days. All hours are virtual."""
CONVENTIONS = {
    "refused": "refuse:12",
    "blocked": "refuse:5",
    "redirect": "redirect",
    "debit": "receive:72",
    "returned": "receive:24+chargeback:96",
    "bounced": "receive_fail:72",
    "disputed": "chargeback:48",
    "silent": "drop_webhook",
    "timeout": "timeout",
}
"""What a stored method does where no script says otherwise, by the beginning of its id."""
_HOUR, _DAY = 3600, 86400
_KEY_LIFE = 7 * _DAY
_DEFENCE = 14 * _DAY


@dataclass(frozen=True)
class Answer:
    """What a request is answered: a status and a body, or nothing at all when the line is cut."""

    status: int
    body: Json
    cut: bool = False
    kept: bool = True
    """Whether it is given again under the same key."""


def new_psp() -> str:
    """A reference as Adyen makes them: sixteen capital letters and digits."""
    return "".join(secrets.choice("ABCDFGHJKLMNPQRSTVWXZ23456789") for _ in range(16))


class Payments:
    """One merchant account's payments, each change in one transaction with its notices and its idempotency key."""

    def __init__(self, kept: Kept, script: Script, notices: Notices, batches: Batches, clock: VirtualClock) -> None:
        self._kept = kept
        self._script = script
        self._notices = notices
        self._batches = batches
        self.clock = clock
        self._moment: int | None = None

    def once(self, key: str, fingerprint: str, work: Callable[[], Answer]) -> Answer:
        """Do the work unless the key has been answered within seven days; then give that answer again."""
        with self._kept.rows.transaction():
            now = self._now()
            row = self._kept.answered(key) if key else None
            if row is not None and now - row["created"] < _KEY_LIFE:
                return Answer(row["status"], json.loads(row["body"]))
            answer = work()
            if key and answer.body and answer.kept:
                self._kept.remember(key, fingerprint, now, answer.status, answer.body)
            return answer

    def pay(self, asked: Json) -> Answer:
        """Make a payment as its stored method behaves."""
        stored = asked["paymentMethod"]["storedPaymentMethodId"]
        token = f"{asked['shopperReference']}/{stored}"
        step = self._script.take(token, stored, DEFAULT) or convention(stored)
        if "timeout_before_charge" in step:
            return Answer(0, {}, cut=True)
        if "error" in step:
            return Answer(500, faults.failure().body, kept=False)
        if "in_progress" in step:
            return Answer(422, faults.in_progress().body, kept=False)
        if (self._kept.get("stored", stored) or {}).get("gone"):
            raise faults.AdyenError(422, "800", "Contract not found")
        answer = self.carry_out(asked, step)
        if "error_after_charge" in step:
            return Answer(500, faults.failure().body)
        return replace(answer, cut="timeout" in step)

    def carry_out(self, asked: Json, step: Step, extra: Json | None = None) -> Answer:
        """A payment under a step; `extra` goes with its notices."""
        payment = self._made(asked, step, extra or {})
        said = {"pspReference": payment["psp"], "merchantReference": payment["reference"]}
        if "redirect" in step:
            self._put(payment | {"state": "redirected"})
            action = {"type": "redirect", "method": "GET", "url": "https://checkoutshopper-test.adyen.com/x"}
            return Answer(200, {"resultCode": "RedirectShopper", "action": action})
        if "receive" in step or "receive_fail" in step:
            hours = step.number("receive") or step.number("receive_fail", 72)
            self._put(payment | {"state": "received"})
            self._kept.later(payment["psp"], "decide", self._now() + hours * _HOUR)
            return Answer(200, {**said, "resultCode": "Received"})
        if "refuse" in step or "error_result" in step:
            result = "Refused" if "refuse" in step else "Error"
            code = step.text("refuse", "2") if "refuse" in step else "4"
            self._refuse(payment, code, step)
            refusal = {"refusalReason": faults.REASONS.get(code, "Refused"), "refusalReasonCode": code}
            return Answer(200, {**said, "resultCode": result, **refusal})
        self._authorise(payment, step)
        amount = {"value": payment["amount"], "currency": payment["currency"]}
        return Answer(200, {**said, "resultCode": "Authorised", "amount": amount})

    def refund(self, psp: str, asked: Json) -> Answer:
        """Take a refund in; what becomes of it is told an hour later."""
        payment = self._kept.get("payment", psp)
        if payment is None or payment["state"] != "authorised":
            raise faults.AdyenError(422, "167", "Original pspReference required for this operation")
        name, amount = new_psp(), asked["amount"]
        refund = {
            "psp": name, "payment": psp, "reference": asked.get("reference", ""), "amount": amount["value"],
            "currency": amount["currency"], "state": "received", "created": self._now(),
        }  # fmt: skip
        self._kept.put("refund", name, refund, refund["created"], ref=psp)
        self._kept.later(name, "refund", refund["created"] + _HOUR)
        said = {
            "merchantAccount": asked["merchantAccount"], "paymentPspReference": psp, "pspReference": name,
            "reference": refund["reference"], "status": "received", "amount": amount,
        }  # fmt: skip
        return Answer(201, said)

    def fail_refund(self, psp: str) -> None:
        """The member's bank sends a refund back."""
        refund = self._kept.get("refund", psp)
        if refund is None:
            raise faults.AdyenError(404, "000", "no such refund")
        payment = self._kept.get("payment", refund["payment"]) or {}
        was = refund["state"]
        self._kept.change("refund", psp, state="reversed" if was == "refunded" else "failed")
        if was == "refunded":
            self._kept.change("payment", payment["psp"], refunded=payment["refunded"] - refund["amount"])
            self._batches.book("RefundedReversed", payment, refund["amount"], self._now(), psp, refund["reference"])
        self._of_refund("REFUNDED_REVERSED" if was == "refunded" else "REFUND_FAILED", refund, payment)

    def dispute(self, psp: str) -> str:
        """The member's bank takes a payment back; the dispute's reference."""
        payment = self._kept.get("payment", psp)
        if payment is None or payment["state"] != "authorised":
            raise faults.AdyenError(404, "000", "no such payment")
        name, now = new_psp(), self._now()
        body = {"psp": name, "payment": psp, "amount": payment["amount"], "state": "Undefended", "created": now}
        self._kept.put("dispute", name, body, now, ref=psp)
        self._batches.book("Chargeback", payment, -payment["amount"], now, name)
        self._of_dispute("CHARGEBACK", name, "Undefended")
        return name

    def decide(self, name: str, verdict: str) -> None:
        """Won: the money is back. Lost: the time to defend is over."""
        dispute = self._kept.get("dispute", name)
        if dispute is None:
            raise faults.AdyenError(404, "000", "no such dispute")
        won = verdict == "won"
        self._kept.change("dispute", name, state="Won" if won else "Lost")
        if won:
            payment = self._kept.get("payment", dispute["payment"]) or {}
            self._batches.book("ChargebackReversed", payment, dispute["amount"], self._now(), name)
        self._of_dispute(
            "CHARGEBACK_REVERSED" if won else "DISPUTE_DEFENSE_PERIOD_ENDED", name, "Won" if won else "Lost"
        )

    def accept(self, name: str) -> Answer:
        """Accept a dispute."""
        dispute = self._kept.get("dispute", name)
        open_ = dispute is not None and dispute["state"] == "Undefended"
        if open_:
            self._kept.change("dispute", name, state="Accepted")
            self._of_dispute("CHARGEBACK", name, "Accepted")
        result: Json = {"success": True} if open_ else {"success": False, "errorMessage": "No open dispute"}
        return Answer(200, {"disputeServiceResult": result})

    def of(self, reference: str) -> Json:
        """What the books say of an attempt: its payments and what was given back."""
        payments = self._kept.of("payment", reference)
        taken = [one["amount"] for one in payments if one["state"] == "authorised" and one["amount"]]
        return {"collected": taken, "given_back": sum(one["refunded"] for one in payments)}

    def settle(self) -> None:
        """Do what has come due, then close the batches of the days that are over."""
        with self._kept.rows.transaction():
            work = {"decide": self._decided, "refund": self._refunded, "dispute": self._disputed}
            while (row := self._kept.due(epoch(self.clock))) is not None:
                self._moment = row["due"]
                work[row["what"]](row["thing"])
                self._moment = None
            self._batches.close()

    def _now(self) -> int:
        """The virtual moment; of what has come due, its own."""
        return epoch(self.clock) if self._moment is None else self._moment

    def _made(self, asked: Json, step: Step, extra: Json) -> Json:
        labels = {f"metadata.{name}": str(value) for name, value in (asked.get("metadata") or {}).items()}
        amount = asked["amount"]
        return {
            "psp": new_psp(), "reference": asked["reference"], "asked": amount["value"],
            "amount": step.number("charge", amount["value"]), "currency": amount["currency"], "refunded": 0,
            "method": {"scheme": "visa"}.get(asked["paymentMethod"]["type"], asked["paymentMethod"]["type"]),
            "shopper": asked.get("shopperReference", ""), "state": "new", "reason": "", "extra": labels | extra,
            "step": "+".join(f"{name}:{value}" for name, value in step.effects.items()),
            "created": self._now(),
        }  # fmt: skip

    def _authorise(self, payment: Json, step: Step) -> None:
        self._put(payment | {"state": "authorised"})
        if "contradict" in step:
            self._of_payment(payment, step, success=False, reason="Refused")
        self._of_payment(payment, step)
        now = self._now()
        if payment["amount"]:
            self._batches.book("Settled", payment, payment["amount"], now)
        if "chargeback" in step:
            self._kept.later(payment["psp"], "dispute", now + step.number("chargeback", 48) * _HOUR)

    def _refuse(self, payment: Json, code: str, step: Step) -> None:
        reason = faults.REASONS.get(code, "Refused")
        self._put(payment | {"state": "refused", "reason": reason})
        self._of_payment(payment, step, success=False, reason=reason)

    def _decided(self, psp: str) -> None:
        payment = self._kept.get("payment", psp) or {}
        step = parse(payment["step"], BEHAVIOURS)
        if "receive_fail" in step:
            self._put(payment | {"state": "refused", "reason": "AM04:InsufficientFunds"})
            self._of_payment(payment, step, success=False, reason="AM04:InsufficientFunds")
        else:
            self._authorise(payment, step)

    def _refunded(self, name: str) -> None:
        refund = self._kept.get("refund", name) or {}
        if refund["state"] != "received":
            return
        payment = self._kept.get("payment", refund["payment"]) or {}
        enough = payment["amount"] - payment["refunded"] >= refund["amount"]
        self._kept.change("refund", name, state="refunded" if enough else "failed")
        if enough:
            self._kept.change("payment", payment["psp"], refunded=payment["refunded"] + refund["amount"])
            self._batches.book("Refunded", payment, -refund["amount"], self._now(), name, refund["reference"])
        reason = "" if enough else "Insufficient balance on payment"
        self._of_refund("REFUND", refund, payment, success=enough, reason=reason)

    def _disputed(self, psp: str) -> None:
        self.dispute(psp)

    def _of_payment(self, payment: Json, step: Step, *, success: bool = True, reason: str = "") -> None:
        self._notices.tell(
            "AUTHORISATION", payment["psp"], payment["reference"], payment["amount"], payment["currency"],
            success=success, reason=reason, method=payment["method"], extra=payment["extra"], step=step,
        )  # fmt: skip

    def _of_refund(self, code: str, refund: Json, payment: Json, *, success: bool = True, reason: str = "") -> None:
        self._notices.tell(
            code, refund["psp"], refund["reference"], refund["amount"], refund["currency"], about=payment["psp"],
            original=payment["psp"], success=success, reason=reason, method=payment["method"],
        )  # fmt: skip

    def _of_dispute(self, code: str, name: str, status: str) -> None:
        dispute = self._kept.get("dispute", name) or {}
        payment = self._kept.get("payment", dispute["payment"]) or {}
        debit = payment["method"] == "sepadirectdebit"
        due = self._now() + _DEFENCE
        extra = {
            **payment["extra"], "disputeStatus": status, "chargebackReasonCode": "MD06" if debit else "10.4",
            "chargebackSchemeCode": payment["method"], "defendable": "true", "defensePeriodEndsAt": _iso(due),
        }  # fmt: skip
        self._notices.tell(
            code, name, payment["reference"], dispute["amount"], payment["currency"], about=payment["psp"],
            original=payment["psp"], method=payment["method"], extra=extra,
            reason="Refund request by debtor" if debit else "Other Fraud-Card Absent Environment",
        )  # fmt: skip

    def _put(self, payment: Json) -> None:
        self._kept.put("payment", payment["psp"], payment, payment["created"], ref=payment["reference"])


def convention(stored: str) -> Step:
    """What a stored method does by its name."""
    for name, step in CONVENTIONS.items():
        if stored.lower().startswith(name):
            return parse(step, BEHAVIOURS)
    return PLAIN


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
