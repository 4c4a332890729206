"""All seventy invariants have their place, and every check is seen to break where what it guards is broken."""

from collections.abc import Iterator
from functools import reduce
from importlib import import_module
from itertools import islice
from typing import Any

import pytest

from functions.audit.invariants import INVARIANTS, RULES, Invariant, prove, prove_member
from functions.audit.invariants.history import FINAL
from functions.audit.invariants.ledger import MONEY, RECEIVABLES, REFUNDS, SALES, UNAPPLIED
from functions.audit.invariants.state import A_MEMBERS, NAMED_AS_MEMBERS
from tests.unit.audit.month import Month
from tests.unit.audit.tampering import TAMPERINGS

CHECKED = {number for rule in INVARIANTS for number in rule.numbers}
WRITES = {
    1, 2, 5, 7, 9, 10, 12, 13, 14, 16, 18, 23, 24, 25, 26, 27, 29, 30, 34, 35, 36, 37, 38, 39, 41, 44, 46, 47, 48, 49,
    53, 55, 60, 62, 67,
}  # fmt: skip
"""To be enforced in the transaction, says the catalogue."""
IN_REACH = [rule for rule in INVARIANTS if rule.reach != "whole"]


def named(path: str) -> Any:
    """What a dotted path names."""
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        try:
            module = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        return reduce(getattr, parts[length:], module)
    raise AssertionError(path)


@pytest.fixture(scope="module")
def quarter() -> Month:
    return Month()


@pytest.fixture
def month(quarter: Month) -> Iterator[Month]:
    yield quarter
    quarter.restore()


def members(month: Month) -> list[str]:
    return [stored.id for stored in month.world.scan("members")]


def test_every_number_from_1_to_70_has_its_place() -> None:
    assert sorted(RULES) == list(range(1, 71))
    homeless = [
        n for n, rule in RULES.items() if n not in CHECKED and not (rule.enforced or rule.shown or rule.not_yet)
    ]
    assert homeless == []


def test_what_can_not_be_broken_yet_is_not_said_to_be_checked() -> None:
    assert [n for n, rule in RULES.items() if rule.not_yet and n in CHECKED] == []


def test_what_is_to_be_enforced_in_the_transaction_is_or_says_why_not() -> None:
    assert [n for n in sorted(WRITES) if not (RULES[n].enforced or RULES[n].not_yet)] == []


@pytest.mark.parametrize("path", sorted({p for r in RULES.values() for p in (*r.enforced, *r.shown)}))
def test_what_enforces_or_shows_a_rule_exists(path: str) -> None:
    assert named(path) is not None


def test_each_check_has_a_name_and_a_sentence_of_its_own() -> None:
    assert len({rule.name for rule in INVARIANTS}) == len(INVARIANTS)
    assert all(rule.title.endswith(".") for rule in INVARIANTS)


def test_each_check_has_a_tampering() -> None:
    assert {rule.name for rule in INVARIANTS} == set(TAMPERINGS)


def test_a_quarter_in_which_nothing_goes_wrong_breaks_nothing(month: Month) -> None:
    assert prove(month.world) == []
    assert [broken for m in members(month) for broken in prove_member(month.world, m, history=True)] == []


@pytest.mark.parametrize("rule", INVARIANTS, ids=lambda rule: str(rule.name))
def test_what_a_check_guards_is_found_broken(rule: Invariant, month: Month) -> None:
    assert list(rule.check(month.state)) == []
    TAMPERINGS[rule.name](month)
    evidence = list(islice(rule.check(month.state), 3))
    assert evidence
    assert all(len(line) > 10 for line in evidence)


@pytest.mark.parametrize("rule", IN_REACH, ids=lambda rule: str(rule.name))
def test_what_concerns_a_member_is_found_by_looking_at_that_member_alone(rule: Invariant, month: Month) -> None:
    TAMPERINGS[rule.name](month)
    found = {m for m in members(month) for one in prove_member(month.world, m, history=True) if one.invariant is rule}
    assert found
    assert len(found) < len(members(month))


def test_looking_at_a_member_reads_little_however_many_there_are(month: Month) -> None:
    commits = len(month.state.records)
    for member_id in members(month):
        before = month.engine.counts.reads
        prove_member(month.world, member_id, history=False)
        assert month.engine.counts.reads - before < commits / 4


def test_final_states_are_those_that_nothing_leaves() -> None:
    from common.tools.manifest import documents

    machines = {kind.collection: kind for kind in documents() if kind.collection in FINAL}
    assert set(machines) == set(FINAL)
    for collection, kind in machines.items():
        module = import_module(kind.__module__)
        tables = [value for value in vars(module).values() if type(value).__name__ == "Machine"]
        states = set(kind.model_fields["state"].annotation.__args__)  # type: ignore[union-attr]
        (table,) = (table for table in tables if set(table.moves) == states)
        assert {state for state, row in table.moves.items() if not row} == FINAL[collection], collection


def test_a_members_collections_can_be_selected_by_member() -> None:
    from common.tools.manifest import documents

    indexed = {kind.collection for kind in documents() if "member_id" in kind.indexed}
    assert set(A_MEMBERS) <= indexed
    assert indexed - set(A_MEMBERS) == {"erasures", "findings"}
    assert not set(A_MEMBERS) & set(NAMED_AS_MEMBERS)


def test_the_proofs_know_the_same_accounts_as_the_chart() -> None:
    from functions.accounting.posting import chart, sales_accounts

    assert chart().accounts.items() >= {"receivables": RECEIVABLES, "unapplied": UNAPPLIED, "refunds": REFUNDS}.items()
    assert set(MONEY) == set(chart().money_accounts.values())
    assert sales_accounts() == {account for account in chart().names if account.startswith(SALES)}
