"""Adyen: one charge whatever breaks, its truth from its notices, a batch that adds up."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest

from common.events.invoicing import InvoiceIssued
from common.events.payments import PaymentFailed, PaymentReceived, PaymentReturned
from common.parking import Parked
from common.settings import Settings
from emulators.adyen import AdyenSimulator
from emulators.adyen.notices import signed
from functions.payments import api
from functions.payments.handlers import disputes, webhooks
from functions.payments.model.asking import RefundOrder
from functions.payments.model.disputes import Dispute
from functions.payments.model.payables import Payable
from functions.payments.model.payments import Payment, payment_id_of
from functions.payments.providers import asking, disputing
from functions.payments.providers.adyen import Adyen
from functions.payments.requests.disputes import RespondToDispute
from tests.contracts.providers.adyen import HOST, KEY, MERCHANT, Made
from tests.contracts.providers.stage import attempt, attempt_by, give_back, invitation
from tests.contracts.providers.wire import Wire
from tests.kit import Platform
from tests.unit import told
from tests.unit.payments.stage import Ticking, invoice


@pytest.fixture
def made() -> Iterator[Made]:
    stage = Made()
    yield stage
    stage.close()


class Stage:
    """A platform of `payments` alone that collects through Adyen, whose notices are carried by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = Ticking()
        self.simulator = AdyenSimulator(None, clock=self.clock)
        self.wire = Wire(self.simulator.wsgi)
        self.provider = Adyen(
            f"{HOST}/checkout", "k", MERCHANT, area_url=HOST, return_url="https://b.example", transport=self.wire
        )
        self.platform = Platform("payments", stripe_key="", gocardless_token="", mollie_key="")
        self.clock.now = self.platform.clock.now
        for module in (asking, disputing):
            monkeypatch.setattr(module, "provider_named", lambda _: lambda _: self.provider)
        self.simulator.hooks.register("http://billing.example/webhooks/adyen", KEY)

    def issue(self, number: int, token: str) -> None:
        """An invoice of a member who pays by Adyen."""
        issued = invoice(number, token)
        buyer = issued.buyer.model_copy(update={"payment_provider": "adyen"})
        self.platform.tell(InvoiceIssued.model_validate(issued.model_dump() | {"buyer": buyer.model_dump()}))

    def notices(self) -> list[bytes]:
        """The notices sent since the last call."""
        sent: list[bytes] = []

        def post(_: str, body: bytes, headers: dict[str, str]) -> str:  # noqa: ARG001 - the wire
            sent.append(body)
            return "200"

        while self.simulator.hooks.bring(post):
            pass
        return sent

    def deliver(self, *bodies: bytes) -> None:
        """Brings notices to the door, and lets all that follows happen."""
        for body in bodies:
            taken = api.from_adyen(body, {}, Settings())
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


def test_a_payment_is_asked_for_as_adyen_wants_it(made: Made) -> None:
    wanted = attempt(made)
    made.provider.charge(wanted)
    request = made.wire.requests[-1]
    asked = json.loads(request.content)
    assert request.url.path == "/checkout/v71/payments"
    assert request.headers["Idempotency-Key"] == wanted.attempt_id
    assert (asked["shopperInteraction"], asked["recurringProcessingModel"]) == ("ContAuth", "UnscheduledCardOnFile")
    assert (asked["reference"], asked["amount"]) == (wanted.attempt_id, {"value": 11900, "currency": "EUR"})
    assert asked["paymentMethod"]["storedPaymentMethodId"] == wanted.token.partition("/")[2]


def test_the_icelandic_krona_has_two_places_at_adyen(made: Made) -> None:
    wanted = attempt(made).model_copy(update={"currency": "ISK", "amount_minor": 500})
    answer = made.provider.charge(wanted)
    assert json.loads(made.wire.requests[-1].content)["amount"]["value"] == 50_000
    assert answer.amount_minor == 500


def test_a_lost_answer_is_learnt_by_sending_the_same_again(made: Made) -> None:
    wanted = attempt(made)
    made.wire.lose()
    assert made.provider.charge(wanted).outcome == "unknown"
    assert made.provider.charge(wanted).outcome == "succeeded"
    assert made.collected(wanted.attempt_id) == [11900]


def test_a_request_that_is_being_worked_on_is_not_a_no(made: Made) -> None:
    wanted = attempt(made)
    made.script(wanted.token, "in_progress", "succeed")
    first = made.provider.charge(wanted)
    assert (first.outcome, first.code) == ("unknown", "adyen_704")
    assert made.provider.charge(wanted).outcome == "succeeded"


@pytest.mark.parametrize("status", [401, 403, 404, 408, 409, 429, 500, 502, 503])
@pytest.mark.parametrize("body", [b"", b"<html>proxy</html>", b"[]", b'{"errorCode": "905", "errorType": "internal"}'])
def test_no_other_error_proves_that_nothing_was_collected(made: Made, status: int, body: bytes) -> None:
    made.wire.answer(status, body)
    assert made.provider.charge(attempt(made)).outcome == "unknown"


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b'{"resultCode": 7}', b'{"resultCode": "Authorised"}',
    b'{"resultCode": "Authorised", "pspReference": "X", "amount": {"value": "x", "currency": "EUR"}}'])  # fmt: skip
def test_an_answer_that_can_not_be_read_is_unknown(made: Made, body: bytes) -> None:
    made.wire.answer(200, body)
    assert made.provider.charge(attempt(made)).outcome == "unknown"


def test_only_adyens_own_refusal_of_the_request_is_a_no(made: Made) -> None:
    validation = {"status": 422, "errorCode": "800", "message": "Contract not found", "errorType": "validation"}
    made.wire.answer(422, json.dumps(validation).encode())
    answer = made.provider.charge(attempt(made))
    assert (answer.outcome, answer.code, answer.soft) == ("failed", "adyen_800", False)
    made.wire.answer(422, b"<html>proxy</html>")
    assert made.provider.charge(attempt(made)).outcome == "unknown"


def test_a_provider_that_has_enough_says_how_long(made: Made) -> None:
    made.wire.answer(429, b"{}", {"Retry-After": "120"})
    assert made.provider.charge(attempt(made)).retry_after_s == 120


def test_a_payment_link_that_was_used_is_not_yet_a_payment(made: Made) -> None:
    invited = made.provider.invite(invitation(made, "pay"))
    made.visit(invited, "pays")
    answer = made.provider.get(invited.provider_id)
    assert (answer.outcome, answer.code) == ("processing", "only_told")
    [told] = [n for hook in made.hooks() for n in made.read(hook, [KEY], made.now()) if n.about == "payment"]
    assert told.said is not None
    assert (told.said.outcome, told.said.amount_minor) == ("succeeded", 11900)
    assert told.said.provider_id != invited.provider_id


def test_a_payment_link_ends_after_a_day(made: Made) -> None:
    invited = made.provider.invite(invitation(made, "pay"))
    made.advance(timedelta(hours=25))
    answer = made.provider.get(invited.provider_id)
    assert (answer.outcome, answer.code) == ("failed", "expired")


def test_a_method_that_was_set_up_can_be_charged(made: Made) -> None:
    invited = made.provider.invite(invitation(made, "set_up"))
    made.visit(invited, "pays")
    found = made.provider.get_set_up(invited.provider_id)
    assert (found.outcome, found.method, found.label, found.expires_on) == (
        "succeeded", "card", "Visa 1111", date(2030, 3, 31),
    )  # fmt: skip
    assert made.provider.charge(attempt(made).model_copy(update={"token": found.token})).outcome == "succeeded"


@pytest.mark.parametrize("name", ["", "PL1/../../payments", "PL1?x=1", "PL 1", "x" * 99, "tr_1"])
def test_an_id_adyen_can_not_have_made_is_never_asked_for(made: Made, name: str) -> None:
    before = len(made.wire.requests)
    assert made.provider.get_set_up(name).outcome == "not_found"
    order = RefundOrder(refund_id="rfd_1", payment_id="pay_1", provider_id=name or "/", amount_minor=1, currency="EUR")
    assert made.provider.refund(order).outcome == "failed"
    assert made.provider.get_payout(name).outcome == "not_found"
    assert [r for r in made.wire.requests[before:] if name not in {"tr_1", "x" * 99}] == []


def test_a_refund_above_what_was_paid_fails_when_it_is_told(made: Made) -> None:
    wanted = attempt(made)
    paid = made.provider.charge(wanted)
    first = made.provider.refund(give_back(wanted, paid.provider_id, 11900))
    second = made.provider.refund(give_back(wanted, paid.provider_id, 1, number=2))
    assert [first.outcome, second.outcome] == ["processing", "processing"]
    made.advance(timedelta(hours=2))
    told = [n for hook in made.hooks() for n in made.read(hook, [KEY], made.now()) if n.about == "refund"]
    assert [notice.said.outcome for notice in told if notice.said] == ["succeeded", "failed"]
    assert made.given_back(wanted.attempt_id) == 11900


def test_a_batch_has_every_cent(made: Made) -> None:
    wanted, debit = attempt(made), attempt_by(made, "direct_debit", 2)
    paid = made.provider.charge(wanted)
    made.provider.charge(debit)
    made.provider.refund(give_back(wanted, paid.provider_id, 1900))
    made.advance(timedelta(days=2))
    dispute = made.dispute(paid.provider_id)
    made.advance(timedelta(days=1))
    made.decide(dispute, "won")
    made.advance(timedelta(days=3))
    told = [n for hook in made.hooks() for n in made.read(hook, [KEY], made.now()) if n.about == "payout"]
    payouts = [made.provider.get_payout(notice.provider_id) for notice in told]
    assert [payout.outcome for payout in payouts] == ["succeeded"] * len(payouts)
    moved = [movement for payout in payouts for movement in payout.movements]
    assert sum(m.amount_minor - m.fee_minor for m in moved) == sum(p.amount_minor for p in payouts)
    assert {m.kind: m.amount_minor for m in moved if m.kind not in {"fee", "adjustment", "charge"}} == {
        "refund": -1900, "chargeback": -11900, "chargeback_reversed": 11900,
    }  # fmt: skip
    assert sorted(m.reference for m in moved if m.kind == "charge") == sorted([wanted.attempt_id, debit.attempt_id])
    assert len({m.movement_id for m in moved}) == len(moved)
    assert all(f"batch {number}" in p.statement_text for number, p in enumerate(payouts, 1) if p.amount_minor)


def test_an_invoice_is_paid_by_the_notice_where_the_answer_was_lost(stage: Stage) -> None:
    stage.wire.lose()
    stage.issue(1, "shopper/STORED1")
    assert stage.payment().state == "unknown"
    stage.deliver(*stage.notices())
    assert stage.payment().state == "succeeded"
    [money] = stage.platform.events(PaymentReceived)
    assert (money.amount_minor, money.source) == (11900, "adyen")  # type: ignore[attr-defined]


def test_where_the_notice_is_lost_too_the_same_request_is_sent_again(stage: Stage) -> None:
    stage.wire.lose()
    stage.issue(1, "shopper/SILENT1")
    assert stage.notices() == []
    stage.platform.advance_to(stage.platform.clock.now() + timedelta(minutes=10))
    assert stage.payment().state == "succeeded"
    assert len([r for r in stage.wire.requests if r.url.path.endswith("/payments")]) == 2
    assert len(stage.platform.events(PaymentReceived)) == 1


def test_after_its_key_is_forgotten_nothing_is_sent_again(stage: Stage) -> None:
    stage.wire.cut(1000)
    stage.issue(1, "shopper/STORED1")
    stage.platform.advance_to(stage.platform.clock.now() + timedelta(days=8))
    stage.wire.heal()
    sent = len(stage.wire.requests)
    stage.platform.advance_to(stage.platform.clock.now() + timedelta(days=3))
    assert len(stage.wire.requests) == sent
    assert stage.payment().state == "unknown"


def test_every_order_of_contradicting_notices_ends_in_one_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice no, twice yes and a duplicate of each, in every order: the money came, and is told once."""
    for order in permutations(range(4)):
        stage = Stage(monkeypatch)
        stage.wire.lose()
        stage.simulator.payments._script.write("shopper/STORED1", ["contradict"])
        stage.issue(1, "shopper/STORED1")
        no, yes = stage.notices()
        bodies = [no, yes, no.replace(b'"live": "false"', b'"live":  "false"'), yes]
        stage.deliver(*[bodies[i] for i in order])
        assert stage.payment().state == "succeeded"
        assert len(stage.platform.events(PaymentReceived)) == 1
        stage.simulator.close()


def test_a_notice_about_a_payment_of_nobody_waits_and_then_is_shown_to_people(stage: Stage) -> None:
    item = {
        "pspReference": "NOBODY0000000001", "merchantAccountCode": MERCHANT, "merchantReference": "att_nobody",
        "amount": {"value": 1, "currency": "EUR"}, "eventCode": "AUTHORISATION", "success": "true",
        "additionalData": {"metadata.payment_id": "pay_nobody"},
    }  # fmt: skip
    stage.deliver(signed(KEY, [item]))
    stage.platform.advance_to(stage.platform.clock.now() + timedelta(days=3))
    assert [parked.code for parked in stage.platform.all(Parked)] == ["unknown_payment"]
    assert stage.platform.events(PaymentReceived) == []


def test_a_notice_that_names_another_payment_of_ours_does_not_pay_it(stage: Stage) -> None:
    """The payment's id is not signed: the attempt's is, and the payment must know it."""
    stage.issue(1, "shopper/BLOCKED1")
    item: dict[str, Any] = {
        "pspReference": "P000000000000001", "merchantAccountCode": MERCHANT, "merchantReference": "att_other",
        "amount": {"value": 1, "currency": "EUR"}, "eventCode": "AUTHORISATION", "success": "true",
        "additionalData": {"metadata.payment_id": stage.payment().id},
    }  # fmt: skip
    stage.deliver(signed(KEY, [item]))
    assert stage.payment().state == "failed"
    assert len(stage.platform.events(PaymentFailed)) == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_dispute_ends_as_it_ended_in_whatever_order_it_is_told(stage: Stage, order: tuple[int, ...]) -> None:
    """Adyen can't be asked how a dispute stands: the latest that was told holds."""
    stage.issue(1, "shopper/STORED1")
    stage.notices()
    payments = stage.simulator.payments
    name = payments.dispute(stage.payment().attempts[0].provider_id)
    stage.platform.advance_to(stage.platform.clock.now() + timedelta(days=1))
    payments.decide(name, "won")
    told = [body for body in stage.notices() if name.encode() in body]
    stage.deliver(*[[*told, told[0]][index] for index in order])
    [dispute] = stage.platform.all(Dispute)
    assert (dispute.state, dispute.taken_minor) == ("won", 0)
    back = sum(event.amount_minor for event in stage.platform.events(PaymentReceived))  # type: ignore[attr-defined]
    gone = sum(event.amount_minor for event in stage.platform.events(PaymentReturned))  # type: ignore[attr-defined]
    assert back - gone == 11900


def test_what_a_won_dispute_brings_is_not_asked_for_until_it_is_matched(stage: Stage) -> None:
    stage.issue(1, "shopper/STORED1")
    stage.notices()
    payments = stage.simulator.payments
    name = payments.dispute(stage.payment().attempts[0].provider_id)
    stage.deliver(*stage.notices())
    about: dict[str, Any] = {"invoice_id": stage.payment().invoice_id}
    stage.platform.tell(told.payment_unmatched(item_version=3, open_minor=11_900, **about))
    [payable] = stage.platform.all(Payable)
    assert (payable.payable_minor, payable.held) == (11_900, ())
    payments.decide(name, "won")
    stage.deliver(*stage.notices())
    [payable] = stage.platform.all(Payable)
    assert (payable.payable_minor, payable.held_minor) == (0, 11_900)
    stage.platform.tell(told.payment_matched(item_version=4, open_minor=0, **about))
    [payable] = stage.platform.all(Payable)
    assert (payable.open_minor, payable.held) == (0, ())


def test_a_dispute_that_is_accepted_is_not_asked_for_again(stage: Stage) -> None:
    stage.issue(1, "shopper/STORED1")
    stage.simulator.payments.dispute(stage.payment().attempts[0].provider_id)
    stage.deliver(*stage.notices())
    [dispute] = stage.platform.all(Dispute)
    given = RespondToDispute(dispute_id=dispute.id, accept=True, reason="it is right")
    stage.platform.do(disputes.respond_to_dispute, given)
    stage.platform.settle()
    stage.deliver(*stage.notices())
    stage.platform.advance_to(stage.platform.clock.now() + timedelta(days=3))
    [dispute] = stage.platform.all(Dispute)
    assert (dispute.state, dispute.taken_minor) == ("lost", 11900)
    assert stage.platform.all(Parked) == []
