"""A page whose invoice was paid otherwise can't be paid on any more; money that comes all the same is credit."""

from datetime import timedelta

import pytest

from common.events.payments import PaymentReceived
from common.parking import Parked
from functions.matching.model import Item, Receipt
from functions.payments.model.asking import Answer, Invited
from tests.unit.payments.till import Till
from tests.unit.told import NUMBER, item_settled, payment_matched, payment_received

SECOND = "MP-2026-0000002"


@pytest.fixture
def till(monkeypatch: pytest.MonkeyPatch) -> Till:
    return Till(monkeypatch)


def after(till: Till, **wait: float) -> None:
    till.platform.advance_to(till.platform.clock.now() + timedelta(**wait))


def test_the_page_of_an_invoice_that_was_paid_otherwise_is_closed_once(till: Till) -> None:
    checkout = till.begin(till.issue(), NUMBER)
    till.tell(payment_matched(), item_settled())
    till.tell(item_settled(item_version=4))
    after(till, days=3)
    assert till.provider.closed == [checkout.page_id]
    found = till.checkout(checkout.id)
    assert (found.state, found.closed_at is not None) == ("expired", True)
    assert till.platform.all(Parked) == []


def test_a_page_for_less_than_is_still_open_stays(till: Till) -> None:
    checkout = till.begin(till.issue(), NUMBER, n1="50")
    till.tell(payment_matched(amount=6_000))
    assert (till.provider.closed, till.checkout(checkout.id).state) == ([], "sent")
    till.tell(payment_matched("mat_2", 2_000, item_version=3, open_minor=3_900))
    assert till.provider.closed == [checkout.page_id]


def test_a_page_for_several_invoices_is_closed_when_one_of_them_is_paid(till: Till) -> None:
    token = till.issue()
    till.issue(SECOND)
    till.begin(token, NUMBER, SECOND)
    till.tell(item_settled(SECOND))
    assert len(till.provider.closed) == 1


def test_a_page_that_was_not_given_yet_is_given_to_nobody(till: Till) -> None:
    till.provider.given = [Invited(outcome="unknown", code="ReadTimeout")]
    checkout = till.begin(till.issue(), NUMBER)
    assert checkout.state == "unknown"
    till.tell(item_settled())
    after(till, hours=1)
    assert (till.checkout(checkout.id).state, till.provider.closed) == ("abandoned", [])


def test_a_provider_that_is_silent_is_asked_again_and_then_the_page_lapses_by_itself(till: Till) -> None:
    till.provider.closes = [Answer(outcome="unknown", code="ReadTimeout")] * 9
    checkout = till.begin(till.issue(), NUMBER)
    till.tell(item_settled())
    after(till, days=3)
    assert till.provider.closed == [checkout.page_id] * 4
    assert till.checkout(checkout.id).state == "expired"


def test_a_page_that_was_left_for_another_choice_is_closed_too(till: Till) -> None:
    token = till.issue()
    first = till.begin(token, NUMBER)
    till.begin(token, NUMBER, n1="50")
    assert till.provider.closed == [first.page_id]


def test_paid_in_the_same_moment_the_money_is_told_once_and_is_the_members_credit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    till = Till(monkeypatch, "payments", "matching")
    checkout = till.begin(till.issue(), NUMBER)
    till.provider.closes = [Answer(outcome="failed", code="complete")]
    till.pays(checkout)
    till.tell(payment_received(text=NUMBER, reference="RF18539007547034"))
    after(till, days=3)
    [item] = till.platform.all(Item)
    receipts = {one.id: one for one in till.platform.all(Receipt)}
    assert item.state == "settled"
    assert len(till.platform.events(PaymentReceived)) == len(receipts) == 2
    [late] = [one for one in receipts.values() if one.source == "stripe"]
    assert (late.state, late.unapplied_minor, late.member_id) == ("unapplied", 11_900, "mem_1")
    assert till.checkout(checkout.id).state == "succeeded"


def test_money_that_comes_after_the_page_was_closed_still_counts(till: Till) -> None:
    checkout = till.begin(till.issue(), NUMBER)
    till.tell(item_settled())
    assert till.checkout(checkout.id).state == "expired"
    from functions.payments.handlers import webhooks
    from functions.payments.model.asking import Notice
    from functions.payments.requests.webhooks import Webhook

    till.pays(checkout)
    notice = Notice(event_id="evt_1", type="x", about="payment", provider_id=f"pi_{checkout.id}")
    till.platform.do(webhooks.take_webhook, Webhook(notices=(notice,)))
    till.platform.settle()
    assert [one.amount_minor for one in till.received()] == [11_900]
