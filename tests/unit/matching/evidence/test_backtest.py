"""A change of the rules shown on past payments before it is switched on."""

from typing import Any

from common.tools.money.payments import Payers
from common.tools.money.world import Setting, world
from functions.matching.evidence.backtest import EXAMPLES, backtest
from functions.matching.evidence.rules import Rules, present_rules
from tests.unit.matching.evidence.street import annas, crowd, owed, paid

ONE, TWO = owed(45_127, 4_183), owed(46_244, 7_719)
OPEN = [ONE, TWO, *crowd()]


def _rules(**changed: Any) -> Rules:
    return present_rules().model_copy(update={"version": "tried", **changed})


def test_the_same_rules_change_nothing() -> None:
    found = backtest(OPEN, [annas(4_183, ONE.number), paid(99, "Miete", "pay_2")], present_rules(), _rules())
    assert (found.changed, found.changes, found.wins, found.losses) == (0, {}, (), ())
    assert (found.old.version, found.new.version) == (present_rules().version, "tried")
    assert (found.new.automatic, found.new.suggested, found.new.manual) == (1, 0, 1)
    assert found.new.automatic_cents == 4_183


def test_stricter_rules_leave_to_a_person_what_was_posted() -> None:
    payments = [annas(4_183, ONE.number), paid(7_719, TWO.number, "pay_2")]
    truth = {"pay_1": {ONE.invoice: 4_183}, "pay_2": {ONE.invoice: 7_719}}
    found = backtest(OPEN, payments, present_rules(), _rules(trusted=()), truth)
    change = found.changes["automatic -> suggested"]
    assert (change.payments, change.cents) == (2, 4_183 + 7_719)
    assert [one.payment for one in change.examples] == ["pay_1", "pay_2"]
    assert {one.new.version for one in change.examples} == {"tried"}
    assert (found.losses, found.wins) == (("pay_1",), ("pay_2",))


def test_what_is_not_known_is_neither_won_nor_lost() -> None:
    found = backtest(OPEN, [annas(4_183, ONE.number)], present_rules(), _rules(trusted=()), {})
    assert (found.wins, found.losses, found.changed) == ((), (), 1)


def test_a_looser_suggestion_is_a_change_without_a_win() -> None:
    fragment = [annas(2_000, "", "pay_1")]
    found = backtest(
        OPEN, fragment, _rules(suggested_from_basis_points=10_000), _rules(suggested_from_basis_points=0), {"pay_1": {}}
    )
    assert not found.wins
    assert found.new.suggested + found.new.manual == 1


def test_both_versions_begin_with_everything_open() -> None:
    """What the old version posts is not taken from the new one."""
    found = backtest(OPEN, [annas(4_183, ONE.number)], present_rules(), _rules())
    assert found.old.automatic == found.new.automatic == 1


def test_a_month_shows_counts_that_tie_and_few_examples() -> None:
    made = Payers(world(Setting(9_101, 600, 300, style="bank"))).pay()
    truth = {payment: one.shares for payment, one in made.truth.items()}
    strict = _rules(least_probability_basis_points=9_999)
    found = backtest(made.invoices, made.payments, present_rules(), strict, truth)
    for side in (found.old, found.new):
        assert side.automatic + side.suggested + side.manual == 300
    moved = found.changes["automatic -> suggested"]
    assert moved.payments >= found.old.automatic - found.new.automatic > 0
    assert len(moved.examples) <= EXAMPLES
    assert len(found.losses) > len(found.wins)
