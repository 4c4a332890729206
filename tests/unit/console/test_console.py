"""Staff see what they may, do what they may, and nothing a stranger wrote runs in their browser."""

import hashlib
import hmac
import re
from typing import Any

import httpx
import pytest
from markupsafe import escape

from common.events.charging import ChargeAccepted
from common.parking import Parked
from functions.console import forms
from functions.console.app import app
from tests.unit.console.conftest import HOSTILE, KEY, PAGES, TOKEN, World

ROLES = ("support", "finance", "admin", "auditor")


def _charge(world: World, number: int) -> dict[str, Any]:
    charge = ChargeAccepted(
        charge_id=f"chg_{number}",
        member_id="mem_1",
        entity="MP",
        currency="EUR",
        amount_minor=100,
        kind="other",
        description=HOSTILE,
        occurred_on=world.today,
        rule="as told",
    )
    return charge.model_dump(mode="json")


def _parked(world: World, *numbers: int) -> list[str]:
    """Messages some function refused."""

    def work(unit: Any) -> None:
        for number in numbers:
            unit.put(
                Parked(
                    id=f"prk_{number:010}",
                    function="invoicing-collect-charges",
                    name="charge.accepted",
                    code="bill_full",
                    detail=HOSTILE,
                    facts=(_charge(world, number),),
                    key=f"key-{number}",
                    parked_at=world.platform.clock.now(),
                    ids=("1",),
                )
            )

    world.platform.do(lambda _given, unit: work(unit), None)
    return [f"prk_{number:010}" for number in numbers]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("role", ROLES)
def test_every_page_answers_every_role_even_when_nothing_has_happened(world: World, role: str, path: str) -> None:
    assert "<h1" in world.as_(role).page(path)


@pytest.mark.parametrize("role", ROLES)
def test_every_page_about_something_answers_every_role(world: World, role: str) -> None:
    invoice, receipt = world.invoice(), world.receipt()
    staff = world.as_(role)
    for path in (
        f"/console/members/{invoice['member_id']}",
        f"/console/invoices/{invoice['id']}",
        f"/console/runs/{world.api('GET', '/v1/billing-runs')['items'][0]['id']}",
        f"/console/receipts/{receipt}",
        f"/console/journals?document={invoice['number']}",
    ):
        assert "not available" not in staff.page(path).casefold() or "/members/" in path


def test_an_auditor_sees_everything_and_no_form_that_changes_anything(world: World) -> None:
    invoice, receipt = world.invoice(), world.receipt()
    (parked,) = _parked(world, 1)
    auditor = world.as_("auditor")
    for path in (
        *PAGES, f"/console/invoices/{invoice['id']}", f"/console/receipts/{receipt}", f"/console/parked/{parked}",
        f"/console/audit/invoices/{invoice['id']}", f"/console/members/{invoice['member_id']}",
    ):  # fmt: skip
        assert 'method="post"' not in auditor.page(path), path


def test_an_auditors_post_is_refused_by_the_area_itself(world: World) -> None:
    invoice = world.invoice()
    auditor = world.as_("auditor")
    auditor.client.set_cookie(forms.COOKIE, "s" * 43, path="/console")
    token = hmac.new(b"s" * 43, b"auditor@marketplace.example", hashlib.sha256).hexdigest()
    answer = auditor.post(
        f"/console/invoices/{invoice['id']}/credit", form_token=token, idempotency_key="0" * 36, reason="because"
    )
    assert answer.status_code == 403
    assert "forbidden" in answer.text
    assert world.api("GET", f"/v1/invoices/{invoice['id']}")["state"] == "issued"


def test_a_hostile_name_is_shown_as_text_everywhere(world: World) -> None:
    invoice, receipt = world.invoice(), world.receipt()
    (parked,) = _parked(world, 1)
    admin = world.as_("admin")
    for path in (
        f"/console/members/{invoice['member_id']}", f"/console/invoices/{invoice['id']}",
        "/console/?q=anna%40members.example+x", "/console/receipts", f"/console/receipts/{receipt}",
        f"/console/parked/{parked}", f"/console/audit/members/{invoice['member_id']}",
    ):  # fmt: skip
        assert "<script" not in admin.page(path), path
    assert str(escape(HOSTILE)) in admin.page(f"/console/members/{invoice['member_id']}")
    assert "&lt;script&gt;" in admin.page("/console/?q=<script>alert(1)</script>")


def test_an_invoice_is_credited_once_even_when_the_form_is_sent_twice(world: World) -> None:
    invoice = world.invoice()
    support, page = world.as_("support"), f"/console/invoices/{invoice['id']}"
    shown = support.page(page)
    form = {"form_token": TOKEN.findall(shown)[0], "idempotency_key": dict(KEY.findall(shown))[f"{page}/credit"]}
    for _ in range(2):
        answer = support.post(f"{page}/credit", **form, reason="charged in error")
        assert (answer.status_code, answer.location) == (303, f"{page}?done=credited")
    world.platform.settle()
    after = support.page(f"{page}?done=credited")
    assert "The credit note was issued." in after
    assert "Open the credit note" in after
    assert "Credit the invoice" not in after


def test_a_credit_without_a_reason_is_refused_in_words(world: World) -> None:
    invoice = world.invoice()
    page = f"/console/invoices/{invoice['id']}"
    answer = world.as_("support").send(page, f"{page}/credit", reason="  ")
    assert answer.status_code == 422
    assert "A reason is needed" in answer.text


def test_finance_may_not_replay_but_an_administrator_may(world: World) -> None:
    (parked,) = _parked(world, 1)
    assert 'method="post"' not in world.as_("finance").page(f"/console/parked/{parked}")
    admin, page = world.as_("admin"), f"/console/parked/{parked}"
    answer = admin.send(page, f"{page}/discard", reason="a test of ours")
    assert answer.location == f"{page}?done=discard"
    assert "discarded" in admin.page(page)


def test_all_messages_refused_alike_are_replayed_together(world: World) -> None:
    first, second = _parked(world, 1, 2)
    admin, page = world.as_("admin"), f"/console/parked/{first}"
    answer = admin.send(page, f"{page}/replay", reason="the cause is gone", extent="all")
    assert answer.location == "/console/parked?done=replay_all"
    world.platform.settle()
    assert world.api("GET", f"/v1/parked/{second}")["state"] == "replayed"


def test_a_run_is_started_previewed_and_released(world: World) -> None:
    world.member("anna", "Anna Vogel")
    world.charge("c-1", "anna", 1000)
    finance = world.as_("finance")
    answer = finance.send(
        "/console/runs", "/console/runs", entity="MP", cut_off=world.today.isoformat(), reason="month end"
    )
    page = answer.location.partition("?")[0]
    assert 'http-equiv="refresh"' in finance.page(page)
    assert 'http-equiv="refresh"' not in finance.page(f"{page}?still=1")
    world.platform.settle()
    assert "11.90 EUR" in finance.page(page)
    finance.send(page, f"{page}/release", reason="the preview was checked")
    world.platform.advance_to(world.platform.clock.now().replace(hour=9))
    shown = finance.page(page)
    assert "MP-2026-0000001" in shown
    assert "completed" in shown
    assert "Release the run" not in shown


def test_support_may_not_start_a_run(world: World) -> None:
    assert "Start run" not in world.as_("support").page("/console/runs")


def test_a_refusal_of_the_platform_is_told_with_its_code_and_what_was_typed_stays(world: World) -> None:
    answer = world.as_("finance").send(
        "/console/runs", "/console/runs", entity="MP", cut_off="never", reason="month <end>"
    )
    assert answer.status_code == 422
    assert "<code>invalid</code>" in answer.text
    assert "Cut off: " in answer.text
    assert 'value="month &lt;end&gt;"' in answer.text


def test_after_an_unknown_outcome_the_form_keeps_its_key(world: World) -> None:
    invoice = world.invoice()
    support, page = world.as_("support"), f"/console/invoices/{invoice['id']}"
    world.apis.broken = True
    answer = support.send(page, f"{page}/credit", reason="charged in error")
    assert answer.status_code == 503
    assert "can&#39;t happen twice" in answer.text or "can't happen twice" in answer.text
    sent = world.apis.asked[-1][2] or next(key for method, _, key in reversed(world.apis.asked) if method == "POST")
    assert dict(KEY.findall(answer.text))[f"{page}/credit"] == sent


def test_money_is_matched_by_hand_and_the_match_taken_back(world: World) -> None:
    invoice, receipt = world.invoice(), world.receipt()
    finance, page = world.as_("finance"), f"/console/receipts/{receipt}"
    done = finance.send(page, f"{page}/match", number=invoice["number"].lower(), amount="11,90", reason="they rang us")
    assert done.location == f"{page}?done=matched"
    world.platform.settle()
    assert world.api("GET", f"/v1/items?number={invoice['number']}")["items"][0]["state"] == "settled"
    match_id = next(iter(world.api("GET", f"/v1/receipts/{receipt}")["matched"]))
    back = finance.send(page, f"{page}/unmatch/{match_id}", reason="it was somebody else's")
    assert back.location == f"{page}?done=unmatched"
    assert world.api("GET", f"/v1/items?number={invoice['number']}")["items"][0]["open_minor"] == 1190


@pytest.mark.parametrize("amount", ["", "11.905", "-1.00", "0", "1e400", "NaN", "abc", "1.000,00"])
def test_an_amount_that_is_none_is_refused_in_words(world: World, amount: str) -> None:
    invoice, receipt = world.invoice(), world.receipt()
    page = f"/console/receipts/{receipt}"
    answer = world.as_("finance").send(
        page, f"{page}/match", number=invoice["number"], amount=amount, reason="they rang us"
    )
    assert answer.status_code == 422
    assert "Not an amount" in answer.text


def test_an_exact_hit_leads_straight_to_it(world: World) -> None:
    invoice = world.invoice()
    support = world.as_("support")
    member, number = f"/console/members/{invoice['member_id']}", invoice["number"]
    assert support.get("/console/?q=anna@members.example").location == member
    assert support.get("/console/?q=ANNA").location == member
    assert support.get(f"/console/?q={number.lower()}").location == f"/console/invoices/{invoice['id']}"
    assert support.get(f"/console/?q={invoice['member_id']}").location == member


def test_money_is_found_by_amount_and_by_the_end_of_its_iban(world: World) -> None:
    receipt = world.receipt(1190)
    finance = world.as_("finance")
    for asked in ("11.90", "11,90+EUR", "4300"):
        assert f"/console/receipts/{receipt}" in finance.page(f"/console/?q={asked}"), asked


def test_an_area_that_is_not_there_is_not_available_and_the_page_stands(world: World) -> None:
    shown = world.as_("support").page(f"/console/members/{world.invoice()['member_id']}")
    assert shown.count("Not available.") == 4  # payments with its links, dunning and notifications are left out here
    assert "11.90 EUR" in shown


def test_the_timeline_tells_in_plain_words_who_did_what(world: World) -> None:
    invoice = world.invoice()
    shown = world.as_("auditor").page(f"/console/members/{invoice['member_id']}")
    assert f"Invoice {invoice['number']} over 11.90 EUR was issued, due" in shown
    assert "Member details are now at revision 1" in shown
    assert "admin@marketplace.example" in shown
    assert f"/console/audit/invoices/{invoice['id']}" in shown
    assert "Audit trail" not in world.as_("support").page(f"/console/members/{invoice['member_id']}")


def test_a_trail_says_whether_its_chain_is_whole_and_what_was_so_at_a_moment(world: World) -> None:
    invoice = world.invoice()
    auditor, page = world.as_("auditor"), f"/console/audit/members/{invoice['member_id']}"
    shown = auditor.page(page)
    assert "The chain is whole." in shown
    assert "they asked to join" in shown
    assert "external_id" in auditor.page(f"{page}?at=2027-01-01T00:00")
    assert "It did not exist" in auditor.page(f"{page}?at=2020-01-01T00:00")


def test_support_is_refused_a_trail_in_words(world: World) -> None:
    answer = world.as_("support").get(f"/console/audit/members/{world.member('anna', 'Anna')}")
    assert answer.status_code == 403
    assert "forbidden" in answer.text


def test_the_archived_file_may_be_framed_by_our_pages_alone(world: World) -> None:
    invoice = world.invoice()
    answer = world.as_("support").get(f"/console/invoices/{invoice['id']}/pdf")
    assert answer.data.startswith(b"%PDF")
    assert answer.content_type == "application/pdf"
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("path", ["invoices/..", "invoices/%2e%2e%2fmembers", "members/a%2fb", "audit/x/%00"])
def test_an_id_that_is_a_path_is_no_page(world: World, path: str) -> None:
    assert world.as_("admin").get(f"/console/{path}").status_code in {404, 308}
    assert world.apis.asked == []


def test_what_does_not_exist_is_told_in_words(world: World) -> None:
    answer = world.as_("admin").get("/console/invoices/inv_00000000000")
    assert answer.status_code == 404
    assert "not_found" in answer.text
    assert "Traceback" not in answer.text


def test_the_trial_balance_balances(world: World) -> None:
    world.invoice()
    shown = world.as_("finance").page("/console/journals")
    assert '<span class="badge good">balanced</span>' in shown
    assert "Trade receivables" in shown


def test_a_platform_that_can_not_be_reached_is_told_in_words(world: World) -> None:
    def gone(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody is there")

    app.config["HTTP"] = httpx.Client(transport=httpx.MockTransport(gone), base_url="http://gone.test")
    staff = world.as_("finance")
    assert "Not available right now (not_reachable)" in staff.page("/console/runs")
    assert staff.get("/console/invoices/inv_1234567").status_code == 503


def test_every_table_has_a_caption_and_every_header_a_scope(world: World) -> None:
    invoice, receipt = world.invoice(), world.receipt()
    _parked(world, 1)
    admin = world.as_("admin")
    for path in (*PAGES, f"/console/members/{invoice['member_id']}", f"/console/invoices/{invoice['id']}",
                 f"/console/receipts/{receipt}", f"/console/audit/invoices/{invoice['id']}"):  # fmt: skip
        shown = admin.page(path)
        assert shown.count("<table") == shown.count("<caption"), path
        assert not re.search(r"<th(?![^>]*scope=)[ >]", shown), path
        for field in re.findall(r'<(?:input|select)(?![^>]*type="hidden")[^>]* id="([^"]+)"', shown):
            assert f'for="{field}"' in shown, (path, field)


def test_an_invoice_is_credited_by_an_amount_and_by_a_line(world: World) -> None:
    invoice = world.invoice()
    support, page = world.as_("support"), f"/console/invoices/{invoice['id']}"
    answer = support.send(page, f"{page}/credit", what="gross", amount="1,19", reason="goodwill", rest="refund")
    assert (answer.status_code, answer.location) == (303, f"{page}?done=credited")
    answer = support.send(page, f"{page}/credit", what="lines", reason="goodwill", **{"line-1": "1.00"})
    assert (answer.status_code, answer.location) == (303, f"{page}?done=credited")
    notes = world.api("GET", f"/v1/invoices/{invoice['id']}")["credit_notes"]
    assert [(note["kind"], note["total_minor"]) for note in notes] == [("amount", 119), ("lines", 119)]
    assert "partly credited" in support.page(page)


def test_a_credit_that_names_no_line_or_too_much_is_refused_in_words(world: World) -> None:
    invoice = world.invoice()
    support, page = world.as_("support"), f"/console/invoices/{invoice['id']}"
    answer = support.send(page, f"{page}/credit", what="lines", reason="goodwill")
    assert (answer.status_code, "No line is named" in answer.text) == (422, True)
    answer = support.send(page, f"{page}/credit", what="gross", amount="99999", reason="goodwill")
    assert (answer.status_code, "more_than_left" in answer.text) == (409, True)
    assert 'value="99999"' in answer.text


def test_an_invoice_is_issued_anew_and_a_wrong_credit_note_cancelled(world: World) -> None:
    invoice = world.invoice()
    support, page = world.as_("support"), f"/console/invoices/{invoice['id']}"
    support.send(page, f"{page}/credit", what="gross", amount="1.19", reason="goodwill")
    [note] = world.api("GET", f"/v1/invoices/{invoice['id']}")["credit_notes"]
    wrong = f"{page}/cancel-credit/{note['credit_note_id']}"
    assert support.send(page, wrong, reason="was right").location == f"{page}?done=credit_cancelled"
    assert support.send(page, f"{page}/reissue", reason="wrong address").location == f"{page}?done=reissued"
    world.platform.settle()
    after = support.page(page)
    assert "Another invoice</a> stands in its place" in after
    assert "Claimed anew by" in after
    assert "Credit the invoice" not in after
