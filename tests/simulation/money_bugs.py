"""Bugs that somebody could make with money that comes in: the simulation has to find every one."""

import hashlib
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Final

import pytest

from common.events.payments import PaymentReturned, PayoutSettled
from common.world import World
from functions.accounting.posting import RULES
from functions.matching.handlers import returns
from functions.matching.returning import take_back
from functions.payments.bank.kinds import Sort, sort_of
from functions.payments.handlers import (
    collecting,
    debit_book,
    disputes,
    entries,
    payouts,
    recording,
    recording_checkouts,
    webhooks,
)
from functions.payments.handlers.debit_book import DebitBook
from functions.payments.handlers.recording import record
from functions.payments.model.asking import Answer
from functions.payments.model.checkouts import answered
from functions.payments.model.debit_batches import DebitBatch, FiledBatch
from functions.payments.model.payments import retried
from functions.payments.model.refunds import AskRefund, Refund, order
from functions.payments.providers import asking, debit_files, refunding
from functions.payments.sepa import pain008

Patch = pytest.MonkeyPatch


def a_return_counts_twice(patch: Patch) -> None:
    """A debit that comes back is told once by its booking and once by whoever hears of it again."""
    right, numbers = DebitBook._return, count()

    def wrong(self: DebitBook, debit: Any, back: Any) -> None:
        right(self, debit, back)
        unit: Any = self._transaction
        told = next(event for event in reversed(unit.events) if isinstance(event, PaymentReturned))
        unit.emit(told.model_copy(update={"return_id": f"{told.return_id}-{next(numbers)}"}))

    patch.setattr(DebitBook, "_return", wrong)


def a_refund_is_paid_again_after_silence(patch: Patch) -> None:
    """A provider that did not answer is asked once more, under a new name."""
    right = refunding._found_out

    def wrong(named: Any, task: AskRefund, refund: Refund | None, now: Any) -> Answer:
        if refund is None or refund.state != "unknown" or refund.way == "transfer":
            return right(named, task, refund, now)
        again = order(refund).model_copy(update={"refund_id": f"{refund.id}.2"})
        answer: Answer = named(refund.way).refund(again)
        return answer

    patch.setattr(refunding, "_found_out", wrong)


def a_chargeback_is_ignored_where_money_was_refunded(patch: Patch) -> None:
    """Who has given something back is taken to have settled it."""

    def wrong(book: Any, told: Any, on: Any) -> Any:
        refunded = any(part.kind == "refund" for part in book.receipts[told.receipt_id].allocations)
        return [] if refunded else take_back(book, told, on)

    patch.setattr(returns, "take_back", wrong)


def a_payouts_fee_is_dropped(patch: Patch) -> None:
    """What the provider kept stays on its clearing account for ever."""
    rules: dict[Any, Any] = RULES
    right = rules[PayoutSettled]

    def wrong(event: Any, chart: Any) -> Any:
        moved = event.charges_minor + event.refunds_minor + event.chargebacks_minor + event.fees_minor
        return right.book(event.model_copy(update={"charges_minor": moved, **dict.fromkeys(LESS, 0)}), chart)

    patch.setitem(rules, PayoutSettled, right._replace(book=wrong))


LESS: Final = ("refunds_minor", "chargebacks_minor", "fees_minor")


def a_file_of_debits_is_made_anew(patch: Patch) -> None:
    """A batch whose file is asked for again gets another one, with another name, and both are handed in."""
    numbers = count()

    def wrong(batch_id: str, world: World) -> FiledBatch:
        batch = world.read.find(DebitBatch, batch_id)
        assert batch is not None
        name = f"{batch.message_id}-{next(numbers)}"
        content = pain008.write(debit_files.file_of(batch, world))
        content = content.replace(batch.message_id.encode(), f"{batch.message_id[:-2]}{next(numbers):02d}".encode())
        world.put_file(f"debits/{name}.xml", content, "application/xml")
        digest = hashlib.sha256(content).hexdigest()
        return FiledBatch(file=f"debits/{name}.xml", sha256=digest, size_bytes=len(content))

    patch.setattr(debit_files, "_file", wrong)


def a_batch_is_credited_twice(patch: Patch) -> None:
    """What the bank credits for debits is taken for a member's money, too."""
    right = entries._tells
    patch.setattr(entries, "_tells", lambda one: right(one) or one.sort.kind == "debit_settlement")


def the_first_tab_is_forgotten(patch: Patch) -> None:
    """Money that is paid on a page which another one took the place of is nobody's."""

    def wrong(checkout: Any, answer: Answer, now: Any) -> Any:
        return checkout if checkout.state == "abandoned" else answered(checkout, answer, now)

    patch.setattr(recording_checkouts, "answered", wrong)


def a_page_is_paid_as_often_as_it_is_looked_at(patch: Patch) -> None:
    """Poll, webhook and look each tell the money that they find."""
    right = recording_checkouts._recorded

    def wrong(before: Any, looked: Any, known: Any, transaction: Any) -> Any:
        after = right(before, looked, known, transaction)
        if before.state == "succeeded" == looked.answer.outcome:
            today = recording_checkouts._today(after, transaction)
            transaction.emit(recording_checkouts._received(after, looked.answer, today))
        return after

    patch.setattr(recording_checkouts, "_recorded", wrong)


def poll_and_webhook_both_do_the_work(patch: Patch) -> None:
    """A payment that succeeded is told by everybody who hears of it."""

    def wrong(payments: Any, payment_id: str, number: int, answer: Answer, transaction: Any, **more: Any) -> Any:
        before = payments[payment_id]
        after = record(payments, payment_id, number, answer, transaction, **more)
        if before is after and answer.outcome == after.attempt(number).state == "succeeded":
            recording._tell(before, after, number, answer, transaction)
        return after

    for module in (collecting, debit_book, webhooks):
        patch.setattr(module, "record", wrong)


def what_is_under_way_is_tried_again(patch: Patch) -> None:
    """A debit that takes its days counts as refused, and a further attempt is made beside it."""
    right = asking._charged

    def wrong(*given: Any) -> Answer:
        answer = right(*given)
        slow = answer.outcome == "processing"
        return Answer(outcome="failed", code="insufficient_funds", soft=True) if slow else answer

    patch.setattr(asking, "_charged", wrong)


def a_dispute_that_is_won_brings_nothing(patch: Patch) -> None:
    """What a provider gives back is not told."""
    right = disputes._tell_money

    def wrong(before: Any, after: Any, transaction: Any) -> None:
        if after.taken_minor > before.taken_minor:
            right(before, after, transaction)

    patch.setattr(disputes, "_tell_money", wrong)


def the_whole_invoice_is_collected_whatever_came(patch: Patch) -> None:
    """Proceeds that were offered are not taken off what is asked for."""
    patch.setattr(collecting, "_left", lambda payment, _: payment.amount_minor)

    def wrong(payment: Any, now: Any, left: int) -> Any:
        return retried(payment.but(owed_minor=None, settled=False), now, left)

    patch.setattr(collecting, "retried", wrong)


def a_transfer_that_comes_back_is_new_money(patch: Patch) -> None:
    """A refund that could not be delivered is taken for a payment of the member's."""

    def wrong(entry: Any, detail: Any, own: Any = ()) -> Sort:
        came_back = detail.amount_minor > 0 and detail.end_to_end_id.startswith("REF")
        return Sort("member_money") if came_back else sort_of(entry, detail, own)

    patch.setattr(entries, "sort_of", wrong)


def a_payout_line_is_taken_as_it_comes(patch: Patch) -> None:
    """A payout that is told twice is in transit twice."""
    numbers = count()
    patch.setattr(payouts, "payout_id_of", lambda provider, name: f"pyt_{provider}_{name}_{next(numbers)}")


MONEY_BUGS: Final[Sequence[Callable[[Patch], None]]] = (
    a_return_counts_twice, a_refund_is_paid_again_after_silence, a_chargeback_is_ignored_where_money_was_refunded,
    a_payouts_fee_is_dropped, a_file_of_debits_is_made_anew, a_batch_is_credited_twice, the_first_tab_is_forgotten,
    a_page_is_paid_as_often_as_it_is_looked_at, poll_and_webhook_both_do_the_work, what_is_under_way_is_tried_again,
    a_dispute_that_is_won_brings_nothing, the_whole_invoice_is_collected_whatever_came,
    a_transfer_that_comes_back_is_new_money, a_payout_line_is_taken_as_it_comes,
)  # fmt: skip
