"""The figures of money in, measured in one run: matching, silent providers, webhooks, statements, cost of a payment."""

import gc
from time import process_time
from typing import Any, Final

from rich.console import Console

from common.tools.bench_collecting import every_order, silent_charges
from common.tools.bench_invoicing import in_a_process, peak_mb
from common.tools.bench_payments import a_card, a_debit, a_transfer
from common.tools.bench_statements import camt053, mt940, taken_in
from common.tools.bench_webhooks import webhook_ack

INVOICES: Final = 100_000
PAYMENTS: Final = 20_000
MANY_INVOICES: Final = 2_000_000
CALLS: Final = 10_000
ENTRIES: Final = 50_000
SEED: Final = 4_711
"""None of the seeds the weights were learned from."""
EACH: Final = 300


def figures(told: Console) -> dict[str, Any]:
    """Every figure of money in, as one JSON object."""
    told.print(f"matching {PAYMENTS} payments to {INVOICES} and to {MANY_INVOICES} invoices")
    matching = in_a_process(matched, INVOICES)
    large = in_a_process(matched, MANY_INVOICES)
    told.print(f"{CALLS} calls that time out after charging, webhooks in every order")
    charges = in_a_process(silent_charges, CALLS)
    told.print("statements, webhooks, and what a payment costs")
    return {
        "matching": matching,
        "matching_two_million": large,
        "dearer_with_two_million": round(large["us_a_payment"] / matching["us_a_payment"], 2),
        "timeouts_after_charging": charges,
        "webhooks_in_every_order": every_order(),
        "webhook_acknowledged": webhook_ack(),
        "statements": in_a_process(statements, ENTRIES),
        "firestore_a_payment": {
            "card": a_card(EACH),
            "sepa_debit": a_debit(EACH),
            "transfer_matched": a_transfer(EACH),
        },
    }


def matched(invoices: int) -> dict[str, Any]:
    """Payments of mixed quality against so many open invoices, of a world the matcher has never seen."""
    from common.tools.money.judged import judge
    from common.tools.money.payments import Payers
    from common.tools.money.world import Setting, world
    from functions.matching.evidence.batch import Run
    from functions.matching.evidence.index import Index
    from functions.matching.evidence.money import ground_of

    made = Payers(world(Setting(SEED, invoices, PAYMENTS))).pay()
    gc.collect()
    before = peak_mb()
    began = process_time()
    index = Index(made.invoices, ground_of(made.invoices))
    indexed = process_time()
    decisions = Run(index).match(made.payments)
    took = process_time() - indexed
    found = judge(decisions, made.truth)
    return {
        "invoices": len(made.invoices),
        **found.figures(),
        "indexing_s": round(indexed - began, 1),
        "payments_a_second_a_core": round(len(made.payments) / took),
        "us_a_payment": round(1e6 * took / len(made.payments)),
        "peak_memory_mb": peak_mb(),
        "of_which_the_world_mb": before,
        "reliability": found.reliability(),
    }


def statements(entries: int) -> dict[str, Any]:
    """Entries a second and core: read and compared with what is known, and taken in on the memory engine."""
    return {
        "camt053": _read(camt053(entries), entries),
        "mt940": _read(mt940(entries), entries),
        "taken_in": taken_in(camt053(entries // 5)),
    }


def _read(content: bytes, entries: int) -> dict[str, Any]:
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from functions.payments.commands import read_statements

    with TemporaryDirectory() as folder:
        file = Path(folder) / "statement"
        file.write_bytes(content)
        began = process_time()
        found = read_statements([file])
        took = process_time() - began
    if found["totals"]["entries"] != entries:
        raise RuntimeError(f"{found['totals']} of {entries}: {found['refusals'][:1]}")
    return {"entries": entries, "mb": round(len(content) / 1e6, 1), "entries_a_second_a_core": round(entries / took)}
