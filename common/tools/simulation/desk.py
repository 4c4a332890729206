"""What staff do in the story: put right what is in doubt, give back what is too much, work through what is parked."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from common.documents import id_from
from common.parking import Parked
from functions.invoicing.handlers import credits as credit_notes
from functions.invoicing.model.credit_notes import credit_note_id
from functions.invoicing.requests.credit_notes import CancelCreditNote, CreditInvoice, ReissueInvoice
from functions.matching.handlers import by_hand, returns, write_offs
from functions.matching.model import Item, Receipt
from functions.matching.requests import MatchByHand, RefundMoney, Unmatch
from functions.matching.requests.write_offs import DecideWriteOff, GiveUp
from functions.matching.write_offs import WriteOff
from functions.payments.handlers import deciding, refunds
from functions.payments.model.payments import Payment
from functions.payments.model.refunds import Refund
from functions.payments.requests.payments import DecideAttempt
from functions.payments.requests.refunds import ApproveRefund, DecideRefund, RetryRefund
from functions.relay import handlers as relay
from functions.relay.requests import Discard, Replay

if TYPE_CHECKING:
    from common.tools.simulation.story import Story

STAFF: Final = "staff:clerk@marketplace.example"
SECOND: Final = "staff:chief@marketplace.example"
CREDITED: Final[dict[str, tuple[dict[str, Any], ...]]] = {
    "bruno": ({"amount_minor": 500, "rest": "refund"}, {"lines": ({"line": 2, "amount_minor": 3},)}, {}),
    "dora": ({},),
    "anna": ({"lines": ({"line": 1},), "rest": "credit"},),
    "greta": ({"amount_minor": 700, "basis": "net"},),
    "hugo": ({"amount_minor": 1234},),
    "lena": ({"amount_minor": 999, "rest": "refund"},),
    "nora": ({"amount_minor": 450, "rest": "refund"},),
    "xenia": ({"amount_minor": 1500},),
}
"""Who complains, and what is taken back for it, one credit note after the other."""
TOO_MUCH: Final[dict[str, int]] = {"fritz": 100, "willi": 0}
"""Whose unapplied money is given back, and how much of it (0: all)."""
NOTED: Final = frozenset({"payments-report-events", "payments-withdraw-refunds", "payments-remind-of-disputes"})
"""What these park only tells people something; everything else is sent again."""
GIVEN_UP: Final[dict[str, int | None]] = {"ida": None, "fritz": 4_000}
"""Whose debt is given up, and how much of it (None: all)."""
OTHER_ACCOUNT: Final = "DE02120300000000202051"


def _items(story: "Story") -> dict[str, Item]:
    """The first item of each member, by the member's id."""
    found = sorted(story.runtime.world.read.select(Item, limit=1000), key=lambda item: item.number, reverse=True)
    return {item.member_id: item for item in found}


def clerk(story: "Story") -> None:
    """Staff put right what is in doubt: a match on the wrong item, a complaint."""
    items = _items(story)
    fritz = items.get(id_from("mem", "fritz"))
    if fritz and fritz.allocations:
        first = fritz.allocations[0]
        given_back = Unmatch(receipt_id=first.receipt_id, match_id=first.match_id, reason="not his")
        story.do("unmatch", by_hand.unmatch, given_back, STAFF)
    for name, parts in CREDITED.items():
        item = items.get(id_from("mem", name))
        for number, part in enumerate(parts):
            if item is not None:
                credit = CreditInvoice(invoice_id=item.invoice_id, reason="a complaint", **part)
                story.do(f"credit {name} {number}", credit_notes.credit_invoice, credit, STAFF)
    _put_right(story, items)


def match_by_hand(story: "Story") -> bool:
    """A receipt without a reference goes where it belongs; whether there was one."""
    hugo = _items(story).get(id_from("mem", "hugo"))
    for receipt in story.runtime.world.read.select(Receipt, limit=1000):
        if receipt.text == "for everything" and receipt.unapplied_minor and hugo and hugo.open_minor:
            whole = min(receipt.unapplied_minor, hugo.open_minor)
            for amount in (whole // 3, whole - whole // 3):
                given = MatchByHand(receipt_id=receipt.id, item_id=hugo.id, amount_minor=amount, reason="his")
                story.do(f"match {amount} by hand", by_hand.match_by_hand, given, STAFF)
            return True
    return False


def _put_right(story: "Story", items: Mapping[str, Item]) -> None:
    """One invoice is issued anew, and one credit note was wrong."""
    emil, anna = (items.get(id_from("mem", name)) for name in ("emil", "anna"))
    if emil is not None:
        anew = ReissueInvoice(invoice_id=emil.invoice_id, reason="the wrong name")
        story.do("reissue emil", credit_notes.reissue_invoice, anew, STAFF)
    if anna is not None:
        wrong = CancelCreditNote(credit_note_id=credit_note_id(anna.invoice_id), reason="was right after all")
        story.do("cancel anna's credit note", credit_notes.cancel_credit_note, wrong, STAFF)


def give_back(story: "Story") -> None:
    """Money that paid for nothing goes back the way it came."""
    found = sorted(story.runtime.world.read.select(Receipt, limit=1000), key=lambda one: (one.received_on, one.id))
    for name, amount in TOO_MUCH.items():
        whose = (id_from("mem", name), f"Member {name.title()}")
        theirs = [r for r in found if r.unapplied_minor and {r.member_id, r.payer_name} & {*whose}]
        if theirs:
            wanted = min(amount or theirs[0].unapplied_minor, theirs[0].unapplied_minor)
            given = RefundMoney(receipt_id=theirs[0].id, amount_minor=wanted, reason="paid too much")
            story.do(f"give {wanted} back to {name}", returns.refund_money, given, STAFF)


def give_up(story: "Story") -> None:
    """What can't be had is written off: a little by one person, more by two."""
    items = _items(story)
    for name, amount in GIVEN_UP.items():
        item = items.get(id_from("mem", name))
        if item is not None:
            given = GiveUp(item_id=item.id, amount_minor=amount, reason="cannot be had")
            story.do(f"give up {name}", write_offs.write_off_item, given, STAFF)


def decide_write_offs(story: "Story") -> None:
    """A second person agrees to what waits for one; of the others the first is claimed again."""
    for found in story.runtime.world.read.select(WriteOff, limit=100):
        given = DecideWriteOff(write_off_id=found.id, reason="looked at again")
        if found.state == "held":
            story.do(f"approve {found.id}", write_offs.approve_write_off, given, SECOND)
        elif found.decided_by == STAFF:
            story.do(f"claim {found.id} again", write_offs.withdraw_write_off, given, STAFF)


def look_at_refunds(story: "Story", day: str) -> None:
    """A second person agrees to what one may not do alone; what could not be paid is paid to another account."""
    for refund in story.runtime.world.read.select(Refund, limit=1000):
        if refund.state == "held":
            agreed = ApproveRefund(refund_id=refund.id, reason="checked")
            story.do(f"approve {refund.id}", refunds.approve_refund, agreed, SECOND)
        elif refund.state == "failed":
            again = RetryRefund(
                refund_id=refund.id, reason="a new account", payee_name="Another Account", payee_iban=OTHER_ACCOUNT
            )
            story.do(f"pay {refund.id} otherwise on {day}", refunds.retry_refund, again, STAFF)


def look_at_parked(story: "Story", day: str) -> None:
    """What is parked is sent again, or noted where it only tells something."""
    for parked in story.runtime.world.read.select(Parked, limit=1000, state="parked"):
        if parked.function in NOTED:
            given_up = Discard(parked_id=parked.id, reason="taken note of")
            story.do(f"note {parked.code} {parked.id}", relay.discard, given_up, STAFF)
            continue
        if parked.code == "provider_silent":
            _look_there(story, parked)
        again = Replay(parked_id=parked.id, reason="looked into")
        story.do(f"again {parked.code} {parked.id} on {day}", relay.replay, again, STAFF)


def _look_there(story: "Story", parked: Parked) -> None:
    """Somebody looks at the provider's own pages and says what became of a payment or a refund."""
    for fact in parked.facts:
        if parked.function == "payments-ask-provider":
            _decide_attempt(story, fact["payment_id"], fact["number"])
        elif parked.function == "payments-ask-refunds":
            _decide_refund(story, fact["refund_id"])


def _decide_attempt(story: "Story", payment_id: str, number: int) -> None:
    payment = story.runtime.world.read.find(Payment, payment_id)
    if payment is None or payment.attempt(number).state not in {"sent", "unknown", "processing"}:
        return
    found = story.providers[payment.provider_of(number)].payments.get(payment.attempt(number).id, [])
    collected = found[0] if found and found[0].state == "succeeded" else None
    if collected is None and found and found[0].state == "processing":
        return
    decided = DecideAttempt(
        payment_id=payment_id,
        attempt=number,
        outcome="succeeded" if collected else "failed",
        provider_id=collected.id if collected else "",
        reason="as they say on the telephone",
    )
    story.do(f"decide {payment_id} {number}", deciding.decide_attempt, decided, STAFF)


def _decide_refund(story: "Story", refund_id: str) -> None:
    refund = story.runtime.world.read.find(Refund, refund_id)
    if refund is None or refund.state not in {"sent", "unknown", "processing"} or refund.way == "transfer":
        return
    found = story.providers[refund.way].refunds.get(refund.order_id)
    if found is None or found.state != "processing":
        decided = DecideRefund(
            refund_id=refund_id,
            outcome="succeeded" if found else "failed",
            provider_id=found.id if found else "",
            reason="as they say on the telephone",
        )
        story.do(f"decide {refund_id} {refund.tries}", refunds.decide_refund, decided, STAFF)
