"""Members pay their invoices themselves: each at most once, and every cent that comes is told once."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.events.members import MemberErased
from common.events.payments import PaymentExpected, PaymentMethodSetUp
from common.failures import Rejected
from common.money import decimal_text
from common.parking import Parked
from functions.payments.handlers import webhooks
from functions.payments.model.asking import Invited, Notice, SetUp
from functions.payments.model.checkouts import Checkout
from functions.payments.model.kept import KeptMethod
from functions.payments.model.links import PaymentLink
from functions.payments.page.amounts import minor_in
from functions.payments.requests.webhooks import Webhook
from tests.unit.payments.till import Till
from tests.unit.told import NUMBER, item_settled, payment_matched

SECOND = "MP-2026-0000002"


@pytest.fixture
def till(monkeypatch: pytest.MonkeyPatch) -> Till:
    return Till(monkeypatch)


def after(till: Till, **wait: float) -> None:
    till.platform.advance_to(till.platform.clock.now() + timedelta(**wait))


def test_a_member_is_led_to_the_providers_page_and_the_money_is_told_once(till: Till) -> None:
    token = till.issue()
    checkout = till.begin(token, NUMBER)
    assert (checkout.state, checkout.amount_minor, checkout.provider) == ("sent", 11_900, "stripe")
    status, page, _ = till.get(f"/pay/{token}/checkouts/{checkout.id}")
    assert status == 200
    assert f'content="0; url={checkout.url}"' in page
    till.pays(checkout)
    after(till, minutes=2)
    after(till, days=3)
    [money] = till.received()
    assert (money.invoice_number, money.amount_minor, money.source) == (NUMBER, 11_900, "stripe")
    assert (money.member_id, money.purposes, money.attempt) == ("mem_1", (), 0)
    assert till.checkout(checkout.id).state == "succeeded"


def test_the_provider_is_told_what_is_paid_and_nothing_of_who_pays(till: Till) -> None:
    checkout = till.begin(token := till.issue(), NUMBER)
    [asked] = till.provider.invitations
    assert (asked.invitation_id, asked.payment_id, asked.attempt_id) == (checkout.id, checkout.id, checkout.attempt_id)
    assert (asked.amount_minor, asked.currency, asked.method, asked.description) == (11_900, "EUR", "card", NUMBER)
    assert asked.return_url.endswith(f"/pay/{token}/checkouts/{checkout.id}/back")
    assert (asked.name, asked.email) == ("", "")


def test_several_invoices_are_paid_at_once_each_with_its_part(till: Till) -> None:
    token = till.issue()
    till.issue(SECOND)
    checkout = till.begin(token, NUMBER, SECOND, n2="19,50")
    assert checkout.amount_minor == 13_850
    till.pays(checkout)
    after(till, minutes=2)
    [money] = till.received()
    assert money.invoice_number == ""
    assert [(p.invoice_number, p.amount_minor) for p in money.purposes] == [(NUMBER, 11_900), (SECOND, 1_950)]


def test_a_double_click_begins_one_payment(till: Till) -> None:
    form = till.form(token := till.issue(), NUMBER)
    places = {till.post(f"/pay/{token}/checkouts", form)[2].headers["Location"] for _ in range(3)}
    till.platform.settle()
    assert len(places) == len(till.platform.all(Checkout)) == len(till.provider.invitations) == 1


def test_two_windows_with_the_same_choice_lead_to_the_same_page(till: Till) -> None:
    token = till.issue()
    assert till.begin(token, NUMBER).id == till.begin(token, NUMBER).id


def test_another_choice_takes_the_place_of_the_first_and_money_for_the_first_still_counts(till: Till) -> None:
    token = till.issue()
    first, second = till.begin(token, NUMBER), till.begin(token, NUMBER, method="direct_debit")
    assert (till.checkout(first.id).state, second.state) == ("abandoned", "sent")
    till.pays(first)
    after(till, minutes=2)
    assert [one.amount_minor for one in till.received()] == [11_900]
    assert till.checkout(first.id).state == "succeeded"


def test_money_on_its_way_is_not_asked_for_again(till: Till) -> None:
    token = till.issue()
    checkout = till.begin(token, NUMBER, method="direct_debit")
    till.pays(checkout, "processing")
    after(till, minutes=2)
    assert till.payable().payable_minor == 0
    _, page, _ = till.get(f"/pay/{token}")
    assert "on its way to us" in page
    assert 'name="pay"' not in page
    form = [("key", "0123"), ("method", "card"), ("pay", NUMBER), (f"amount-{NUMBER}", "119"), (f"shown-{NUMBER}", "0")]
    status, page, _ = till.post(f"/pay/{token}/checkouts", form)
    assert status == 409
    assert "is being paid already" in page
    till.pays(checkout, "failed", code="AM04")
    after(till, days=2)
    assert till.checkout(checkout.id).state == "failed"
    assert till.payable().payable_minor == 11_900
    assert till.received() == []


def test_others_are_told_that_money_is_on_its_way_and_how_that_ends(till: Till) -> None:
    checkout = till.begin(till.issue(), NUMBER, method="direct_debit")
    till.pays(checkout, "processing")
    after(till, minutes=2)
    till.pays(checkout)
    after(till, days=2)
    told: list[Any] = sorted(till.platform.events(PaymentExpected), key=lambda one: getattr(one, "revision"))  # noqa: B009
    assert [one.state for one in told] == ["on_its_way", "arrived"]
    assert {(one.source_id, one.amount_minor, one.method) for one in told} == {(checkout.id, 11_900, "direct_debit")}
    [money] = till.received()
    assert (money.checkout_id, money.method) == (checkout.id, "direct_debit")


def test_what_has_come_is_not_asked_for_again_before_it_is_matched(till: Till) -> None:
    checkout = till.begin(token := till.issue(), NUMBER, n1="50")
    till.pays(checkout)
    after(till, minutes=2)
    assert till.payable().payable_minor == 6_900
    (came,) = till.payable().held
    till.tell(payment_matched(amount=5_000, receipt_id=came.receipt_id))
    assert (till.payable().open_minor, till.payable().held) == (6_900, ())
    _, page, _ = till.get(f"/pay/{token}")
    assert "EUR\u00a069.00 of EUR\u00a0119.00 open" in page


def test_a_card_that_was_declined_can_be_changed_on_the_same_page(till: Till) -> None:
    checkout = till.begin(token := till.issue(), NUMBER)
    till.pays(checkout, "failed", code="insufficient_funds", soft=True)
    after(till, minutes=1)
    assert till.checkout(checkout.id).state == "sent"
    _, page, _ = till.get(f"/pay/{token}/checkouts/{checkout.id}/back")
    assert "The last try was declined" in page
    till.pays(checkout)
    after(till, minutes=10)
    assert len(till.received()) == 1


def test_a_page_nobody_pays_on_ends(till: Till) -> None:
    checkout = till.begin(token := till.issue(), NUMBER)
    after(till, days=2)
    assert till.checkout(checkout.id).state == "expired"
    _, page, _ = till.get(f"/pay/{token}/checkouts/{checkout.id}/back")
    assert "has ended" in page
    assert till.platform.all(Parked) == []


def test_a_provider_that_does_not_answer_is_asked_for_the_same_page_again(till: Till) -> None:
    till.provider.given = [Invited(outcome="unknown", code="timeout")] * 2
    checkout = till.begin(token := till.issue(), NUMBER)
    assert checkout.state == "unknown"
    assert "One moment" in till.get(f"/pay/{token}/checkouts/{checkout.id}")[1]
    after(till, minutes=1)
    assert till.checkout(checkout.id).state == "sent"
    assert len({one.model_dump_json() for one in till.provider.invitations}) == 1


def test_a_provider_that_stays_silent_is_told_as_no_page(till: Till) -> None:
    till.provider.given = [Invited(outcome="unknown", code="timeout")] * 9
    checkout = till.begin(token := till.issue(), NUMBER)
    after(till, minutes=5)
    assert till.checkout(checkout.id).state == "failed"
    assert "could not reach the payment page" in till.get(f"/pay/{token}/checkouts/{checkout.id}")[1]
    assert len(till.provider.invitations) == 4


def test_what_one_provider_does_not_offer_the_next_one_does(till: Till) -> None:
    other = type(till.provider)()
    found = {"stripe": till.provider, "gocardless": other}
    till.named = found.__getitem__
    till.provider.given = [Invited(outcome="failed", code="not_offered")]
    checkout = till.begin(till.issue(), NUMBER, method="direct_debit")
    assert (checkout.state, checkout.provider, len(other.invitations)) == ("sent", "gocardless", 1)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", ""])
def test_an_address_that_is_no_page_is_not_followed(till: Till, url: str) -> None:
    till.provider.given = [Invited(outcome="succeeded", provider_id="cs_1", url=url)]
    assert till.begin(till.issue(), NUMBER).state == "failed"


def test_a_credit_note_in_between_stops_who_has_not_paid_yet(till: Till) -> None:
    checkout = till.begin(token := till.issue(), NUMBER)
    till.tell(item_settled(by="credit_note"))
    _, page, _ = till.get(f"/pay/{token}/checkouts/{checkout.id}")
    assert "The amount has changed" in page
    assert checkout.url not in page


def test_an_amount_that_changed_since_the_page_was_shown_is_shown_again(till: Till) -> None:
    form = till.form(token := till.issue(), NUMBER)
    till.tell(payment_matched(amount=2_000))
    status, page, _ = till.post(f"/pay/{token}/checkouts", form)
    assert status == 409
    assert "What is open has changed meanwhile" in page
    assert f'name="shown-{NUMBER}" value="9900"' in page
    assert till.platform.all(Checkout) == []


def test_a_link_opened_after_everything_is_paid_says_thank_you(till: Till) -> None:
    checkout = till.begin(token := till.issue(), NUMBER)
    till.pays(checkout)
    after(till, minutes=2)
    till.tell(item_settled())
    status, page, _ = till.get(f"/pay/{token}")
    assert status == 200
    assert "All your invoices are paid" in page
    assert f"EUR\u00a0119.00 on 1 Oct 2026 for {NUMBER}" in page


def test_money_of_another_amount_or_twice_is_for_people(till: Till) -> None:
    checkout = till.begin(till.issue(), NUMBER)
    till.pays(checkout, amount_minor=12_000)
    after(till, minutes=1)
    assert {one.code for one in till.platform.all(Parked)} == {"charged_too_much"}
    assert till.received() == []


def test_news_in_any_order_and_number_ends_the_same(till: Till) -> None:
    token = till.issue()
    till.tell(item_settled(item_version=3))
    till.tell(payment_matched(amount=5_000, item_version=2))
    till.tell(item_settled(item_version=3))
    assert (till.payable().open_minor, till.payable().owing, till.payable().item_version) == (0, "no", 3)
    assert "Nothing to pay" in till.get(f"/pay/{token}")[1]


def test_a_webhook_tells_the_money_once_beside_the_look(till: Till) -> None:
    checkout = till.begin(till.issue(), NUMBER)
    till.pays(checkout)
    for number in range(3):
        notice = Notice(event_id=f"evt_{number}", type="x", about="payment", provider_id=f"pi_{checkout.id}")
        till.platform.do(webhooks.take_webhook, Webhook(notices=(notice,)))
        till.platform.settle()
        assert len(till.received()) == 1
    after(till, days=2)
    assert len(till.received()) == 1
    assert till.platform.all(Parked) == []


def test_a_method_set_up_is_the_members_from_then_on_and_named_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    till = Till(monkeypatch, "payments", "members")
    till.platform.do(*registered())
    member_id = till.platform.all(_member())[0].id
    token = till.issue(who={"member_id": member_id})
    till.platform.settle()
    key = till.form(token)[0]
    _, _, response = till.post(f"/pay/{token}/methods", [key, ("method", "card")])
    till.platform.settle()
    checkout = till.checkout(response.headers["Location"].rsplit("/", 1)[1])
    assert (checkout.kind, checkout.state, till.provider.invitations[0].kind) == ("set_up", "sent", "set_up")
    done = {"token": "cus_1/pm_1", "method": "card", "label": "Visa 4242", "member_id": member_id}
    till.provider.kept[checkout.page_id] = SetUp.model_validate(
        {"outcome": "succeeded", "provider_id": "seti_1", **done}
    )
    after(till, minutes=2)
    after(till, days=2)
    [told] = till.platform.events(PaymentMethodSetUp)
    assert isinstance(told, PaymentMethodSetUp)
    assert (told.provider, told.method, told.label) == ("stripe", "card", "Visa 4242")
    assert "collected from Visa 4242" in till.get(f"/pay/{token}")[1]
    assert "collected from Visa 4242" in till.get(f"/pay/{token}/checkouts/{checkout.id}/back")[1]
    [member] = till.platform.all(_member())
    assert (member.payment_method, member.payment_provider, member.payment_token) == ("card", "stripe", "cus_1/pm_1")
    till.platform.do(*registered("A. Berg"))
    [member] = till.platform.all(_member())
    assert (member.name, member.payment_token) == ("A. Berg", "cus_1/pm_1")
    assert till.platform.all(Parked) == []


def test_a_method_is_kept_while_paying_where_the_member_ticks_it(till: Till) -> None:
    token = till.issue()
    _, _, response = till.post(f"/pay/{token}/checkouts", [*till.form(token, NUMBER), ("keep", "yes")])
    till.platform.settle()
    checkout = till.checkout(response.headers["Location"].rsplit("/", 1)[1])
    assert till.provider.invitations[0].keep_method
    till.pays(checkout)
    kept = {"outcome": "succeeded", "token": "cus_1/pm_1", "method": "card", "label": "Visa 4242"}
    till.provider.kept[checkout.page_id] = SetUp.model_validate(kept)
    after(till, minutes=2)
    assert len(till.platform.events(PaymentMethodSetUp)) == len(till.received()) == 1
    assert till.platform.all(KeptMethod)[0].label == "Visa 4242"


def test_an_erased_member_leaves_nothing_and_their_link_leads_nowhere(till: Till) -> None:
    checkout = till.begin(token := till.issue(), NUMBER)
    till.tell(MemberErased(member_id="mem_1", revision=2, reason="art. 17"))
    assert till.checkout(checkout.id).url == ""
    assert {one.state for one in till.platform.all(PaymentLink)} == {"revoked"}
    status, page, _ = till.get(f"/pay/{token}")
    assert (status, "no longer valid" in page) == (410, True)


def test_nobody_begins_payments_without_end(till: Till) -> None:
    token = till.issue()
    answers = [till.post(f"/pay/{token}/checkouts", till.form(token, NUMBER, n1=f"{n}.00"))[0] for n in range(1, 33)]
    assert answers == [303] * 30 + [429] * 2


@given(st.integers(1, 10**10), st.sampled_from(["EUR", "ISK", "KWD"]))
def test_an_amount_as_we_print_it_reads_as_itself(amount: int, currency: str) -> None:
    plain = decimal_text(amount, currency)
    assert minor_in(plain, currency) == minor_in(plain.replace(".", ","), currency) == amount


UNCLEAR = ["", "1.234", "-5", "1,2,3", "NaN", "1e3", "١٢", "12.505", "9" * 14, "1.234.50", "0x1"]


@pytest.mark.parametrize("typed", UNCLEAR)
def test_an_unclear_amount_is_refused(typed: str) -> None:
    with pytest.raises(Rejected, match="amount_invalid"):
        minor_in(typed, "EUR")


HABITS = ["1.234,50", "1,234.50", "1 234,50", "1'234.50", "1234.5", "EUR 1234,50", "1234,50 €"]


@pytest.mark.parametrize("typed", HABITS)
def test_an_amount_is_read_in_every_habit(typed: str) -> None:
    assert minor_in(typed, "EUR") == 123_450


def registered(name: str = "Anna Berg") -> tuple[Any, Any]:
    from functions.members.handlers import upsert_member
    from functions.members.requests import UpsertMember

    address = {"street": "Weg 1", "city": "Kiel", "postcode": "24103", "country": "DE"}
    details = {"kind": "private", "name": name, "email": "anna@example.org", "address": address}
    return upsert_member, UpsertMember.model_validate({"external_id": "anna", **details})


def _member() -> Any:
    from functions.members.model import Member

    return Member
