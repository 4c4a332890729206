"""Invariants of payments and matching (23 to 31)."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from common.dates import noon_utc
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
        if given[match] != taken[match]:
            yield f"match {match}: receipt gave {given[match]}, item took {taken[match]}"


def _allocations(state: State, collection: str) -> Counter[str]:
    """What each match still carries after its counter-entries."""
    found: Counter[str] = Counter()
    for body in state.bodies(collection):
        for part in body["allocations"]:
            if part["kind"] == "payment":
                found[part["match_id"]] += part["amount_minor"]
    return found


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


def what_is_late_is_told(state: State) -> Iterator[str]:
    """An item that is open a day after it fell due is told as overdue, unless a provider is collecting it."""
    for item in state.bodies("items"):
        looked_at = noon_utc(date.fromisoformat(item["due_on"]) + timedelta(days=1))
        idle = item["attempt"] <= item["ended_attempt"]
        if item["open_minor"] and idle and not item["overdue"] and state.world.now > looked_at + timedelta(days=1):
            yield f"item {item['number']} was due on {item['due_on']}, and nobody was told"


def a_case_says_what_its_item_says(state: State) -> Iterator[str]:
    """Only what is still open is dunned, over the amount that is open."""
    items = {item["id"]: item for item in state.bodies("items")}
    for case in state.bodies("dunning_cases"):
        open_minor = items[case["item_id"]]["open_minor"] if case["item_id"] in items else 0
        if case["open_minor"] != open_minor or (case["state"] != "closed" and not open_minor):
            yield f"case {case['id']} is {case['state']} over {case['open_minor']}, open are {open_minor}"


def one_reminder_a_level(state: State) -> Iterator[str]:
    """A case tells each level at most once, and never after it was closed."""
    told = Counter((event["case_id"], event["level"]) for event in state.events("reminder.due"))
    yield from (f"case {case} told {level} {times} times" for (case, level), times in told.items() if times > 1)
