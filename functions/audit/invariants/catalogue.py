"""Every invariant that can be checked over the stored state, by its numbers, and how far one look reaches."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal

from common.world import World
from functions.audit.invariants import bank, batches, deliveries, history, invoices, ledger, money_in, settling, shapes
from functions.audit.invariants.state import MemberState, State

MOST_EVIDENCE: Final = 20

Reach = Literal["whole", "member", "history"]
"""What a check has to see: everything, what is about one member, or also every version of that."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule of the catalogue: its numbers, and a check that yields each violation's evidence."""

    numbers: tuple[int, ...]
    check: Callable[[State], Iterator[str]]
    reach: Reach = "whole"

    @property
    def title(self) -> str:
        """The rule in a sentence."""
        return (self.check.__doc__ or "").strip().splitlines()[0]

    @property
    def name(self) -> str:
        """The check's own name, which is stable: `totals_add_up`."""
        return self.check.__name__


@dataclass(frozen=True, slots=True)
class Broken:
    """An invariant that does not hold, and the evidence."""

    invariant: Invariant
    evidence: tuple[str, ...]


INVARIANTS: Final = (
    Invariant((1,), ledger.balanced, "member"),
    Invariant((2,), ledger.lines_have_one_side, "member"),
    Invariant((3,), ledger.closed_world),
    Invariant((4,), ledger.receivables_are_what_is_open, "member"),
    Invariant((4, 40), ledger.unapplied_money_is_what_receipts_hold),
    Invariant((4, 40), ledger.refunds_owed_are_what_is_set_aside),
    Invariant((4, 43), batches.a_batch_sums_every_account),
    Invariant((5,), ledger.accounts_keep_their_side, "member"),
    Invariant((6, 15), ledger.posted_is_never_changed, "member"),
    Invariant((7,), ledger.a_reversal_is_never_more_than_its_original, "member"),
    Invariant((8,), ledger.every_money_event_has_its_journal, "member"),
    Invariant((9,), ledger.a_journal_is_posted_on_its_day, "member"),
    Invariant((11, 32), settling.a_payout_is_a_bank_line),
    Invariant((11, 32), settling.clearing_empties),
    Invariant((4, 11, 33), settling.clearing_is_what_was_told),
    Invariant((12,), invoices.totals_add_up, "member"),
    Invariant((13,), invoices.open_is_total_less_allocations, "member"),
    Invariant((14,), invoices.state_follows_from_amounts, "member"),
    Invariant((15,), deliveries.the_archive_holds_what_was_filed),
    Invariant((16,), invoices.numbers_have_no_gaps),
    Invariant((16,), invoices.numbers_follow_dates),
    Invariant((17,), invoices.a_charge_is_on_one_line, "member"),
    Invariant((17,), invoices.a_line_is_what_was_charged, "member"),
    Invariant((7, 17), invoices.taken_back_is_no_more_than_charged, "member"),
    Invariant((18,), invoices.credit_is_never_more_than_the_invoice, "member"),
    Invariant((18,), invoices.credit_is_kept_with_its_invoice, "member"),
    Invariant((17, 18), invoices.what_is_claimed_anew_was_taken_back, "member"),
    Invariant((19,), invoices.a_complete_run_issued_its_manifest),
    Invariant((19,), invoices.a_manifest_is_issued_or_says_why_not),
    Invariant((13, 19), invoices.every_invoice_is_an_item, "member"),
    Invariant((22,), deliveries.every_invoice_was_told, "member"),
    Invariant((23,), money_in.never_over_allocated, "member"),
    Invariant((23, 27), money_in.both_sides_of_a_match_agree, "member"),
    Invariant((24,), money_in.nothing_is_collected_beyond_what_was_asked, "member"),
    Invariant((25, 26), money_in.no_more_goes_back_than_came, "member"),
    Invariant((25, 26), settling.a_refund_is_what_was_set_aside, "member"),
    Invariant((25,), settling.paid_back_once, "member"),
    Invariant((27,), money_in.every_receipt_is_kept, "member"),
    Invariant((28,), money_in.one_provider_payment_an_attempt, "member"),
    Invariant((28, 44), money_in.received_once, "member"),
    Invariant((29,), money_in.one_successful_attempt, "member"),
    Invariant((29,), money_in.each_attempt_was_decided_on, "member"),
    Invariant((14, 29), money_in.what_flies_is_collected, "member"),
    Invariant((30,), history.final_is_final, "history"),
    Invariant((31,), money_in.not_knowing_ends, "member"),
    Invariant((28, 33), settling.a_page_brings_money_once, "member"),
    Invariant((32,), settling.a_payout_is_its_lines),
    Invariant((33,), money_in.a_success_is_money, "member"),
    Invariant((34,), settling.a_debit_has_mandate_and_notice, "member"),
    Invariant((28, 34), settling.a_debit_comes_back_once, "member"),
    Invariant((34,), settling.a_batch_is_its_debits),
    Invariant((35,), money_in.one_reminder_a_level, "member"),
    Invariant((14, 35), money_in.what_is_late_is_told, "member"),
    Invariant((35,), money_in.a_case_says_what_its_item_says, "member"),
    Invariant((38,), bank.statements_follow_each_other),
    Invariant((38, 39), settling.an_account_is_its_entries),
    Invariant((39,), bank.an_entry_is_imported_once),
    Invariant((41,), bank.a_statement_is_imported_whole),
    Invariant((43,), batches.a_batch_is_its_days_journals),
    Invariant((43,), batches.a_closed_day_is_in_a_batch),
    Invariant((44, 47, 49), deliveries.a_commit_is_named_by_its_cause),
    Invariant((46, 70), deliveries.nothing_is_unpublished),
    Invariant((48,), deliveries.who_listens_knows_the_newest, "member"),
    Invariant((52,), deliveries.nothing_is_parked_and_done),
    Invariant((53,), batches.no_night_is_missed),
    Invariant((54,), invoices.a_run_comes_to_its_end),
    Invariant((55,), history.versions_follow, "history"),
    Invariant((56,), history.replay_is_what_is_stored, "history"),
    Invariant((57,), history.the_chain_holds, "history"),
    Invariant((59,), history.no_write_without_a_commit, "history"),
    Invariant((60,), history.every_commit_says_who_and_why),
    Invariant((63,), history.time_runs_forward, "history"),
    Invariant((64,), history.nothing_is_deleted),
    Invariant((65,), history.erasure_leaves_its_proof),
    Invariant((66,), history.an_auditor_writes_nothing),
    Invariant((67,), shapes.money_is_whole, "member"),
    Invariant((68,), shapes.time_is_utc, "member"),
    Invariant((69,), shapes.nothing_grows_without_bounds, "member"),
)


def prove(world: World, state: State | None = None, *, ahead: bool = False) -> list[Broken]:
    """Checks every invariant against the present state; nothing when all hold.

    Against a `state` that was read already, where there is one. `ahead`: the store is far, so read side by side.
    """
    state = state or State(world)
    if ahead:
        state.read_ahead()
    return list(_broken(INVARIANTS, state))


def prove_member(world: World, member_id: str, *, history: bool) -> list[Broken]:
    """Checks what can be known about one member alone, with a bounded read; `history` reads every version, too."""
    reaches = {"member", "history"} if history else {"member"}
    rules = [rule for rule in INVARIANTS if rule.reach in reaches]
    return list(_broken(rules, MemberState(world, member_id)))


def _broken(rules: Iterable[Invariant], state: State) -> Iterator[Broken]:
    for rule in rules:
        evidence = tuple(islice(rule.check(state), MOST_EVIDENCE))
        if evidence:
            yield Broken(rule, evidence)
