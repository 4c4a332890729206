"""What the catalogue wants enforced in the transaction: each offending write is refused, by the real thing."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Final

import pytest

from common.access import ROLES, Caller
from common.commit import Cause
from common.events.payments import PaymentReceived
from common.failures import Rejected
from common.money import Money
from common.parking import PARKED
from common.ports import Conflict, TooLarge, Write, check_sizes
from common.references import creditor_reference
from common.tools.areas import functions
from functions.accounting.model.batches import BATCH
from functions.accounting.model.journals import Journal
from functions.audit.invariants import RULES
from functions.charging.handlers import corrections
from functions.charging.requests.corrections import Reverse
from functions.invoicing.handlers import credits as credit_notes
from functions.invoicing.model.bills import Bill, BillLine, Recipient
from functions.invoicing.model.invoices import Amounts, Invoice
from functions.invoicing.model.runs import Run, Tally
from functions.invoicing.requests.credit_notes import CreditInvoice, LineToCredit
from functions.matching.handlers import by_hand as staff
from functions.matching.handlers import credit_notes as taking_off
from functions.matching.handlers import returns
from functions.matching.model import Item, Receipt
from functions.matching.requests import MatchByHand, RefundMoney, Unmatch
from functions.payments.bank import camt
from functions.payments.handlers import statements
from functions.payments.model.asking import Answer, Notice
from functions.payments.model.payments import AskProvider, Payment, answered, next_question, requested
from functions.payments.requests.statements import StatementFile
from functions.payments.requests.webhooks import Webhook
from tests.kit import Platform
from tests.unit import told
from tests.unit.audit import money_offences
from tests.unit.charging import given as charging
from tests.unit.invoicing import given
from tests.unit.payments import stage
from tests.unit.payments.sepa import offences as debit_offences
from tests.unit.payments.test_statements import entry, file, statement

NOW: Final = datetime(2026, 10, 1, 8, tzinfo=UTC)
REFUSED: Final = (Rejected, ValueError, Conflict, RuntimeError, TooLarge)


def journal(*postings: tuple[str, int, int], kind: str = "DR", currency: str = "EUR") -> Journal:
    """A journal as nothing but its own class would refuse it."""
    lines = [{"account": account, "debit_minor": debit, "credit_minor": credit} for account, debit, credit in postings]
    known = {"id": "j", "batch_day": "d", "entity_day": "e", "document_key": "k", "member_id": "m", "entity": "MP"}
    more = {"document_type": kind, "document": "n", "currency": currency, "posted_on": "2026-10-01"}
    return Journal.model_validate({**known, **more, "postings": lines})


def matched() -> tuple[Platform, Item, Receipt]:
    """An invoice of 119.00 EUR, 50.00 of it paid, and 30.00 that are nobody's yet."""
    platform = Platform("matching")
    platform.tell(told.invoice_issued())
    quoted = creditor_reference(told.NUMBER)
    platform.tell(told.payment_received("rcp_1", 5_000, reference=quoted), told.payment_received("rcp_2", 3_000))
    return platform, platform.all(Item)[0], next(one for one in platform.all(Receipt) if one.id == "rcp_1")


def by_hand(amount: int, receipt_id: str = "rcp_2") -> None:
    """Puts an amount of the other money on the item."""
    platform, item, _ = matched()
    given_ = MatchByHand(receipt_id=receipt_id, item_id=item.id, amount_minor=amount, reason="theirs")
    platform.do(staff.match_by_hand, given_)


def unmatch_twice() -> None:
    """Takes a match back, and once more."""
    platform, _, receipt = matched()
    for _ in range(2):
        match_id = receipt.allocations[0].match_id
        platform.do(staff.unmatch, Unmatch(receipt_id="rcp_1", match_id=match_id, reason="not theirs"))


def take_back_more_than_was_charged() -> None:
    """Takes back two thirds of a charge, and once more."""
    platform = Platform("charging")
    platform.tell(charging.member())
    charging.take(platform, charge="c-1", amount_minor=300)
    for _ in range(2):
        asked = Reverse.model_validate({"charge_id": "c-1", "reason": "sorry", "amount_minor": 200})
        platform.do(corrections.reverse_charge, asked)


def refund_more_than_is_left() -> None:
    """Pays back more than is not applied."""
    platform, _, _ = matched()
    platform.do(returns.refund_money, RefundMoney(receipt_id="rcp_1", amount_minor=1, reason="theirs"))


def return_after_refund() -> None:
    """Takes money back, and then more than had come."""
    platform, _, receipt = matched()
    for name in ("ret_1", "ret_2"):
        platform.do(returns.take_returns, [told.payment_returned(name, receipt.amount_minor)])


def match_across_currencies() -> None:
    """Puts money in zloty on an item in euro."""
    platform, item, _ = matched()
    platform.tell(told.payment_received("rcp_3", 3_000, currency="PLN"))
    given_ = MatchByHand(receipt_id="rcp_3", item_id=item.id, amount_minor=1_000, reason="theirs")
    platform.do(staff.match_by_hand, given_)


def credit_more_than_the_invoice() -> None:
    """Two credit notes over the whole of one invoice."""
    platform, _, _ = matched()
    notes = [told.credit_note_issued(f"MPC-2026-00000{n}") for n in (1, 2)]
    for note in notes:
        platform.do(taking_off.apply_credit_notes, [note])


def credit_twice() -> None:
    """The same invoice is credited again."""
    here = given.platform(members=1)
    given.billed(here)
    for _ in range(2):
        wanted = CreditInvoice(invoice_id=here.all(Invoice)[0].id, reason="charged twice")
        here.do(credit_notes.credit_invoice, wanted)


def credit_a_line_twice() -> None:
    """A line is credited in part, and then once more as a whole."""
    here = given.platform(members=1)
    given.billed(here)
    for amount in (400, 601):
        line = LineToCredit(line=1, amount_minor=amount)
        wanted = CreditInvoice(invoice_id=here.all(Invoice)[0].id, reason="charged twice", lines=(line,))
        here.do(credit_notes.credit_invoice, wanted)


def posted_late() -> None:
    """An invoice of August, told in October, goes into October; nothing can post it elsewhere."""
    platform = Platform("accounting")
    platform.tell(told.invoice_issued(issued_on=date(2026, 8, 1)))
    (posted,) = platform.all(Journal)
    raise Rejected("posted_today", str(posted.posted_on)) if posted.posted_on == date(2026, 10, 1) else AssertionError


def same_number_twice() -> None:
    """A second invoice of a number that was given."""
    here = given.platform(members=1)
    given.billed(here)
    here.do(lambda _, unit: unit.put(here.all(Invoice)[0].but(version=0, due_on=date(2027, 1, 1))), None)


def changed_totals() -> Any:
    """An invoice whose total is a cent more."""
    issued = told.invoice_issued()
    amounts = {name: getattr(issued, name) for name in Amounts.model_fields}
    return Amounts.model_validate({**amounts, "total_minor": issued.total_minor + 1})


def bill_again() -> Bill:
    """Lines that were invoiced are invoiced once more."""
    owed = Bill.for_charge(given.charge("c1"))
    return owed.but(lines=(BillLine.of(given.charge("c1")),), open=True).without(["c1", "c2"])


def run_that_lost_one() -> None:
    """A run that issued fewer than it froze."""
    run = Run(id="r", entity="MP", cut_off=date(2026, 9, 30), issued_on=date(2026, 10, 1), started_at=NOW, invoices=2)
    run.must_add_up(Tally(pages=1, invoices=1))


def payment() -> Payment:
    """A collection under way."""
    made = requested(stage.invoice(), NOW)
    assert made is not None
    return made


def succeeded(provider_id: str = "pi_1", amount: int = 11_900) -> Answer:
    """The provider collected."""
    return Answer(outcome="succeeded", provider_id=provider_id, amount_minor=amount)


def collected_twice() -> None:
    """The provider has two successful payments for one attempt."""
    answered(answered(payment(), 1, succeeded("pi_1")), 1, succeeded("pi_2"))


def second_attempt_while_unknown() -> Payment:
    """Asks once more while nobody knows what became of the first time."""
    made = payment()
    return made.but(attempts=(*made.attempts, made.attempts[0].model_copy(update={"number": 2})))


def late_failure() -> None:
    """News of a failure that comes after the success changes nothing."""
    after = answered(payment(), 1, succeeded())
    if answered(after, 1, Answer(outcome="failed")) is after:
        raise Rejected("overtaken")


def end_of_patience() -> None:
    """The provider has been asked for days."""
    doubted = answered(payment(), 1, Answer(outcome="unknown"))
    next_question(doubted, 1, AskProvider(payment_id="p", number=1, state="unknown", tries=99))


def reminded_twice() -> None:
    """A closed case is not reminded, nor one level twice: only the next level can be taken."""
    from functions.dunning.model import opened, stepped

    case = opened(None, told.item_overdue(), date(2026, 10, 16))
    stepped(stepped(case, "reminder", date(2026, 10, 19))[0], "reminder", date(2026, 10, 20))


def statement_changed() -> None:
    """A statement comes again with another content."""
    platform = Platform("payments")
    for amount, closing in (("19.99", "119.99"), ("20.99", "120.99")):
        parsed = camt.read(file(statement([entry(amount, "A1")], closing)))
        platform.do(statements.take_statements, StatementFile(statements=parsed))


def entry_again() -> None:
    """The same entry in another statement is told to nobody."""
    platform = Platform("payments")
    for number in ("S1", "S2"):
        parsed = camt.read(file(statement([entry("19.99", "A1")], "119.99", number=number)))
        platform.do(statements.take_statements, StatementFile(statements=parsed))
    if len(platform.events(PaymentReceived)) == 1:
        raise Rejected("known")


def half_a_file() -> None:
    """Of two statements the second does not add up: neither is taken."""
    camt.read(file(statement([entry("19.99", "A1")], "119.99"), statement([entry("1.00")], "500.00", number="S2")))


def webhook_again() -> None:
    """The provider tells of one event twice: there is one task, and the answer is the same."""
    from functions.payments.handlers import webhooks

    platform = Platform("payments")
    hook = Webhook(
        notices=(Notice(event_id="evt_1", type="payment_intent.succeeded", about="payment", provider_id="pi_1"),)
    )
    for _ in range(2):
        platform.do(webhooks.take_webhook, hook, key="evt_1")
    if len(platform.engine.tasks) == 1:
        raise Rejected("known")


def delivered_again() -> None:
    """A listener gets one message twice: one effect."""
    platform = Platform("accounting")
    function = next(f for f in functions("accounting") if f.name == "accounting-post-invoices")
    for _ in range(2):
        platform.runtime.deliver(function, given.message("m1", told.invoice_issued()))
    if len(platform.all(Journal)) == 1:
        raise Rejected("known")


def half_a_commit() -> None:
    """A handler fails after it has told: neither the document nor the event is there."""
    platform = Platform("accounting")

    def fails(_: Any, unit: Any) -> None:
        unit.emit(told.invoice_issued())
        unit.put(journal(("1400", 5, 0), ("4400", 0, 5)))
        raise Rejected("no")

    try:
        platform.do(fails, None)
    finally:
        assert platform.all(Journal) == []
        assert not platform.engine.published


def slot_doubled() -> None:
    """A schedule fires twice for one slot: one run."""
    from common.functions.entry import tick

    platform = Platform("audit")
    function = next(f for f in functions("audit") if f.name == "audit-prove")
    for _ in range(2):
        platform.runtime.deliver(function, tick(function, NOW))
    if len(platform.runtime.world.records()) == 1:
        raise Rejected("known")


def older_news() -> None:
    """An older change of a member comes last."""
    here = Platform("invoicing")
    here.tell(given.changed(given.buyer(name="Newer"), revision=2))
    here.tell(given.changed(given.buyer(name="Older"), revision=1))
    if here.all(Recipient)[0].buyer.name == "Newer":
        raise Rejected("older")


def other_request_same_key() -> None:
    """One key, two requests."""
    platform = Platform("accounting")
    for fingerprint in ("1", "2"):
        platform.runtime.commit(Cause("api", "k", "machine:a", fingerprint=fingerprint), lambda _: None)


def version_out_of_turn() -> None:
    """A document is written over a version that was not read."""

    def blind(_: Any, unit: Any) -> None:
        unit.put(journal(("1400", 5, 0), ("4400", 0, 5)).but(version=3))

    Platform("accounting").do(blind, None)


def parked_is_over() -> None:
    """What was replayed is replayed again."""
    PARKED.move(PARKED.move("parked", "replay"), "replay")


def auditor() -> None:
    """Who only reads tries every way to write there is."""
    asked = {
        route.scope for f in functions() for route in f.routes if route.kind in {"command", "upload"} and route.scope
    }
    for scope in sorted(asked):
        with pytest.raises(Rejected, match="forbidden"):
            Caller("staff:a", ROLES["auditor"]).must(scope)
    Caller("staff:a", ROLES["auditor"]).must("audit:write")


OFFENCES: Final[dict[int, list[Callable[[], Any]]]] = {
    1: [lambda: journal(("1400", 5, 0), ("4400", 0, 4))],
    2: [
        lambda: journal(("1400", 5, 5)),
        lambda: journal(("1400", -5, 0), ("4400", 0, -5)),
        lambda: journal(("1400", 5, 0), ("4400", 0, 5), currency="XXX"),
    ],
    5: [lambda: journal(("4400", 5, 0), ("1400", 0, 5), kind="AB")],
    7: [unmatch_twice, credit_twice, take_back_more_than_was_charged],
    8: [delivered_again],
    9: [posted_late],
    10: [match_across_currencies],
    12: [changed_totals],
    13: [lambda: matched()[1].but(open_minor=1)],
    14: [lambda: matched()[1].but(state="settled"), lambda: matched()[2].but(state="unapplied")],
    16: [same_number_twice],
    17: [bill_again],
    18: [credit_more_than_the_invoice, credit_a_line_twice],
    19: [run_that_lost_one],
    23: [lambda: by_hand(3_001), lambda: by_hand(7_000), lambda: matched()[2].but(unapplied_minor=1)],
    24: [lambda: answered(payment(), 1, succeeded(amount=11_901))],
    25: [refund_more_than_is_left, *money_offences.REFUNDS],
    26: [return_after_refund],
    27: [lambda: matched()[2].but(allocations=())],
    28: [collected_twice, *money_offences.PAGES],
    29: [second_attempt_while_unknown],
    30: [late_failure, lambda: BATCH.move("accepted", "send")],
    31: [end_of_patience],
    32: list(money_offences.PAYOUTS),
    34: list(debit_offences.ALL),
    35: [reminded_twice],
    38: [lambda: camt.read(file(statement([entry("19.99")], "119.98")))],
    39: [statement_changed, entry_again],
    41: [half_a_file],
    43: [lambda: BATCH.move("accepted", "resend")],
    44: [webhook_again],
    45: [half_a_commit],
    46: [half_a_commit],
    47: [delivered_again],
    48: [older_news],
    49: [other_request_same_key],
    52: [parked_is_over],
    53: [slot_doubled],
    55: [version_out_of_turn],
    60: [lambda: Cause("", "k", "machine:a"), lambda: Cause("f", "k", "")],
    66: [auditor],
    67: [lambda: Money(amount_minor=1.5, currency="EUR"), lambda: journal(("1400", 1.5, 0), ("4400", 0, 1.5))],  # type: ignore[arg-type]
    69: [lambda: check_sizes([Write("items", "i", {"body": "x" * 2_000_000})])],
}
"""By number, writes that would break it."""


def test_whatever_is_said_to_be_enforced_is_tried() -> None:
    assert sorted(number for number, rule in RULES.items() if rule.enforced) == sorted(OFFENCES)


@pytest.mark.parametrize(
    ("number", "offence"), [(number, one) for number, several in OFFENCES.items() for one in several]
)
def test_a_write_that_would_break_a_rule_is_refused(number: int, offence: Callable[[], Any]) -> None:
    with pytest.raises(REFUSED) as refusal:
        offence()
    assert not isinstance(refusal.value, AssertionError), number
