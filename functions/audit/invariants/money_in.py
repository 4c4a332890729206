"""Invariants of payments, matching and dunning (23 to 35)."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final

from common.dates import noon_utc
from functions.audit.invariants.state import Body, State

UNDECIDED: Final = frozenset({"sent", "unknown"})
LONGEST_UNKNOWN: Final = timedelta(days=7, hours=8)
"""The whole ladder of questions to a provider, and then a human has to have looked."""
TOLD_BY: Final = timedelta(hours=1)
"""By then every area has heard that an attempt has ended."""
LEVELS: Final = ("reminder", "second_reminder", "final_notice")


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
    """What each match still carries after its counter-entries; of a member's state, what concerns their items."""
    found: Counter[str] = Counter()
    for body in state.bodies(collection):
        for part in body["allocations"]:
            if part["kind"] == "payment" and (not part["member_id"] or state.member_id in {"", part["member_id"]}):
                found[part["match_id"]] += part["amount_minor"]
    return found


def no_more_goes_back_than_came(state: State) -> Iterator[str]:
    """Refunds and what the payer's bank took back, together, are no more than a receipt was over."""
    for receipt in state.bodies("receipts"):
        back = sum(part["amount_minor"] for part in receipt["allocations"] if part["kind"] in {"refund", "return"})
        if back > receipt["amount_minor"]:
            yield f"receipt {receipt['id']}: {receipt['amount_minor']} came, {back} went back"


def every_receipt_is_kept(state: State) -> Iterator[str]:
    """All money that was received is a receipt of the same amount, and every receipt was told."""
    kept = {receipt["id"]: receipt["amount_minor"] for receipt in state.bodies("receipts")}
    told = {event["receipt_id"]: event["amount_minor"] for event in state.events("payment.received")}
    for receipt_id in sorted(kept.keys() | told.keys() if not state.member_id else told.keys()):
        if kept.get(receipt_id) != told.get(receipt_id):
            yield f"receipt {receipt_id}: received {told.get(receipt_id)}, kept {kept.get(receipt_id)}"


def nothing_is_collected_beyond_what_was_asked(state: State) -> Iterator[str]:
    """An attempt brings what it asked for, which is no more than its invoice, in that currency."""
    asked = {
        (payment["invoice_number"], attempt["number"]): (
            attempt["amount_minor"] or payment["amount_minor"], payment["currency"], payment["amount_minor"],
        )
        for payment in state.bodies("payments")
        for attempt in payment["attempts"]
    }  # fmt: skip
    for (number, attempt), (amount, currency, whole) in asked.items():
        if amount > whole:
            yield f"attempt {attempt} for {number} asked for {amount} {currency}, the invoice is over {whole}"
    for event in state.events("payment.received"):
        place, brought = (event["invoice_number"], event["attempt"]), (event["amount_minor"], event["currency"])
        if event["attempt"] and place in asked and brought != asked[place][:2]:
            yield f"attempt {place[1]} for {place[0]} brought {brought}, asked were {asked[place][:2]}"


def one_provider_payment_an_attempt(state: State) -> Iterator[str]:
    """A provider's payment belongs to one attempt, and an attempt brings money once."""
    attempts = [attempt for payment in state.bodies("payments") for attempt in payment["attempts"]]
    named = Counter(attempt["provider_id"] for attempt in attempts if attempt["provider_id"])
    yield from (f"{provider_id} is named by {n} attempts" for provider_id, n in named.items() if n > 1)
    events = state.events("payment.received")
    brought = Counter((event["invoice_number"], event["attempt"]) for event in events if event["attempt"])
    yield from (f"attempt {a} for {number} brought money {n} times" for (number, a), n in brought.items() if n > 1)


def one_successful_attempt(state: State) -> Iterator[str]:
    """Of a payment at most one attempt brought money that stayed; none begins before the one before is over."""
    gone = {event["receipt_id"] for event in state.events("payment.returned")}
    back = {(e["invoice_number"], e["attempt"]) for e in state.events("payment.received") if e["receipt_id"] in gone}
    for payment in state.bodies("payments"):
        number = payment["invoice_number"]
        states = [
            "returned" if one["state"] == "succeeded" and (number, one["number"]) in back else one["state"]
            for one in payment["attempts"]
        ]
        if states.count("succeeded") > 1 or any(earlier not in {"failed", "returned"} for earlier in states[:-1]):
            yield f"payment {payment['id']} has attempts {states}"


def each_attempt_was_decided_on(state: State) -> Iterator[str]:
    """A further attempt with the same card or account is made only when it was decided on, and not before its time."""
    for payment in state.bodies("payments"):
        for before, after in pairwise(payment["attempts"]):
            decision = before["decision"]
            if before["state"] != "failed" or not before["means"] or before["means"] != after["means"]:
                continue
            if decision is None or decision["action"] != "retry" or _at(after["sent_at"]) < _at(decision["at"]):
                yield f"attempt {after['id']} was sent at {after['sent_at']}, decided was {decision}"


def _at(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


def what_flies_is_collected(state: State) -> Iterator[str]:
    """An open item that counts as in flight has an attempt under way or planned: none waits for nothing."""
    begun = {payment["invoice_number"]: payment for payment in state.bodies("payments")}
    for item in state.bodies("items"):
        payment = begun.get(item["number"])
        if not item["open_minor"] or item["attempt"] <= item["ended_attempt"] or payment is None:
            continue
        under_way = any(attempt["state"] in UNDECIDED | {"processing"} for attempt in payment["attempts"])
        flies = under_way or not payment["attempts"] or payment["next_at"] is not None
        if not flies and state.world.now - _told_at(payment) > TOLD_BY:
            yield f"item {item['number']} is in flight, and payment {payment['id']} has {payment['state']}"


def _told_at(payment: Body) -> datetime:
    """When the last attempt ended, as far as it says so."""
    at = payment["attempts"][-1]["decided_at"] or payment["attempts"][-1]["sent_at"]
    return datetime.fromisoformat(at)


def not_knowing_ends(state: State) -> Iterator[str]:
    """No attempt is undecided for longer than the provider is asked about it."""
    for payment in state.bodies("payments"):
        for attempt in payment["attempts"]:
            age = state.world.now - datetime.fromisoformat(attempt["sent_at"])
            if attempt["state"] in UNDECIDED and age > LONGEST_UNKNOWN:
                yield f"attempt {attempt['id']} is {attempt['state']} for {age.days} days"


def a_success_is_money(state: State) -> Iterator[str]:
    """Each successful attempt brought money, and no money came from an attempt that is none of ours or failed."""
    succeeded = {
        (payment["invoice_number"], attempt["number"])
        for payment in state.bodies("payments")
        for attempt in payment["attempts"]
        if attempt["state"] == "succeeded"
    }
    events = state.events("payment.received")
    brought = {(event["invoice_number"], event["attempt"]) for event in events if event["attempt"]}
    for number, attempt in sorted(succeeded - brought):
        yield f"attempt {attempt} for {number} succeeded and brought no money"
    for number, attempt in sorted(brought - succeeded):
        yield f"money came from attempt {attempt} for {number}, which has not succeeded"


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
    """A case tells each level at most once in a round, and never a lower one after a higher."""
    told = Counter((event["case_id"], event["level"]) for event in state.events("reminder.due"))
    rounds = Counter(event["item_id"] for event in state.events("item.overdue"))
    items = {event["case_id"]: event["item_id"] for event in state.events("reminder.due")}
    for (case, level), times in told.items():
        if times > max(1, rounds[items[case]]):
            yield f"case {case} told {level} {times} times"
    for case in state.bodies("dunning_cases"):
        if case["state"] in LEVELS and case["reached"] != case["state"]:
            yield f"case {case['id']} stands at {case['state']} and has reached {case['reached'] or 'nothing'}"
