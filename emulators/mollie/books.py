"""The Mollie simulator's own books."""

from collections import defaultdict
from typing import Any

from emulators.world.books import Books, told
from emulators.world.kept import Kept

_PARTS = {
    "payments": "collected",
    "refunds": "given_back",
    "returned": "given_back",
    "chargebacks": "taken_back",
    "reversals": "taken_back",
}
_ALL = 10**9


def books(kept: Kept) -> dict[str, Any]:
    """By currency, and the payments of each attempt; settled is what is in a settlement."""
    found: dict[str, Books] = defaultdict(Books)
    waiting = {one["n"] for one in kept.of("booking", "open")}
    for row in kept.page("booking", _ALL):
        found[row["currency"]].moved(_PARTS[row["kind"]], row["amount"], settled=row["n"] not in waiting)
    for settlement in kept.page("settlement", _ALL):
        found[settlement["currency"]].paid_out += settlement["amount"]
    paid = [one for one in kept.page("payment", _ALL) if one["status"] == "paid" and one["amount"]]
    return told(found, [str((one["metadata"] or {}).get("attempt_id", one["id"])) for one in paid])
