"""A mandate from its request to its end, and what of it the payer's bank is told."""

from datetime import date
from typing import Any

import pytest

from common.events.mandates import MandateChanged
from common.events.members import MemberErased
from common.events.payments import PaymentFailed
from common.failures import Rejected
from common.parties import ERASED
from functions.payments.handlers import debits, mandates
from functions.payments.model.debit_batches import DebitBatch
from functions.payments.model.mandates import Mandate, mandate_id_of
from functions.payments.requests.mandates import AmendMandate, ByMandate, SignMandate, WithReason
from functions.payments.sepa import pain002
from tests.unit.payments.sepa.scene import OTHER_IBAN, Scene, faults, invoice, texts
from tests.unit.payments.sepa.test_answers import payment, report, single

SWISS_IBAN = "CH9300762011623852957"


def states(scene: Scene) -> list[str]:
    return [one.state for one in sorted(scene.told(MandateChanged), key=lambda one: one.revision)]


def test_a_core_mandate_holds_with_its_signature(scene: Scene) -> None:
    given = scene.mandate(signed_on=None)
    assert (given.state, given.allowed) == ("requested", ["sign", "cancel"])
    scene.platform.do(mandates.sign_mandate, SignMandate(mandate_id=given.mandate_id, signed_on=date(2026, 9, 30)))
    assert states(scene) == ["requested", "active"]
    assert scene.known_mandate().lapses_on == date(2029, 9, 30)


def test_a_b2b_mandate_waits_for_the_payers_bank_and_is_collected_by_its_own_scheme(scene: Scene) -> None:
    given = scene.mandate(scheme="B2B")
    assert given.state == "signed"
    scene.issue(invoice(1))
    assert [one.code for one in scene.told(PaymentFailed)] == ["MD01"]
    scene.platform.do(mandates.confirm_mandate, ByMandate(mandate_id=given.mandate_id))
    scene.platform.settle()
    scene.to("2026-10-14")
    content = scene.file()
    assert faults(content, "pain.008.001.08") == []
    assert "B2B" in texts(content, "Cd")
    scene.credit_batch()
    assert scene.debit(1, 2).finality is not None
    assert scene.debit(1, 2).finality.final_on == date(2026, 10, 20)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"entity": "MS"}, "no_creditor_id"),
        ({"entity": "XX"}, "no_creditor_id"),
        ({"iban": "DE00120300000000202051"}, "invalid_iban"),
        ({"iban": "BR1500000000000010932840814P2"}, "invalid_iban"),
        ({"debtor_name": "محمد"}, "unreadable_name"),
        ({"iban": SWISS_IBAN}, "address_needed"),
        ({"signed_on": date(2026, 10, 2)}, "signed_in_future"),
        ({"signed_on": date(2023, 10, 1)}, "signed_long_ago"),
    ],
)
def test_what_no_bank_would_take_is_refused_at_once(scene: Scene, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Rejected) as refused:
        scene.mandate(**changes)
    assert refused.value.code == code
    assert scene.platform.all(Mandate) == []


def test_a_member_has_one_mandate_at_a_time_for_a_legal_entity_and_a_reference_is_unique(scene: Scene) -> None:
    scene.mandate(reference="A-1")
    for changes, code in (({"reference": "A-2"}, "another_mandate"), ({"reference": "a-1"}, "reference_taken")):
        with pytest.raises(Rejected) as refused:
            scene.mandate(**changes)
        assert refused.value.code == code
    scene.mandate(entity="MB", reference="A-1")
    waiting = scene.mandate(reference="A-3", signed_on=None)
    first = mandate_id_of("DE98ZZZ09999999999", "A-1")
    scene.platform.do(mandates.cancel_mandate, WithReason(mandate_id=first, reason="moved"))
    signing = SignMandate(mandate_id=waiting.mandate_id, signed_on=date(2026, 9, 30))
    scene.platform.do(mandates.sign_mandate, signing)
    assert scene.platform.read.find(Mandate, waiting.mandate_id).state == "active"  # type: ignore[union-attr]


def test_a_creditors_other_business_code_does_not_make_a_reference_another_one() -> None:
    assert mandate_id_of("DE98ZZZ09999999999", "A") == mandate_id_of("DE98ABC09999999999", "A")


def test_a_new_account_is_told_with_the_next_debit_alone(scene: Scene) -> None:
    given = scene.mandate()
    scene.issue(invoice(1), invoice(2, due_on=date(2026, 11, 2)), invoice(3, due_on=date(2026, 11, 10)))
    scene.to("2026-10-14")
    scene.credit_batch()
    scene.platform.do(mandates.amend_mandate, AmendMandate(mandate_id=given.mandate_id, iban=OTHER_IBAN))
    scene.to("2026-11-10")
    batches = sorted(scene.platform.all(DebitBatch), key=lambda one: one.hand_in_on)
    files = [scene.file(batch) for batch in batches]
    assert [texts(one, "AmdmntInd") for one in files] == [[], ["true"], []]
    assert [OTHER_IBAN in texts(one, "IBAN") for one in files] == [False, True, True]
    assert [faults(one, "pain.008.001.08") for one in files] == [[], [], []]


def test_an_amendment_whose_debit_was_refused_is_told_again(scene: Scene) -> None:
    scene.mandate(original_reference="OLD-7", original_creditor_id="DE98ZZZ09999999999")
    scene.issue(invoice(1))
    scene.to("2026-10-14")
    assert texts(scene.file(), "OrgnlMndtId") == ["OLD-7"]
    assert scene.known_mandate().amendment is None
    message = scene.batch().message_id
    refusal = report(message, payment(f"{message}-RCUR", "", "", single(1, code="AM04")))
    scene.platform.do(debits.take_report, pain002.read(refusal))
    scene.platform.settle()
    scene.to("2026-11-10")
    again = next(one for one in scene.platform.all(DebitBatch) if one.message_id != message)
    assert texts(scene.file(again), "OrgnlMndtId") == ["OLD-7"]


def test_a_b2b_mandate_with_a_new_account_waits_for_the_new_bank(scene: Scene) -> None:
    given = scene.mandate(scheme="B2B", confirmed=True)
    amended = scene.platform.do(mandates.amend_mandate, AmendMandate(mandate_id=given.mandate_id, iban=OTHER_IBAN))
    assert (amended["state"], amended["confirmed"]) == ("suspended", False)
    with pytest.raises(Rejected, match="not_confirmed"):
        scene.platform.do(mandates.resume_mandate, ByMandate(mandate_id=given.mandate_id))
    scene.platform.do(mandates.confirm_mandate, ByMandate(mandate_id=given.mandate_id))
    resumed = scene.platform.do(mandates.resume_mandate, ByMandate(mandate_id=given.mandate_id))
    assert resumed["state"] == "active"


@pytest.mark.parametrize(("changes", "sequences"), [({}, ["RCUR", "RCUR"]), ({"one_off": True}, ["OOFF"])])
def test_a_one_off_mandate_is_good_for_one_debit(scene: Scene, changes: dict[str, Any], sequences: list[str]) -> None:
    scene.mandate(**changes)
    scene.issue(invoice(1), invoice(2))
    scene.to("2026-10-14")
    assert texts(scene.file(), "EndToEndId") == [f"MP-2026-{n:07d}-1" for n in range(1, 3)][: len(sequences)] or len(
        texts(scene.file(), "EndToEndId")
    ) == len(sequences)
    assert sorted(set(texts(scene.file(), "SeqTp"))) == sorted(set(sequences))


def test_the_last_debit_says_so_and_is_the_last(scene: Scene) -> None:
    given = scene.mandate()
    scene.platform.do(mandates.amend_mandate, AmendMandate(mandate_id=given.mandate_id, final=True))
    scene.issue(invoice(1))
    scene.to("2026-10-14")
    assert texts(scene.file(), "SeqTp") == ["FNAL"]
    scene.issue(invoice(2))
    assert [one.code for one in scene.told(PaymentFailed)] == ["MD01"]


def test_a_mandate_that_nobody_uses_for_36_months_lapses_and_a_used_one_lives_on(scene: Scene) -> None:
    scene.mandate(signed_on=date(2024, 1, 10))
    scene.mandate("mem_2", iban=OTHER_IBAN, signed_on=date(2024, 1, 10))
    scene.issue(invoice(1))
    scene.to("2026-10-14")
    scene.to("2027-01-11", schedule=False)
    by_member = {one.member_id: one for one in scene.platform.all(Mandate)}
    assert (by_member["mem_2"].state, by_member["mem_2"].reason) == ("expired", "unused")
    assert by_member["mem_1"].state == "active"
    scene.to("2029-10-16", schedule=False)
    assert {one.state for one in scene.platform.all(Mandate)} == {"expired"}


def test_an_erased_members_mandate_ends_now_and_is_forgotten_when_nothing_can_be_claimed(scene: Scene) -> None:
    scene.mandate()
    scene.mandate("mem_2", iban=OTHER_IBAN)
    scene.issue(invoice(1))
    scene.to("2026-10-14")
    scene.platform.tell(*(MemberErased(member_id=m, revision=2, reason="Article 17") for m in ("mem_1", "mem_2")))
    by_member = {one.member_id: one for one in scene.platform.all(Mandate)}
    assert {one.state for one in by_member.values()} == {"cancelled"}
    assert (by_member["mem_2"].iban, by_member["mem_2"].debtor_name) == ("", ERASED)
    assert by_member["mem_1"].iban
    scene.to("2027-12-20", schedule=False)
    assert {one.iban for one in scene.platform.all(Mandate)} == {""}


@pytest.mark.parametrize("verb", [mandates.cancel_mandate, mandates.suspend_mandate])
def test_an_ended_mandate_stays_ended(scene: Scene, verb: Any) -> None:
    given = scene.mandate()
    asked = WithReason(mandate_id=given.mandate_id, reason="by the member")
    scene.platform.do(mandates.cancel_mandate, asked)
    with pytest.raises(Rejected, match="wrong_state"):
        scene.platform.do(verb, asked)
    with pytest.raises(Rejected, match="not_found"):
        scene.platform.do(verb, WithReason(mandate_id="mdt_none", reason="x"))
