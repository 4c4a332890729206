"""What staff do in the console, in a real browser, over the whole platform on one machine."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, expect

from common.tools.local import Local
from tests.browser.conftest import HOSTILE, PAGES, enter, find

pytestmark = pytest.mark.browser
PICTURE = Path(__file__).parents[2] / "functions" / "console" / "screenshot.png"


def test_support_finds_a_member_their_invoice_and_its_file(page: Page, console_url: str) -> None:
    enter(page, console_url, "support")
    find(page, "anna@members.example")
    expect(page.get_by_role("heading", level=1)).to_have_text("Anna Vogel")
    expect(page.locator(".timeline")).to_contain_text("was issued")
    if os.environ.get("BILLING_SCREENSHOT") == "1":
        page.screenshot(path=PICTURE)
    page.get_by_role("region", name="Invoices").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("MP-20")
    file = page.request.get(page.url + "/pdf")
    assert file.body().startswith(b"%PDF")


def test_a_hostile_name_is_text_and_runs_nothing(page: Page, console_url: str) -> None:
    ran: list[str] = []

    def asked(dialog: Dialog) -> None:
        ran.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", asked)
    enter(page, console_url, "support")
    find(page, "carl")
    expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    assert ran == []


def test_finance_puts_money_on_an_invoice_and_takes_it_back(page: Page, console_url: str) -> None:
    enter(page, console_url, "finance")
    find(page, "bert")
    number = page.get_by_role("region", name="Invoices").get_by_role("link").first.inner_text()
    page.get_by_role("link", name="Unmatched money").click()
    unapplied = page.get_by_role("region", name="Unapplied receipts")
    unapplied.get_by_role("row").filter(has_text="49.90 EUR").get_by_role("link").click()
    page.get_by_label("Invoice number").fill(number)
    page.get_by_label("Amount in EUR").fill("10.00")
    page.get_by_label("Reason").first.fill("the member told us on the phone")
    page.get_by_role("button", name="Match").click()
    expect(page.get_by_role("status")).to_have_text("The money was put on the invoice.")
    taking_back = page.locator("section", has=page.get_by_role("heading", name="Take a match back"))
    taking_back.get_by_label("Reason").fill("it was meant for another one")
    taking_back.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("status")).to_have_text("The match was taken back.")


def test_an_auditor_reads_a_trail_and_meets_no_form_that_changes_anything(page: Page, console_url: str) -> None:
    enter(page, console_url, "auditor")
    find(page, "anna")
    page.get_by_role("link", name="Audit trail").first.click()
    expect(page.get_by_role("status")).to_contain_text("The chain is whole.")
    for path in PAGES:
        page.goto(console_url + path)
        assert page.locator("main form[method=post]").count() == 0


def test_leaving_forgets_who_was_there(page: Page, console_url: str) -> None:
    enter(page, console_url, "admin")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.goto(console_url + "runs")
    expect(page).to_have_url(console_url + "sign-in?next=/console/runs")


def test_the_keyboard_skips_to_the_content(page: Page, console_url: str) -> None:
    enter(page, console_url, "admin")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_support_makes_a_payment_link_that_leads_to_the_members_invoices_and_ends_it(
    page: Page, console_url: str, platform: Local
) -> None:
    enter(page, console_url, "support")
    find(page, "bert")
    page.get_by_text("Make a link").click()
    page.locator("#links").get_by_label("Reason").fill("asked for on the phone")
    page.get_by_role("button", name="Make the link").click()
    expect(page.get_by_role("status")).to_have_text("The link was made.")
    address = page.get_by_label("Select and copy").input_value()
    assert platform.http.get(address).status_code == 200
    page.get_by_label("Reason").fill("sent to the wrong address")
    page.get_by_role("button", name="Revoke the link").click()
    expect(page.get_by_role("status")).to_have_text("The link leads nowhere any more.")
    assert platform.http.get(address).status_code == 410
