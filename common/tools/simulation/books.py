"""Whether our books are those of the simulated bank and providers, to the cent, and every cent has somebody."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from common.tools.simulation.story import Story
from functions.accounting.posting import chart
from functions.audit.invariants.state import State
from functions.payments.model.refunds import refund_id_of

UNOWNED: Final = "with kind regards"
"""What a stranger wrote: their money stays nobody's."""


def tie(story: Story, state: State) -> Iterator[str]:
    """Invariants 11, 28, 29, 32, 33, 39, 40: everything that is not as it is out there."""
    yield from _nothing_twice(story)
    yield from _clearing(story, state)
    yield from _bank(story, state)
    yield from _has_somebody(state)


def _nothing_twice(story: Story) -> Iterator[str]:
    """No second charge for one attempt, no second payment for one wish to give back, no debit handed in twice."""
    for provider in story.providers.values():
        for attempt, found in provider.payments.items():
            moved = [there for there in found if there.state in {"processing", "succeeded"}]
            if len(moved) > 1:
                yield f"28: {provider.name} collected {attempt} {len(moved)} times"
    yield from _collected_twice(story)
    paid = Counter(refund_id_of(order) for p in story.providers.values() for order in p.refunds)
    paid.update(_transferred(story))
    yield from (f"25: {refund} was paid back {times} times" for refund, times in paid.items() if times > 1)
    for name, times in story.bank.collected.items():
        if times > 1:
            yield f"34: debit {name} was handed in {times} times"


def _collected_twice(story: Story) -> Iterator[str]:
    """Of one payment of ours at most one attempt collects; each attempt of a page is a payment of its own."""
    collected: Counter[str] = Counter()
    for provider in story.providers.values():
        collected.update(there.payment_id for there in provider.each() if there.collects)
    yield from (f"29: {payment} was collected {times} times" for payment, times in collected.items() if times > 1)


def _transferred(story: Story) -> Iterator[str]:
    """The refunds that were transferred and did not come back, each as often as it was."""
    for name, times in story.bank.transferred.items():
        if name not in story.bank.came_back:
            yield from [f"ref_{name.removeprefix('REF').partition('.')[0]}"] * times


def _clearing(story: Story, state: State) -> Iterator[str]:
    """Invariants 11, 32, 33: a clearing account holds what the provider owes us, and the fees are those it took."""
    accounts, names = _accounts(state), chart()
    fees = 0
    for provider in story.providers.values():
        owed = sum(line.amount_minor for line in provider.balance)
        account = names.money_accounts[provider.name]
        if accounts[account] != owed:
            yield f"33: {provider.name} owes us {owed}, account {account} says {accounts[account]}"
        fees += sum(line.fee_minor for payout in provider.payouts_made.values() for line in payout.movements)
    for name, wanted in {
        "in_transit": 0,
        "provider_fees": fees,
        "provider_adjustments": 0,
        "return_fees": story.bank.return_fees,
    }.items():
        account = names.accounts[name]
        if accounts[account] != wanted:
            yield f"32: account {account} ({name}) is {accounts[account]}, outside it is {wanted}"
    kept = sum(story.offered.values())
    if accounts[names.money_accounts["proceeds"]] != kept:
        yield f"33: the marketplace kept {kept} of proceeds, we have {accounts[names.money_accounts['proceeds']]}"


def _bank(story: Story, state: State) -> Iterator[str]:
    """Invariants 38, 39: the bank's balance is its account's, to the cent."""
    booked = _accounts(state)[chart().money_accounts["bank"]]
    if booked != story.bank.balance:
        yield f"39: our account is {booked}, the bank says {story.bank.balance}"


def _has_somebody(state: State) -> Iterator[str]:
    """Invariants 27, 40: unapplied money is a member's, a stranger's, or was taken off an item by a person."""
    for receipt in state.bodies("receipts"):
        somebody = receipt["member_id"] or receipt["allocations"] or receipt["text"] == UNOWNED
        if receipt["unapplied_minor"] and not somebody:
            yield f"40: {receipt['unapplied_minor']} of {receipt['id']} ({receipt['text']}) is nobody's"


def _accounts(state: State) -> Counter[str]:
    """Debits less credits of every account."""
    found: Counter[str] = Counter()
    for journal in state.bodies("journals"):
        for line in journal["postings"]:
            found[line["account"]] += line["debit_minor"] - line["credit_minor"]
    return found
