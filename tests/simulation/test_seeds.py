"""Two hundred histories with everything that can go wrong: the month still closes to the cent."""

import pytest

from common.tools.simulation.run import faultless, run, run_many

SEEDS = 200

pytestmark = pytest.mark.timeout(600)


def test_no_history_breaks_an_invariant() -> None:
    broken = [(outcome.seed, outcome.broken) for outcome in run_many(1, SEEDS, workers=2) if outcome.broken]
    assert not broken, f"replay with `billing simulate --from {broken[0][0]} --seeds 1`: {broken[0][1][:3]}"


def test_the_same_seed_gives_the_same_history() -> None:
    once, again = run(7), run(7)
    assert (once.digest, once.faults, once.deliveries) == (again.digest, again.faults, again.deliveries)


def test_seeds_differ() -> None:
    assert run(2).faults != run(4).faults


def test_the_story_has_everything_the_platform_does() -> None:
    states = {item["state"] for item in faultless()["outcome"]["items"]}
    assert states == {"open", "settled"}
    told = {line.partition(" ")[0] for line in faultless()["outcome"]["told"]}
    assert told >= {"invoice", "receipt", "credit_note", "reminder", "second_reminder", "final_notice"}
    assert told >= {"debit_announced", "payment_returned", "refund_paid", "dispute_opened", "payment_retry"}


def test_the_story_collects_by_every_method_and_each_goes_wrong_once() -> None:
    found = faultless()["outcome"]
    sources = {receipt["source"] for receipt in found["receipts"]}
    assert sources == {"bank", "sepa", "stripe", "adyen", "gocardless", "mollie", "proceeds"}
    assert {debit["code"] for debit in found["debits"]} == {"", "AM04", "AC04", "MD06"}
    assert {dispute["state"] for dispute in found["disputes"]} == {"won", "lost"}
    assert {refund["way"] for refund in found["refunds"]} == {"stripe", "adyen", "gocardless", "transfer"}
    assert max(refund["tries"] for refund in found["refunds"]) == 2
    assert {payout["state"] for payout in found["payouts"]} == {"arrived"}
    lines = [payout["parts"] for payout in found["payouts"]]
    assert any(parts["chargebacks_minor"] and parts["refunds_minor"] and parts["fees_minor"] for parts in lines)


def test_the_books_of_the_story_have_everything_that_accounting_does() -> None:
    found = faultless()
    batches, periods = found["books"]["sap_batches"], found["books"]["periods"]
    assert {batch["state"] for batch in batches} >= {"accepted", "reversed"}
    assert max(batch["supplements"] for batch in batches) > 2
    assert any(batch["full"] for batch in batches)
    assert max(batch["pages"] for batch in batches) > 1
    assert {period["state"] for period in periods} == {"closed"}
    assert max(period["revision"] for period in periods) > 2
    (deferral,) = found["outcome"]["deferrals"]
    assert any(part["released_on"] for part in deferral["parts"])
    assert all(part["taken_minor"] for part in deferral["parts"])
    assert {one["state"] for one in found["outcome"]["write_offs"]} >= {"decided", "withdrawn"}
