"""Every invariant that can be checked now, by its number."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from common.world import World
from functions.audit.invariants import history, invoices, ledger, money_in
from functions.audit.invariants.state import State

MOST_EVIDENCE: Final = 20


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule of the catalogue: its numbers, and a check that yields each violation's evidence."""

    numbers: tuple[int, ...]
    check: Callable[[State], Iterator[str]]

    @property
    def title(self) -> str:
        """The rule in a sentence."""
        return (self.check.__doc__ or "").strip().splitlines()[0]


@dataclass(frozen=True, slots=True)
class Broken:
    """An invariant that does not hold, and the evidence."""

    invariant: Invariant
    evidence: tuple[str, ...]


INVARIANTS: Final = (
    Invariant((1,), ledger.balanced),
    Invariant((2, 67), ledger.lines_have_one_side),
    Invariant((3,), ledger.closed_world),
    Invariant((4,), ledger.receivables_are_what_is_open),
    Invariant((4, 40), ledger.unapplied_money_is_what_receipts_hold),
    Invariant((6, 15), ledger.posted_is_never_changed),
    Invariant((8,), ledger.every_money_event_has_its_journal),
    Invariant((12,), invoices.totals_add_up),
    Invariant((13,), invoices.open_is_total_less_allocations),
    Invariant((14,), invoices.state_follows_from_amounts),
    Invariant((16,), invoices.numbers_have_no_gaps),
    Invariant((17,), invoices.a_charge_is_on_one_line),
    Invariant((18,), invoices.credit_is_never_more_than_the_invoice),
    Invariant((19,), invoices.a_complete_run_issued_its_manifest),
    Invariant((13, 19), invoices.every_invoice_is_an_item),
    Invariant((23,), money_in.never_over_allocated),
    Invariant((23, 27), money_in.both_sides_of_a_match_agree),
    Invariant((27,), money_in.every_receipt_is_kept),
    Invariant((28, 44), money_in.received_once),
    Invariant((29,), money_in.one_successful_attempt),
    Invariant((35,), money_in.one_reminder_a_level),
    Invariant((14, 35), money_in.what_is_late_is_told),
    Invariant((35,), money_in.a_case_says_what_its_item_says),
    Invariant((43,), ledger.a_batch_is_its_days_journals),
    Invariant((46,), history.nothing_is_unpublished),
    Invariant((55, 56, 57), history.history_is_whole),
    Invariant((59,), history.no_write_without_a_commit),
    Invariant((60,), history.every_commit_says_who_and_why),
)


def prove(world: World) -> list[Broken]:
    """Checks every invariant against the present state; nothing when all hold."""
    state = State(world)
    found = [(rule, tuple(islice(rule.check(state), MOST_EVIDENCE))) for rule in INVARIANTS]
    return [Broken(rule, evidence) for rule, evidence in found if evidence]
