"""All seventy invariants by number: what proves each, what refuses to break it, or why it can't be broken yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Rule:
    """One number of the catalogue.

    `enforced` names what refuses the offending write, as `module.attribute`. `shown` names what proves it elsewhere
    than over the stored state. Where neither these nor a check proves it, `not_yet` says what is missing.
    """

    says: str
    enforced: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    not_yet: str = ""


_JOURNAL: Final = "functions.accounting.model.journals.Journal"
_ITEM, _RECEIPT = "functions.matching.model.Item", "functions.matching.model.Receipt"
_PAYMENT: Final = "functions.payments.model.payments.Payment"
_BOOK: Final = "functions.matching.book.Book"
_AMOUNTS: Final = "functions.invoicing.model.invoices.Amounts"
_COMMIT: Final = "common.runtime.Runtime.commit"
_PAYOUT: Final = "functions.payments.model.payouts.Payout"
_SIMULATED: Final = "common.tools.simulation.verdict.broken"

RULES: Final[Mapping[int, Rule]] = {
    1: Rule("a journal balances in each currency", (_JOURNAL,)),
    2: Rule("a line has one positive side, whole, in a currency of ISO 4217", (_JOURNAL,)),
    3: Rule("all accounts together are nothing"),
    4: Rule("a balance is the sum of its lines"),
    5: Rule("accounts stay on their side", (_JOURNAL,)),
    6: Rule("a posted journal never changes"),
    7: Rule(
        "a reversal mirrors its original, and is not more",
        (f"{_BOOK}.unmatch", f"{_BOOK}.credit", "functions.charging.model.reversals.taking_back"),
    ),
    8: Rule("a journal for each money event, and none besides", ("functions.accounting.model.journals.journal_of",)),
    9: Rule("nothing is posted in a closed period", ("functions.accounting.handlers.periods.posting_days",)),
    10: Rule(
        "conversions carry rate and difference",
        (f"{_BOOK}.match",),
        not_yet="nothing is converted: money in another currency is refused",
    ),
    11: Rule("clearing accounts empty by age"),
    12: Rule("totals and VAT add up", (_AMOUNTS,)),
    13: Rule("open is total less what was put on it", (_ITEM,)),
    14: Rule("the state follows from amounts and dates", (_ITEM, _RECEIPT, _PAYMENT)),
    15: Rule("issued is frozen"),
    16: Rule("numbers without gaps, each once", ("common.transaction.UnitOfWork.put",)),
    17: Rule("a charge is on one line", ("functions.invoicing.model.bills.Bill.without",)),
    18: Rule("credit notes are no more than their invoice", (f"{_BOOK}.credit", "functions.invoicing.crediting.Sheet")),
    19: Rule("a run issues its manifest", ("functions.invoicing.model.runs.Run.must_add_up",)),
    20: Rule(
        "prorated parts are the whole",
        shown=("functions.charging.proration.Period.part",),
    ),
    21: Rule("the document shows the data", shown=("functions.invoicing.einvoice.statement.terms_of",)),
    22: Rule("every invoice is delivered, with one content"),
    23: Rule("no more is allocated than was received", (_RECEIPT, f"{_BOOK}.match")),
    24: Rule("no more is captured than was authorised", ("functions.payments.model.payments.answered",)),
    25: Rule("refunds are no more than was captured", (_RECEIPT, "functions.payments.model.refunds.answered")),
    26: Rule("refunds and disputes together are no more than was captured", (_RECEIPT,)),
    27: Rule("money is allocated or unapplied", (_RECEIPT,)),
    28: Rule(
        "one provider payment an attempt",
        ("functions.payments.model.payments.answered", "functions.payments.model.checkouts.answered"),
    ),
    29: Rule(
        "one successful attempt, none beside an undecided one, each as it was decided",
        (_PAYMENT, "functions.payments.retries.brain.decide"),
    ),
    30: Rule(
        "states move by their tables alone",
        ("common.machine.Machine.move", "functions.payments.model.payments.answered"),
    ),
    31: Rule("not knowing ends", ("functions.payments.model.payments.next_question",)),
    32: Rule("settlements are payouts are bank lines", (_PAYOUT, "functions.payments.model.payouts.counted")),
    33: Rule("provider and platform know the same successes", shown=(_SIMULATED,)),
    34: Rule(
        "a debit has its mandate and its notice, and comes back once, whole",
        ("functions.payments.model.debits.Debit", "functions.payments.model.mandates.usable"),
    ),
    35: Rule("dunning rises, stops with the debt and tells each level once", ("functions.dunning.model.stepped",)),
    36: Rule("credit granted is credit used or left", not_yet="there is no wallet: credit is unapplied money (27)"),
    37: Rule("write-offs are approved", not_yet="nothing is written off yet"),
    38: Rule("statements follow each other", ("functions.payments.bank.files.read",)),
    39: Rule("a bank entry is imported once", ("functions.payments.handlers.statements.take_statements",)),
    40: Rule("what is unmatched is the suspense account"),
    41: Rule("a file is imported whole or not at all", ("functions.payments.bank.files.read",)),
    42: Rule("what agencies hold", not_yet="no case is handed over to an agency yet"),
    43: Rule("SAP has each journal once", ("functions.accounting.model.batches.BATCH",)),
    44: Rule("a provider's event is applied once", (_COMMIT,)),
    45: Rule("what is acknowledged is durable", (_COMMIT,), (_SIMULATED,)),
    46: Rule("state and events commit together, and are published", (_COMMIT,)),
    47: Rule("a listener's effect happens once", (_COMMIT,)),
    48: Rule(
        "older news never goes over newer",
        ("functions.invoicing.handlers.bills.keep_recipients", "functions.dunning.model.followed"),
    ),
    49: Rule("the same key, the same answer", ("common.runtime.replayed",)),
    50: Rule("told is stored is landed", shown=("common.tools.summary.summary", _SIMULATED)),
    51: Rule("totals agree with BigQuery", shown=("common.tools.summary.summary",)),
    52: Rule("parked is not applied, and not forgotten", ("common.parking.PARKED",)),
    53: Rule("a job runs once a slot, and catches up", (_COMMIT,)),
    54: Rule("what takes several steps comes to its end"),
    55: Rule("versions are contiguous", ("common.transaction.UnitOfWork.put",)),
    56: Rule("replay is state"),
    57: Rule("the chain holds"),
    58: Rule("every event is anchored outside", not_yet="nothing is anchored outside the platform yet"),
    59: Rule("no write without an event"),
    60: Rule("every commit says who, what, when, why", ("common.commit.Cause",)),
    61: Rule("reads of personal data are logged", not_yet="by the cloud's own access log; the platform tells none"),
    62: Rule("four eyes", not_yet="nothing needs a second person's approval yet"),
    63: Rule("time runs forward"),
    64: Rule("nothing is deleted before its time"),
    65: Rule("an erasure keeps the proofs"),
    66: Rule("an auditor writes nothing", ("common.access.Caller.must",)),
    67: Rule("money is whole", (_JOURNAL, "common.money.Money")),
    68: Rule("time is UTC, days are days"),
    69: Rule("documents are bounded", ("common.ports.check_sizes",)),
    70: Rule("at rest nothing is left", shown=(_SIMULATED,)),
}
"""Refunds, payouts, wallets, agencies and anchors are told apart here, so that a new one has a place to be proven."""
