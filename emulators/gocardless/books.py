"""The GoCardless simulator's own books."""

from collections import defaultdict

from emulators.gocardless.ledger import Json, Ledger
from emulators.gocardless.payouts import FEES
from emulators.world.books import Books, told

_PARTS = {
    "payment_paid_out": "collected",
    "payment_refunded": "given_back",
    "refund_funds_returned": "given_back",
    "payment_failed": "taken_back",
    "payment_charged_back": "taken_back",
}
_TENTHS = 10


def books(ledger: Ledger) -> Json:
    """By currency, and the payments of each attempt that were collected, even if they were taken back later."""
    found: dict[str, Books] = defaultdict(Books)
    collected = set()
    for item in ledger.each("payout_items"):
        if item["type"] in FEES:
            continue
        settled = "payout" in item["links"]
        found[item["currency"]].moved(_PARTS[item["type"]], item["tenths"] // _TENTHS, settled=settled)
        collected.add(item["links"]["payment"])
    for payout in ledger.each("payouts"):
        found[payout["currency"]].paid_out += payout["amount"]
    paid = [one for one in ledger.each("payments") if one["id"] in collected]
    return told(found, [str(one["metadata"].get("attempt_id", one["id"])) for one in paid])
