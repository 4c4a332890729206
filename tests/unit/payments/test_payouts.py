"""What providers pay out: added up, explained line by line, found on the bank account."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.events.payments import PayoutArrived, PayoutSettled
from common.failures import Rejected
from common.parking import Parked
from functions.payments.handlers import payouts
from functions.payments.model.asking import Movement, PayoutSaid
from functions.payments.model.payouts import PAGE, BankArrival, Payout, counted, pages_of
from functions.payments.model.statements import TakeArrival
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
    platform.do(payouts.arrive, arrival(1_000))
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
    platform.do(payouts.arrive, arrival(amount))
    [told] = platform.events(PayoutArrived)
    assert isinstance(told, PayoutArrived)
    assert (told.payout_id, told.amount_minor) == ("", amount)


def test_what_arrived_too_early_meets_its_payout_as_soon_as_that_is_known(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in (arrival(999, name="ent_0"), arrival(1_000), arrival(1_000, "STRIPE PO2", "ent_2")):
        platform.do(payouts.arrive, one)
    look(platform, monkeypatch, said(line(1_000, "adjustment"), statement_text="PO2"))
    [payout] = platform.all(Payout)
    assert (payout.state, payout.bank_entry_id) == ("arrived", "ent_2")
    assert [one.entry_id for one in platform.all(BankArrival) if one.payout_id == payout.id] == ["ent_2"]
    assert len(platform.events(PayoutArrived)) == 3


def test_of_two_alike_the_banks_text_decides() -> None:
    platform = Platform("payments", start=NOON)
    answer = said(line(1_000, "adjustment"))
    for number in (1, 2):
        made = counted(
            "stripe", answer.model_copy(update={"provider_id": f"po_{number}", "statement_text": f"PO{number}"})
        )
        platform.do(lambda payout, unit: unit.put(payout), made.but(state="settled", page=1), key=str(number))
    platform.do(payouts.arrive, arrival(1_000, "no word of it"), key="a")
    assert {payout.state for payout in platform.all(Payout)} == {"settled"}
    platform.do(payouts.arrive, arrival(1_000, "SEPA PO2", "ent_2"), key="b")
    assert {payout.provider_id: payout.state for payout in platform.all(Payout)} == {
        "po_1": "arrived",
        "po_2": "arrived",
    }
    assert {payout.provider_id: payout.bank_entry_id for payout in platform.all(Payout)} == {
        "po_1": "ent_1",
        "po_2": "ent_2",
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


# -- both orders -----------------------------------------------------------------------------------


def told_on(platform: Platform) -> dict[str, Any]:
    """What is the same whatever came first: payouts, arrivals, and all that books are made of."""
    arrivals = [one for one in platform.events(PayoutArrived) if isinstance(one, PayoutArrived)]
    settled = [one for one in platform.events(PayoutSettled) if isinstance(one, PayoutSettled)]
    return {
        "payouts": sorted((p.provider_id, p.state, p.bank_entry_id, p.arrived_on) for p in platform.all(Payout)),
        "arrivals": sorted((a.entry_id, a.payout_id) for a in platform.all(BankArrival)),
        "arrived": sorted((one.receipt_id, one.amount_minor, one.entity, one.arrived_on) for one in arrivals),
        "settled": sorted((one.payout_id, one.amount_minor, one.entity) for one in settled),
    }


def come(platform: Platform, one: payouts.Arrival) -> None:
    task = TakeArrival(**one._asdict())
    platform.do(lambda task, unit: unit.later(task), task)
    platform.settle()


def tell(platform: Platform, monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    answer = said(line(1_000, "adjustment"), provider_id=name, statement_text=text)
    monkeypatch.setattr(settling, "provider_named", lambda _: lambda _: Paying(answer))
    task = LookAtPayout(provider="stripe", provider_id=name, event_id="evt_1")
    platform.do(lambda task, unit: unit.later(task), task)
    platform.settle()


STEPS = ("pay 1", "pay 2", "come 1", "come 2")


@pytest.mark.parametrize("order", sorted(set(permutations((*STEPS, "come 1", "pay 1")))), ids=" ".join)
def test_in_whatever_order_and_however_often_two_alike_end_the_same(
    monkeypatch: pytest.MonkeyPatch, order: tuple[str, ...]
) -> None:
    platform = Platform("payments", start=NOON)
    for step in order:
        what, number = step.split()
        if what == "pay":
            tell(platform, monkeypatch, f"po_{number}", f"STRIPE TR{number}00000")
        else:
            come(platform, arrival(1_000, f"SEPA stripe-tr{number} 00000 thanks", f"ent_{number}"))
    found = told_on(platform)
    assert [(state, on) for _, state, _, on in found["payouts"]] == [("arrived", date(2026, 10, 7))] * 2
    assert len({entry for _, _, entry, _ in found["payouts"]}) == 2
    assert {payout for _, payout in found["arrivals"]} == {payout for payout, _, _ in found["settled"]}
    assert [entry for entry, *_ in found["arrived"]] == ["ent_1", "ent_2"]


@pytest.mark.parametrize("first", ["payout", "bank"])
def test_a_crash_after_the_first_changes_nothing_of_the_end(monkeypatch: pytest.MonkeyPatch, first: str) -> None:
    ends = []
    for crash in (False, True):
        platform = Platform("payments", start=NOON)
        steps = [
            lambda p=platform: tell(p, monkeypatch, "po_1", "TR100000"),
            lambda p=platform: come(p, arrival(1_000)),
        ]
        steps = steps if first == "payout" else steps[::-1]
        if crash:
            with monkeypatch.context() as broken:
                broken.setattr(platform.engine, "publish", unreachable)
                steps[0]()
        else:
            steps[0]()
        steps[1]()
        platform.advance_to(NOON + timedelta(minutes=5))
        platform.runtime.sweep()
        platform.settle()
        ends.append(told_on(platform))
    assert ends[0] == ends[1]
    assert [state for _, state, *_ in ends[0]["payouts"]] == ["arrived"]


def unreachable(_: object) -> None:
    """The process dies with its commit made and nothing told."""
    raise ConnectionError("gone")


def test_a_payout_of_another_legal_entity_or_currency_is_not_met(monkeypatch: pytest.MonkeyPatch) -> None:
    platform = Platform("payments", start=NOON)
    come(platform, arrival(1_000, name="ent_1")._replace(entity="MS"))
    come(platform, arrival(1_000, name="ent_2")._replace(currency="CHF"))
    come(platform, arrival(1_000, name="ent_3")._replace(provider="mollie"))
    tell(platform, monkeypatch, "po_1", "")
    assert [payout.state for payout in platform.all(Payout)] == ["settled"]
    come(platform, arrival(1_000, name="ent_4"))
    assert [(payout.state, payout.bank_entry_id) for payout in platform.all(Payout)] == [("arrived", "ent_4")]


def test_who_is_in_doubt_waits_until_all_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    platform = Platform("payments", start=NOON)
    for name in ("po_1", "po_2"):
        tell(platform, monkeypatch, name, "")
    come(platform, arrival(1_000))
    assert {payout.state for payout in platform.all(Payout)} == {"settled"}
    come(platform, arrival(1_000, name="ent_2"))
    assert {payout.state for payout in platform.all(Payout)} == {"arrived"}
    assert {payout.bank_entry_id for payout in platform.all(Payout)} == {"ent_1", "ent_2"}
