"""The Adyen simulator's own books."""

from collections import defaultdict
from typing import Any

from emulators.world.books import Books, told
from emulators.world.kept import Kept

_PARTS = {
    "Settled": "collected",
    "Refunded": "given_back",
    "RefundedReversed": "given_back",
    "Chargeback": "taken_back",
    "ChargebackReversed": "taken_back",
}
_ALL = 10**9


def books(kept: Kept) -> dict[str, Any]:
    """By currency, and the payments of each reference; settled is what is in a closed batch."""
    found: dict[str, Books] = defaultdict(Books)
    waiting = {one["id"] for one in kept.of("booking", "open")}
    for row in kept.page("booking", _ALL):
        own, settled = found[row["currency"]], row["id"] not in waiting
        if row["kind"] in _PARTS:
            own.moved(_PARTS[row["kind"]], row["gross"], settled=settled)
        elif not settled:
            own.carried += row["gross"]
    for report in kept.page("report", _ALL):
        found[report["currency"]].paid_out += report["payout"]
    paid = [one for one in kept.page("payment", _ALL) if one["state"] == "authorised" and one["amount"]]
    return told(found, [one["reference"] for one in paid])
