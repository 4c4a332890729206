"""Nobody is reminded while a provider was asked for the money, or it is collected by itself, or paid on the page."""

from datetime import timedelta
from typing import Any

import pytest

from common.events.dunning import OfReminder, ReminderDoubted
from common.events.matching import ReminderOwed
from common.events.payments import ReminderConfirmed
from functions.payments.model.checkouts import Checkout, CheckoutState, For
from functions.payments.model.payables import Held, Payable, holding, payable_id_of
from functions.payments.model.payments import Attempt, Payment
from tests.kit import Platform
from tests.unit import told


def owed(**changes: Any) -> ReminderOwed:
    facts = told.reminder_due(told.NUMBER, **changes)
    return ReminderOwed(**{name: getattr(facts, name) for name in OfReminder.model_fields})


def answers(platform: Platform) -> tuple[list[Any], list[Any]]:
    return [*platform.events(ReminderConfirmed)], [*platform.events(ReminderDoubted)]


@pytest.fixture
def platform() -> Platform:
    return Platform("payments")


def test_an_invoice_paid_by_transfer_is_confirmed_at_this_moment(platform: Platform) -> None:
    invoice = told.invoice_issued(who=told.buyer(payment_method="transfer"))
    platform.tell(invoice)
    platform.tell(owed(invoice_id=invoice.invoice_id))
    confirmed, doubted = answers(platform)
    assert not doubted
    assert [one.confirmed_at for one in confirmed] == [platform.clock.now()]
    assert confirmed[0].buyer_name == "Erika Muster"


def test_an_invoice_nobody_has_told_of_yet_is_confirmed(platform: Platform) -> None:
    platform.tell(owed(invoice_id="inv_unheard"))
    confirmed, doubted = answers(platform)
    assert (len(confirmed), doubted) == (1, [])


def test_what_is_collected_by_itself_is_doubted_until_the_next_day(platform: Platform) -> None:
    invoice = told.invoice_issued(
        who=told.buyer(payment_method="card", payment_token="tok_1", payment_provider="stripe")
    )
    platform.tell(invoice)
    (payment,) = platform.all(Payment)
    assert payment.next_at is not None
    platform.tell(owed(invoice_id=invoice.invoice_id))
    confirmed, (doubted,) = answers(platform)
    assert not confirmed
    assert doubted.again_on == platform.clock.now().date() + timedelta(days=1)
    assert doubted.why == "it is collected by itself within days"


def test_what_is_on_its_way_by_the_page_is_doubted(platform: Platform) -> None:
    invoice = told.invoice_issued(who=told.buyer(payment_method="transfer"))
    platform.tell(invoice)
    payable_id = payable_id_of(invoice.invoice_id)

    def hold(_: object, unit: Any) -> None:
        payable = unit.get(Payable, payable_id)
        held = Held(checkout_id="chk_1", amount_minor=100, since=unit.now, arrived=True)
        unit.put(payable.but(held=(held,)))

    platform.do(hold, None)
    platform.tell(owed(invoice_id=invoice.invoice_id))
    confirmed, (doubted,) = answers(platform)
    assert not confirmed
    assert "on the page" in doubted.why


@pytest.mark.parametrize(("days", "receipt", "doubts"), [(1, "rcp_1", 0), (1, "rcp_2", 1), (61, "rcp_2", 0)])
def test_money_that_came_holds_a_reminder_until_it_is_matched_itself(
    platform: Platform, days: int, receipt: str, doubts: int
) -> None:
    """News of other money on the item frees nothing; what nobody tells of in two months was put elsewhere."""
    invoice = told.invoice_issued(who=told.buyer(payment_method="transfer"))
    platform.tell(invoice)

    def hold(_: object, unit: Any) -> None:
        payable = unit.get(Payable, payable_id_of(invoice.invoice_id))
        unit.put(holding(payable, "chk_1", 100, unit.now, receipt_id="rcp_1"))

    platform.do(hold, None)
    platform.tell(told.payment_matched(item_version=2, invoice_id=invoice.invoice_id, receipt_id=receipt, open_minor=9))
    platform.advance_to(platform.clock.now() + timedelta(days=days))
    platform.tell(owed(invoice_id=invoice.invoice_id))
    confirmed, doubted = answers(platform)
    assert (len(confirmed), len(doubted)) == (1 - doubts, doubts)


@pytest.mark.parametrize(
    ("state", "hours", "doubts"), [("sent", 30, 1), ("sent", 24 * 61, 0), ("failed", 3, 1), ("failed", 30, 0)]
)
def test_who_was_given_a_page_to_pay_on_is_not_reminded_meanwhile(
    platform: Platform, state: CheckoutState, hours: int, doubts: int
) -> None:
    """Whether it was paid a moment ago nobody has told us yet; a page that failed is good for a day."""
    invoice = told.invoice_issued(who=told.buyer(payment_method="transfer"))
    platform.tell(invoice)

    def begin(_: object, unit: Any) -> None:
        about = For(invoice_id=invoice.invoice_id, invoice_number=invoice.number, amount_minor=100)
        unit.put(
            Checkout(
                id="chk_1", member_id=invoice.buyer.member_id, link_id="lnk_1", kind="pay", purposes=(about,),
                entity="MP", currency="EUR", amount_minor=100, country="DE", language="en", method="card",
                providers=("stripe",), provider="stripe", final_days=0, attempt_id="att_1", state=state,
                begun_at=unit.now,
            )
        )  # fmt: skip

    platform.do(begin, None)
    platform.advance_to(platform.clock.now() + timedelta(hours=hours))
    platform.tell(owed(invoice_id=invoice.invoice_id))
    confirmed, doubted = answers(platform)
    assert (len(confirmed), len(doubted)) == (1 - doubts, doubts)


def test_who_paid_and_whose_payment_came_back_since_may_be_reminded(platform: Platform) -> None:
    """Money that came holds a reminder back until it is heard what it paid; what was taken back since is owed again."""
    invoice = told.invoice_issued(
        who=told.buyer(payment_method="card", payment_token="tok_1", payment_provider="stripe")
    )
    platform.tell(invoice)
    (payment,) = platform.all(Payment)

    def collected(_: object, unit: Any) -> None:
        known = unit.get(Payment, payment.id)
        attempt = Attempt(id="att_1", number=1, state="succeeded", sent_at=unit.now)
        unit.put(known.but(attempts=(attempt,), state="succeeded", next_at=None))

    platform.do(collected, None)
    platform.tell(owed(invoice_id=invoice.invoice_id))
    confirmed, (doubted,) = answers(platform)
    assert not confirmed
    assert doubted.why == "the money has come, and nothing is heard yet of what it paid"
    about: dict[str, Any] = {"invoice_id": invoice.invoice_id, "open_minor": 11_900}
    platform.tell(told.payment_matched(item_version=2, **{**about, "open_minor": 0}))
    platform.tell(told.payment_unmatched(item_version=3, **about))
    platform.tell(owed(invoice_id=invoice.invoice_id))
    confirmed, doubted_all = answers(platform)
    assert (len(confirmed), len(doubted_all)) == (1, 1)
