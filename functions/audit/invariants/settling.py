"""Invariants of debits by file, of payments on pages, of what goes back, and of providers' payouts (11, 25 to 34)."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from functions.audit.invariants.state import Body, State, grouped

ARRIVES_WITHIN: Final = timedelta(days=10)
"""From the day a payout is to arrive; then somebody asks the bank."""
PAID_OUT_WITHIN: Final = timedelta(days=21)
"""The longest rhythm of payouts, and the days a provider keeps money before it is paid out."""
CLEARING: Final = {"stripe": "1360", "adyen": "1361", "gocardless": "1362", "mollie": "1363"}
IN_TRANSIT: Final = "1365"
COUNTED: Final = frozenset(
    {"charge", "refund", "refund_failed", "chargeback", "chargeback_reversed", "fee", "adjustment"}
)
"""Lines that are part of a payout; payouts themselves are none."""
MOVED: Final = ("charges_minor", "refunds_minor", "chargebacks_minor")
"""What of a payout was on the clearing account before: fees and adjustments come with it."""


def a_refund_is_what_was_set_aside(state: State) -> Iterator[str]:
    """A refund is over what its receipt has set aside for it; what is set aside no more is not begun any more."""
    aside: Counter[str] = Counter()
    for receipt in state.bodies("receipts"):
        for part in receipt["allocations"]:
            aside[part["match_id"]] += part["amount_minor"] * (part["kind"] == "refund")
    asked = {event["refund_id"]: event["amount_minor"] for event in state.events("refund.requested")}
    for refund in state.bodies("refunds"):
        if asked.get(refund["id"]) != refund["amount_minor"]:
            yield f"refund {refund['id']} is over {refund['amount_minor']}, asked were {asked.get(refund['id'])}"
        elif aside[refund["id"]] not in {0, refund["amount_minor"]}:
            yield f"refund {refund['id']}: {refund['amount_minor']}, {aside[refund['id']]} are set aside for it"


def paid_back_once(state: State) -> Iterator[str]:
    """A refund is told as paid once, and again only after it came back; it is paid as its document says."""
    left: Counter[str] = Counter()
    for event in state.events("refund.paid"):
        left[event["refund_id"]] += 1
    for event in state.events("refund.failed"):
        left[event["refund_id"]] -= event["undone"]
    for refund in state.bodies("refunds"):
        if left[refund["id"]] != (refund["state"] == "succeeded"):
            yield f"refund {refund['id']} is {refund['state']} and was paid {left[refund['id']]} times"


def a_debit_has_mandate_and_notice(state: State) -> Iterator[str]:
    """Each debit is by a signed mandate of that member, and was announced as long before as agreed."""
    mandates = {mandate["id"]: mandate for mandate in state.bodies("mandates")}
    for debit in state.bodies("debits"):
        mandate = mandates.get(debit["mandate_id"])
        notice = date.fromisoformat(debit["collect_on"]) - date.fromisoformat(debit["announced_on"])
        if notice.days < debit["notice_days"]:
            yield f"debit {debit['end_to_end_id']} was announced {notice.days} days before"
        if mandate is None or mandate["member_id"] != debit["member_id"]:
            yield f"debit {debit['end_to_end_id']} is by no mandate of its member"
        elif not mandate["signed_on"] or mandate["signed_on"] > debit["collect_on"]:
            yield f"debit {debit['end_to_end_id']} is of {debit['collect_on']}, signed was {mandate['signed_on']}"


def a_debit_comes_back_once(state: State) -> Iterator[str]:
    """What a debit brought is told once, and each of it comes back once at most, in the same amount."""
    told = Counter(event["receipt_id"] for event in state.events("payment.received") if event["source"] == "sepa")
    back = Counter(event["receipt_id"] for event in state.events("payment.returned") if event["source"] == "sepa")
    for debit in state.bodies("debits"):
        receipts, name = debit["receipts"], debit["end_to_end_id"]
        came, gone = sum(told[one] for one in receipts), sum(back[one] for one in receipts)
        if any(told[one] != 1 for one in receipts):
            yield f"debit {name} was credited {len(receipts)} times, told {came} times"
        if any(back[one] > 1 for one in receipts) or gone != len(debit["returns"]):
            yield f"debit {name} came back {len(debit['returns'])} times, told {gone} times"


def a_batch_is_its_debits(state: State) -> Iterator[str]:
    """A file of debits is the sum of those in it, by sequence type; each debit is in one file."""
    inside = grouped((one for one in state.bodies("debits") if one["order"]), lambda debit: debit["batch_id"])
    known = {batch["id"] for batch in state.bodies("debit_batches")}
    yield from (f"{len(found)} debits are of batch {one}" for one, found in inside.items() if one not in known)
    for batch in state.bodies("debit_batches"):
        sums: Counter[str] = Counter()
        for debit in inside.get(batch["id"], ()):
            sums[debit["order"]["sequence"]] += debit["order"]["amount_minor"]
        filed = {group["sequence"]: group["total_minor"] for group in batch["groups"]}
        if {name: total for name, total in filed.items() if total} != dict(sums):
            yield f"file {batch['message_id']} is over {filed}, its debits over {dict(sums)}"


def a_page_brings_money_once(state: State) -> Iterator[str]:
    """A payment that a member made themselves is told as received once, and only once it has come."""
    paid = [one for one in state.bodies("checkouts") if one["kind"] == "pay"]
    told = Counter((event["source"], event["provider_id"]) for event in state.events("payment.received"))
    for checkout in paid:
        times = told[checkout["provider"], checkout["provider_id"]] if checkout["provider_id"] else 0
        if times != (checkout["state"] == "succeeded"):
            yield f"checkout {checkout['id']} is {checkout['state']} and brought money {times} times"


def a_payout_is_its_lines(state: State) -> Iterator[str]:
    """A payout is the sum of its lines, and a line of a provider is in one payout."""
    pages = grouped(state.bodies("payout_pages"), lambda page: page["payout_id"])
    seen: Counter[tuple[str, str]] = Counter()
    for payout in state.bodies("payouts"):
        lines = [line for page in pages.get(payout["id"], ()) for line in page["movements"]]
        seen.update((payout["provider"], line["movement_id"]) for line in lines)
        total = sum(line["amount_minor"] - line["fee_minor"] for line in lines if line["kind"] in COUNTED)
        if not total == sum(payout["parts"].values()) == payout["amount_minor"]:
            yield f"payout {payout['provider_id']} is over {payout['amount_minor']}, its lines over {total}"
    yield from (f"line {line} of {who} is in {times} payouts" for (who, line), times in seen.items() if times > 1)


def a_payout_is_a_bank_line(state: State) -> Iterator[str]:
    """A payout that arrived is one line of the bank over its amount; one that does not arrive is asked for."""
    lines = {one["id"]: one for one in state.bodies("bank_entries") if one["kind"] == "provider_payout"}
    used: Counter[str] = Counter()
    for payout in state.bodies("payouts"):
        if payout["state"] == "arrived":
            used[payout["bank_entry_id"]] += 1
            line = lines.get(payout["bank_entry_id"])
            if line is None or line["amount_minor"] != payout["amount_minor"]:
                yield f"payout {payout['provider_id']} over {payout['amount_minor']} is no line of the bank"
        elif payout["state"] == "settled" and _is_late(payout, state.world.now.date()):
            yield f"payout {payout['provider_id']} over {payout['amount_minor']} has not arrived"
    yield from (f"line {line} of the bank is {times} payouts" for line, times in used.items() if times > 1)


def _is_late(payout: Body, today: date) -> bool:
    return bool(payout["arrives_on"]) and date.fromisoformat(payout["arrives_on"]) + ARRIVES_WITHIN < today


def clearing_empties(state: State) -> Iterator[str]:
    """What a provider collected is in one of its payouts before the next ones pass it over: nothing stays behind."""
    pages = grouped(state.bodies("payout_pages"), lambda page: page["payout_id"])
    for provider, payouts in grouped(state.bodies("payouts"), lambda payout: payout["provider"]).items():
        lines = [line for payout in payouts for page in pages.get(payout["id"], ()) for line in page["movements"]]
        inside = {line["provider_id"] for line in lines}
        last = max((line["at"][:10] for line in lines), default="")
        for receipt in state.bodies("receipts"):
            ours = receipt["source"] == provider and receipt["provider_id"]
            if ours and receipt["provider_id"] not in inside and _is_passed_over(receipt, last):
                yield f"{provider} collected {receipt['provider_id']} on {receipt['received_on']} and never paid it out"


def _is_passed_over(receipt: Body, last: str) -> bool:
    return bool(last) and date.fromisoformat(receipt["received_on"]) + PAID_OUT_WITHIN < date.fromisoformat(last)


def clearing_is_what_was_told(state: State) -> Iterator[str]:
    """A provider's clearing account holds what it was told to have collected, less what went back and was paid out."""
    held: Counter[str] = Counter()
    for event in state.events("payment.received"):
        held[event["source"]] += event["amount_minor"]
    for event in state.events("payment.returned"):
        held[event["source"]] -= event["amount_minor"] + event["fee_minor"]
    for event in state.events("refund.paid"):
        held[event["source"]] -= event["amount_minor"]
    for event in state.events("refund.failed"):
        held[event["source"]] += event["amount_minor"] * event["undone"]
    transit = 0
    for event in state.events("payout.settled"):
        held[event["provider"]] -= sum(event[part] for part in MOVED)
        transit += event["amount_minor"]
    transit -= sum(event["amount_minor"] for event in state.events("payout.arrived"))
    accounts = _accounts(state)
    for name, account in CLEARING.items():
        if accounts[account] != held[name]:
            yield f"account {account} holds {accounts[account]}, {name} was told to hold {held[name]}"
    if accounts[IN_TRANSIT] != transit:
        yield f"account {IN_TRANSIT} holds {accounts[IN_TRANSIT]}, in transit are {transit}"


def an_account_is_its_entries(state: State) -> Iterator[str]:
    """Where an account's statements are complete, its entries are what moved its balance."""
    if any(statement["slices_left"] for statement in state.bodies("statements")):
        return
    moved: Counter[tuple[str, str]] = Counter()
    for entry in state.bodies("bank_entries"):
        moved[entry["account_iban"], entry["currency"]] += entry["amount_minor"]
    reported = {s["account_iban"] for s in state.bodies("statements") if s["kind"] != "booked"}
    for account in state.bodies("bank_accounts"):
        key = (account["account_iban"], account["currency"])
        if not account["complete"] or account["account_iban"] in reported or not account["spans"]:
            continue
        (span,) = account["spans"]
        balance = span["closing_minor"] - span["opening_minor"]
        if moved[key] != balance:
            yield f"account {key[0]}: its balance moved by {balance}, its entries by {moved[key]}"


def _accounts(state: State) -> Counter[str]:
    """Debits less credits of every account."""
    found: Counter[str] = Counter()
    for journal in state.bodies("journals"):
        for line in journal["postings"]:
            found[line["account"]] += line["debit_minor"] - line["credit_minor"]
    return found
