"""Invariants of payments and matching (23 to 31)."""

from collections import Counter
from collections.abc import Iterator

from functions.audit.invariants.state import State


def never_over_allocated(state: State) -> Iterator[str]:
    """No more of a receipt is allocated than was received; the rest is unapplied, and not negative."""
    for receipt in state.bodies("receipts"):
        put = sum(part["amount_minor"] for part in receipt["allocations"])
        if put + receipt["unapplied_minor"] != receipt["amount_minor"] or receipt["unapplied_minor"] < 0:
            yield f"receipt {receipt['id']}: {receipt['amount_minor']}, put {put}, left {receipt['unapplied_minor']}"


def both_sides_of_a_match_agree(state: State) -> Iterator[str]:
    """What a receipt gave an item is what the item got from it."""
    given = _allocations(state, "receipts")
    taken = _allocations(state, "items")
    for match in given.keys() | taken.keys():
        if given.get(match) != taken.get(match):
            yield f"match {match}: receipt gave {given.get(match)}, item took {taken.get(match)}"


def _allocations(state: State, collection: str) -> dict[str, int]:
    return {
        part["match_id"]: part["amount_minor"]
        for body in state.bodies(collection)
        for part in body["allocations"]
        if part.get("kind", "payment") == "payment"
    }


def every_receipt_is_kept(state: State) -> Iterator[str]:
    """All money that was received is a receipt of the same amount."""
    kept = {receipt["id"]: receipt["amount_minor"] for receipt in state.bodies("receipts")}
    told = {event["receipt_id"]: event["amount_minor"] for event in state.events("payment.received")}
    for receipt_id in kept.keys() | told.keys():
        if receipt_id in told and kept.get(receipt_id) != told[receipt_id]:
            yield f"receipt {receipt_id}: received {told.get(receipt_id)}, kept {kept.get(receipt_id)}"


def one_successful_attempt(state: State) -> Iterator[str]:
    """A payment has at most one successful attempt, and none begins before the one before has failed."""
    for payment in state.bodies("payments"):
        states = [attempt["state"] for attempt in payment["attempts"]]
        if states.count("succeeded") > 1 or any(earlier != "failed" for earlier in states[:-1]):
            yield f"payment {payment['id']} has attempts {states}"


def received_once(state: State) -> Iterator[str]:
    """No receipt is told twice."""
    told = Counter(event["receipt_id"] for event in state.events("payment.received"))
    yield from (f"receipt {receipt} was told {times} times" for receipt, times in told.items() if times > 1)


def one_reminder_a_level(state: State) -> Iterator[str]:
    """A case tells each level at most once, and never after it was closed."""
    told = Counter((event["case_id"], event["level"]) for event in state.events("reminder.due"))
    yield from (f"case {case} told {level} {times} times" for (case, level), times in told.items() if times > 1)
