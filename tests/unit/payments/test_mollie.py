"""Mollie: exact decimals, a key that lives an hour, and webhooks that are only a hint."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.events.invoicing import InvoiceIssued
from common.events.payments import PaymentReceived
from common.failures import Rejected, TryLater
from common.money import EXPONENTS, decimal_text
from common.parking import Parked
from common.settings import Settings
from emulators.mollie import MollieSimulator
from emulators.mollie.telling import signature
from functions.payments import api
from functions.payments.amounts import minor_of
from functions.payments.handlers import webhooks
from functions.payments.model.payments import Payment, payment_id_of
from functions.payments.providers import asking, disputing
from functions.payments.providers.mollie import Mollie
from functions.payments.webhooks import mollie
from tests.contracts.providers.mollie import HOST, Made
from tests.contracts.providers.stage import START, attempt, attempt_by, give_back, invitation
from tests.contracts.providers.wire import Wire
from tests.kit import Platform
from tests.unit.payments.stage import Ticking, invoice


@pytest.fixture
def made() -> Iterator[Made]:
    stage = Made()
    yield stage
    stage.close()


class Stage:
    """A platform of `payments` alone that collects through Mollie, whose classic webhooks are carried by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = Ticking()
        self.simulator = MollieSimulator(None, clock=self.clock)
        self.wire = Wire(self.simulator.wsgi)
        self.provider = Mollie(HOST, "test_key", webhook_url="http://b.example/webhooks/mollie", transport=self.wire)
        self.platform = Platform("payments", stripe_key="", gocardless_token="", adyen_key="")
        self.clock.now = self.platform.clock.now
        for module in (asking, disputing):
            monkeypatch.setattr(module, "provider_named", lambda _: lambda _: self.provider)

    def issue(self, number: int, mandate: str, method: str = "card") -> None:
        """An invoice of a member who pays by Mollie."""
        payments = self.simulator.payments
        payments.kept.put("customer", "cst_1", {"id": "cst_1"}, 0)
        payments.add_mandate("cst_1", "creditcard" if method == "card" else "directdebit", mandate)
        issued = invoice(number, f"cst_1/{mandate}", method)
        buyer = issued.buyer.model_copy(update={"payment_provider": "mollie"})
        self.platform.tell(InvoiceIssued.model_validate(issued.model_dump() | {"buyer": buyer.model_dump()}))

    def hooks(self) -> list[bytes]:
        """The webhooks sent since the last call."""
        sent: list[bytes] = []

        def post(_: str, body: bytes, headers: dict[str, str]) -> str:  # noqa: ARG001 - the wire
            sent.append(body)
            return "200"

        while self.simulator.hooks.bring(post):
            pass
        return sent

    def deliver(self, *bodies: bytes) -> None:
        """Brings webhooks to the door, and lets all that follows happen."""
        for body in bodies:
            taken = api.from_mollie(body, {}, Settings())
            self.platform.do(webhooks.take_webhook, taken.command, key=taken.key)
        self.platform.settle()

    def payment(self, number: int = 1) -> Payment:
        """The payment of an invoice."""
        found = self.platform.read.find(Payment, payment_id_of(f"inv_{number}"))
        assert found is not None
        return found


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    made = Stage(monkeypatch)
    yield made
    made.simulator.close()


@given(st.integers(-(10**12), 10**12), st.sampled_from(sorted(EXPONENTS)))
def test_an_amount_is_the_same_in_text_and_back(amount: int, currency: str) -> None:
    assert minor_of(decimal_text(amount, currency), currency) == amount


@pytest.mark.parametrize(("text", "currency", "minor"), [("10.00", "EUR", 1000), ("10", "JPY", 10), ("0.5", "EUR", 50),
    ("1.234", "KWD", 1234), ("-0.01", "EUR", -1), ("10.000", "EUR", 1000)])  # fmt: skip
def test_a_decimal_is_read_exactly(text: str, currency: str, minor: int) -> None:
    assert minor_of(text, currency) == minor


@pytest.mark.parametrize(
    "text", ["10.001", "1e3", "", ".5", "5.", "1,000.00", "NaN", " 1", "١", "+1", "9" * 14, "9999999999999.99"]
)
def test_what_is_not_exact_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"amount|places|large"):
        minor_of(text, "EUR")


@pytest.mark.parametrize(("text", "currency"), [("10.5", "JPY"), ("1.00", "XXX"), ("1.00", "eur")])
def test_what_does_not_fit_the_currency_is_refused(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"places|currency"):
        minor_of(text, currency)


def test_a_payment_is_asked_for_as_mollie_wants_it(made: Made) -> None:
    wanted = attempt(made)
    made.provider.charge(wanted)
    request = made.wire.requests[-1]
    asked = json.loads(request.content)
    assert (request.url.path, request.headers["Idempotency-Key"]) == ("/v2/payments", wanted.attempt_id)
    assert asked["amount"] == {"currency": "EUR", "value": "119.00"}
    assert (asked["sequenceType"], f"{asked['customerId']}/{asked['mandateId']}") == ("recurring", wanted.token)
    assert "webhookUrl" not in asked


def test_a_currency_without_decimals_has_none(made: Made) -> None:
    wanted = attempt(made).model_copy(update={"currency": "JPY", "amount_minor": 1500})
    answer = made.provider.charge(wanted)
    assert json.loads(made.wire.requests[-1].content)["amount"]["value"] == "1500"
    assert (answer.outcome, answer.amount_minor, answer.currency) == ("succeeded", 1500, "JPY")


@pytest.mark.parametrize("value", ["119.001", "119,00", 119.0, None, "1e2"])
def test_an_amount_that_is_not_exact_is_not_believed(made: Made, value: Any) -> None:
    paid = {"id": "tr_1", "status": "paid", "amount": {"value": value, "currency": "EUR"}, "metadata": None}
    made.wire.answer(200, json.dumps(paid).encode())
    assert made.provider.get("tr_1").outcome == "unknown"


def test_within_the_hour_the_key_and_later_the_search_keeps_it_one_payment(made: Made) -> None:
    wanted = attempt(made)
    made.wire.lose()
    assert made.provider.charge(wanted).outcome == "unknown"
    made.advance(timedelta(minutes=50))
    assert made.provider.charge(wanted).outcome == "succeeded"
    made.advance(timedelta(hours=2))
    assert made.provider.search_for(wanted).outcome == "succeeded"
    made.provider.charge(wanted)
    assert made.collected(wanted.attempt_id) == [11900, 11900], (
        "an hour later the key is forgotten: never send unlooked"
    )
    assert timedelta(minutes=50) < made.provider.key_life < timedelta(hours=1)


def test_an_attempt_is_looked_for_among_its_customers_payments(made: Made) -> None:
    for number in range(2, 5):
        made.provider.charge(attempt(made, number))
    wanted = attempt(made)
    made.provider.charge(wanted)
    assert made.provider.search_for(wanted).attempt_id == wanted.attempt_id
    assert made.wire.requests[-1].url.path == f"/v2/customers/{wanted.token.partition('/')[0]}/payments"
    assert made.provider.search("att_nobody").outcome == "not_found"


def test_a_long_list_is_read_page_by_page_from_our_host_only(made: Made) -> None:
    first = {
        "_embedded": {"payments": []},
        "_links": {"next": {"href": "http://evil.example/v2/payments?from=tr_9&limit=250"}},
    }
    last = {"_embedded": {"payments": []}, "_links": {"next": None}}
    made.wire.answer(200, json.dumps(first).encode())
    made.wire.answer(200, json.dumps(last).encode())
    assert made.provider.search("att_1").outcome == "not_found"
    assert [(str(r.url.host), r.url.params.get("from")) for r in made.wire.requests[-2:]] == [
        ("mollie.example", None), ("mollie.example", "tr_9"),
    ]  # fmt: skip


@pytest.mark.parametrize("status", [401, 403, 404, 408, 409, 429, 500, 502, 503])
@pytest.mark.parametrize("body", [b"", b"<html>proxy</html>", b"[]", b'{"status": 400, "title": "x"}'])
def test_no_other_error_proves_that_nothing_was_collected(made: Made, status: int, body: bytes) -> None:
    made.wire.answer(status, body)
    assert made.provider.charge(attempt(made)).outcome == "unknown"


def test_a_mandate_that_is_gone_is_a_no(made: Made) -> None:
    answer = made.provider.charge(attempt(made).model_copy(update={"token": "cst_x/mdt_gone"}))
    assert (answer.outcome, answer.code, answer.soft) == ("failed", "mollie_customerId", False)


def test_a_debit_is_decided_days_later_with_the_banks_own_code(made: Made) -> None:
    wanted = attempt_by(made, "direct_debit", doing="declines_softly")
    asked = made.provider.charge(wanted)
    assert asked.outcome == "processing"
    made.advance(timedelta(days=5))
    answer = made.provider.get(asked.provider_id)
    assert (answer.outcome, answer.code, answer.soft) == ("failed", "AM04", True)


@pytest.mark.parametrize(
    "name", ["", "../refunds", "tr_1/refunds/re_1", "tr_1?x=1", "tr_1,tr_2", "pi_1'", "tr_" + "x" * 99]
)
def test_an_id_mollie_can_not_have_made_is_never_asked_for(made: Made, name: str) -> None:
    before = len(made.wire.requests)
    provider = made.provider
    asked = (provider.get, provider.get_set_up, provider.get_payout, provider.get_dispute)
    outcomes = [ask(name).outcome for ask in asked] + [provider.get_refund(f"{name}/{name}").outcome]
    assert set(outcomes) == {"not_found"}
    assert [r for r in made.wire.requests[before:] if ".." in str(r.url) or "," in str(r.url)] == []


def test_a_chargeback_takes_the_money_and_may_be_reversed(made: Made) -> None:
    paid = made.provider.charge(attempt(made))
    name = made.dispute(paid.provider_id)
    said = made.provider.get_dispute(name)
    assert (said.state, said.withdrawn_minor, said.payment_provider_id) == ("lost", 11900, paid.provider_id)
    made.decide(name, "won")
    assert (made.provider.get_dispute(name).state, made.provider.get_dispute(name).withdrawn_minor) == ("won", 0)
    assert made.provider.get(paid.provider_id).outcome == "succeeded"


def test_a_settlement_has_every_cent(made: Made) -> None:
    wanted = attempt(made)
    paid = made.provider.charge(wanted)
    back = made.provider.refund(give_back(wanted, paid.provider_id, 1900))
    made.advance(timedelta(days=2))
    made.fail_refund(back.provider_id)
    made.decide(made.dispute(paid.provider_id), "won")
    made.advance(timedelta(days=3))
    payouts = [made.provider.get_payout(one.provider_id) for one in made.provider.payouts(START)]
    moved = [movement for payout in payouts for movement in payout.movements]
    assert sum(m.amount_minor - m.fee_minor for m in moved) == sum(p.amount_minor for p in payouts)
    assert {m.kind: m.amount_minor for m in moved if m.kind != "fee"} == {
        "charge": 11900, "refund": -1900, "refund_failed": 1900, "chargeback": -11900, "chargeback_reversed": 11900,
    }  # fmt: skip
    assert len({m.movement_id for m in moved}) == len(moved)
    assert all(payout.statement_text.startswith("1182161.") for payout in payouts)


def test_without_an_access_token_no_settlement_is_asked_for(made: Made) -> None:
    plain = Mollie(HOST, "test_key", transport=made.wire)
    assert list(plain.payouts(START)) == []
    assert plain.get_payout("stl_1").outcome == "unknown"
    assert made.wire.requests == []


def test_changes_that_can_not_be_listed_are_asked_for_later(made: Made) -> None:
    made.wire.answer(503)
    with pytest.raises(TryLater):
        made.provider.changes(START)


def test_the_same_state_is_the_same_event_and_another_one_another(made: Made) -> None:
    made.provider.charge(attempt_by(made, "direct_debit"))
    first, again = (made.provider.changes(START) for _ in range(2))
    made.advance(timedelta(days=5))
    later = made.provider.changes(START)
    assert [n.event_id for n in first] == [n.event_id for n in again]
    assert {n.event_id for n in first}.isdisjoint({n.event_id for n in later})


def test_a_page_of_a_method_nobody_has_is_not_offered(made: Made) -> None:
    wanted = invitation(made, "pay").model_copy(update={"method": "direct_debit"})
    assert (made.provider.invite(wanted).outcome, made.provider.invite(wanted).code) == ("failed", "not_offered")


def test_a_bank_account_is_set_up_by_a_first_payment(made: Made) -> None:
    invited = made.provider.invite(invitation(made, "set_up").model_copy(update={"method": "direct_debit"}))
    made.visit(invited, "pays")
    found = made.provider.get_set_up(invited.provider_id)
    assert (found.outcome, found.method, found.label) == ("succeeded", "direct_debit", "NL.. 0000")
    assert made.provider.get(invited.provider_id).outcome == "skipped"


@pytest.mark.parametrize("visit", ["is_declined", "leaves"])
def test_a_method_that_was_not_set_up_says_so(made: Made, visit: Any) -> None:
    invited = made.provider.invite(invitation(made, "set_up"))
    made.visit(invited, visit)
    assert made.provider.get_set_up(invited.provider_id).outcome == "failed"


def test_a_classic_webhook_says_only_where_to_look() -> None:
    name = "tr_5B8cwPMGnU6qLbRvo7qEZo"
    found = mollie.notices(f"id={name}".encode(), {}, [""], 1.0)
    assert [(n.about, n.provider_id, n.said) for n in found] == [("payment", name, None), ("dispute", name, None)]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"id=", b"id=../refunds", b"id=tr_1&id=tr_2", b"id[]=tr_1", b"id=tr_1/x", b"id=pi_1", b"\xff",
        b"id=tr_" + b"x" * 5000, b"{}", b"id=%74r_%0a", b"id=tr_1%00", b"&" * 900,
    ],
)  # fmt: skip
def test_any_other_form_is_acknowledged_and_about_nothing(body: bytes) -> None:
    [notice] = mollie.notices(body, {}, [], 1.0)
    assert (notice.about, notice.provider_id) == ("", "")


def test_each_classic_webhook_is_an_event_of_its_own() -> None:
    first, second = (mollie.notices(b"id=tr_1", {}, [], at)[0].event_id for at in (1.0, 1.25))
    assert first != second


EVENT = (
    b'{"resource":"event","id":"event_1","type":"payment.paid","entityId":"tr_1","createdAt":"2026-10-05T08:00:00Z"}'
)


def test_a_signed_webhook_is_let_in_by_either_secret() -> None:
    for secret in ("new", "old"):
        notice, _ = mollie.notices(EVENT, {mollie.HEADER: signature(secret, EVENT)}, ["new", "old"], 1.0)
        assert (notice.event_id, notice.about, notice.provider_id) == ("event_1", "payment", "tr_1")


@pytest.mark.parametrize("header", ["", "sha256=", "sha256=" + "0" * 64, "sha1=" + "0" * 40, "ä", "x" * 5000,
    signature("other", EVENT), signature("new", EVENT + b"\n"), signature("new", EVENT).upper()])  # fmt: skip
def test_a_signature_that_does_not_fit_is_refused(header: str) -> None:
    with pytest.raises(Rejected) as refusal:
        mollie.notices(EVENT, {mollie.HEADER: header}, ["new"], 1.0)
    assert (refusal.value.code, refusal.value.status) == ("bad_signature", 400)


def test_a_missing_signature_is_no_old_webhook() -> None:
    for body in (EVENT, b"id=tr_1"):
        with pytest.raises(Rejected, match="signature"):
            mollie.notices(body, {}, ["new"], 1.0)


def test_a_signed_webhook_without_a_secret_of_ours_is_refused() -> None:
    with pytest.raises(Rejected, match="no secret"):
        mollie.notices(EVENT, {mollie.HEADER: signature("new", EVENT)}, [""], 1.0)


@pytest.mark.parametrize("event", [b"", b"[]", b"{}", b'{"id": 1, "type": "x"}', b'{"id": "event_1"}', b"\xff"])
def test_what_is_signed_and_no_event_is_refused(event: bytes) -> None:
    with pytest.raises(Rejected) as refusal:
        mollie.notices(event, {mollie.HEADER: signature("new", event)}, ["new"], 1.0)
    assert refusal.value.status == 400


def test_an_invoice_is_paid_by_the_webhook_where_the_answer_was_lost(stage: Stage) -> None:
    stage.wire.lose()
    stage.issue(1, "mdt_1")
    assert stage.payment().state == "unknown"
    hooks = stage.hooks()
    stage.deliver(*hooks, *hooks)
    assert stage.payment().state == "succeeded"
    assert len(stage.platform.events(PaymentReceived)) == 1


def test_a_forged_webhook_pays_nothing(stage: Stage) -> None:
    stage.issue(1, "mdt_1", "direct_debit")
    stage.deliver(f"id={stage.payment().attempts[0].provider_id}&status=paid".encode())
    assert stage.payment().state == "processing"
    assert stage.platform.events(PaymentReceived) == []


def test_without_any_webhook_the_debit_is_found_paid(stage: Stage) -> None:
    stage.issue(1, "mdt_silent1", "direct_debit")
    stage.platform.advance_to(stage.platform.clock.now() + timedelta(days=6))
    assert stage.hooks() == []
    assert stage.payment().state == "succeeded"


def test_a_timeout_after_charging_never_charges_twice_whatever_the_hour(stage: Stage) -> None:
    stage.simulator.payments._script.write("mdt_1", ["timeout+drop_webhook"])
    stage.issue(1, "mdt_1")
    stage.platform.advance_to(stage.platform.clock.now() + timedelta(days=2))
    assert stage.payment().state == "succeeded"
    assert len(stage.simulator.payments.kept.page("payment", 10)) == 1


def test_an_id_of_nobody_is_acknowledged_and_ends_with_people(stage: Stage) -> None:
    stage.deliver(b"id=tr_nobody")
    stage.platform.advance_to(stage.platform.clock.now() + timedelta(days=3))
    assert [parked.code for parked in stage.platform.all(Parked)] == ["unknown_payment"]
