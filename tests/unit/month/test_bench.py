"""What the bench of money in measures really happened: each of its parts raises where it did not."""

from collections.abc import Callable
from typing import Any

import pytest

from common.tools.bench_money import matched, statements
from common.tools.bench_payments import a_card, a_debit, a_transfer


@pytest.mark.parametrize("way", [a_card, a_debit, a_transfer])
def test_a_payment_is_collected_matched_and_journalled_before_its_cost_is_told(
    way: Callable[[int], dict[str, Any]],
) -> None:
    told = way(8)
    assert told["payments"] == 8
    assert min(told["reads"], told["writes"]) > 1


def test_what_a_payment_costs_does_not_grow_with_their_number() -> None:
    assert a_transfer(120)["reads"] <= a_transfer(12)["reads"]


def test_every_entry_of_a_statement_is_read_and_told() -> None:
    told = statements(50)
    assert [told[name]["entries"] for name in ("camt053", "mt940", "taken_in")] == [50, 50, 10]


def test_the_matcher_is_judged_against_the_truth() -> None:
    told = matched(3_000)
    assert told["invoices"] == 3_000
    assert told["decidable"] > 0
