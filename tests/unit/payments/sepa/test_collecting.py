"""From an invoice to money: announced in time, handed in once, credited, each told once."""

from datetime import date

import pytest

from common.events.mandates import DebitAnnounced
from common.events.matching import CreditNoteApplied, ItemSettled
from common.events.payments import PaymentActionRequired, PaymentFailed, PaymentReceived, PaymentRequested
from functions.payments.model.debit_batches import DebitBatch
from functions.payments.model.debits import Debit
from tests.unit.payments.sepa.scene import IBAN, Scene, booking, faults, invoice, texts

PAIN008 = "pain.008.001.08"


def test_a_debit_is_announced_fourteen_days_ahead_handed_in_a_bank_day_before_and_received_once(scene: Scene) -> None:
    scene.mandate()
    scene.issue(invoice())
    announced = scene.told(DebitAnnounced)
    assert [(one.collect_on, one.amount_minor, one.account_ending) for one in announced] == [
        (date(2026, 10, 15), 11_900, IBAN[-4:])
    ]
    assert [one.attempt for one in scene.told(PaymentRequested)] == [1]
    scene.to("2026-10-13", 23)
    assert scene.platform.all(DebitBatch) == []
    scene.to("2026-10-14")
    batch = scene.batch()
    assert (batch.state, batch.collect_on, batch.hand_in_on) == ("filed", date(2026, 10, 15), date(2026, 10, 14))
    content = scene.file()
    assert faults(content, PAIN008) == []
    assert texts(content, "EndToEndId") == ["MP-2026-0000001-1"]
    assert texts(content, "ReqdColltnDt") == ["2026-10-15"]
    assert texts(content, "Ref") == ["RF79MP20260000001"]
    assert scene.payment().state == "processing"
    scene.credit_batch()
    received = scene.told(PaymentReceived)
    assert [(one.amount_minor, one.invoice_number, one.source, one.final_on) for one in received] == [
        (11_900, "MP-2026-0000001", "sepa", date(2027, 11, 14))
    ]
    assert received[0].receipt_id == scene.debit().receipts[0]
    assert scene.batch().state == "settled"
    scene.credit_batch()
    assert len(scene.told(PaymentReceived)) == 1
    assert scene.parked() == []


def test_without_a_mandate_the_member_is_asked_for_one_and_then_the_debit_is_announced(scene: Scene) -> None:
    scene.issue(invoice())
    assert [(one.code, one.attempt) for one in scene.told(PaymentFailed)] == [("MD01", 1)]
    assert [one.why for one in scene.told(PaymentActionRequired)] == ["new_mandate"]
    assert scene.told(DebitAnnounced) == []
    scene.mandate()
    assert [one.attempt for one in scene.told(DebitAnnounced)] == [2]
    scene.to("2026-10-14")
    assert scene.batch().count == 1


def test_only_the_rest_is_collected_and_nothing_where_nothing_is_owed(scene: Scene) -> None:
    scene.mandate()
    scene.issue(invoice(1), invoice(2), invoice(3))
    scene.platform.tell(_credited(1, 1_900), _settled(2))
    scene.to("2026-10-14")
    assert [scene.debit(n).state for n in (1, 2, 3)] == ["sealed", "dropped", "sealed"]
    assert (scene.batch().count, scene.batch().total_minor) == (2, 1_900 + 11_900)
    assert [(one.invoice_number, one.code) for one in scene.told(PaymentFailed)] == [("MP-2026-0000002", "not_needed")]
    scene.credit_batch()
    assert sorted(one.amount_minor for one in scene.told(PaymentReceived)) == [1_900, 11_900]


def test_a_schedule_that_ran_twice_hands_in_once_and_a_missed_day_is_caught_up(scene: Scene) -> None:
    scene.mandate()
    scene.issue(invoice(1), invoice(2, due_on=date(2026, 10, 20)))
    scene.to("2026-10-14")
    scene.hand_in()
    assert [one.count for one in scene.platform.all(DebitBatch)] == [1]
    scene.to("2026-10-21", 5, schedule=False)
    scene.to("2026-10-21")
    batches = sorted(scene.platform.all(DebitBatch), key=lambda one: one.hand_in_on)
    assert [(one.hand_in_on, one.collect_on, one.count) for one in batches] == [
        (date(2026, 10, 14), date(2026, 10, 15), 1),
        (date(2026, 10, 21), date(2026, 10, 22), 1),
    ]


def test_a_mandate_cancelled_after_the_announcement_is_not_debited(scene: Scene) -> None:
    from functions.payments.handlers import mandates
    from functions.payments.requests.mandates import WithReason

    given = scene.mandate()
    scene.issue(invoice())
    scene.platform.do(mandates.cancel_mandate, WithReason(mandate_id=given.mandate_id, reason="by the member"))
    scene.to("2026-10-14")
    assert scene.platform.all(DebitBatch) == []
    assert scene.debit().state == "dropped"
    assert [one.code for one in scene.told(PaymentFailed)] == ["MD01"]


def test_a_debit_is_never_collected_before_it_was_announced_long_enough(scene: Scene) -> None:
    scene.mandate()
    scene.issue(invoice())
    with pytest.raises(ValueError, match="no earlier"):
        scene.debit().but(collect_on=date(2026, 10, 14))


def test_single_bookings_settle_each_once(scene: Scene) -> None:
    scene.mandate()
    scene.issue(invoice(1), invoice(2))
    scene.to("2026-10-14")
    for _ in range(2):
        scene.book(*(booking(f"rcp_{n}", 11_900, end_to_end_id=f"MP-2026-000000{n}-1") for n in (1, 2)))
    assert [one.amount_minor for one in scene.told(PaymentReceived)] == [11_900, 11_900]
    assert {one.state for one in scene.platform.all(Debit)} == {"settled"}


def _item(number: int) -> dict[str, object]:
    return {
        "member_id": "mem_1",
        "item_id": f"item_{number}",
        "invoice_id": f"inv_{number}",
        "invoice_number": f"MP-2026-{number:07d}",
        "currency": "EUR",
        "item_version": 2,
    }


def _credited(number: int, open_minor: int) -> CreditNoteApplied:
    return CreditNoteApplied.model_validate(
        {
            **_item(number),
            "credit_note_id": "crn_1",
            "credit_note_number": "MPC-2026-000001",
            "entity": "MP",
            "offset_minor": 11_900 - open_minor,
            "credit_minor": 0,
            "refund_minor": 0,
            "open_minor": open_minor,
            "applied_on": date(2026, 10, 2),
        }
    )


def _settled(number: int) -> ItemSettled:
    return ItemSettled.model_validate(
        {**_item(number), "open_minor": 0, "total_minor": 11_900, "settled_on": date(2026, 10, 3)}
    )
