"""The Stripe simulator's own books."""

from collections import defaultdict

from emulators.stripe.ledger import Json, Ledger
from emulators.world.books import Books, told

_PARTS = {
    "charge": "collected",
    "payment": "collected",
    "refund": "given_back",
    "payment_refund": "given_back",
    "refund_failure": "given_back",
    "adjustment": "taken_back",
}
_ALL = 10**9


def books(ledger: Ledger) -> Json:
    """By currency, and the charges of each attempt; settled is what is in a payout that the bank has taken."""
    found: dict[str, Books] = defaultdict(Books)
    payouts, _ = ledger.page("payout", [], _ALL)
    paid = {one["id"] for one in payouts if one["status"] == "paid"}
    sent = {row["id"]: row["payout"] for row in ledger.rows.read("SELECT id, payout FROM lines")}
    for line in ledger.page("balance_transaction", [], _ALL)[0]:
        if line["type"] in _PARTS:
            own = found[line["currency"].upper()]
            own.moved(_PARTS[line["type"]], line["amount"], settled=sent.get(line["id"]) in paid)
    for payout in payouts:
        found[payout["currency"].upper()].paid_out += payout["amount"] if payout["id"] in paid else 0
    intents, _ = ledger.page("payment_intent", [], _ALL)
    return told(found, [str(one["metadata"].get("attempt_id", one["id"])) for one in intents if one["amount_received"]])
