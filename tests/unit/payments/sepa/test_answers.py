"""What banks say of debits: refused, credited otherwise, taken back, claimed long after; each counted exactly once."""

from typing import Any

import pytest

from common.events.mandates import DebitAnnounced, MandateChanged
from common.events.payments import PaymentActionRequired, PaymentFailed, PaymentReceived, PaymentReturned
from common.failures import Rejected
from functions.payments.handlers import debits, mandates
from functions.payments.requests.mandates import WithReason
from functions.payments.sepa import pain002
from functions.payments.sepa.reasons import is_return, reasons
from tests.unit.payments.sepa.scene import Scene, booking, invoice


def report(message_id: str, *lines: str, group: str = "", version: str = "10") -> bytes:
    """A bank's status report."""
    status = f"<GrpSts>{group}</GrpSts>" if group else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version}"><CstmrPmtStsRpt>
<GrpHdr><MsgId>BANK-1</MsgId><CreDtTm>2026-10-14T10:00:00Z</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>{message_id}</OrgnlMsgId><OrgnlMsgNmId>pain.008.001.08</OrgnlMsgNmId>{status}
</OrgnlGrpInfAndSts>{"".join(lines)}</CstmrPmtStsRpt></Document>""".encode()


def payment(name: str, status: str = "", code: str = "", *lines: str) -> str:
    """What it says of a payment information."""
    said = f"<PmtInfSts>{status}</PmtInfSts>" if status else ""
    body = f"<OrgnlPmtInfId>{name}</OrgnlPmtInfId>{said}{_why(code)}{''.join(lines)}"
    return f"<OrgnlPmtInfAndSts>{body}</OrgnlPmtInfAndSts>"


def single(number: int, status: str = "RJCT", code: str = "AC04") -> str:
    """What it says of one debit."""
    return (
        f"<TxInfAndSts><OrgnlEndToEndId>MP-2026-{number:07d}-1</OrgnlEndToEndId><TxSts>{status}</TxSts>"
        f"{_why(code)}</TxInfAndSts>"
    )


def _why(code: str) -> str:
    return f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>" if code else ""


def tell(scene: Scene, content: bytes) -> Any:
    """The report is uploaded."""
    answer = scene.platform.do(debits.take_report, pain002.read(content))
    scene.platform.settle()
    return answer


def announced(scene: Scene, number: int) -> list[int]:
    """The attempts to collect an invoice that were announced."""
    told = scene.told(DebitAnnounced)
    return sorted(one.attempt for one in told if one.invoice_number == f"MP-2026-{number:07d}")


@pytest.fixture
def handed_in(scene: Scene) -> Scene:
    """Two debits of 119.00 EUR, handed in."""
    scene.mandate()
    scene.issue(invoice(1), invoice(2))
    scene.to("2026-10-14")
    return scene


def test_a_refusal_before_the_credit_is_a_failed_payment_and_the_batch_is_credited_with_the_rest(
    handed_in: Scene,
) -> None:
    batch = handed_in.batch()
    answer = tell(handed_in, report(batch.message_id, payment(f"{batch.message_id}-RCUR", "PART", "", single(1))))
    assert answer["refused"] == 1
    assert [(one.code, one.invoice_number) for one in handed_in.told(PaymentFailed)] == [("AC04", "MP-2026-0000001")]
    assert handed_in.told(PaymentReturned) == []
    handed_in.book(booking("rcp_b", 11_900, message_id=f"{batch.message_id}-RCUR"))
    assert [one.invoice_number for one in handed_in.told(PaymentReceived)] == ["MP-2026-0000002"]
    assert handed_in.cash() == 11_900
    assert handed_in.batch().state == "settled"


def test_a_bank_that_credits_also_what_it_refused_and_takes_it_back_leaves_the_same_money(handed_in: Scene) -> None:
    batch = handed_in.batch()
    tell(handed_in, report(batch.message_id, payment(f"{batch.message_id}-RCUR", "", "", single(1))))
    handed_in.credit_batch()
    assert handed_in.cash() == 23_800
    handed_in.returned(1, "AC04")
    assert handed_in.cash() == 11_900
    assert handed_in.debit(1).state == "returned"


@pytest.mark.parametrize("level", ["group", "payment"])
def test_a_file_refused_whole_fails_every_debit_once(handed_in: Scene, level: str) -> None:
    message = handed_in.batch().message_id
    content = (
        report(message, group="RJCT")
        if level == "group"
        else report(message, payment(f"{message}-RCUR", "RJCT", "FF01"))
    )
    for _ in range(2):
        tell(handed_in, content)
    assert len(handed_in.told(PaymentFailed)) == 2
    assert handed_in.batch().state == "rejected"
    with_amendments = handed_in.known_mandate()
    assert with_amendments.uses == 0


def test_a_refusal_whose_reason_is_success_refuses_nothing(handed_in: Scene) -> None:
    """OCA/bank-payment issue 519: the success code taken for a return."""
    message = handed_in.batch().message_id
    told = tell(
        handed_in, report(message, payment(f"{message}-RCUR", "", "", single(1, "RJCT", "0000"), single(2, "ACCP")))
    )
    assert (told["refused"], told["ignored"]) == (0, 1)
    handed_in.credit_batch()
    assert handed_in.cash() == 23_800
    assert handed_in.told(PaymentReturned) == []


def test_a_return_is_told_once_with_its_fee_and_exactly_what_was_collected(handed_in: Scene) -> None:
    handed_in.credit_batch()
    for name in ("rcp_r", "rcp_r_again_in_another_file"):
        handed_in.returned(1, "AM04", name, amount=-12_200)
    back = handed_in.told(PaymentReturned)
    assert [(one.amount_minor, one.fee_minor, one.code, one.kind) for one in back] == [(11_900, 300, "AM04", "return")]
    assert back[0].receipt_id == handed_in.debit(1).receipts[0]
    assert handed_in.cash() == 11_900


def test_a_return_of_another_amount_is_for_people(handed_in: Scene) -> None:
    handed_in.credit_batch()
    handed_in.returned(1, amount=-5_000)
    assert handed_in.told(PaymentReturned) == []
    assert handed_in.parked() == ["return_differs"]


def test_a_return_that_comes_before_the_credit_waits_for_it(handed_in: Scene) -> None:
    handed_in.returned(1, "MD06")
    assert handed_in.told(PaymentReturned) == []
    assert handed_in.payment(1).state == "processing"
    handed_in.credit_batch()
    assert handed_in.cash() == 11_900
    assert [one.code for one in handed_in.told(PaymentReturned)] == ["MD06"]


def test_a_return_of_a_debit_we_never_made_is_a_case(scene: Scene) -> None:
    scene.book(booking("rcp_r", -500, end_to_end_id="MP-2026-0009999-1", return_code="MD01"))
    assert scene.parked() == ["unknown_debit"]


def test_money_that_only_looks_like_a_debit_is_told_as_any_other(scene: Scene) -> None:
    scene.book(booking("rcp_x", 700, end_to_end_id="MP-2026-0009999-1", text="thanks"))
    assert [(one.receipt_id, one.source, one.text) for one in scene.told(PaymentReceived)] == [
        ("rcp_x", "bank", "thanks")
    ]


def test_an_unauthorised_claim_thirteen_months_on_counts_though_the_mandate_is_long_cancelled(handed_in: Scene) -> None:
    handed_in.credit_batch()
    given = handed_in.known_mandate()
    handed_in.platform.do(mandates.cancel_mandate, WithReason(mandate_id=given.id, reason="by the member"))
    handed_in.to("2027-11-10", schedule=False)
    handed_in.returned(1, "MD01")
    assert handed_in.cash() == 11_900
    assert handed_in.known_mandate().reason == "by the member"
    assert handed_in.parked() == []


def test_a_return_taken_back_is_money_again_and_can_be_returned_again(handed_in: Scene) -> None:
    handed_in.credit_batch()
    handed_in.returned(1, "MS03")
    handed_in.book(booking("rcp_back", 11_900, end_to_end_id="MP-2026-0000001-1"))
    assert handed_in.cash() == 23_800
    assert len({one.receipt_id for one in handed_in.told(PaymentReceived)}) == 3
    handed_in.returned(1, "MD06", "rcp_r2")
    assert handed_in.cash() == 11_900
    assert len({one.return_id for one in handed_in.told(PaymentReturned)}) == 2


def test_a_return_for_want_of_money_is_collected_again_and_one_without_a_mandate_is_not(handed_in: Scene) -> None:
    handed_in.credit_batch()
    handed_in.returned(1, "AM04")
    handed_in.to("2026-11-05", schedule=False)
    assert announced(handed_in, 1) == [1, 2]
    handed_in.returned(2, "MD01", "rcp_r2")
    handed_in.to("2026-11-25", schedule=False)
    assert announced(handed_in, 2) == [1]
    assert [one.state for one in handed_in.told(MandateChanged)][-1] == "cancelled"


def test_a_refusal_for_want_of_money_is_announced_again_on_the_planned_day(handed_in: Scene) -> None:
    message = handed_in.batch().message_id
    tell(handed_in, report(message, payment(f"{message}-RCUR", "", "", single(1, code="AM04"))))
    planned = handed_in.payment(1).next_at
    assert planned is not None
    assert announced(handed_in, 1) == [1]
    handed_in.to(planned.date().isoformat())
    again = handed_in.debit(1, 2)
    assert again.state == "announced"
    assert (again.collect_on - planned.date()).days >= 2
    handed_in.to(again.collect_on.isoformat())
    assert handed_in.debit(1, 2).state == "sealed"


def test_a_report_of_a_return_without_a_booking_is_believed_some_days_later(handed_in: Scene) -> None:
    handed_in.credit_batch()
    message = handed_in.batch().message_id
    tell(handed_in, report(message, payment(f"{message}-RCUR", "", "", single(1, code="MS02"))))
    assert handed_in.told(PaymentReturned) == []
    handed_in.to("2026-10-22", schedule=False)
    assert [one.code for one in handed_in.told(PaymentReturned)] == ["MS02"]
    handed_in.returned(1, "MS02")
    assert len(handed_in.told(PaymentReturned)) == 1


@pytest.mark.parametrize("amount", [1, 23_799, 23_801])
def test_a_batch_credited_with_another_sum_is_for_people_and_nothing_is_told(handed_in: Scene, amount: int) -> None:
    handed_in.book(booking("rcp_b", amount, message_id=handed_in.batch().message_id))
    assert handed_in.told(PaymentReceived) == []
    assert handed_in.parked() == ["batch_differs"]


def test_a_batch_credited_twice_by_two_bookings_is_for_people(handed_in: Scene) -> None:
    handed_in.credit_batch("rcp_1")
    handed_in.credit_batch("rcp_2")
    assert handed_in.cash() == 23_800
    assert handed_in.parked() == ["batch_credited_twice"]


@pytest.mark.parametrize("code", sorted(reasons()))
def test_every_reason_leads_somewhere(scene: Scene, code: str) -> None:
    scene.mandate()
    scene.issue(invoice(1))
    scene.to("2026-10-14")
    scene.credit_batch()
    scene.returned(1, code)
    assert scene.cash() == 0
    after = {"keep": "active", "suspend": "suspended", "cancel": "cancelled"}[reasons()[code].mandate]
    assert scene.known_mandate().state == after
    assert scene.parked() == []


@pytest.mark.parametrize("code", ["0000", "", " 0000 ", "notprovided"])
def test_success_codes_are_no_returns(code: str) -> None:
    assert not is_return(code)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "malformed_xml"),
        (b"<html></html>", "unsupported_format"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "malformed_xml"),
        (report("X").replace(b"<OrgnlMsgId>X</OrgnlMsgId>", b""), "invalid_report"),
        (report("X", group="WHAT"), "invalid_report"),
        (report("X", payment("P", "", "", "<TxInfAndSts><TxSts>RJCT</TxSts></TxInfAndSts>")), "invalid_report"),
        (b"<a>" * 40 + b"</a>" * 40, "too_large"),
    ],
)
def test_a_report_that_is_none_is_refused_whole(content: bytes, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        pain002.read(content)
    assert refused.value.code == code


def test_a_report_on_a_file_of_somebody_else_is_refused(scene: Scene) -> None:
    with pytest.raises(Rejected, match="unknown_message"):
        tell(scene, report("THEIRS-1", group="RJCT"))


def test_a_single_refusal_of_a_debit_of_another_file_is_for_people(handed_in: Scene) -> None:
    message = handed_in.batch().message_id
    tell(handed_in, report(message, payment(f"{message}-RCUR", "", "", single(77))))
    assert handed_in.parked() == ["unknown_debit"]
    assert handed_in.told(PaymentFailed) == []
    assert handed_in.told(PaymentActionRequired) == []


def test_one_report_with_several_reasons_fails_each_debit_by_its_own(handed_in: Scene) -> None:
    message = handed_in.batch().message_id
    lines = (single(1, code="AC04"), single(2, code="MS02"))
    tell(handed_in, report(message, payment(f"{message}-RCUR", "", "", *lines)))
    told = handed_in.told(PaymentFailed)
    assert sorted((one.invoice_number, one.code) for one in told) == [
        ("MP-2026-0000001", "AC04"),
        ("MP-2026-0000002", "MS02"),
    ]
    assert handed_in.batch().state == "rejected"
