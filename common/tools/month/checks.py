"""Whether a month's money ties: our books against the bank's, the providers', the marketplace's and the truth."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from common.client import Billing, every
from common.tools.local import Local
from common.tools.month.closed import closed
from common.tools.month.closing import Accountant
from common.tools.month.outside import PROVIDERS, Outside
from common.tools.month.truth import Truth
from functions.accounting.posting import chart
from functions.audit.invariants.state import Body, State

ENTITY: Final = "MP"
CURRENCY: Final = "EUR"
AGES: Final = ((7, "up to 7 days"), (30, "up to 30 days"), (10**6, "older"))
EXPECTED: Final[dict[str, str]] = {
    "unexplained_movements": "a payout has a line that nothing of ours explains",
    "not_final": "a case for a human",
}
"""Codes of parked messages that disorder brings about, and why each is right."""
WITH_MONEY: Final = ("unapplied", "partly")
"""States of receipts of which something is left."""
NOBODY: Final = "nobody known yet: finance's list"


@dataclass
class Found:
    """All that is compared, read once."""

    state: State
    outside: Outside
    truth: Truth
    books: dict[str, dict[str, Any]] = field(default_factory=dict)
    listed_minor: int = 0
    """How much unapplied money the API shows finance, receipt by receipt."""

    @cached_property
    def accounts(self) -> Counter[str]:
        """The balance of each account (debits less credits), of the legal entity and currency of the month."""
        found: Counter[str] = Counter()
        for journal in self.state.bodies("journals"):
            if (journal["entity"], journal["currency"]) == (ENTITY, CURRENCY):
                for line in journal["postings"]:
                    found[line["account"]] += line["debit_minor"] - line["credit_minor"]
        return found

    def account(self, name: str) -> int:
        """The balance of an account by its business word."""
        return self.accounts[chart().accounts[name]]

    def money(self, source: str) -> int:
        """The balance of the account on which a source's money arrives."""
        return self.accounts[chart().money_accounts[source]]

    def book(self, provider: str) -> dict[str, int]:
        """A provider's own book in the month's currency."""
        found: dict[str, int] = self.books[provider]["books"].get(CURRENCY, {})
        return Counter(found)


Check = Callable[[Found], Iterator[str]]


def checked(platform: Local, outside: Outside, truth: Truth, accountant: Accountant) -> dict[str, Any]:
    """What every check says, by its name; `failed_checks` is empty where the month ties and its books are closed."""
    found = Found(State(platform.runtime.world), outside, truth, outside.books(), _listed(platform))
    books = closed(platform, found.state, outside, accountant.api, accountant.closed)
    failed = {name: list(check(found)) for name, check in CHECKS.items()} | books["failed"]
    return {
        "books": books["books"],
        "money": _money(found),
        "unapplied_by_owner_and_age": _unapplied(found),
        "straight_through_percent": _straight_through(found),
        "parked_by_reason": dict(_parked(found)),
        "truth": {"pages": dict(truth.pages), "files": dict(truth.files), "given_back": dict(truth.given_back)},
        "checks": {name: "ties" if not faults else "; ".join(faults[:5]) for name, faults in failed.items()},
        "failed_checks": [f"{name}: {fault}" for name, faults in failed.items() for fault in faults[:5]],
    }


# -- the checks ------------------------------------------------------------------------------------


def journals_balance(found: Found) -> Iterator[str]:
    """Debits are credits in every journal."""
    for journal in found.state.bodies("journals"):
        off = sum(line["debit_minor"] - line["credit_minor"] for line in journal["postings"])
        if off:
            yield f"journal {journal['id']} is off by {off}"


def receivables_are_open_items(found: Found) -> Iterator[str]:
    """What customers owe is what items have open."""
    items = [item for item in found.state.bodies("items") if item["currency"] == CURRENCY]
    yield from _differ("receivables", found.account("receivables"), sum(item["open_minor"] for item in items))


def unapplied_is_on_receipts(found: Found) -> Iterator[str]:
    """Money that pays nothing is what receipts have left."""
    left = sum(receipt["unapplied_minor"] for receipt in found.state.bodies("receipts"))
    yield from _differ("unapplied money", -found.account("unapplied"), left)


def unapplied_money_is_on_a_list(found: Found) -> Iterator[str]:
    """Every cent that pays nothing is a member's credit or on finance's list, with the day it came."""
    yield from _differ("money on finance's list", -found.account("unapplied"), found.listed_minor)
    ageless = [one["id"] for one in found.state.bodies("receipts") if not one["received_on"]]
    yield from (f"receipt {receipt} has no day" for receipt in ageless)


def refunds_owed_are_wanted(found: Found) -> Iterator[str]:
    """What we owe back is what refunds have not brought back yet."""
    refunds = found.state.bodies("refunds")
    owed = sum(r["amount_minor"] for r in refunds if r["state"] not in {"succeeded", "withdrawn"})
    yield from _differ("refunds owed", -found.account("refunds"), owed)


def providers_tie(found: Found) -> Iterator[str]:
    """Each clearing account is what the provider owes us by its own books."""
    for provider in PROVIDERS:
        yield from _differ(f"{provider}'s clearing", found.money(provider), found.book(provider)["unsettled"])


def fees_tie(found: Found) -> Iterator[str]:
    """What providers kept is an expense of ours, to the cent."""
    kept = sum(found.book(provider)["fees"] + found.book(provider)["carried"] for provider in PROVIDERS)
    booked = found.account("provider_fees") + found.account("provider_adjustments")
    yield from _differ("provider fees", booked, kept)


def payouts_arrive(found: Found) -> Iterator[str]:
    """What is in transit is what providers paid out and the bank has not told of."""
    paid_out = sum(found.book(provider)["paid_out"] for provider in PROVIDERS)
    arrived = sum(event["amount_minor"] for event in found.state.events("payout.arrived"))
    yield from _differ("payouts in transit", found.account("in_transit"), paid_out - arrived)


def the_bank_ties(found: Found) -> Iterator[str]:
    """Our bank account is what the bank says is on it."""
    yield from _differ("bank", found.money("bank"), found.outside.balance())


def proceeds_tie(found: Found) -> Iterator[str]:
    """What the marketplace kept back for us is what it says."""
    yield from _differ("proceeds", found.money("proceeds"), found.truth.proceeds_minor)


def nobody_is_charged_twice(found: Found) -> Iterator[str]:
    """No provider collected more than once for an attempt of ours, and the bank collected each debit once."""
    for provider in PROVIDERS:
        charges: dict[str, int] = found.books[provider]["charges"]
        yield from (f"{provider} charged {attempt} {n} times" for attempt, n in charges.items() if n > 1)


def nobody_is_chased_for_money_on_its_way(found: Found) -> Iterator[str]:
    """No reminder fell into the time in which a provider, or our bank, was collecting for the same invoice."""
    flights = _flights(found.state)
    for record, event in found.state.told("reminder.due"):
        at = str(record.body["at"])
        for begun, ended in flights.get(event["invoice_number"], []):
            if _moment(begun) < _moment(at) and (not ended or _moment(at) < _moment(ended)):
                yield f"{event['invoice_number']} was reminded at {at}, being collected from {begun} to {ended}"


def matches_are_true(found: Found) -> Iterator[str]:
    """Nothing was put on another invoice than its payer meant, but by a person."""
    meant = _meant(found)
    numbers = {item["id"]: item["number"] for item in found.state.bodies("items")}
    for receipt in found.state.bodies("receipts"):
        name = meant.get(receipt["id"])
        for part in receipt["allocations"]:
            if name and part["kind"] == "payment" and part["amount_minor"] > 0:
                put = numbers.get(part["item_id"], "")
                own = receipt["id"] in found.truth.matched_by_hand
                if put != name and not own and not _is_rest(receipt, name, numbers):
                    yield f"receipt {receipt['id']} was meant for {name} and put on {put}"


def what_is_parked_is_expected(found: Found) -> Iterator[str]:
    """Every parked message has a reason that the month's disorder explains."""
    yield from (f"{n} parked with {code}" for code, n in _parked(found).items() if code not in EXPECTED)


CHECKS: Final[dict[str, Check]] = {
    "every journal is balanced": journals_balance,
    "receivables are the open items": receivables_are_open_items,
    "unapplied money is what receipts have left": unapplied_is_on_receipts,
    "unapplied money is on somebody's list": unapplied_money_is_on_a_list,
    "refunds owed are the refunds under way": refunds_owed_are_wanted,
    "each provider's books are its clearing account": providers_tie,
    "fees are what providers kept": fees_tie,
    "payouts in transit are on their way": payouts_arrive,
    "the bank's balance is our bank account": the_bank_ties,
    "proceeds are what the marketplace kept back": proceeds_tie,
    "nobody was charged twice": nobody_is_charged_twice,
    "nobody was chased for money on its way": nobody_is_chased_for_money_on_its_way,
    "what was matched was meant so": matches_are_true,
    "what is parked was to be expected": what_is_parked_is_expected,
}


# -- what is told beside ---------------------------------------------------------------------------


def _money(found: Found) -> dict[str, Any]:
    """Where the money is, in minor units."""
    received: Counter[str] = Counter()
    for event in found.state.events("payment.received"):
        received[event["source"]] += event["amount_minor"]
    return {
        "received_by_source": dict(received),
        "returned": sum(event["amount_minor"] for event in found.state.events("payment.returned")),
        "given_back": sum(event["amount_minor"] for event in found.state.events("refund.paid")),
        "paid_out": sum(event["amount_minor"] for event in found.state.events("payout.arrived")),
        "fees": found.account("provider_fees") + found.account("return_fees"),
        "bank": found.money("bank"),
    }


def _unapplied(found: Found) -> dict[str, dict[str, int]]:
    """Money that pays nothing, by who has to see to it and by how long it has been here."""
    now = found.state.world.now.date()
    told: dict[str, Counter[str]] = {}
    for receipt in found.state.bodies("receipts"):
        if receipt["unapplied_minor"]:
            age = (now - datetime.fromisoformat(receipt["received_on"]).date()).days
            owner = "a member's credit" if receipt["member_id"] else NOBODY
            bucket = next(name for most, name in AGES if age <= most)
            told.setdefault(owner, Counter())[bucket] += receipt["unapplied_minor"]
    return {owner: dict(ages) for owner, ages in told.items()}


def _straight_through(found: Found) -> int:
    """How much of the money by bank was put where it belongs without anybody's help, in per cent of receipts."""
    bank = [receipt for receipt in found.state.bodies("receipts") if receipt["source"] == "bank"]
    alone = [r for r in bank if r["allocations"] and r["id"] not in found.truth.matched_by_hand]
    return round(100 * len(alone) / len(bank)) if bank else 0


def _listed(platform: Local) -> int:
    with Billing(platform.url, platform.token("items:read"), timeout_s=120) as api:
        shown = [one for s in WITH_MONEY for one in every(api.matching.search_receipts, state=s, limit=100)]
    return sum(receipt.unapplied_minor for receipt in shown)


def _parked(found: Found) -> Counter[str]:
    return Counter(one["code"] for one in found.state.bodies("parked") if one["state"] == "parked")


def _differ(what: str, ours: int, theirs: int) -> Iterator[str]:
    if ours != theirs:
        yield f"{what}: {ours} in our books, {theirs} outside, {ours - theirs} apart"


def _flights(state: State) -> dict[str, list[tuple[str, str]]]:
    """When money for each invoice was being collected: from sending to the provider's last word."""
    found: dict[str, list[tuple[str, str]]] = {}
    for payment in state.bodies("payments"):
        spans = [(one["sent_at"], one["decided_at"] or "") for one in payment["attempts"]]
        found.setdefault(payment["invoice_number"], []).extend(spans)
    for checkout in state.bodies("checkouts"):
        if checkout["state"] in {"processing", "succeeded"}:
            for purpose in checkout["purposes"]:
                span = (checkout["begun_at"], checkout["decided_at"] or "")
                found.setdefault(purpose["invoice_number"], []).append(span)
    return found


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _meant(found: Found) -> dict[str, str]:
    """The invoice that each receipt of a bank transfer was meant for."""
    told = {}
    for event in found.state.events("payment.received"):
        if event["source"] == "bank" and event.get("end_to_end_id"):
            told[event["receipt_id"]] = found.truth.invoice_of(event["end_to_end_id"])
    return told


def _is_rest(receipt: Body, name: str, numbers: dict[str, str]) -> bool:
    """Whether it paid what it was meant for first: what was over is the member's credit for whatever comes."""
    return any(numbers.get(part["item_id"]) == name for part in receipt["allocations"])
