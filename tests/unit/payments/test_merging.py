"""Mandates and methods follow a member whose account was closed for another one; collections go on."""

from itertools import permutations
from typing import Any

import pytest

from common.events.mandates import MandateChanged
from common.events.members import MemberChanged, MemberMerged
from common.events.payments import PaymentRequested
from common.failures import Rejected
from functions.payments.handlers import mandates
from functions.payments.model.mandates import Debtor, Mandate
from functions.payments.model.payments import Payment
from functions.payments.model.successors import Successor
from functions.payments.requests.mandates import WithReason
from tests.unit.payments.sepa.scene import OTHER_IBAN, Scene, invoice
from tests.unit.payments.stage import Stage
from tests.unit.payments.stage import invoice as by_card
from tests.unit.told import buyer


@pytest.fixture
def scene() -> Scene:
    return Scene()


def merged(member: str = "mem_1", into: str = "mem_2", revision: int = 2) -> MemberMerged:
    return MemberMerged(member_id=member, into=into, revision=revision, reason="the same holder")


def holding(scene: Scene, member: str) -> str:
    slots = [one for one in scene.platform.all(Debtor) if one.member_id == member]
    return slots[0].mandate_id if slots else ""


def test_a_mandate_goes_on_under_its_reference_for_who_goes_on(scene: Scene) -> None:
    given = scene.mandate()
    scene.issue(merged())  # type: ignore[arg-type]
    after = scene.known_mandate()
    assert (after.member_id, after.reference, after.state, after.amendment) == (
        "mem_2",
        given.reference,
        "active",
        None,
    )
    assert (holding(scene, "mem_1"), holding(scene, "mem_2")) == ("", given.mandate_id)
    newest = max(scene.told(MandateChanged), key=lambda one: one.revision)
    assert (newest.member_id, newest.state) == ("mem_2", "active")


def test_what_was_announced_and_what_is_issued_late_is_collected_by_it(scene: Scene) -> None:
    scene.mandate()
    scene.issue(invoice())
    scene.issue(merged())  # type: ignore[arg-type]
    scene.issue(invoice(2), invoice(3, member="mem_2"))
    scene.to("2026-10-15")
    assert [scene.debit(number).state for number in (1, 2, 3)] == ["sealed"] * 3
    assert {scene.debit(number).mandate_id for number in (1, 2, 3)} == {scene.known_mandate().id}


def test_where_both_had_one_each_announced_debit_keeps_its_own_and_the_next_go_by_the_survivors(scene: Scene) -> None:
    theirs, own = scene.mandate(), scene.mandate("mem_2", iban=OTHER_IBAN)
    scene.issue(invoice())
    scene.issue(merged())  # type: ignore[arg-type]
    scene.issue(invoice(2))
    scene.to("2026-10-15")
    assert (scene.debit(1).mandate_id, scene.debit(2).mandate_id) == (theirs.mandate_id, own.mandate_id)
    assert {scene.debit(1).state, scene.debit(2).state} == {"sealed"}
    assert holding(scene, "mem_2") == own.mandate_id


def test_what_waited_for_a_mandate_is_collected_by_the_survivors(scene: Scene) -> None:
    scene.issue(invoice())
    assert scene.payment().state == "failed"
    scene.mandate("mem_2")
    scene.issue(merged())  # type: ignore[arg-type]
    scene.to("2026-10-20")
    assert scene.debit(1, attempt=2).state == "sealed"


def test_a_closed_account_gets_no_mandate_of_its_own(scene: Scene) -> None:
    scene.issue(merged())  # type: ignore[arg-type]
    with pytest.raises(Rejected) as refusal:
        scene.mandate()
    assert refusal.value.code == "member_merged"


def test_an_ended_mandate_stays_where_it_was(scene: Scene) -> None:
    given = scene.mandate()
    scene.platform.do(mandates.cancel_mandate, WithReason(mandate_id=given.mandate_id, reason="no more"))
    scene.issue(merged())  # type: ignore[arg-type]
    assert scene.known_mandate().member_id == "mem_1"


def test_merges_in_any_order_and_twice_lead_to_the_same() -> None:
    told = (merged(), merged("mem_2", "mem_3", 5), merged("mem_1", "mem_3", 3))
    for order in permutations(told):
        scene = Scene()
        scene.mandate()
        scene.issue(invoice())
        for one in (*order, order[0]):
            scene.issue(one)  # type: ignore[arg-type]
        assert {one.into for one in scene.platform.all(Successor)} == {"mem_3"}
        assert [one.member_id for one in scene.platform.all(Mandate)] == ["mem_3"]
        assert [holding(scene, f"mem_{number}") for number in (1, 2)] == ["", ""]
        assert holding(scene, "mem_3") == scene.known_mandate().id


def changed(member: str, revision: int, **paying: Any) -> MemberChanged:
    return MemberChanged(
        member_id=member, revision=revision, buyer=buyer(member_id=member, **paying), segment="private"
    )


def test_a_planned_collection_goes_by_the_survivors_card_once_there_is_one(stage: Stage) -> None:
    late = by_card().model_copy(update={"due_on": by_card().due_on.replace(month=12)})
    stage.platform.tell(late)
    stage.platform.tell(merged(late.member_id, "mem_2"))
    stage.platform.tell(changed("mem_2", 1, payment_method="transfer"))
    [payment] = stage.platform.all(Payment)
    assert payment.token == late.buyer.payment_token
    stage.platform.tell(changed("mem_2", 2, payment_method="card", payment_token="pm_card_mastercard"))
    stage.platform.tell(changed(late.member_id, 9, payment_method="card", payment_token="pm_card_old"))
    stage.platform.tell(changed("mem_2", 1, payment_method="card", payment_token="pm_card_older"))
    [payment] = stage.platform.all(Payment)
    assert (payment.token, payment.member_id) == ("pm_card_mastercard", late.member_id)
    stage.platform.advance_to(stage.platform.clock.now().replace(month=12, day=28))
    assert len(stage.platform.events(PaymentRequested)) == 1
