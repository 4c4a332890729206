"""GoCardless's answers, read exactly: what is not understood is never a no, and no tenth of a cent is lost."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.failures import TryLater
from functions.payments.providers import gocardless_reading as reading
from functions.payments.providers.gocardless import GoCardless
from tests.contracts.providers import stage as staging
from tests.contracts.providers.gocardless import Made

PAYOUT = {"id": "PO1", "amount": 0, "currency": "EUR", "status": "paid", "created_at": "2026-10-05T06:00:00.000Z"}


@pytest.fixture
def made() -> Any:
    made = Made()
    yield made
    made.close()


def answering(answer: Callable[[httpx.Request], httpx.Response]) -> GoCardless:
    return GoCardless("http://gocardless.example", "sandbox_1", httpx.MockTransport(answer))


def said(status: int, body: Any) -> GoCardless:
    return answering(lambda _: httpx.Response(status, content=body if isinstance(body, bytes) else json.dumps(body)))


def error(kind: str, *reasons: str) -> dict[str, Any]:
    found = [{"reason": reason, "message": reason} for reason in reasons] or [{"field": "amount", "message": "bad"}]
    return {"error": {"type": kind, "message": "no", "errors": found}}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, error("gocardless")),
        (429, error("invalid_api_usage", "rate_limit_exceeded")),
        (401, error("invalid_api_usage", "access_token_not_found")),
        (403, error("invalid_api_usage", "forbidden")),
        (400, error("invalid_api_usage", "missing_version_header")),
        (404, b"<html>not found</html>"),
        (422, b"{}"),
        (422, {"error": "no"}),
        (201, b'{"payments": {"id": "PM1", "status": "submitted"'),
        (201, {"payments": []}),
        (201, {"payments": {"id": "PM1"}}),
        (201, {"payments": {"id": "PM1", "status": "confirmed", "amount": 119.0, "currency": "EUR"}}),
        (200, []),
    ],
)
def test_an_answer_that_says_nothing_certain_leaves_a_charge_unknown(made: Made, status: int, body: Any) -> None:
    answer = said(status, body).charge(staging.attempt(made))
    assert (answer.outcome, answer.amount_minor) == ("unknown", 0)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (422, error("validation_failed"), "validation_failed"),
        (422, error("invalid_state", "mandate_is_inactive"), "mandate_is_inactive"),
        (404, error("invalid_api_usage", "link_not_found"), "link_not_found"),
    ],
)
def test_a_clear_no_proves_that_nothing_was_collected(made: Made, status: int, body: Any, code: str) -> None:
    answer = said(status, body).charge(staging.attempt(made))
    assert (answer.outcome, answer.code, answer.soft) == ("failed", code, False)


def test_a_request_too_much_says_how_long_to_wait(made: Made) -> None:
    busy = answering(lambda _: httpx.Response(429, json=error("invalid_api_usage"), headers={"Retry-After": "17"}))
    answer = busy.charge(staging.attempt(made))
    assert (answer.outcome, answer.retry_after_s) == ("unknown", 17)


def test_a_lost_answer_is_found_again_by_its_key_and_collects_once(made: Made) -> None:
    wanted = staging.attempt(made)
    made.wire.lose()
    assert made.provider.charge(wanted).outcome == "unknown"
    assert made.provider.charge(wanted).outcome == "processing"
    staging.settled(made)
    assert made.collected(wanted.attempt_id) == [11900]


def test_gocardless_is_told_not_to_try_again_by_itself(made: Made) -> None:
    made.provider.charge(staging.attempt(made))
    sent = json.loads(made.wire.requests[-1].content)["payments"]
    assert sent["retry_if_possible"] is False
    assert len(sent["metadata"]) <= 3
    assert made.wire.requests[-1].headers["GoCardless-Version"] == "2015-07-06"


def test_a_payment_that_gocardless_tries_again_is_still_under_way(made: Made) -> None:
    wanted = staging.attempt(made)
    made._told("/admin/behaviour", {"mandate": wanted.token, "behaviour": ["retried:insufficient_funds"]})
    made.provider.charge(wanted)
    made.advance(timedelta(days=4))
    answer = made.provider.search_for(wanted)
    assert (answer.outcome, answer.code) == ("processing", "AM04")
    made.advance(timedelta(days=12))
    assert made.provider.search_for(wanted).outcome == "succeeded"


@pytest.mark.parametrize(
    ("cause", "code", "soft"),
    [
        ("insufficient_funds", "AM04", True),
        ("refer_to_payer", "MS03", True),
        ("bank_account_closed", "AC04", False),
        ("invalid_bank_details", "AC01", False),
        ("mandate_cancelled", "MD01", False),
        ("authorisation_disputed", "MD01", False),
        ("direct_debit_not_enabled", "AG01", False),
    ],
)
def test_a_failure_has_its_schemes_reason_and_is_soft_or_not(made: Made, cause: str, code: str, *, soft: bool) -> None:
    wanted = staging.attempt(made)
    made._told("/admin/behaviour", {"mandate": wanted.token, "behaviour": [f"fail:{cause}"]})
    made.provider.charge(wanted)
    staging.settled(made)
    answer = made.provider.search_for(wanted)
    assert (answer.outcome, answer.code, answer.soft) == ("failed", code, soft)


def test_a_failure_without_a_scheme_has_gocardlesss_cause() -> None:
    payment = {"id": "PM1", "status": "failed", "amount": 100, "currency": "GBP", "metadata": {}}
    events = [{"action": "failed", "details": {"cause": "refer_to_payer", "reason_code": "0"}}]
    assert (reading.of_payment(payment, events).code, reading.of_payment(payment, events).soft) == (
        "refer_to_payer",
        True,
    )


def test_money_that_came_and_failed_late_has_succeeded_and_is_lost_as_a_dispute(made: Made) -> None:
    wanted = staging.attempt(made)
    made._told("/admin/behaviour", {"mandate": wanted.token, "behaviour": ["late_fail:insufficient_funds"]})
    charged = made.provider.charge(wanted)
    made.advance(timedelta(days=5))
    assert made.provider.get(charged.provider_id).outcome == "succeeded"
    assert made.provider.get_dispute(charged.provider_id).outcome == "not_found"
    made.advance(timedelta(days=10))
    dispute = made.provider.get_dispute(charged.provider_id)
    assert made.provider.get(charged.provider_id).outcome == "succeeded"
    assert (dispute.state, dispute.withdrawn_minor, dispute.code) == ("lost", 11900, "AM04")
    assert dispute.attempt_id == wanted.attempt_id


@pytest.mark.parametrize("status", ["pending_customer_approval", "pending_submission", "submitted"])
def test_a_payment_on_its_way_is_processing(status: str) -> None:
    payment = {"id": "PM1", "status": status, "amount": 100, "currency": "EUR", "metadata": {}}
    assert reading.of_payment(payment).outcome == "processing"


@pytest.mark.parametrize("status", ["cancelled", "customer_approval_denied"])
def test_a_payment_that_was_called_off_has_failed_for_good(status: str) -> None:
    payment = {"id": "PM1", "status": status, "amount": 100, "currency": "EUR", "metadata": {}}
    assert (reading.of_payment(payment).outcome, reading.of_payment(payment).soft) == ("failed", False)


def test_a_status_of_tomorrow_is_unknown_and_not_a_failure() -> None:
    payment = {"id": "PM1", "status": "teleported", "amount": 100, "currency": "EUR", "metadata": {}}
    assert reading.of_payment(payment).outcome == "unknown"


@pytest.mark.parametrize("strange", ["../refunds", "PM1/actions/cancel", "PM1?x=1", "pm1", "", "PM" + "1" * 100, "PM١"])
def test_nothing_but_an_id_of_theirs_gets_into_an_address(made: Made, strange: str) -> None:
    before = len(made.wire.requests)
    assert made.provider.get(strange).outcome == "not_found"
    assert made.provider.get_refund(strange).outcome == "not_found"
    assert made.provider.get_payout(strange).outcome == "not_found"
    assert made.provider.get_dispute(strange).outcome == "not_found"
    assert made.provider.get_set_up(strange).outcome == "not_found"
    assert len(made.wire.requests) == before


def test_a_refund_whose_answer_is_lost_is_made_once(made: Made) -> None:
    wanted = staging.attempt(made)
    charged = made.provider.charge(wanted)
    staging.settled(made)
    order = staging.give_back(wanted, charged.provider_id, 5000)
    made.wire.pass_through(2)
    made.wire.lose()
    assert made.provider.refund(order).outcome == "unknown"
    assert made.provider.refund(order).outcome == "processing"
    assert made.given_back(wanted.attempt_id) == 5000


def test_two_refunds_at_once_cannot_both_count_from_the_same_sum(made: Made) -> None:
    wanted = staging.attempt(made)
    charged = made.provider.charge(wanted)
    staging.settled(made)
    stale = {"payments": made._payments(wanted.attempt_id)[0]}
    made.provider.refund(staging.give_back(wanted, charged.provider_id, 3000, 1))
    made.wire.pass_through(1)
    made.wire.answer(200, json.dumps(stale).encode())
    answer = made.provider.refund(staging.give_back(wanted, charged.provider_id, 4000, 2))
    assert (answer.outcome, answer.code) == ("unknown", "total_amount_confirmation_invalid")
    assert made.given_back(wanted.attempt_id) == 3000


def test_more_than_was_paid_is_never_given_back(made: Made) -> None:
    wanted = staging.attempt(made)
    charged = made.provider.charge(wanted)
    staging.settled(made)
    answer = made.provider.refund(staging.give_back(wanted, charged.provider_id, 11901))
    assert (answer.outcome, answer.code) == ("failed", "available_refund_amount_insufficient")


def test_an_invitation_asked_for_twice_can_be_paid_only_once(made: Made) -> None:
    wanted = staging.invitation(made, "pay")
    first, again = made.provider.invite(wanted), made.provider.invite(wanted)
    assert first.provider_id == again.provider_id
    made.visit(first, "pays")
    made.visit(again, "pays")
    made.advance(timedelta(hours=2))
    assert made.collected(wanted.attempt_id) == [11900]
    assert made.provider.get(first.provider_id).outcome == "succeeded"
    assert made.provider.invite(wanted).outcome == "failed"


def test_a_page_whose_answer_is_lost_is_asked_for_again(made: Made) -> None:
    wanted = staging.invitation(made, "set_up")
    made.wire.lose()
    assert made.provider.invite(wanted).outcome == "unknown"
    assert made.provider.invite(wanted).url.startswith("http://gocardless.example/flow/BRF")
    assert len(made._behind.get("/billing_requests").json()["billing_requests"]) == 1


def test_a_mandate_that_ended_is_no_method_any_more(made: Made) -> None:
    invited = made.provider.invite(staging.invitation(made, "set_up"))
    made.visit(invited, "pays")
    token = made.provider.get_set_up(invited.provider_id).token
    made._told(f"/admin/mandates/{token}/cancelled", {"cause": "mandate_cancelled"})
    ended = made.provider.get_set_up(token)
    assert (ended.outcome, ended.code, ended.token) == ("failed", "mandate_cancelled", "")


def test_an_older_payouts_items_are_gone_and_it_says_so() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/payout_items":
            return httpx.Response(410, json=error("invalid_api_usage", "payout_items_data_archived"))
        return httpx.Response(200, json={"payouts": {**PAYOUT, "amount": 5, "arrival_date": "2026-10-06"}})

    payout = answering(answer).get_payout("PO1")
    assert (payout.outcome, payout.amount_minor, payout.arrives_on) == ("succeeded", 5, date(2026, 10, 6))
    assert (payout.movements, payout.code) == ((), "payout_items_data_archived")


def test_a_payout_whose_items_do_not_add_up_is_not_believed() -> None:
    items = [{"type": "payment_paid_out", "amount": "100.0", "links": {"payment": "PM1"}}]
    with pytest.raises(ValueError, match="miss 2"):
        reading.movements({**PAYOUT, "amount": 102}, items)


@pytest.mark.parametrize("strange", [1.5, "1.55", "1,5", "", "1e3", "١.٠", None, "NaN", "--1", True])
def test_an_amount_that_is_no_text_with_one_decimal_is_not_read(strange: object) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        reading.tenths(strange)


items = st.lists(
    st.tuples(st.sampled_from(["payment_paid_out", "payment_failed", "payment_refunded"]), st.integers(1, 10**9)),
    max_size=20,
)
fees = st.lists(st.integers(-(10**6), 10**6), max_size=20)


@given(items, fees)
def test_a_payouts_movements_add_up_to_it_to_the_last_tenth(whole: list[tuple[str, int]], fractions: list[int]) -> None:
    told = [(kind, amount * (10 if kind == "payment_paid_out" else -10)) for kind, amount in whole]
    told += [("gocardless_fee", tenths) for tenths in fractions]
    total = (sum(tenths for _, tenths in told) + 5) // 10
    sent = [
        {"type": kind, "amount": f"{'-' if t < 0 else ''}{abs(t) // 10}.{abs(t) % 10}", "links": {"payment": "PM1"}}
        for kind, t in told
    ]
    made = reading.movements({**PAYOUT, "amount": total}, sent)
    assert sum(movement.amount_minor - movement.fee_minor for movement in made) == total
    assert [m.amount_minor * 10 for m in made[: len(whole)]] == [tenths for _, tenths in told[: len(whole)]]
    assert len({movement.movement_id for movement in made}) == len(made)


def test_a_list_that_breaks_off_says_nothing_at_all(made: Made) -> None:
    made.provider.charge(staging.attempt(made))
    made.wire.truncate()
    with pytest.raises(TryLater):
        made.provider.changes(staging.START)
    made.wire.cut()
    with pytest.raises(TryLater):
        made.provider.payouts(staging.START)


def test_a_list_is_read_to_its_end_page_by_page() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params.get("after", "0"))
        events = [
            {"id": f"EV{page}{n}", "resource_type": "payouts", "action": "paid", "links": {"payout": "PO1"}}
            for n in range(3)
        ]
        after = str(page + 1) if page < 4 else None
        return httpx.Response(200, json={"events": events, "meta": {"cursors": {"after": after, "before": None}}})

    found = answering(answer).changes(datetime(2026, 10, 1, tzinfo=UTC))
    assert len({notice.event_id for notice in found}) == 15
