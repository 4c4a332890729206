"""What goes back: a payment that is disputed, refunds by card and by transfer, and what a provider pays out to us."""

from typing import Any, Final

from common.tools.examples.collecting import payment_of
from common.tools.examples.runs import of
from common.tools.examples.stage import ANOTHER, Stage
from common.tools.examples.webhooks import stripe_tells

OVERPAID: Final = 60_000
"""What somebody transferred for nothing; above what one person may give back."""


def act(stage: Stage) -> None:
    """Disputes, refunds, payouts."""
    _disputed(stage)
    _refused(stage)
    _unknown(stage)
    _transferred(stage)
    _paid_out(stage)


def _disputed(stage: Stage) -> None:
    payment = payment_of(stage, "hanna")
    name = payment["attempts"][0]["provider_id"].replace("pi_", "dp_")
    stripe_tells(stage, "charge.dispute.created", {"object": "dispute", "id": name})
    stage.wait(minutes=5)
    [dispute] = stage.get("/v1/disputes", "Disputes that wait for our answer", state="needs_response")["items"]
    path = f"/v1/disputes/{dispute['dispute_id']}"
    neither = {"reason": "we know better"}
    stage.post(f"{path}/respond", neither, "Evidence is missing, and it is not accepted", refused="invalid")
    evidence = neither | {"texts": {"uncategorized_text": "The listing was online from 3 to 31 October."}}
    stage.post(f"{path}/respond", evidence, "Evidence is sent")
    stage.get(path, "A dispute under review")
    stage.post(f"{path}/respond", evidence, "There is nothing to answer now", refused="wrong_state")


def _refused(stage: Stage) -> None:
    """An invoice that was paid by a card is credited; the card has expired meanwhile."""
    credit = {"reason": "the campaign did not run", "rest": "refund"}
    stage.post(f"/v1/invoices/{of(stage, 'ella')['id']}/credit", credit)
    stage.wait(minutes=5)
    [refund] = stage.get("/v1/refunds", "Refunds that could not be paid", state="failed")["items"]
    path = f"/v1/refunds/{refund['refund_id']}"
    account = {"payee_name": "Ella Muster", "payee_iban": "AT611904300234573201", "reason": "her new account"}
    stage.post(f"{path}/retry", account, "It is transferred to an account that somebody found out")
    stage.post(f"{path}/retry", {"reason": "again"}, "It is on its way", refused="wrong_state")


def _unknown(stage: Stage) -> None:
    """The provider that said nothing of the payment says nothing of its refund."""
    credit = {"reason": "the listing was never shown", "rest": "refund"}
    stage.post(f"/v1/invoices/{of(stage, 'gerd')['id']}/credit", credit)
    stage.wait(minutes=5)
    [refund] = stage.get("/v1/refunds", "Refunds of which nobody knows what became", state="unknown")["items"]
    path = f"/v1/refunds/{refund['refund_id']}/decide"
    came = {"outcome": "succeeded", "provider_id": "re_4qqhO89gsT", "reason": "the member has the money"}
    stage.post(path, came, "Somebody found out", by=ANOTHER)
    stage.post(path, came, "It is decided", refused="already_decided")


def _transferred(stage: Stage) -> None:
    """Who paid for nothing gets it back, once a second person agrees."""
    found = stage.get("/v1/receipts", state="unapplied")["items"]
    receipt = next(one for one in found if one["amount_minor"] == OVERPAID)
    path = f"/v1/receipts/{receipt['receipt_id']}/refund"
    wanted = {"amount_minor": OVERPAID, "reason": "they have no account with us"}
    stage.post(path, wanted | {"amount_minor": OVERPAID + 1}, "More than came", refused="more_than_unapplied")
    stage.post(path, wanted, "Unapplied money is to go back the way it came")
    [refund] = stage.get("/v1/refunds", "Refunds of a receipt", receipt_id=receipt["receipt_id"])["items"]
    agreed: dict[str, Any] = {"reason": "their bank statement was seen"}
    approve = f"/v1/refunds/{refund['refund_id']}/approve"
    stage.post(approve, agreed, "Who asked for it can't agree to it", refused="same_person")
    stage.post(approve, agreed, "A second person agrees", by=ANOTHER)
    stage.wait(days=1)
    stage.fire("payments-start-transfers")


def _paid_out(stage: Stage) -> None:
    stripe_tells(stage, "payout.paid", {"object": "payout", "id": "po_0001"})
    stage.wait(minutes=5)
    stage.get("/v1/payouts", "Payouts that are explained", state="settled")
    stage.get("/v1/payouts/pyo_unknown", "There is no such payout", refused="not_found")
