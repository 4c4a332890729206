"""What providers tell of methods that were set up and of mandates is kept once, and what has ended is not used."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from common.events.members import MemberChanged
from common.events.payments import PaymentActionRequired, PaymentFailed, PaymentMethodSetUp, PaymentRequested
from common.parking import Parked
from functions.payments.handlers import webhooks
from functions.payments.model.asking import Notice, ProviderName, SetUp
from functions.payments.model.ended_means import EndedMeans, means_ids
from functions.payments.model.payments import Payment
from functions.payments.providers import methods
from functions.payments.requests.webhooks import Webhook
from tests.unit.payments.gocardless_stage import Stage as GoCardlessStage
from tests.unit.payments.till import Till
from tests.unit.told import NUMBER, buyer, invoice_issued

DEBITED = {"payment_method": "direct_debit", "payment_token": "cus_1/pm_1"}


@pytest.fixture
def till(monkeypatch: pytest.MonkeyPatch) -> Till:
    made = Till(monkeypatch)
    monkeypatch.setattr(methods, "provider_named", lambda _: made.by_name)
    return made


@pytest.fixture
def gocardless(monkeypatch: pytest.MonkeyPatch) -> Iterator[GoCardlessStage]:
    made = GoCardlessStage(monkeypatch)
    yield made
    made.close()


def tell(till: Till, about: Any, thing: str, event: str = "evt_1", provider: ProviderName = "stripe") -> None:
    notice = Notice(event_id=event, type="x", about=about, provider_id=thing)
    till.platform.do(webhooks.take_webhook, Webhook(provider=provider, notices=(notice,)))
    till.platform.settle()


def set_up(checkout_id: str, outcome: Any = "succeeded", **more: Any) -> SetUp:
    token = "cus_1/pm_1" if outcome == "succeeded" else ""
    told = {"provider_id": "seti_1", "invitation_id": checkout_id, "member_id": "mem_1", "token": token}
    return SetUp(**{"outcome": outcome, "method": "card", "label": "Visa 4242", **told, **more})


def invited(till: Till) -> Any:
    token = till.issue()
    status, page, response = till.post(f"/pay/{token}/methods", [("key", "0a1b"), ("method", "card")])
    assert status == 303, page
    till.platform.settle()
    return till.checkout(response.headers["Location"].rsplit("/", 1)[1])


def ended(till: Till, **more: Any) -> None:
    till.provider.kept["mandate_1"] = SetUp(
        outcome="failed", provider_id="mandate_1", token="pm_1", method="direct_debit", code="mandate_inactive", **more
    )


def questions(till: Till) -> list[Any]:
    return till.platform.events(PaymentActionRequired)


def test_a_set_up_is_kept_as_soon_as_the_provider_tells_of_it_and_once_in_any_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for order in permutations(("seti", "page", "again")):
        till = Till(monkeypatch)
        monkeypatch.setattr(methods, "provider_named", lambda _, till=till: till.by_name)
        checkout = invited(till)
        till.provider.kept |= {
            "seti_1": set_up(checkout.id), checkout.page_id: set_up(checkout.id, provider_id=checkout.page_id)
        }  # fmt: skip
        for step in order:
            tell(till, "set_up", checkout.page_id if step == "page" else "seti_1", event=f"evt_{step}")
        till.platform.advance_to(till.platform.clock.now() + timedelta(hours=1))
        [told] = till.platform.events(PaymentMethodSetUp)
        assert isinstance(told, PaymentMethodSetUp)
        assert (told.token, told.label) == ("cus_1/pm_1", "Visa 4242")
        assert till.checkout(checkout.id).state == "succeeded"
        assert till.platform.all(Parked) == []


def test_a_try_that_failed_leaves_the_page_open(till: Till) -> None:
    checkout = invited(till)
    till.provider.kept["seti_1"] = set_up(checkout.id, "failed", code="card_declined")
    tell(till, "set_up", "seti_1")
    assert till.checkout(checkout.id).state == "sent"


def test_a_set_up_of_nobody_we_invited_is_looked_at_for_a_day_and_then_by_people(till: Till) -> None:
    till.provider.kept["seti_1"] = set_up("chk_none")
    tell(till, "set_up", "seti_1")
    assert till.platform.all(Parked) == []
    till.platform.advance_to(till.platform.clock.now() + timedelta(days=2))
    assert [one.code for one in till.platform.all(Parked)] == ["unknown_set_up"]


def test_an_ended_mandate_stops_its_collections_and_asks_the_member_for_another_method(till: Till) -> None:
    till.provider.kept["mandate_1"] = SetUp(outcome="succeeded", provider_id="mandate_1", token="cus_1/pm_1")
    till.tell(invoice_issued(who=buyer(**DEBITED)))
    tell(till, "mandate", "mandate_1", event="evt_good")
    assert till.platform.all(EndedMeans) == []
    ended(till, member_id="mem_1")
    tell(till, "mandate", "mandate_1")
    tell(till, "mandate", "mandate_1", event="evt_2")
    [asked] = questions(till)
    assert (asked.why, asked.code, asked.invoice_number) == ("new_mandate", "mandate_ended", NUMBER)
    till.platform.advance_to(till.platform.clock.now() + timedelta(days=40))
    assert till.platform.events(PaymentRequested) == []
    assert len(till.platform.events(PaymentFailed)) == 1


def test_a_mandate_that_ended_before_anything_was_owed_is_asked_for_with_the_next_invoice(till: Till) -> None:
    ended(till)
    tell(till, "mandate", "mandate_1")
    till.tell(invoice_issued(who=buyer(**DEBITED)))
    assert [one.code for one in questions(till)] == ["mandate_ended"]


def test_what_failed_for_an_ended_mandate_is_collected_with_another_one_but_not_before_it_is_due(till: Till) -> None:
    till.tell(invoice_issued(who=buyer(**DEBITED)))
    ended(till, member_id="mem_1")
    tell(till, "mandate", "mandate_1")
    changed = MemberChanged(
        member_id="mem_1", revision=7, buyer=buyer(**(DEBITED | {"payment_token": "cus_1/pm_2"})), segment="private"
    )
    till.tell(changed)
    [payment] = till.platform.all(Payment)
    assert (payment.token, str(payment.next_at)[:10]) == ("cus_1/pm_2", "2026-10-15")
    till.platform.advance_to(till.platform.clock.now() + timedelta(days=20))
    assert len(till.platform.events(PaymentRequested)) == 1


def test_a_mandate_that_is_in_force_again_is_used_again(till: Till) -> None:
    ended(till)
    tell(till, "mandate", "mandate_1")
    till.provider.kept["mandate_1"] = SetUp(outcome="succeeded", provider_id="mandate_1", token="cus_1/pm_1")
    tell(till, "mandate", "mandate_1", event="evt_2")
    till.tell(invoice_issued(who=buyer(**DEBITED)))
    till.platform.advance_to(till.platform.clock.now() + timedelta(days=20))
    assert len(till.platform.events(PaymentRequested)) == 1


def test_the_older_of_two_answers_written_last_is_put_right_by_a_further_look(till: Till) -> None:
    ended(till)
    tell(till, "mandate", "mandate_1")
    stale = SetUp(outcome="succeeded", provider_id="mandate_1", token="cus_1/pm_1")
    till.provider.kept["mandate_1"], now = stale, till.provider.kept["mandate_1"]
    tell(till, "mandate", "mandate_1", event="evt_late")
    till.provider.kept["mandate_1"] = now
    till.platform.advance_to(till.platform.clock.now() + timedelta(hours=1))
    assert {one.ended for one in till.platform.all(EndedMeans) if one.id in means_ids("stripe", "cus_1/pm_1")} == {True}


def test_gocardless_tells_of_a_cancelled_mandate_and_nothing_is_taken_by_it(gocardless: GoCardlessStage) -> None:
    paying = {"payment_method": "direct_debit", "payment_token": "MD0PAYS", "payment_provider": "gocardless"}
    gocardless.platform.tell(invoice_issued(who=buyer(**paying)))
    gocardless.tell("/admin/mandates/MD0PAYS/cancelled", {})
    for body, signature in gocardless.hooks():
        gocardless.take(body, signature)
    assert [one.ended for one in gocardless.platform.all(EndedMeans)] == [True]
    gocardless.platform.advance_to(gocardless.platform.clock.now() + timedelta(days=30))
    assert [getattr(one, "code") for one in gocardless.platform.events(PaymentActionRequired)] == ["mandate_ended"]  # noqa: B009
    assert gocardless.platform.events(PaymentRequested) == []
    assert gocardless.parked() == []
