"""Disputes and refunds in the billing story: what is taken back from us by cards' banks, and what we give back."""

from typing import Any, Final

from tests.emulated.billing_story_stage import SECOND, Stage, member_id
from tests.emulated.billing_story_treasury import Treasury

STRANGER_IBAN: Final = "DE89370400440532013000"
PART_MINOR: Final = 1_000


class Back:
    """What members, their banks and staff do once money has been collected."""

    def __init__(self, stage: Stage, treasury: Treasury) -> None:
        self.stage = stage
        self.treasury = treasury
        self.bills: dict[str, dict[str, Any]] = {}

    # -- collecting and disputes ---------------------------------------------------------------

    def decide_attempt(self) -> None:
        """Wanda's debit is under way; somebody has heard from the provider that it was paid."""
        payment = self._payment("wanda")
        provider_id = payment["attempts"][-1]["provider_id"]
        decided = {"attempt": 1, "outcome": "succeeded", "provider_id": provider_id, "reason": "they said so"}
        self.stage.post(f"/v1/payments/{payment['payment_id']}/decide", decided)

    def contradict(self) -> None:
        """A webhook comes under the id of another one and says something else."""
        about = {
            "resource_type": "payments",
            "links": {"payment": self._payment("wanda")["attempts"][-1]["provider_id"]},
        }
        for action in ("submitted", "cancelled"):
            event = about | {"id": "EV0STORY", "action": action, "created_at": "2031-06-02T15:00:00.000Z"}
            self.stage.from_gocardless({"events": [event]})
        (parked,) = self.stage.items("/v1/parked?state=parked")
        self.stage.post(f"/v1/parked/{parked['id']}/discard", {"reason": "they have excused themselves"})

    def end_mandate(self) -> None:
        """Wanda tells her provider that nothing is to be collected by her mandate any more."""
        self.stage.world("gocardless/admin/mandates/MD0PAYS1/cancelled", {})
        self.stage.settle()

    def dispute(self) -> None:
        """Yara's bank takes the money back."""
        provider_id = self._payment("yara")["attempts"][-1]["provider_id"]
        self.stage.world("stripe/admin/disputes", {"payment_intent": provider_id})
        self.stage.settle()

    def answer_dispute(self) -> None:
        """What we have to say convinces it."""
        (dispute,) = self.stage.items(f"/v1/disputes?member_id={member_id('yara')}")
        said = {"texts": {"uncategorized_text": "winning_evidence"}, "reason": "the invoice and its delivery"}
        self.stage.post(f"/v1/disputes/{dispute['dispute_id']}/respond", said)

    # -- refunds -------------------------------------------------------------------------------

    def give_goodwill(self) -> None:
        """A part goes back the way it came, by every way; all that Zoe paid, a person has to ask for."""
        for name in ("rita", "xenia", "ulf"):
            goodwill = {"amount_minor": PART_MINOR, "rest": "refund", "reason": "goodwill"}
            self.stage.post(f"/v1/invoices/{self.bills[name]['id']}/credit", goodwill)
        self.stage.post(f"/v1/invoices/{self.bills['zoe']['id']}/credit", {"reason": "nothing was sold"})
        (receipt,) = self.stage.items(f"/v1/receipts?member_id={member_id('zoe')}")
        wish = {"amount_minor": receipt["unapplied_minor"], "reason": "she wants it back"}
        self.stage.post(f"/v1/receipts/{receipt['receipt_id']}/refund", wish)

    def approve(self) -> None:
        """A second person agrees."""
        refund = self._refund("zoe")
        self.stage.post(f"/v1/refunds/{refund['refund_id']}/approve", {"reason": "checked"}, by=SECOND)

    def decide_refund(self) -> None:
        """Xenia's provider takes days to say what became of hers; somebody asked there."""
        refund = self._refund("xenia")
        self.stage.post(f"/v1/refunds/{refund['refund_id']}/decide", {"outcome": "succeeded", "reason": "they said so"})

    def fail_refund(self) -> None:
        """Ulf's card is closed: what was given back comes to us again."""
        provider_id = self._refund("ulf")["provider_id"].rpartition("/")[2]
        self.stage.world(f"mollie/admin/refunds/{provider_id}/fail", {})
        self.stage.settle()

    def retry_refund(self) -> None:
        """He names an account."""
        account = {"payee_name": "Ulf Berg", "payee_iban": STRANGER_IBAN, "reason": "he called"}
        self.stage.post(f"/v1/refunds/{self._refund('ulf')['refund_id']}/retry", account)

    # -- looking up ----------------------------------------------------------------------------

    def _payment(self, name: str) -> dict[str, Any]:
        (found,) = self.stage.items(f"/v1/payments?member_id={member_id(name)}")
        return found

    def _refund(self, name: str) -> dict[str, Any]:
        (found,) = self.stage.items(f"/v1/refunds?member_id={member_id(name)}")
        return found
