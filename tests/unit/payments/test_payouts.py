"""What providers pay out: added up, explained line by line, found on the bank account."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.events.payments import PayoutArrived, PayoutSettled
from common.failures import Rejected
from common.parking import Parked
from functions.payments.handlers import payouts
from functions.payments.model.asking import Movement, PayoutSaid
from functions.payments.model.payouts import PAGE, EarlyArrival, Payout, counted, pages_of
from functions.payments.model.webhooks import LookAtPayout
from functions.payments.providers import settling
from functions.payments.providers.port import Offering
from tests.kit import Platform

NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)


def line(amount: int, kind: str = "fee", fee: int = 0, name: str = "", **more: Any) -> Movement:
    fields = {"movement_id": name or f"mv_{kind}_{amount}", "kind": kind, "amount_minor": amount, "fee_minor": fee}
    return Movement.model_validate(fields | {"currency": "EUR", "at": NOON} | more)


def said(*lines: Movement, amount: int | None = None, **more: Any) -> PayoutSaid:
    total = sum(one.amount_minor - one.fee_minor for one in lines) if amount is None else amount
    fields = {"outcome": "succeeded", "provider_id": "po_1", "amount_minor": total, "currency": "EUR", "state": "paid"}
    return PayoutSaid.model_validate(fields | {"movements": lines, "statement_text": "STRIPE PO1"} | more)


class Paying(Offering):
    """A provider with one payout."""

    def __init__(self, *answers: PayoutSaid) -> None:
        self.answers = list(answers)

    def get_payout(self, provider_id: str) -> PayoutSaid:  # noqa: ARG002 - the port
        """See Provider."""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def platform() -> Platform:
    return Platform("payments", start=NOON)


def look(platform: Platform, monkeypatch: pytest.MonkeyPatch, *answers: PayoutSaid, event: str = "evt_1") -> None:
    provider = Paying(*answers)
    monkeypatch.setattr(settling, "provider_named", lambda _: lambda _: provider)
    task = LookAtPayout(provider="stripe", provider_id="po_1", event_id=event)
    platform.do(lambda task, unit: unit.later(task), task, key=event)
    platform.settle()


def arrival(amount: int, text: str = "", name: str = "ent_1") -> payouts.Arrival:
    return payouts.Arrival(name, "stripe", "MP", "DE1", amount, "EUR", date(2026, 10, 7), text)


def test_a_payout_told_twice_is_booked_once(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = said(line(-25), line(1_000, "adjustment"))
    look(platform, monkeypatch, answer)
    look(platform, monkeypatch, answer, event="evt_2")
    [told] = platform.events(PayoutSettled)
    assert isinstance(told, PayoutSettled)
    assert (told.amount_minor, told.fees_minor, told.adjustments_minor) == (975, -25, 1_000)


def test_one_that_is_not_paid_yet_waits_for_a_notice(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    look(platform, monkeypatch, said(line(-25), state="pending"))
    assert platform.all(Payout) == []
    look(platform, monkeypatch, said(line(-25)), event="evt_2")
    assert [payout.state for payout in platform.all(Payout)] == ["settled"]


def test_a_line_nobody_can_explain_is_named_and_a_case(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    strange = [
        line(500, "charge", 10, "txn_1", provider_id="pi_9"),
        line(-500, "refund", 0, "txn_2", provider_id="re_9", reference="ref_9"),
        line(-500, "chargeback", 0, "txn_3", provider_id="dp_9"),
    ]
    look(platform, monkeypatch, said(*strange, line(-25)))
    [payout] = platform.all(Payout)
    assert payout.unexplained == ("charge txn_1 500 EUR", "refund txn_2 -500 EUR", "chargeback txn_3 -500 EUR")
    assert payout.unexplained_count == 3
    assert [parked.code for parked in platform.all(Parked)] == ["unexplained_movements"]
    assert len(platform.events(PayoutSettled)) == 1


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (said(line(-25), amount=-26), "payout_unbalanced"),
        (said(line(-25), line(10, currency="CHF")), "payout_currencies"),
    ],
)
def test_what_does_not_add_up_is_a_case_and_not_booked(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, answer: PayoutSaid, code: str
) -> None:
    look(platform, monkeypatch, answer)
    assert [parked.code for parked in platform.all(Parked)] == [code]
    assert (platform.all(Payout), platform.events(PayoutSettled)) == ([], [])


def test_a_payout_of_many_pages_is_told_once_at_the_end(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line(-1, name=f"txn_{place}") for place in range(2 * PAGE + 1)]
    look(platform, monkeypatch, said(*lines))
    [payout] = platform.all(Payout)
    assert (payout.pages, payout.page, payout.state, payout.movements) == (3, 3, "settled", 2 * PAGE + 1)
    assert len(platform.events(PayoutSettled)) == 1


def test_a_payout_over_nothing_is_settled(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    look(platform, monkeypatch, said())
    assert [payout.state for payout in platform.all(Payout)] == ["settled"]


def test_one_that_comes_back_after_it_was_booked_is_a_case(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    look(platform, monkeypatch, said(line(1_000, "adjustment")))
    look(platform, monkeypatch, said(line(1_000, "adjustment"), state="failed"), event="evt_2")
    assert [parked.code for parked in platform.all(Parked)] == ["payout_failed"]


def test_silence_is_asked_again(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = PayoutSaid(outcome="unknown", provider_id="po_1", code="http_503")
    look(platform, monkeypatch, silent, silent, said(line(1_000, "adjustment")))
    platform.advance_to(NOON + timedelta(hours=1))
    assert [payout.state for payout in platform.all(Payout)] == ["settled"]


def test_what_arrives_meets_its_payout(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    look(platform, monkeypatch, said(line(1_000, "adjustment")))
    platform.do(payouts.arrive, [arrival(1_000)])
    [payout] = platform.all(Payout)
    assert (payout.state, payout.bank_entry_id, payout.arrived_on) == ("arrived", "ent_1", date(2026, 10, 7))
    [told] = platform.events(PayoutArrived)
    assert isinstance(told, PayoutArrived)
    assert told.payout_id == payout.id


@pytest.mark.parametrize("amount", [999, 1_001])
def test_what_arrives_before_we_know_of_it_is_told_all_the_same(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, amount: int
) -> None:
    look(platform, monkeypatch, said(line(1_000, "adjustment")))
    platform.do(payouts.arrive, [arrival(amount)])
    [told] = platform.events(PayoutArrived)
    assert isinstance(told, PayoutArrived)
    assert (told.payout_id, told.amount_minor) == ("", amount)


def test_what_arrived_too_early_meets_its_payout_as_soon_as_that_is_known(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in (arrival(999, name="ent_0"), arrival(1_000), arrival(1_000, "STRIPE PO2", "ent_2")):
        platform.do(payouts.arrive, [one])
    look(platform, monkeypatch, said(line(1_000, "adjustment"), statement_text="PO2"))
    [payout] = platform.all(Payout)
    assert (payout.state, payout.bank_entry_id) == ("arrived", "ent_2")
    assert [one.entry_id for one in platform.all(EarlyArrival) if one.payout_id == payout.id] == ["ent_2"]
    assert len(platform.events(PayoutArrived)) == 3


def test_of_two_alike_the_banks_text_decides() -> None:
    platform = Platform("payments", start=NOON)
    answer = said(line(1_000, "adjustment"))
    for number in (1, 2):
        made = counted(
            "stripe", answer.model_copy(update={"provider_id": f"po_{number}", "statement_text": f"PO{number}"})
        )
        platform.do(lambda payout, unit: unit.put(payout), made.but(state="settled", page=1), key=str(number))
    platform.do(payouts.arrive, [arrival(1_000, "no word of it")], key="a")
    assert {payout.state for payout in platform.all(Payout)} == {"settled"}
    platform.do(payouts.arrive, [arrival(1_000, "SEPA PO2", "ent_2")], key="b")
    assert {payout.provider_id: payout.state for payout in platform.all(Payout)} == {
        "po_1": "settled",
        "po_2": "arrived",
    }


KINDS = st.sampled_from(["charge", "refund", "refund_failed", "chargeback", "chargeback_reversed", "fee", "adjustment"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-(10**6), 10**6), st.integers(0, 500), KINDS), max_size=30))
def test_the_parts_of_a_payout_are_its_amount(lines: list[tuple[int, int, str]]) -> None:
    movements = [line(amount, kind, fee, f"t{place}") for place, (amount, fee, kind) in enumerate(lines)]
    payout = counted("stripe", said(*movements))
    assert payout.parts.sum_minor == payout.amount_minor == sum(one.amount_minor - one.fee_minor for one in movements)
    assert [one for page in pages_of(payout, movements) for one in page.movements] == movements
    with pytest.raises(Rejected, match="payout_unbalanced"):
        counted("stripe", said(*movements, amount=payout.amount_minor + 1))
