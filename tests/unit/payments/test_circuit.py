"""A provider that is down is not asked by every task, and what was not asked is safe."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from common.parking import Parked
from functions.payments.model.asking import NOT_ASKED, Answer, wait_of
from functions.payments.model.payments import Payment
from functions.payments.providers import asking
from functions.payments.providers.circuit import PAUSE, SILENT, Circuit, circuit_of, seconds_asked_for
from tests.kit import Platform
from tests.unit.payments.stage import START, Scripted, invoice

NOW = datetime(2026, 10, 1, 8, tzinfo=UTC)
SILENCE = Answer(outcome="unknown", code="ReadTimeout")
WELL = Answer(outcome="failed", code="lost_card")


def goes_out(circuit: Circuit, answer: Answer, now: datetime = NOW) -> bool:
    """Whether the provider was asked."""
    return circuit.ask(lambda: answer, now).code != NOT_ASKED


def test_a_provider_that_is_silent_again_and_again_is_left_alone_for_a_minute() -> None:
    circuit = Circuit()
    assert all(goes_out(circuit, SILENCE) for _ in range(SILENT))
    assert not goes_out(circuit, WELL)
    assert not goes_out(circuit, WELL, NOW + PAUSE - timedelta(seconds=1))
    assert goes_out(circuit, WELL, NOW + PAUSE)
    assert goes_out(circuit, WELL, NOW + PAUSE)


def test_one_question_shows_whether_it_is_back() -> None:
    circuit = Circuit()
    for _ in range(SILENT):
        goes_out(circuit, SILENCE)
    later = NOW + PAUSE
    others: list[str] = []

    def probe() -> Answer:
        others.extend(circuit.ask(lambda: WELL, later).code for _ in range(3))
        return SILENCE

    assert circuit.ask(probe, later).code == "ReadTimeout"
    assert others == [NOT_ASKED] * 3
    assert not goes_out(circuit, WELL, later + PAUSE / 2)
    assert goes_out(circuit, WELL, later + PAUSE)


def test_any_answer_that_says_something_starts_the_count_anew() -> None:
    circuit = Circuit()
    for _ in range(3 * SILENT):
        assert goes_out(circuit, SILENCE)
        assert goes_out(circuit, WELL)


@pytest.mark.parametrize(
    "busy", [Answer(outcome="unknown", code="http_429:90"), Answer(outcome="unknown", retry_after_s=90)]
)
def test_a_provider_that_asks_to_be_left_alone_is(busy: Answer) -> None:
    circuit = Circuit()
    assert goes_out(circuit, busy)
    told = circuit.ask(lambda: WELL, NOW + timedelta(seconds=30))
    assert (told.outcome, told.code, wait_of(told)) == ("unknown", NOT_ASKED, 60)
    assert goes_out(circuit, WELL, NOW + timedelta(seconds=90))


def test_a_question_that_breaks_counts_as_silence_and_is_raised() -> None:
    circuit = Circuit()
    for _ in range(SILENT):
        with pytest.raises(ZeroDivisionError):
            circuit.ask(lambda: Answer(outcome="unknown", retry_after_s=1 // 0), NOW)
    assert not goes_out(circuit, WELL)


def test_each_adapter_has_its_own_circuit() -> None:
    one, other = Scripted(), Scripted()
    assert circuit_of(one) is circuit_of(one)
    assert circuit_of(one) is not circuit_of(other)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        (" 120 ", 120),
        ("999999999999", 3600),
        ("Thu, 01 Oct 2026 08:00:30 GMT", 30),
        ("Thu, 01 Oct 2026 07:00:00 GMT", 0),
        ("Thu, 01 Oct 2036 07:00:00 GMT", 3600),
        ("", 0), ("-5", 0), ("soon", 0), ("١٢", 0), ("1e3", 0),
    ],
)  # fmt: skip
def test_what_retry_after_says_is_understood_or_ignored(said: str, seconds: int) -> None:
    assert seconds_asked_for({"retry-after": said}, NOW) == seconds


def test_a_provider_that_is_down_is_asked_a_few_times_for_a_slice_and_every_charge_is_made_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    provider = Scripted()
    provider.down = True
    monkeypatch.setattr(asking, "provider_named", lambda _: lambda _: provider)
    monkeypatch.setattr(asking, "AT_ONCE", 1)
    platform = Platform("payments")
    platform.tell(*[invoice(number) for number in range(1, 41)])
    assert len(provider.asked) == SILENT
    provider.down = False
    platform.advance_to(START + timedelta(hours=3))
    assert [len(made) for made in provider.made.values()] == [1] * 40


def test_the_janitor_waits_as_long_as_the_provider_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = Scripted(pm_busy="busy pays")
    monkeypatch.setattr(asking, "provider_named", lambda _: lambda _: provider)
    platform = Platform("payments")
    platform.tell(invoice(token="pm_busy"))
    platform.advance_to(START + timedelta(seconds=899))
    assert (len(provider.asked), provider.searched) == (1, [])
    platform.advance_to(START + timedelta(seconds=900))
    assert (len(provider.asked), len(provider.searched)) == (2, 1)


def test_a_provider_that_charges_and_never_answers_is_given_up_for_a_person_and_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    provider = Scripted(pm_card_visa="silent")
    monkeypatch.setattr(asking, "provider_named", lambda _: lambda _: provider)
    monkeypatch.setattr(asking, "AT_ONCE", 1)
    platform = Platform("payments")
    platform.tell(*[invoice(number) for number in range(1, 61)])
    platform.advance_to(START + timedelta(days=9))
    states = Counter(payment.state for payment in platform.all(Payment))
    parked = [one for one in platform.all(Parked) if one.code == "provider_silent"]
    assert states["succeeded"] + len(parked) == 60
    assert {len(made) for made in provider.made.values()} == {1}
