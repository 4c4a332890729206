"""What staff see and do about money in: refunds, disputes, payouts, debits, mandates, links, collections, bank."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from common.documents import id_from
from functions.console.pages.disputes import by_deadline
from functions.console.pages.receipts import buckets, by_owner
from functions.payments.bank.continuity import Span
from functions.payments.model.debit_batches import DebitBatch, Group
from functions.payments.model.debits import Debit
from functions.payments.model.disputes import Dispute
from functions.payments.model.links import PaymentLink
from functions.payments.model.mandates import Mandate
from functions.payments.model.payments import Attempt, Payment
from functions.payments.model.payouts import Parts, Payout
from functions.payments.model.refunds import Refund
from functions.payments.model.statements import BankAccount, Statement, StatementUpload
from functions.payments.retries.brain import Decision
from tests.unit.console.conftest import HOSTILE, World

NOW = datetime(2026, 10, 1, 8, tzinfo=UTC)
REFUND, DISPUTE, PAYOUT, MANDATE, PAYMENT = (
    "ref_00000001",
    "dsp_00000001",
    "pyo_00000001",
    "mdt_00000001",
    "pay_00000001",
)
BATCH, LINK = "bat_00000001", "lnk_00000001"
IBAN = "DE89370400440532013000"


def refund(**more: Any) -> Refund:
    usual: dict[str, Any] = {"id": REFUND, "member_id": "", "receipt_id": "rcp_0123456789", "entity": "MP",
                             "amount_minor": 90_000, "currency": "EUR", "way": "transfer", "payee_name": HOSTILE,
                             "payee_iban": "NL91ABNA0417164300", "reason": HOSTILE,
                             "requested_by": "staff:support@marketplace.example", "state": "held"}  # fmt: skip
    return Refund(**(usual | more))


def dispute(**more: Any) -> Dispute:
    usual: dict[str, Any] = {"id": DISPUTE, "provider": "stripe", "provider_id": "dp_1", "member_id": "",
                             "receipt_id": "rcp_1", "payment_id": PAYMENT, "invoice_number": "MP-2026-0000001",
                             "entity": "MP", "amount_minor": 1190, "currency": "EUR", "reason": "product_not_received",
                             "state": "needs_response", "taken_minor": 1190, "fee_minor": 2000, "moves": 1,
                             "evidence_due_at": NOW + timedelta(days=9)}  # fmt: skip
    return Dispute(**(usual | more))


def payout(**more: Any) -> Payout:
    usual: dict[str, Any] = {"id": PAYOUT, "provider": "stripe", "provider_id": "po_1", "entity": "MP",
                             "currency": "EUR", "amount_minor": 970, "amount_text": "970 EUR", "state": "settled",
                             "parts": Parts(charges_minor=1190, refunds_minor=-190, fees_minor=-30), "pages": 1,
                             "movements": 4, "unexplained": ("txn_nobody_knows",), "unexplained_count": 1,
                             "arrives_on": date(2026, 10, 5)}  # fmt: skip
    return Payout(**(usual | more))


def mandate(member: str, **more: Any) -> Mandate:
    usual: dict[str, Any] = {"id": MANDATE, "member_id": member, "entity": "MP", "scheme": "CORE", "state": "active",
                             "reference": "MP-M-000001", "creditor_id": "DE98ZZZ09999999999", "debtor_name": HOSTILE,
                             "iban": IBAN, "requested_at": NOW, "signed_on": date(2026, 9, 1)}  # fmt: skip
    return Mandate(**(usual | more))


def payment(member: str, *attempts: Attempt, **more: Any) -> Payment:
    usual: dict[str, Any] = {"id": PAYMENT, "member_id": member, "invoice_id": "inv_1",
                             "invoice_number": "MP-2026-0000001", "entity": "MP", "amount_minor": 1190,
                             "currency": "EUR", "method": "card", "token": "pm_secret",
                             "state": attempts[-1].state if attempts else "requested",
                             "attempts": attempts}  # fmt: skip
    return Payment(**(usual | more))


def attempt(state: Any, number: int = 1, **more: Any) -> Attempt:
    return Attempt(id=f"att_{number}", number=number, state=state, sent_at=NOW, **more)


def debit(member: str, **more: Any) -> Debit:
    usual: dict[str, Any] = {"id": id_from("deb", "x"), "member_id": member, "payment_id": PAYMENT, "attempt": 1,
                             "invoice_id": "inv_1", "invoice_number": "MP-2026-0000001", "entity": "MP",
                             "currency": "EUR", "end_to_end_id": "MP-2026-0000001-1", "mandate_id": MANDATE,
                             "mandate_reference": "MP-M-000001", "scheme": "CORE", "amount_minor": 1190,
                             "announced_on": date(2026, 9, 20), "notice_days": 5, "collect_on": date(2026, 10, 5),
                             "state": "announced", "batch_id": BATCH}  # fmt: skip
    return Debit(**(usual | more))


def batch() -> DebitBatch:
    group = Group(sequence="RCUR", count=1, total_minor=1190)
    return DebitBatch(
        id=BATCH, entity="MP", scheme="CORE", message_id="MP-20261001-C-1", hand_in_on=date(2026, 10, 1),
        collect_on=date(2026, 10, 5), state="filed", groups=(group,), opened_at=NOW, sealed_at=NOW,
        file="debits/file.xml", sha256="ab" * 32, size_bytes=5
    )  # fmt: skip


def actions(page: str) -> set[str]:
    """What a page has a form for, by the last word of its address."""
    return {one.rpartition("/")[2] for one in re.findall(r'method="post" action="([^"]+)"', page)} - {"sign-out"}


def test_a_held_refund_is_approved_by_another_person_and_never_by_who_asked(paid: World) -> None:
    paid.put(refund(requested_by="staff:finance@marketplace.example"))
    page = f"/console/refunds/{REFUND}"
    assert actions(paid.as_("finance").page(page)) == {"approve"}
    own = paid.as_("finance").send(page, f"{page}/approve", reason="I say so")
    assert own.status_code >= 400
    assert "held" in paid.as_("finance").page(page)
    done = paid.as_("admin").send(page, f"{page}/approve", reason="the member rang us")
    assert done.location == f"{page}?done=approved"
    assert paid.api("GET", f"/v1/refunds/{REFUND}")["approved_by"] == "staff:admin@marketplace.example"


def test_a_failed_refund_is_paid_by_transfer_to_an_account_that_was_found_out(paid: World) -> None:
    paid.put(refund(state="failed", way="stripe", code="expired_or_canceled_card", payee_iban=""))
    page = f"/console/refunds/{REFUND}"
    wrong = paid.as_("finance").send(page, f"{page}/retry", payee_name="Anna", payee_iban="DE00", reason="card expired")
    assert wrong.status_code == 422
    assert 'value="DE00"' in wrong.text
    done = paid.as_("finance").send(page, f"{page}/retry", payee_name="Anna", payee_iban=IBAN, reason="card expired")
    assert done.location == f"{page}?done=retried"
    after = paid.api("GET", f"/v1/refunds/{REFUND}")
    assert (after["way"], after["iban_ending"]) == ("transfer", "3000")


def test_an_auditor_sees_all_of_it_and_has_no_form(paid: World) -> None:
    member = paid.member("anna", "Anna")
    paid.put(
        refund(), dispute(), payout(), mandate(member), payment(member, attempt("unknown")), batch(), debit(member)
    )
    for path in (f"refunds/{REFUND}", f"disputes/{DISPUTE}", f"payouts/{PAYOUT}", f"mandates/{MANDATE}",
                 f"payments/{PAYMENT}", f"debit-batches/{BATCH}", "refunds", "disputes", "payouts", "debit-batches",
                 "statements", f"members/{member}", f"members/{member}/history"):  # fmt: skip
        page = paid.as_("auditor").page(f"/console/{path}")
        assert 'method="post"' not in page, path
        assert "<script" not in page, path


def test_a_page_of_money_opens_for_every_role_that_may_see_it(paid: World) -> None:
    member = paid.member("anna", "Anna")
    paid.put(
        refund(), dispute(), payout(), mandate(member), payment(member, attempt("unknown")), batch(), debit(member)
    )
    for role in ("support", "finance", "admin"):
        for path in (f"refunds/{REFUND}", f"disputes/{DISPUTE}", f"payouts/{PAYOUT}", f"mandates/{MANDATE}",
                     f"payments/{PAYMENT}", f"debit-batches/{BATCH}"):  # fmt: skip
            shown = paid.as_(role).page(f"/console/{path}")
            assert shown.count("<h1") == 1
            assert (actions(shown) == set()) == (role == "support" or path.startswith(("payouts", "debit"))), path


def test_the_first_deadline_comes_first_and_what_has_none_last() -> None:
    rows = [{"evidence_due_at": due, "dispute_id": str(n)} for n, due in enumerate([None, "2026-10-09", "2026-10-03"])]
    assert [one["dispute_id"] for one in by_deadline(rows)] == ["2", "1", "0"]


def test_a_dispute_is_answered_with_texts_the_provider_knows_and_shows_its_deadline(paid: World) -> None:
    paid.put(dispute())
    page = f"/console/disputes/{DISPUTE}"
    assert "10 Oct 2026, 08:00:00 UTC" in paid.as_("finance").page("/console/disputes")
    nothing = paid.as_("finance").send(page, f"{page}/respond", reason="we are right")
    assert "Write at least one text" in nothing.text
    done = paid.as_("finance").send(
        page, f"{page}/respond", reason="we are right", uncategorized_text=HOSTILE, sent_by_nobody="x"
    )
    assert done.location == f"{page}?done=answered"
    assert "finance@marketplace.example" in paid.as_("auditor").page(page)
    [queued] = [m for _, _, m in paid.platform.engine.tasks if m.name == "payments.answer_dispute"]
    assert queued.facts[0]["texts"] == {"uncategorized_text": HOSTILE}


def test_a_dispute_is_accepted_and_one_that_is_over_has_no_buttons(paid: World) -> None:
    paid.put(dispute(), dispute(id="dsp_00000002", state="lost"))
    page = f"/console/disputes/{DISPUTE}"
    assert paid.as_("finance").send(page, f"{page}/accept", reason="too small").location == f"{page}?done=accepted"
    assert actions(paid.as_("finance").page("/console/disputes/dsp_00000002")) == set()


def test_where_the_provider_takes_documents_only_nobody_is_asked_for_texts(paid: World) -> None:
    paid.put(dispute(provider="adyen"))
    page = paid.as_("finance").page(f"/console/disputes/{DISPUTE}")
    assert actions(page) == {"accept"}
    assert "takes documents" in page


def test_a_payout_adds_up_and_names_what_nobody_can_explain(paid: World) -> None:
    paid.put(payout())
    listed, page = (paid.as_("finance").page(f"/console/{path}") for path in ("payouts", f"payouts/{PAYOUT}"))
    assert "1 of 4" in listed
    for told in ("11.90 EUR", "−1.90 EUR", "−0.30 EUR", "9.70 EUR", "txn_nobody_knows"):
        assert told in page


def test_a_file_of_debits_is_kept_and_never_shown_as_a_page(paid: World) -> None:
    member = paid.member("anna", "Anna")
    paid.put(batch(), debit(member))
    paid.platform.engine.put_file("debits/file.xml", b"<Doc/>", "application/xml")
    page = paid.as_("finance").page(f"/console/debit-batches/{BATCH}")
    assert f'href="/console/debit-batches/{BATCH}/file"' in page
    assert f'href="/console/mandates/{MANDATE}"' in page
    answer = paid.as_("finance").get(f"/console/debit-batches/{BATCH}/file")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.data == b"<Doc/>"


@pytest.mark.parametrize(
    ("state", "expected"),
    [("requested", {"sign", "cancel"}), ("active", {"suspend", "cancel"}), ("suspended", {"resume", "cancel"}),
     ("cancelled", set())],
)  # fmt: skip
def test_a_mandate_has_a_button_for_exactly_what_may_be_done(paid: World, state: str, expected: set[str]) -> None:
    member = paid.member("anna", "Anna")
    paid.put(mandate(member, state=state))
    page = f"/console/mandates/{MANDATE}"
    assert actions(paid.as_("finance").page(page)) == expected
    if "suspend" in expected:
        done = paid.as_("finance").send(page, f"{page}/suspend", reason="asked by the member")
        assert done.location == f"{page}?done=mandate_suspend"
        assert actions(paid.as_("finance").page(page)) == {"resume", "cancel"}
    assert "MP-M-000001" in paid.as_("support").page(f"/console/members/{member}")


def test_a_link_is_made_shown_once_more_and_revoked(paid: World) -> None:
    invoice = paid.invoice()
    member = f"/console/members/{invoice['member_id']}"
    support = paid.as_("support")
    refused = support.send(member, f"{member}/links", invoice=invoice["id"], expires_on="soon", reason="they asked")
    assert "Write the day like" in refused.text
    made = support.send(member, f"{member}/links", invoice=invoice["id"], reason="they asked on the phone")
    assert made.location.endswith("?done=linked")
    page = made.location.partition("?")[0]
    assert "/pay/" in support.page(page)
    assert actions(support.page(page)) == {"revoke"}
    assert "/pay/" not in support.page(member)
    support.send(page, f"{page}/revoke", reason="sent to the wrong person")
    assert "/pay/" not in support.page(page)
    assert actions(support.page(page)) == set()


def test_an_auditor_is_not_shown_where_a_link_leads(paid: World) -> None:
    paid.put(PaymentLink(id=LINK, member_id="mem_1", language="en", expires_on=date(2026, 12, 1), made_by="invoice"))
    assert paid.as_("auditor").get(f"/console/links/{LINK}").status_code == 403


def test_a_collection_shows_why_it_is_tried_when_and_until_when_its_money_can_go_back(paid: World) -> None:
    member = paid.member("anna", "Anna")
    decision = Decision(
        action="retry", at=NOW + timedelta(days=3), reason_class="soft", group="funds",
        reasons=("wages have come by 2026-10-03",), policy="2026-01"
    )  # fmt: skip
    failed = attempt("failed", decided_at=NOW, code="insufficient_funds", decision=decision)
    paid.put(payment(member, failed, next_at=NOW + timedelta(days=3)))
    page = paid.as_("support").page(f"/console/payments/{PAYMENT}")
    assert "Wages have come by 2026-10-03." in page
    assert "04 Oct 2026, 08:00:00 UTC" in page
    assert "pm_secret" not in page
    shown = paid.as_("support").page(f"/console/members/{member}")
    assert "Money on its way" in shown
    assert "planned" in shown


def test_money_that_came_says_until_when_it_can_be_taken_back(paid: World) -> None:
    member = paid.member("anna", "Anna")
    paid.put(payment(member, attempt("succeeded", decided_at=NOW, provider_id="pi_1")))
    page = paid.as_("support").page(f"/console/payments/{PAYMENT}")
    assert re.search(r"Can be disputed until \d\d [A-Z][a-z]{2} 202[67]", page)


def test_an_attempt_nobody_knows_the_end_of_is_decided_by_hand(paid: World) -> None:
    member = paid.member("anna", "Anna")
    paid.put(payment(member, attempt("unknown")))
    page = f"/console/payments/{PAYMENT}"
    wrong = paid.as_("finance").send(page, f"{page}/decide", attempt="x", outcome="succeeded", reason="looked it up")
    assert "Choose the attempt" in wrong.text
    done = paid.as_("finance").send(
        page, f"{page}/decide", attempt="1", outcome="failed", provider_id="", amount="", reason="looked it up"
    )
    assert done.location == f"{page}?done=decided"
    assert actions(paid.as_("finance").page(page)) == set()


def test_statements_show_what_is_missing_and_what_became_of_files(paid: World) -> None:
    spans = (
        Span(first_on=date(2026, 9, 1), last_on=date(2026, 9, 10), opening_minor=0, closing_minor=500),
        Span(first_on=date(2026, 9, 14), last_on=date(2026, 9, 20), opening_minor=900, closing_minor=950),
    )
    account = BankAccount(id="acc_1", account_iban=IBAN, entity="MP", currency="EUR").with_spans(spans)
    refused = StatementUpload(id="upl_1", file="inbox/a.xml", generation="1", outcome="refused", code="broken_file",
                              detail=f"line 7: {HOSTILE}", noted_at=NOW)  # fmt: skip
    statement = Statement(
        id="stm_00000001", account_iban=IBAN, number="37", entity="MP", currency="EUR", opening_minor=0,
        closing_minor=500, entries=2, credits=1, credits_minor=600, debits=1, debits_minor=100, taken_at=NOW,
        sha256="ab" * 32,
    )  # fmt: skip
    paid.put(account, refused, statement)
    page = paid.as_("finance").page("/console/statements")
    assert "10 Sep 2026" in page
    assert "14 Sep 2026" in page
    assert "9.00 EUR" in page
    assert "Broken file: line 7" in page
    assert "<script" not in page
    assert ">37<" in page
    assert "1 bank account with a gap in its statements" in paid.as_("finance").page("/console/")
    assert "It brought nothing new." in paid.as_("finance").page("/console/statements/stm_00000001")


def test_what_waits_for_a_decision_stands_on_the_first_page_with_the_first_deadline(paid: World) -> None:
    assert "To be decided" not in paid.as_("finance").page("/console/")
    paid.put(refund(), refund(id="ref_00000002", state="failed"), dispute())
    page = paid.as_("finance").page("/console/")
    assert "1 dispute to be answered" in page
    assert "10 Oct 2026, 08:00:00 UTC" in page
    assert "1 refund that needs a second person" in page
    assert "1 refund that failed and needs another way" in page


def test_unapplied_money_has_an_owner_and_an_age_and_is_paid_back(world: World) -> None:
    receipt = world.receipt()
    world.platform.advance_to(world.platform.clock.now() + timedelta(days=12))
    listed = world.as_("finance").page("/console/receipts")
    assert "8-30" in listed
    assert "Whose task it is" in listed
    assert f"/console/receipts/{receipt}" not in world.as_("finance").page("/console/receipts?min_age_days=31")
    page = f"/console/receipts/{receipt}"
    done = world.as_("finance").send(page, f"{page}/refund", amount="20.00", reason="sent to us by mistake")
    assert done.location == f"{page}?done=set_aside"
    assert world.api("GET", f"/v1/receipts/{receipt}")["refund_minor"] == 2000


def test_ages_and_owners_are_one_row_each_and_the_oldest_money_comes_first() -> None:
    groups = [
        {"owner": owner, "currency": "EUR", "bucket": bucket, "unapplied_minor": 100, "receipts": 2, "oldest_on": day}
        for owner, bucket, day in (
            ("support", "0-7", "2026-10-01"), ("finance", "91+", "2026-01-01"), ("support", "8-30", "2026-09-01"),
        )
    ]  # fmt: skip
    rows = by_owner({"groups": groups})
    assert [(row["owner"], row["sum_minor"], row["receipts"]) for row in rows] == [
        ("finance", 100, 2),
        ("support", 200, 4),
    ]
    assert buckets({"groups": groups}) == ["0-7", "8-30", "91+"]
    assert by_owner({}) == []


def test_an_account_is_closed_in_favour_of_another_from_its_page(world: World) -> None:
    member = f"/console/members/{world.member('anna', 'Anna')}"
    world.member("anna-again", "Anna")
    assert actions(world.as_("finance").page(member)) & {"merge", "vat-check"} == set()
    empty = world.as_("support").send(member, f"{member}/merge", into=" ", reason="twice registered")
    assert "Which account goes on?" in empty.text
    done = world.as_("support").send(member, f"{member}/merge", into="anna-again", reason="twice registered")
    assert done.location == f"{member}?done=merged"
    shown = world.as_("support").page(member)
    assert "This account was closed" in shown
    assert "merge" not in actions(shown)


def test_the_history_says_what_each_version_changed_by_whom_and_why(world: World) -> None:
    member = world.member("anna", "Anna")
    world.member("anna", "Anna Berg")
    page = world.as_("support").page(f"/console/members/{member}/history")
    assert page.index("Version 2") < page.index("Version 1")
    assert "They asked to join." in page
    assert "Anna Berg" in page


@pytest.mark.parametrize(
    "path",
    ["refunds/ref_x", "disputes/dsp_x", "payouts/pyo_x", "mandates/mdt_x", "payments/pay_x", "debit-batches/bat_x",
     "links/lnk_x", "debit-batches/bat_x/file"],
)  # fmt: skip
def test_what_is_not_there_says_so(paid: World, path: str) -> None:
    assert "<h1>Not found</h1>" in paid.as_("admin").get(f"/console/{path}").text
