"""What is Stripe's alone: its states, its units, its pages and the lines of its balance."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.failures import TryLater
from functions.payments.model.asking import MovementKind
from functions.payments.providers.stripe import disputing, inviting, settling
from functions.payments.providers.stripe.api import VERSION, Api, from_stripe, to_stripe
from tests.contracts.providers.stage import START, attempt, attempt_by, give_back, invitation, paid, settled
from tests.contracts.providers.stripe import Made

WEEKS = timedelta(days=21)


@pytest.fixture
def stage() -> Iterator[Made]:
    made = Made()
    yield made
    made.close()


def dispute(**changes: Any) -> dict[str, Any]:
    line = {"amount": -11900, "fee": 2000, "currency": "eur"}
    known = {
        "id": "dp_1", "object": "dispute", "amount": 11900, "currency": "eur", "status": "needs_response",
        "charge": "ch_1", "payment_intent": {"id": "pi_1", "metadata": {"attempt_id": "att_1", "payment_id": "pay_1"}},
        "balance_transactions": [line], "evidence_details": {"due_by": 1_790_000_000}, "reason": "fraudulent",
    }  # fmt: skip
    return known | changes


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("warning_needs_response", "warning"),
        ("warning_under_review", "warning"),
        ("warning_closed", "closed"),
        ("needs_response", "needs_response"),
        ("under_review", "under_review"),
        ("won", "won"),
        ("lost", "lost"),
        ("prevented", "closed"),
    ],
)
def test_every_state_of_a_dispute_is_known(status: str, state: str) -> None:
    said = disputing.read(dispute(status=status))
    assert (said.outcome, said.state, said.code) == ("succeeded", state, status)
    assert (said.payment_provider_id, said.attempt_id, said.payment_id) == ("pi_1", "att_1", "pay_1")
    assert (said.withdrawn_minor, said.fee_minor) == (11900, 2000)


def test_a_new_state_of_stripes_is_not_guessed_at() -> None:
    said = disputing.read(dispute(status="arbitration"))
    assert (said.outcome, said.code) == ("unknown", "arbitration")


def test_a_dispute_that_allows_no_answer_has_no_date_for_it() -> None:
    assert disputing.read(dispute(evidence_details={"due_by": 0})).evidence_due_at is None
    assert disputing.read(dispute(evidence_details={})).evidence_due_at is None


def test_money_that_was_given_back_is_not_withdrawn_any_more() -> None:
    lines = [{"amount": -11900, "fee": 2000, "currency": "eur"}, {"amount": 11900, "fee": 0, "currency": "eur"}]
    assert disputing.read(dispute(balance_transactions=lines)).withdrawn_minor == 0
    assert disputing.read(dispute(balance_transactions=[])).withdrawn_minor == 0


def test_a_dispute_of_a_converted_payment_counts_in_its_own_currency() -> None:
    lines = [{"amount": -10234, "fee": 2000, "currency": "eur"}]
    said = disputing.read(dispute(currency="usd", balance_transactions=lines))
    assert (said.withdrawn_minor, said.currency, said.fee_minor) == (11900, "USD", 0)


@pytest.mark.parametrize(
    ("kind", "category", "wanted"),
    [
        ("charge", "charge", "charge"),
        ("payment", "charge", "charge"),
        ("payment_failure_refund", "charge_failure", "charge"),
        ("refund", "refund", "refund"),
        ("payment_refund", "refund", "refund"),
        ("refund_failure", "refund_failure", "refund_failed"),
        ("adjustment", "dispute", "chargeback"),
        ("adjustment", "dispute_reversal", "chargeback_reversed"),
        ("adjustment", "refund_failure", "refund_failed"),
        ("adjustment", "fee", "fee"),
        ("adjustment", "other_adjustment", "adjustment"),
        ("stripe_fee", "fee", "fee"),
        ("tax_fee", "tax", "fee"),
        ("payout", "payout", "payout"),
        ("payout_failure", "payout_reversal", "payout_failed"),
        ("payout_cancel", "payout_reversal", "payout_failed"),
        ("reserve_transaction", "risk_reserved_funds", "adjustment"),
        ("something_new", "something_new", "adjustment"),
    ],
)
def test_every_line_of_the_balance_has_a_kind(kind: str, category: str, wanted: MovementKind) -> None:
    line = {
        "id": "txn_1", "type": kind, "reporting_category": category, "amount": -7, "fee": 3, "currency": "eur",
        "created": 1_790_000_000, "source": None,
    }  # fmt: skip
    movement = settling.movement(line, "po_1")
    assert (movement.kind, movement.amount_minor, movement.fee_minor) == (wanted, -7, 3)


@given(st.integers(min_value=-(10**12), max_value=10**12), st.sampled_from(["EUR", "ISK", "UGX", "JPY", "HUF"]))
def test_an_amount_survives_stripes_units(minor: int, currency: str) -> None:
    assert from_stripe(int(to_stripe(minor, currency)), currency.lower()) == minor


@pytest.mark.parametrize("amount", [150, "100", 1.0, None, True])
def test_an_amount_that_is_none_is_never_rounded(amount: object) -> None:
    with pytest.raises(ValueError, match=r"amount|fraction"):
        from_stripe(amount, "isk")


def test_every_request_names_the_version_it_was_written_for(stage: Made) -> None:
    stage.provider.get("pi_1")
    assert stage.wire.requests[-1].headers["Stripe-Version"] == VERSION
    assert stage.wire.requests[-1].headers["Authorization"] == "Bearer sk_test_local"


def test_a_list_is_read_to_its_end_page_by_page(stage: Made) -> None:
    for number in range(103):
        stage.provider.charge(attempt(stage, number))
    told = stage.provider.changes(START)
    assert len({notice.provider_id for notice in told}) == 103
    assert len([r for r in stage.wire.requests if r.url.path == "/v1/events"]) == 2


def test_a_list_that_breaks_off_in_the_middle_is_no_list(stage: Made) -> None:
    for number in range(101):
        stage.provider.charge(attempt(stage, number))
    stage.wire.pass_through()
    stage.wire.cut()
    with pytest.raises(TryLater):
        stage.provider.changes(START)


@pytest.mark.parametrize("data", [[], [{"id": "evt_1"}]])
def test_a_list_that_stands_still_is_not_read_forever(data: list[Any]) -> None:
    page = {"object": "list", "data": data, "has_more": True}
    api = Api("http://stripe.example", "sk_test_1", httpx.MockTransport(lambda _: httpx.Response(200, json=page)))
    with pytest.raises((LookupError, ValueError)):
        list(api.each("/v1/events"))


def test_a_payment_page_asks_for_what_the_invitation_says(stage: Made) -> None:
    form = inviting.form(invitation(stage, "pay", keep=True))
    assert form["mode"] == "payment"
    assert form["line_items[0][price_data][unit_amount]"] == "11900"
    assert form["payment_intent_data[setup_future_usage]"] == "off_session"
    assert (form["locale"], form["customer_creation"]) == ("de", "always")
    other = invitation(stage, "set_up").model_copy(update={"language": "ga", "method": "direct_debit", "email": ""})
    form = inviting.form(other)
    assert (form["mode"], form["locale"], form["payment_method_types[0]"]) == ("setup", "auto", "sepa_debit")
    assert "customer_email" not in form


@pytest.mark.parametrize(
    ("choice", "method", "label", "expires"),
    [
        ("visa", "card", "Visa 4242", date(2031, 12, 31)),
        ("sepa", "direct_debit", "DE.. 3000", None),
        ("ideal", "direct_debit", "NL.. 3000", None),
        ("bancontact", "direct_debit", "BE.. 3000", None),
    ],
)
@pytest.mark.parametrize("kind", ["set_up", "pay"])
def test_a_method_is_kept_as_what_it_is_charged_as(
    stage: Made, choice: str, method: Any, label: str, expires: date | None, kind: Any
) -> None:
    wanted = invitation(stage, kind, keep=kind == "pay").model_copy(update={"method": ""})
    page = stage.provider.invite(wanted)
    assert stage.told(f"/admin/checkout/{page.provider_id}", {"method": choice})["said"] == "done"
    settled(stage)
    kept = stage.provider.get_set_up(page.provider_id)
    assert (kept.outcome, kept.method, kept.label, kept.expires_on) == ("succeeded", method, label, expires)
    assert kept.invitation_id == wanted.invitation_id
    later = attempt_by(stage, method, 7).model_copy(update={"token": kept.token})
    assert stage.provider.charge(later).outcome in {"succeeded", "processing"}
    settled(stage)
    assert stage.collected(later.attempt_id) == [11900]


def test_a_page_where_nothing_was_to_be_kept_leaves_no_token(stage: Made) -> None:
    page = stage.provider.invite(invitation(stage, "pay"))
    stage.visit(page, "pays")
    kept = stage.provider.get_set_up(page.provider_id)
    assert (kept.outcome, kept.code, kept.token) == ("failed", "not_kept", "")


def test_a_set_up_intent_and_a_mandate_say_the_same_of_a_method(stage: Made) -> None:
    wanted = invitation(stage, "set_up").model_copy(update={"method": "direct_debit"})
    page = stage.provider.invite(wanted)
    stage.visit(page, "pays")
    intent = stage.got(f"/v1/checkout/sessions/{page.provider_id}")["setup_intent"]
    by_page, by_intent = stage.provider.get_set_up(page.provider_id), stage.provider.get_set_up(intent)
    assert by_intent.model_copy(update={"provider_id": page.provider_id}) == by_page
    mandate = stage.got(f"/v1/setup_intents/{intent}")["mandate"]
    assert stage.provider.get_set_up(mandate).token == by_page.token
    stage.told(f"/admin/mandates/{mandate}", {"status": "inactive"})
    ended = stage.provider.get_set_up(mandate)
    assert (ended.outcome, ended.code) == ("failed", "mandate_inactive")
    later = attempt_by(stage, "direct_debit", 7).model_copy(update={"token": by_page.token})
    refused = stage.provider.charge(later)
    assert (refused.outcome, refused.code, refused.soft) == ("failed", "payment_intent_mandate_invalid", False)


def test_a_member_who_fails_the_banks_question_may_try_again_on_the_same_page(stage: Made) -> None:
    wanted = invitation(stage, "pay")
    page = stage.provider.invite(wanted)
    path = httpx.URL(page.url).path
    assert stage.behind.post(path, data={"method": "visa_3ds"}).headers["Location"].endswith("/authenticate")
    assert stage.provider.search(wanted.attempt_id).outcome == "processing"
    assert "authenticate" in stage.behind.post(f"{path}/authenticate", data={"answer": "refuse"}).text
    assert stage.provider.search(wanted.attempt_id).outcome == "processing"
    stage.behind.post(path, data={"method": "visa_3ds"})
    back = stage.behind.post(f"{path}/authenticate", data={"answer": "confirm"})
    assert (back.status_code, back.headers["Location"]) == (303, wanted.return_url)
    assert "form-action 'self' https://billing.example" in stage.behind.get(path).headers["Content-Security-Policy"]
    assert stage.provider.search(wanted.attempt_id).outcome == "succeeded"
    assert stage.collected(wanted.attempt_id) == [11900]


def test_a_page_pays_once_however_often_it_is_clicked(stage: Made) -> None:
    wanted = invitation(stage, "pay")
    page = stage.provider.invite(wanted)
    path = httpx.URL(page.url).path
    for _ in range(3):
        stage.behind.post(path, data={"method": "visa"})
    assert stage.collected(wanted.attempt_id) == [11900]
    assert "This page is done." in stage.behind.get(path).text


def test_a_page_nobody_came_to_runs_out_after_a_day(stage: Made) -> None:
    page = stage.provider.invite(invitation(stage, "set_up"))
    stage.advance(timedelta(hours=25))
    said = stage.provider.get_set_up(page.provider_id)
    assert (said.outcome, said.code) == ("failed", "expired")
    again = stage.provider.invite(invitation(stage, "set_up"))
    assert again.provider_id != page.provider_id


def test_a_payment_in_another_currency_is_settled_in_euros_with_its_rate(stage: Made) -> None:
    wanted = attempt(stage).model_copy(update={"currency": "USD"})
    answer = stage.provider.charge(wanted)
    stage.advance(WEEKS)
    [payout] = stage.provider.payouts(START)
    [charge] = [m for m in stage.provider.get_payout(payout.provider_id).movements if m.kind == "charge"]
    assert (answer.currency, answer.amount_minor) == ("USD", 11900)
    assert (charge.currency, charge.amount_minor, charge.fee_minor) == ("EUR", 10234, 154 + 25 + 205)
    assert payout.amount_minor == 10234 - 384


def test_a_payout_the_bank_sent_back_is_in_the_next_one(stage: Made) -> None:
    paid(stage, 1)
    stage.advance(timedelta(days=4))
    [first] = stage.provider.payouts(START)
    assert first.state == "paid"
    stage.told(f"/admin/payouts/{first.provider_id}/fail", {"code": "account_closed"})
    failed = stage.provider.get_payout(first.provider_id)
    assert (failed.state, failed.code) == ("failed", "account_closed")
    stage.advance(timedelta(days=1))
    second = stage.provider.get_payout(stage.provider.payouts(START)[0].provider_id)
    [line] = [m for m in second.movements if m.kind == "payout_failed"]
    assert (line.provider_id, line.amount_minor, second.amount_minor) == (first.provider_id, 11696, 11696)


def test_a_refund_that_failed_is_money_again(stage: Made) -> None:
    wanted, provider_id = paid(stage)
    refund = stage.provider.refund(give_back(wanted, provider_id, 11900))
    stage.fail_refund(refund.provider_id)
    paid(stage, 2, 50_000)
    stage.advance(WEEKS)
    movements = [m for p in stage.provider.payouts(START) for m in stage.provider.get_payout(p.provider_id).movements]
    kinds = {m.kind: (m.amount_minor, m.provider_id) for m in movements if m.kind.startswith("refund")}
    assert kinds == {"refund": (-11900, refund.provider_id), "refund_failed": (11900, refund.provider_id)}


def test_an_inquiry_takes_no_money_until_it_becomes_a_dispute(stage: Made) -> None:
    _, provider_id = paid(stage)
    opened = stage.told("/admin/disputes", {"payment_intent": provider_id, "status": "warning_needs_response"})["id"]
    said = stage.provider.get_dispute(opened)
    assert (said.state, said.withdrawn_minor) == ("warning", 0)
    stage.told(f"/admin/disputes/{opened}", {"status": "needs_response"})
    said = stage.provider.get_dispute(opened)
    assert (said.state, said.withdrawn_minor, said.fee_minor) == ("needs_response", 11900, 2000)


def test_a_dispute_nobody_answers_in_time_is_lost(stage: Made) -> None:
    _, provider_id = paid(stage)
    opened = stage.dispute(provider_id)
    stage.advance(timedelta(days=8))
    assert stage.provider.get_dispute(opened).state == "lost"
    late = stage.provider.answer_dispute(opened, {"uncategorized_text": "But it was theirs."})
    assert (late.outcome, late.code) == ("failed", "dispute_not_open")


def test_a_disputed_payment_is_not_given_back_as_well(stage: Made) -> None:
    wanted, provider_id = paid(stage)
    stage.dispute(provider_id)
    refund = stage.provider.refund(give_back(wanted, provider_id, 100))
    assert (refund.outcome, refund.code) == ("failed", "charge_disputed")


def test_a_server_error_under_a_key_is_unknown_until_the_payment_is_looked_for(stage: Made) -> None:
    wanted = attempt(stage)
    stage.told("/admin/behaviour", {"payment_method": wanted.token, "behaviour": ["error_after_charge"]})
    assert [stage.provider.charge(wanted).outcome for _ in range(3)] == ["unknown"] * 3
    assert stage.provider.search(wanted.attempt_id).outcome == "succeeded"
    assert stage.collected(wanted.attempt_id) == [11900]


def test_a_limited_request_is_not_remembered_under_its_key(stage: Made) -> None:
    wanted = attempt(stage)
    stage.told("/admin/behaviour", {"payment_method": wanted.token, "behaviour": ["rate_limit:9", "succeed"]})
    limited = stage.provider.charge(wanted)
    assert (limited.outcome, limited.code, limited.retry_after_s) == ("unknown", "http_429", 9)
    assert stage.provider.charge(wanted).outcome == "succeeded"


def test_a_key_with_another_amount_is_unknown_and_collects_nothing_more(stage: Made) -> None:
    wanted = attempt(stage)
    stage.provider.charge(wanted)
    other = stage.provider.charge(wanted.model_copy(update={"amount_minor": 5000}))
    assert (other.outcome, other.code) == ("unknown", "http_400")
    assert stage.collected(wanted.attempt_id) == [11900]


def test_a_quote_in_an_id_stays_within_its_search(stage: Made) -> None:
    stage.provider.charge(attempt(stage))
    assert stage.provider.search("x' OR metadata['attempt_id']:'y").outcome == "not_found"
    assert stage.provider.search("x\\").outcome == "not_found"


def test_a_charge_says_when_it_was_made(stage: Made) -> None:
    assert stage.provider.charge(attempt(stage)).charged_at == START


def test_the_pages_show_everything_and_escape_what_it_carries(stage: Made) -> None:
    hostile = "<script>alert(1)</script>"
    page = stage.provider.invite(invitation(stage, "pay").model_copy(update={"description": hostile}))
    assert "&lt;script&gt;" in stage.behind.get(httpx.URL(page.url).path).text
    wanted, provider_id = paid(stage)
    stage.provider.refund(give_back(wanted, provider_id, 100))
    _, disputed = paid(stage, 2)
    stage.dispute(disputed)
    paid(stage, 3, 900_000)
    stage.advance(WEEKS)
    home = stage.behind.get("/").text
    for heading in ("Payments", "Checkout Sessions", "Refunds", "Disputes", "Payouts", "Webhooks"):
        assert f"{heading}, newest first</caption>" in home
    assert "<script>" not in home


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"mode": "subscription"},
        {"mode": "payment", "success_url": "javascript:alert(1)", "cancel_url": "https://x.example"},
        {"mode": "payment", "success_url": "https://x.example", "cancel_url": "https://x.example"},
        {"mode": "setup", "success_url": "https://x.example", "cancel_url": "https://x.example"},
        {"mode": "setup", "mode[x]": "y"},
        {"mode": "setup", "metadata[]": "y", "metadata[a]": "z"},
        {"mode": "setup", "colour": "red"},
    ],
)
def test_a_senseless_page_is_refused_in_stripes_words(stage: Made, form: dict[str, str]) -> None:
    answer = stage.behind.post("/v1/checkout/sessions", data=form)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"
