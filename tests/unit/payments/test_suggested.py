"""Nobody is debited for what money that came may have paid already: the attempt waits, for some days."""

from datetime import date, timedelta
from typing import Any

import pytest

from common.events.matching import PaymentSuggested, Suggestion
from common.events.payments import PaymentRequested
from functions.payments.handlers.queries import show_payment
from functions.payments.model.awaiting import SUGGESTED_DAYS, Suggestions, news_of, suggestions_id_of
from functions.payments.model.payments import payment_id_of
from functions.payments.requests.payments import ByPayment
from tests.unit.payments.sepa.scene import Scene
from tests.unit.payments.sepa.scene import invoice as by_file
from tests.unit.payments.stage import START, Stage, invoice
from tests.unit.told import NUMBER, payment_matched


def suggested(revision: int = 1, *, stands: bool = True, receipt: str = "rcp_1", amount: int = 11_900) -> Any:
    one = Suggestion(
        item_id="item_1", invoice_number=NUMBER, amount_minor=amount, score_basis_points=7_000, stands=stands
    )
    told = {"member_id": "mem_1", "receipt_id": receipt, "entity": "MP", "currency": "EUR"}
    known = {**told, "revision": revision, "suggestions": (one,), "suggested_on": date(2026, 10, 1)}
    return PaymentSuggested.model_validate(known)


def later(stage: Stage, **wait: float) -> None:
    stage.platform.advance_to(stage.platform.clock.now() + timedelta(**wait))


def asked(stage: Any) -> int:
    return len(stage.platform.events(PaymentRequested))


def test_an_attempt_waits_while_money_is_suggested_and_goes_on_after_the_stated_days(stage: Stage) -> None:
    stage.platform.tell(suggested())
    stage.platform.tell(invoice())
    assert asked(stage) == 0
    wait = show_payment(ByPayment(payment_id=payment_id_of("inv_1")), stage.platform.runtime.world).wait
    assert wait is not None
    assert (wait.attempt, wait.until - wait.since) == (1, timedelta(days=SUGGESTED_DAYS))
    assert "rcp_1 (11900 minor units) may pay for it" in wait.reasons[0]
    later(stage, days=SUGGESTED_DAYS, minutes=-5)
    assert asked(stage) == 0
    later(stage, minutes=10)
    assert asked(stage) == 1
    assert stage.payment().state == "succeeded"


def test_once_people_have_refused_it_the_attempt_is_made_at_once(stage: Stage) -> None:
    stage.platform.tell(suggested())
    stage.platform.tell(invoice())
    stage.platform.tell(suggested(2, stands=False))
    later(stage, minutes=1)
    assert asked(stage) == 1
    later(stage, days=SUGGESTED_DAYS + 1)
    assert asked(stage) == 1


def test_what_people_have_put_on_the_invoice_is_never_asked_for(stage: Stage) -> None:
    stage.platform.tell(suggested())
    stage.platform.tell(invoice())
    matched = payment_matched().model_copy(update={"invoice_id": "inv_1"})
    stage.platform.tell(matched, suggested(2, stands=False))
    later(stage, days=SUGGESTED_DAYS + 30)
    assert asked(stage) == 0


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_older_news_does_not_make_it_wait_again(stage: Stage, order: tuple[int, int]) -> None:
    for revision in order:
        stage.platform.tell(suggested(revision, stands=revision == 1))
    stage.platform.tell(invoice())
    assert asked(stage) == 1


def test_the_days_are_counted_once_however_much_money_is_suggested_after_another(stage: Stage) -> None:
    stage.platform.tell(suggested())
    stage.platform.tell(invoice())
    for number in range(2, 6):
        later(stage, days=1)
        stage.platform.tell(suggested(receipt=f"rcp_{number}"), suggested(2, stands=False, receipt=f"rcp_{number - 1}"))
    later(stage, days=1, minutes=5)
    assert asked(stage) == 1
    assert stage.platform.clock.now() < START + timedelta(days=SUGGESTED_DAYS, hours=1)


def test_much_money_is_remembered_and_what_stands_goes_last() -> None:
    found = Suggestions(id=suggestions_id_of(NUMBER))
    for number in range(60):
        [(_, news)] = news_of(suggested(stands=number == 0, receipt=f"rcp_{number}"))
        found = found.told(news)
    assert [one.receipt_id for one in found.standing] == ["rcp_0"]


def test_a_debit_of_our_own_is_not_handed_in_while_money_is_suggested_and_is_later() -> None:
    scene = Scene()
    scene.mandate()
    scene.issue(by_file())
    scene.platform.tell(suggested())
    due = scene.debit().collect_on
    scene.to("2026-10-15")
    assert scene.debit().state == "announced"
    wait = scene.payment().wait
    assert wait is not None
    scene.to("2026-10-30")
    assert scene.debit().state == "sealed"
    assert due < scene.debit().collect_on <= due + timedelta(days=SUGGESTED_DAYS + 6)
