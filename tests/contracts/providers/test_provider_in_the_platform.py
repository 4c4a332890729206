"""Each provider behind the whole platform: what it does ends in open items, books that tie, and payouts explained."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from common.events.payments import DisputeClosed, DisputeOpened, PaymentReceived, PaymentReturned, RefundPaid
from common.parking import Parked
from functions.accounting.model.journals import Journal
from functions.matching.handlers import returns
from functions.matching.model import Item, Receipt
from functions.matching.requests import RefundMoney
from functions.payments.handlers import recording, webhooks
from functions.payments.model.disputes import Dispute
from functions.payments.model.payouts import Payout
from functions.payments.model.refunds import Refund
from functions.payments.model.webhooks import PollProvider
from functions.payments.providers import asking, disputing, polling, refunding, settling
from functions.payments.requests.webhooks import Webhook
from tests.contracts.providers.stage import START, Stage, needs
from tests.kit import Platform
from tests.unit import told

LONGEST = timedelta(days=30)


class Here:
    """The platform, and a provider whose webhooks reach it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.platform = Platform("payments", "matching", "accounting", start=START)
        self.method = "card" if "card" in stage.offers else "direct_debit"
        self._numbers = count(1)

    def bill(self, amount: int = 11_900) -> str:
        """An invoice that is due and collected by the provider; its number."""
        number = f"MP-2026-{next(self._numbers):07d}"
        token = self.stage.token("pays", self.method)  # type: ignore[arg-type]
        who = told.buyer(payment_method=self.method, payment_provider=self.stage.name, payment_token=token)
        today = self.platform.clock.now().date()
        totals = told.vat(amount, 0)
        self.platform.tell(told.invoice_issued(number, totals, who=who, issued_on=today, due_on=today))
        self.hear()
        return number

    def pass_time(self, by: timedelta) -> None:
        """Days pass here and there, a day at a time."""
        until = self.platform.clock.now() + by
        while self.platform.clock.now() < until:
            self.stage.advance(timedelta(days=1))
            self.platform.advance_to(self.platform.clock.now() + timedelta(days=1))
            self.hear()
            self.poll()

    def hear(self) -> None:
        """The provider's webhooks come in."""
        self.platform.settle()
        for hook in self.stage.hooks():
            notices = self.stage.read(hook, [self.stage.secret], self.stage.now())
            given = Webhook(provider=self.stage.name, notices=notices)
            self.platform.do(webhooks.take_webhook, given)
            self.platform.settle()

    def poll(self) -> None:
        """The provider is asked what has changed, as it is each hour: not every one tells everything by webhook."""
        self.platform.do(lambda task, unit: unit.later(task), PollProvider(provider=self.stage.name))
        self.platform.settle()

    def item(self, number: str) -> Item:
        """What is owed on an invoice."""
        [found] = [item for item in self.platform.all(Item) if item.number == number]
        return found  # type: ignore[no-any-return]

    def paid(self, amount: int = 11_900) -> str:
        """An invoice the provider has collected."""
        number = self.bill(amount)
        self.pass_time(timedelta(days=self.stage.final_after_days))
        assert self.item(number).state == "settled"
        return number

    def receipt(self) -> Receipt:
        """The newest money."""
        return max(self.platform.all(Receipt), key=lambda one: (one.received_on, one.id))  # type: ignore[no-any-return]

    def balances(self) -> dict[str, int]:
        """Debits less credits of every account."""
        found: Counter[str] = Counter()
        for journal in self.platform.all(Journal):
            for line in journal.postings:
                found[line.account] += line.debit_minor - line.credit_minor
        return dict(found)

    def must_tie(self) -> None:
        """Receivables are the open items, unapplied money what is left of receipts, and the whole is nothing."""
        ledger = self.balances()
        open_minor = sum(item.open_minor for item in self.platform.all(Item))
        unapplied = sum(receipt.unapplied_minor for receipt in self.platform.all(Receipt))
        assert (ledger.get("1400", 0), -ledger.get("1590", 0), sum(ledger.values())) == (open_minor, unapplied, 0)


@pytest.fixture
def here(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Here:
    for module in (asking, refunding, disputing, settling, polling):
        monkeypatch.setattr(module, "provider_named", lambda _: lambda _: stage.provider)
    monkeypatch.setattr(recording, "NET_AHEAD", timedelta(0))
    return Here(stage)


def test_what_is_collected_settles_its_invoice(here: Here) -> None:
    here.paid()
    assert len(here.platform.events(PaymentReceived)) == 1
    here.must_tie()


def test_a_dispute_opens_the_invoice_again_and_one_that_is_won_settles_it(here: Here) -> None:
    needs(here.stage, "disputes")
    number = here.paid()
    dispute_id = here.stage.dispute(here.receipt().provider_id)
    here.pass_time(timedelta(days=1))
    [dispute] = here.platform.all(Dispute)
    assert dispute.taken_minor in {0, 11_900}
    assert here.item(number).open_minor == dispute.taken_minor
    here.stage.decide(dispute_id, "won")
    here.hear()
    here.pass_time(timedelta(days=1))
    assert here.item(number).open_minor == 0
    assert len(here.platform.events(DisputeOpened)) == 1
    assert [dispute.state for dispute in here.platform.all(Dispute)] == ["won"]
    assert "won" in {event.outcome for event in here.platform.events(DisputeClosed)}  # type: ignore[attr-defined]
    here.must_tie()


def test_a_dispute_that_is_lost_leaves_the_invoice_open_once(here: Here) -> None:
    needs(here.stage, "disputes")
    number = here.paid()
    here.stage.decide(here.stage.dispute(here.receipt().provider_id), "lost")
    here.hear()
    here.pass_time(timedelta(days=2))
    assert here.item(number).open_minor == 11_900
    assert sum(event.amount_minor for event in here.platform.events(PaymentReturned)) == 11_900  # type: ignore[attr-defined]
    here.must_tie()


def test_money_is_given_back_once_the_way_it_came(here: Here) -> None:
    needs(here.stage, "refunds")
    here.paid()
    here.platform.tell(
        told.credit_note_issued("MPC-1", told.vat(4_000, 0), rest="refund", invoice_number="MP-2026-0000001")
    )
    here.hear()
    here.pass_time(timedelta(days=10))
    [refund] = here.platform.all(Refund)
    assert (refund.state, refund.amount_minor, refund.way) == ("succeeded", 4_000, here.stage.name)
    assert len(here.platform.events(RefundPaid)) == 1
    assert here.balances().get("1595", 0) == 0
    here.must_tie()


def test_a_refund_whose_answer_is_lost_is_made_once(here: Here) -> None:
    needs(here.stage, "refunds")
    number = here.paid()
    receipt = here.receipt()
    here.platform.tell(told.credit_note_issued("MPC-1", told.vat(1, 0), invoice_number=number))
    here.stage.wire.lose_writes()
    here.platform.do(returns.refund_money, RefundMoney(receipt_id=receipt.id, amount_minor=1, reason="too much"))
    here.platform.settle()
    assert [refund.state for refund in here.platform.all(Refund)] == ["unknown"]
    here.stage.wire.heal()
    here.pass_time(timedelta(days=10))
    [refund] = here.platform.all(Refund)
    assert refund.state in {"succeeded", "processing"}
    assert refund.amount_minor == 1
    here.must_tie()


def test_every_line_of_a_payout_is_explained_and_clearing_runs_empty(here: Here) -> None:
    needs(here.stage, "payouts", "payout_movements")
    for amount in (11_900, 5_001, 250_000):
        here.paid(amount)
    if "refunds" in here.stage.offers:
        here.platform.tell(
            told.credit_note_issued("MPC-1", told.vat(4_000, 0), rest="refund", invoice_number="MP-2026-0000003")
        )
    here.pass_time(LONGEST)
    payouts = here.platform.all(Payout)
    assert payouts
    assert [(payout.state, payout.unexplained) for payout in payouts] == [("settled", ())] * len(payouts)
    ledger = here.balances()
    assert ledger["1365"] == sum(payout.amount_minor for payout in payouts)
    here.must_tie()


def test_nothing_is_left_for_people(here: Here) -> None:
    here.paid()
    here.pass_time(timedelta(days=3))
    assert [(parked.code, parked.reason) for parked in here.platform.all(Parked)] == []


def test_the_stage_begins_where_the_platform_does(here: Here) -> None:
    assert here.stage.now() == here.platform.clock.now() == datetime(2026, 10, 5, 8, tzinfo=UTC)
