"""What a member is told of collections, mandates, refunds and payments of their own, and what they are spared."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from common.documents import id_from
from common.events.mandates import DebitAnnounced, MandateChanged
from common.events.matching import ItemReopened, PaymentMatched
from common.events.members import MemberErased
from common.events.notifications import NotificationSuppressed
from common.events.payments import (
    CollectionAnnounced,
    DisputeOpened,
    PaymentActionRequired,
    PaymentExpected,
    PaymentFailed,
    PaymentMethodSetUp,
    PaymentReceived,
    PaymentReturned,
    Purpose,
    RefundPaid,
)
from functions.notifications.model import Notification
from tests.kit import Platform
from tests.unit.notifications.conftest import Post, issued, mails, member, settled, wait

NUMBER = "MP-2026-0000001"
ITEM = {"item_id": id_from("item", NUMBER), "invoice_id": "inv_1", "invoice_number": NUMBER, "currency": "EUR"}
PAYMENT = {
    "member_id": "mem_1",
    "payment_id": "pay_1",
    "invoice_id": "inv_1",
    "invoice_number": NUMBER,
    "currency": "EUR",
}


@pytest.fixture
def known(platform: Platform) -> Platform:
    """A member who has had their invoice."""
    platform.tell(member(), issued(language="en", method="card"))
    wait(platform, 5)
    Post.sent.clear()
    return platform


def failed(attempt: int = 1, **changes: Any) -> PaymentFailed:
    usual = {**PAYMENT, "attempt": attempt, "amount_minor": 1200, "code": "declined", "soft": True}
    return PaymentFailed.model_validate(usual | changes)


def retried(attempt: int = 1) -> PaymentFailed:
    return failed(attempt, reason_class="soft", retry_at=datetime(2026, 10, 8, 6, tzinfo=UTC))


def asked(attempt: int = 1, why: str = "authenticate", **changes: Any) -> PaymentActionRequired:
    usual = {**PAYMENT, "attempt": attempt, "entity": "MP", "amount_minor": 1200, "method": "card",
             "provider": "stripe", "why": why, "code": "sca", "act_by": date(2026, 10, 9)}  # fmt: skip
    return PaymentActionRequired.model_validate(usual | changes)


def announced(attempt: int = 1, **changes: Any) -> DebitAnnounced:
    usual = {**PAYMENT, "debit_id": f"deb_{attempt}", "attempt": attempt, "entity": "MP", "amount_minor": 1200,
             "collect_on": date(2026, 10, 15), "mandate_id": "mdt_1", "mandate_reference": "MP-M-1", "scheme": "CORE",
             "creditor_id": "DE98ZZZ09999999999", "creditor_name": "Marketplace Europe GmbH",
             "account_ending": "3000"}  # fmt: skip
    return DebitAnnounced.model_validate(usual | changes)


def returned(**changes: Any) -> PaymentReturned:
    usual = {"member_id": "mem_1", "return_id": "ret_1", "receipt_id": "rcp_1", "source": "sepa", "kind": "return",
             "entity": "MP", "amount_minor": 1200, "currency": "EUR", "invoice_number": NUMBER, "code": "AM04",
             "fee_minor": 350, "returned_on": date(2026, 10, 1)}  # fmt: skip
    return PaymentReturned.model_validate(usual | changes)


def mandate(revision: int, state: str, **changes: Any) -> MandateChanged:
    usual = {"member_id": "mem_1", "mandate_id": "mdt_1", "revision": revision, "entity": "MP", "scheme": "CORE",
             "state": state, "reference": "MP-M-1", "creditor_id": "DE98ZZZ09999999999",
             "creditor_name": "Marketplace Europe GmbH", "account_ending": "3000"}  # fmt: skip
    return MandateChanged.model_validate(usual | changes)


def received(**changes: Any) -> PaymentReceived:
    usual = {"member_id": "mem_1", "receipt_id": "rcp_1", "source": "stripe", "entity": "MP", "amount_minor": 1200,
             "currency": "EUR", "received_on": date(2026, 10, 1), "invoice_number": NUMBER, "provider_id": "pi_1",
             "checkout_id": "chk_1", "method": "card"}  # fmt: skip
    return PaymentReceived.model_validate(usual | changes)


def matched(open_minor: int, amount: int = 500, **changes: Any) -> PaymentMatched:
    usual = {"member_id": "mem_1", **ITEM, "item_version": 2, "open_minor": open_minor, "match_id": "mat_1",
             "receipt_id": "rcp_1", "entity": "MP", "amount_minor": amount, "evidence": ("x",), "unapplied_minor": 0,
             "matched_on": date(2026, 10, 1)}  # fmt: skip
    return PaymentMatched.model_validate(usual | changes)


def subjects() -> list[str]:
    return [str(mail["Subject"]) for mail in mails()]


def texts() -> str:
    return " ".join(" ".join(mail.get_body(("plain",)).get_content().split("\r\n")) for mail in mails())


def why_not(platform: Platform) -> list[str]:
    told: list[Any] = platform.events(NotificationSuppressed)
    return [one.reason for one in told]


def test_a_planned_retry_is_told_with_its_day_and_a_way_to_pay_now(known: Platform) -> None:
    known.tell(retried())
    wait(known, 11)
    assert subjects() == [f"Invoice {NUMBER}: we will try again on 8 Oct 2026"]
    assert "/pay/" in texts()
    assert "DE89" not in texts()


def test_who_has_to_act_gets_one_mail_although_the_failure_is_told_beside_it(known: Platform) -> None:
    known.tell(failed(reason_class="needs_member"), asked())
    wait(known, 11)
    assert subjects() == [f"Please confirm the payment of invoice {NUMBER}"]
    assert "Please do so by 9 Oct 2026." in texts()


@pytest.mark.parametrize(
    ("why", "says"),
    [("new_method", "with the card or account you gave us"), ("new_mandate", "no valid SEPA direct debit mandate")],
)
def test_what_is_needed_is_said(known: Platform, why: str, says: str) -> None:
    known.tell(asked(why=why))
    wait(known, 11)
    assert says in texts()


def test_a_stopped_collection_asks_the_member_to_pay(known: Platform) -> None:
    known.tell(failed(reason_class="stop"))
    wait(known, 11)
    assert subjects() == [f"Invoice {NUMBER} could not be collected"]


def test_the_same_failure_told_twice_a_day_is_one_mail(known: Platform) -> None:
    known.tell(retried(), retried())
    known.tell(retried())
    wait(known, 20)
    assert len(mails()) == 1


def test_several_troubles_of_one_day_are_one_mail(known: Platform) -> None:
    other: dict[str, Any] = {"invoice_number": "MP-2026-0000002", "invoice_id": "inv_2", "payment_id": "pay_2"}
    known.tell(asked(), asked(**other))
    wait(known, 11)
    assert subjects() == ["Please confirm 2 payments"]


def test_nobody_is_asked_for_what_was_paid_meanwhile(known: Platform) -> None:
    known.tell(asked())
    known.tell(settled(item_version=3, item_id=ITEM["item_id"]))
    wait(known, 11)
    assert subjects() == [f"Thank you: invoice {NUMBER} is paid"]
    assert why_not(known) == ["the invoice was settled meanwhile"]


def test_nor_where_that_news_came_first(known: Platform) -> None:
    known.tell(settled(item_version=3, item_id=ITEM["item_id"]))
    known.tell(asked())
    wait(known, 11)
    assert why_not(known) == ["the invoice was settled meanwhile"]


def test_nor_while_another_attempt_is_made_with_a_new_card(known: Platform) -> None:
    known.tell(asked())
    again = {**PAYMENT, "attempt": 2, "entity": "MP", "collects_at": datetime(2026, 10, 1, 9, tzinfo=UTC)}
    known.tell(CollectionAnnounced.model_validate(again))
    wait(known, 11)
    assert mails() == []
    assert why_not(known) == ["another attempt is being made"]


def expected(revision: int, state: str) -> PaymentExpected:
    return PaymentExpected.model_validate(
        {
            "member_id": "mem_1",
            "source_id": "chk_1",
            "revision": revision,
            "state": state,
            "entity": "MP",
            "currency": "EUR",
            "amount_minor": 1200,
            "method": "direct_debit",
            "provider": "stripe",
            "purposes": (Purpose(invoice_number=NUMBER, amount_minor=1200),),
            "expected_at": datetime(2026, 10, 1, 8, tzinfo=UTC),
        }
    )


def test_nor_while_the_member_is_paying_by_themselves_unless_that_has_failed(known: Platform) -> None:
    known.tell(expected(3, "on_its_way"))
    known.tell(asked())
    wait(known, 11)
    assert mails() == []
    known.tell(expected(4, "failed"))
    known.tell(expected(3, "on_its_way"))
    known.tell(asked(2))
    wait(known, 11)
    assert len(mails()) == 1


def test_a_part_that_was_paid_lowers_what_is_asked_for(known: Platform) -> None:
    known.tell(asked())
    known.tell(matched(700))
    wait(known, 11)
    [question] = [mail for mail in mails() if "confirm" in mail["Subject"]]
    assert "EUR\u00a07.00" in question.get_body(("plain",)).get_content()


def test_a_part_is_told_with_what_is_left(known: Platform) -> None:
    known.tell(matched(700))
    wait(known, 11)
    assert subjects() == [f"Part of invoice {NUMBER} is paid"]
    assert f"EUR\u00a05.00 was put on invoice {NUMBER}; EUR\u00a07.00 is still open." in texts()


def test_a_part_is_not_told_where_the_rest_came_at_once(known: Platform) -> None:
    known.tell(matched(700))
    known.tell(settled(item_version=3, item_id=ITEM["item_id"]))
    wait(known, 11)
    assert subjects() == [f"Thank you: invoice {NUMBER} is paid"]


def test_a_payment_on_our_page_has_one_receipt_that_also_says_what_is_settled(known: Platform) -> None:
    known.tell(received())
    known.tell(settled(item_version=3, item_id=ITEM["item_id"]))
    wait(known, 11)
    assert subjects() == ["Receipt: we received EUR\u00a012.00"]
    assert f"Invoice {NUMBER} over EUR\u00a012.00 is settled." in texts()
    assert "pi_1" in texts()


def test_a_payment_of_several_invoices_names_them_all(known: Platform) -> None:
    purposes = tuple(Purpose(invoice_number=f"MP-2026-{n:07d}", amount_minor=600) for n in (1, 2))
    known.tell(received(invoice_number="", purposes=purposes))
    wait(known, 11)
    assert "Invoices: MP-2026-0000001, MP-2026-0000002" in texts()


def test_money_by_bank_or_collected_by_us_has_no_receipt_of_its_own(known: Platform) -> None:
    known.tell(received(checkout_id="", attempt=1), received(receipt_id="rcp_2", checkout_id="", source="bank"))
    wait(known, 11)
    assert mails() == []


def test_a_debit_is_told_before_it_is_made_and_several_in_one_mail(known: Platform) -> None:
    other: dict[str, Any] = {"invoice_number": "MP-2026-0000002", "invoice_id": "inv_2", "debit_id": "deb_x"}
    known.tell(announced(), announced(**other))
    wait(known, 11)
    assert subjects() == ["We will collect 2 direct debits"]
    assert texts().count("MP-M-1") == 2
    assert "DE98ZZZ09999999999" in texts()


def test_a_debit_that_is_not_made_any_more_is_not_told(known: Platform) -> None:
    known.tell(announced())
    known.tell(settled(item_version=3, item_id=ITEM["item_id"]))
    wait(known, 11)
    assert [one for one in subjects() if "collect" in one] == []


def test_a_returned_debit_is_told_with_its_fee_and_what_now(known: Platform) -> None:
    known.tell(returned())
    wait(known, 11)
    assert subjects() == [f"Your bank returned the payment of invoice {NUMBER}"]
    assert "Our bank's fee (you don't pay it): EUR\u00a03.50" in texts()
    assert "/pay/" in texts()


def test_what_had_been_settled_before_the_return_does_not_silence_it(known: Platform) -> None:
    known.tell(settled(item_version=3, item_id=ITEM["item_id"]))
    wait(known, 11)
    Post.sent.clear()
    known.tell(returned())
    known.tell(ItemReopened.model_validate({"member_id": "mem_1", **ITEM, "item_version": 4, "open_minor": 1200}))
    wait(known, 11)
    assert len(mails()) == 1


def test_who_disputes_a_payment_is_not_told_that_the_money_is_gone_but_our_people_are(known: Platform) -> None:
    known.tell(returned(kind="chargeback"))
    known.tell(
        DisputeOpened(
            member_id="mem_1",
            dispute_id="dsp_1",
            receipt_id="rcp_1",
            provider="stripe",
            invoice_number=NUMBER,
            amount_minor=1200,
            currency="EUR",
            reason="fraudulent",
            evidence_due_at=datetime(2026, 10, 20, 12, tzinfo=UTC),
        )
    )
    wait(known, 11)
    assert [to for to, _ in Post.sent] == ["billing@marketplace.example"]
    assert "Evidence counts only until 20 Oct 2026." in texts()


def test_a_mandate_is_told_when_it_begins_moves_rests_and_ends_and_not_in_between(known: Platform) -> None:
    known.tell(mandate(1, "requested"), mandate(2, "signed"), mandate(3, "active"))
    known.tell(mandate(4, "active", account_ending="9999"), mandate(5, "suspended"))
    known.tell(mandate(6, "cancelled"), mandate(4, "active", account_ending="9999"))
    wait(known, 2)
    found = sorted(one.template for one in known.all(Notification) if one.template.startswith("mandate"))
    assert found == ["mandate_changed", "mandate_ended", "mandate_given", "mandate_suspended"]
    assert "MP-M-1" in texts()


def test_a_mandate_that_was_never_given_ends_in_silence(known: Platform) -> None:
    known.tell(mandate(1, "requested"), mandate(2, "cancelled"))
    wait(known, 2)
    assert mails() == []


def test_a_method_and_a_refund_are_told(known: Platform) -> None:
    known.tell(
        PaymentMethodSetUp(
            member_id="mem_1", checkout_id="chk_1", provider="stripe", method="card", token="pm_1", label="Visa 4242"
        ),
        RefundPaid(
            member_id="mem_1",
            refund_id="ref_1",
            receipt_id="rcp_1",
            sequence=1,
            source="stripe",
            entity="MP",
            amount_minor=1200,
            currency="EUR",
            invoice_number=NUMBER,
            paid_on=date(2026, 10, 2),
        ),
    )
    wait(known, 2)
    assert sorted(subjects()) == ["We have paid back EUR\u00a012.00", "Your invoices are collected automatically now"]
    assert "Visa 4242" in texts()
    assert "pm_1" not in texts()


def test_a_member_who_was_erased_is_told_nothing_any_more(known: Platform) -> None:
    known.tell(MemberErased(member_id="mem_1", revision=2, reason="Art. 17"))
    known.tell(asked(), mandate(1, "signed"))
    wait(known, 11)
    assert mails() == []
    assert set(why_not(known)) == {"there is no address any more"}


def test_mails_of_a_closed_account_go_to_the_one_that_goes_on(known: Platform) -> None:
    known.tell(member(2, name="Anna Zwei"))
    known.tell(member(1, 2).model_copy(update={"merged_into": "mem_2"}))
    known.tell(asked())
    wait(known, 11)
    assert [to for to, _ in Post.sent] == ["m2@x.example"]


def test_an_older_change_of_a_member_does_not_go_over_a_newer_one(known: Platform) -> None:
    known.tell(member(1, 3, name="New Name"))
    known.tell(member(1, 2, name="Old Name"))
    known.tell(asked())
    wait(known, 11)
    assert "Dear New Name," in texts()
