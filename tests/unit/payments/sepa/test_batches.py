"""Batches are sealed once, never too large, always the same file; and the calendar they go by."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.dates import is_bank_day
from common.events.audit import InvariantBroken
from common.events.payments import PaymentReceived
from functions.payments.model import debit_batches
from functions.payments.model.debit_batches import DebitBatch, FileBatch
from functions.payments.model.debits import Debit
from functions.payments.providers import debit_files
from functions.payments.sepa import banks
from functions.payments.sepa.identifiers import message_and_sequence, message_id
from tests.unit.payments.sepa.scene import Scene, faults, invoice, texts

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2031, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
ENTITIES = st.sampled_from(["MP", "MB"])
KINDS = st.sampled_from(banks.SCHEMES)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A bank that takes five payments a file, and commits of two."""
    terms = {name: one.model_copy(update={"most_transactions": 5}) for name, one in banks.terms_by_entity().items()}
    monkeypatch.setattr("functions.payments.handlers.debit_batches.terms_by_entity", lambda: terms)
    monkeypatch.setattr("functions.payments.handlers.debit_batches.PAGE", 2)
    monkeypatch.setattr("functions.payments.handlers.debits.PAGE", 2)
    yield
    assert debit_batches.PAGE == 200


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("disorder", [False, True])
def test_no_file_is_larger_than_the_bank_takes_and_no_debit_is_in_two(scene: Scene, disorder: bool) -> None:
    scene.mandate()
    scene.platform.bus.disorder = disorder
    scene.issue(*(invoice(number) for number in range(1, 14)))
    scene.to("2026-10-14")
    batches = scene.platform.all(DebitBatch)
    assert sorted(one.count for one in batches) == [3, 5, 5]
    files = [scene.file(one) for one in batches]
    assert [faults(one, "pain.008.001.08") for one in files] == [[], [], []]
    names = [name for one in files for name in texts(one, "EndToEndId")]
    assert sorted(names) == [f"MP-2026-{number:07d}-1" for number in range(1, 14)]
    for number, batch in enumerate(batches):
        scene.book_batch(batch, f"rcp_{number}")
    assert len(scene.told(PaymentReceived)) == 13
    assert scene.cash() == 13 * 11_900


def test_a_file_made_again_is_the_same_file(scene: Scene) -> None:
    scene.mandate()
    scene.issue(*(invoice(number) for number in range(1, 4)))
    scene.to("2026-10-14")
    batch = scene.batch()
    first = debit_files.write([FileBatch(batch_id=batch.id)], scene.platform.runtime.world)
    again = debit_files.write([FileBatch(batch_id=batch.id)], scene.platform.runtime.world)
    assert first == again
    assert first[0].sha256 == batch.sha256


def test_a_crash_between_sealing_and_filing_loses_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.mandate()
    scene.issue(invoice(1))
    scene.to("2026-10-14", 5)
    put_file, failures = scene.platform.engine.put_file, iter([True, True])

    def broken(name: str, content: bytes, content_type: str) -> bool:
        if next(failures, False):
            raise ConnectionError("the archive is down")
        return put_file(name, content, content_type)

    monkeypatch.setattr(scene.platform.engine, "put_file", broken)
    scene.platform.bus.again = (*scene.platform.bus.again, ConnectionError)
    scene.to("2026-10-14")
    assert scene.batch().state == "filed"
    assert texts(scene.file(), "EndToEndId") == ["MP-2026-0000001-1"]


def test_a_frozen_members_debit_waits_and_their_invoice_too(scene: Scene) -> None:
    scene.mandate()
    scene.issue(invoice(1))
    known = {"finding_id": "f1", "revision": 1, "numbers": (1,), "rule": "r", "says": "s", "evidence": ("e",)}
    scene.platform.tell(InvariantBroken.model_validate({"member_id": "mem_1", **known}))
    scene.to("2026-10-16")
    assert scene.platform.all(DebitBatch) == []
    assert scene.debit(1).state == "announced"
    scene.issue(invoice(2))
    assert scene.payment(2).attempts == ()


def test_nothing_is_handed_in_when_banks_are_closed() -> None:
    late = Scene(datetime(2026, 12, 10, 4, tzinfo=UTC))
    late.mandate()
    late.issue(invoice(1, due_on=date(2026, 12, 25)))
    assert late.debit(1).collect_on == date(2026, 12, 28)
    late.to("2026-12-25", 23)
    (batch,) = late.platform.all(DebitBatch)
    assert (batch.hand_in_on, batch.collect_on) == (date(2026, 12, 24), date(2026, 12, 28))


def test_a_message_id_is_known_again_with_and_without_its_sequence() -> None:
    name = message_id("MP", "B2B", date(2026, 10, 14), 12)
    assert len(f"{name}-RCUR") <= 35
    assert message_and_sequence(f" {name}-OOFF ") == (name, "OOFF")
    assert message_and_sequence(name) == (name, "")
    assert message_and_sequence("THEIRS-1") == ("", "")
    assert len(message_id("ABCD", "CORE", date(2026, 10, 14), 99)) <= 30


@given(ENTITIES, KINDS, MOMENTS, st.integers(0, 90), st.integers(1, 14))
def test_a_debit_is_collected_on_a_bank_day_when_due_told_in_time_and_in_reach(
    entity: str, scheme: banks.Scheme, now: datetime, wait: int, notice: int
) -> None:
    due_on = now.date() + timedelta(days=wait)
    day = banks.collection_day(entity, scheme, due_on, notice, now)
    assert is_bank_day(day)
    assert day >= due_on
    assert day >= now.date() + timedelta(days=notice)
    assert day >= banks.first_collection(entity, scheme, now)
    assert day - max(due_on, now.date() + timedelta(days=notice)) <= timedelta(days=7)


@given(ENTITIES, MOMENTS)
def test_what_comes_after_the_cut_off_is_handed_in_on_the_next_bank_day(entity: str, now: datetime) -> None:
    day = banks.hand_in_on(entity, now)
    zone = ZoneInfo("Europe/Berlin" if entity == "MP" else "Europe/Brussels")
    local = now.astimezone(zone)
    in_time = local.time() < banks.terms_by_entity()[entity].cut_off
    assert is_bank_day(day)
    assert (day == local.date()) == (in_time and is_bank_day(local.date()))
    assert all(not is_bank_day(local.date() + timedelta(days=n)) for n in range(1, (day - local.date()).days))


@given(ENTITIES, KINDS, MOMENTS)
def test_every_day_that_can_be_reached_no_more_is_looked_at(entity: str, scheme: banks.Scheme, now: datetime) -> None:
    days = banks.days_to_collect(entity, scheme, now)
    assert days == sorted(set(days))
    assert days[-1] == banks.first_collection(entity, scheme, now)
    assert days[-1] > banks.hand_in_on(entity, now)


def test_debits_of_one_day_share_a_key_and_those_of_others_do_not(scene: Scene) -> None:
    scene.mandate()
    scene.issue(invoice(1), invoice(2), invoice(3, due_on=date(2026, 10, 20)))
    keys = [one.due for one in sorted(scene.platform.all(Debit), key=lambda one: one.end_to_end_id)]
    assert keys[0] == keys[1] != keys[2]


def test_both_schemes_and_both_legal_entities_hand_in_on_the_same_morning(scene: Scene) -> None:
    scene.mandate()
    scene.mandate("mem_2", scheme="B2B", confirmed=True)
    scene.mandate("mem_3", entity="MB")
    scene.issue(invoice(1), invoice(2, member="mem_2"), invoice(3, member="mem_3", entity="MB"))
    scene.to("2026-10-14")
    batches = scene.platform.all(DebitBatch)
    assert sorted((one.entity, one.scheme, one.state) for one in batches) == [
        ("MB", "CORE", "filed"),
        ("MP", "B2B", "filed"),
        ("MP", "CORE", "filed"),
    ]
