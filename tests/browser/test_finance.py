"""Finance's pages in a real browser, over the whole platform and its own BigQuery."""

import csv
import io
import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from common.tools.local import Local
from functions.reporting.reports import REPORTS
from tests.browser.conftest import enter
from tests.browser.looks import faults

pytestmark = pytest.mark.browser
SIZES = {"telephone": (390, 844), "desk": (1280, 900)}
FOLDER = os.environ.get("BILLING_SCREENSHOTS", "")


@pytest.fixture(params=SIZES)
def sized(page: Page, request: pytest.FixtureRequest) -> Page:
    width, height = SIZES[request.param]
    page.set_viewport_size({"width": width, "height": height})
    return page


def picture(page: Page, name: str) -> None:
    """Keeps what the page looks like, where somebody wants to see it."""
    if FOLDER and page.viewport_size:
        page.screenshot(path=f"{FOLDER}/{name}-{page.viewport_size['width']}.png", full_page=True)


def test_every_report_is_without_fault_at_every_size(sized: Page, console_url: str) -> None:
    noise: list[str] = []
    sized.on("console", lambda message: noise.append(message.text))
    enter(sized, console_url, "finance")
    sized.goto(console_url + "finance")
    assert faults(sized) == []
    picture(sized, "finance")
    expect(sized.get_by_role("group", name="As of, freshness and completeness")).to_contain_text("UTC")
    for report in REPORTS:
        sized.goto(f"{console_url}finance/{report.name}")
        assert faults(sized) == [], report.name
        expect(sized.get_by_role("heading", level=1)).to_have_text(report.title)
        expect(sized.get_by_role("group", name="As of, freshness and completeness")).to_contain_text("UTC")
        picture(sized, report.name)
    assert noise == []


@pytest.mark.parametrize("path", ["periods", "accounts/1400", "sap", "journals", "finance/revenue?day_from=x"])
def test_the_books_pages_are_without_fault(sized: Page, console_url: str, path: str) -> None:
    enter(sized, console_url, "admin")
    sized.goto(console_url + path)
    assert faults(sized) == []
    picture(sized, path.partition("?")[0].replace("/", "-"))


def test_a_chart_is_named_described_and_its_figures_are_in_a_table(page: Page, console_url: str) -> None:
    enter(page, console_url, "finance")
    page.goto(console_url + "finance/revenue")
    chart = page.get_by_role("img", name="Net revenue by month and kind of fee, MP in EUR")
    expect(chart).to_be_visible()
    assert "Highest" in (chart.locator("desc").text_content() or "")
    page.get_by_text("The figures of this chart").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Figures: Net revenue").first).to_be_visible()


def test_a_report_is_narrowed_by_keyboard_alone(page: Page, console_url: str) -> None:
    enter(page, console_url, "finance")
    page.goto(console_url + "finance/ageing")
    page.get_by_label("Entity").focus()
    page.keyboard.press("End")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Show").press("Enter")
    expect(page.locator("main")).to_contain_text("There are no figures for this part.")
    assert "entity=MS" in page.url


def test_a_download_is_what_the_page_shows(page: Page, console_url: str, tmp_path: Path) -> None:
    enter(page, console_url, "finance")
    page.goto(console_url + "finance/ageing")
    shown = page.locator("table.figures tbody tr").count()
    assert shown
    for kind in ("CSV", "XLSX"):
        with page.expect_download() as saved:
            page.get_by_role("link", name=f"Download {kind}").click()
        saved.value.save_as(tmp_path / kind)
        assert saved.value.suggested_filename == f"ageing.{kind.lower()}"
    rows = list(csv.DictReader(io.StringIO((tmp_path / "CSV").read_text("utf-8-sig"))))
    assert len(rows) == shown
    assert all("." in row["open"] for row in rows)


def test_from_a_line_of_sap_to_its_invoice(page: Page, console_url: str, platform: Local) -> None:
    platform.fire_schedules()
    enter(page, console_url, "finance")
    page.goto(console_url + "journals")
    page.get_by_role("region", name="Batches").get_by_role("link").first.click()
    page.get_by_role("region", name="Documents in SAP").get_by_role("link").first.click()
    page.get_by_role("link", name="Line 1", exact=True).click()
    assert faults(page) == []
    picture(page, "sap-document")
    page.get_by_role("region", name="Journals behind the line").get_by_role("link").first.click()
    expect(page.locator("main")).to_contain_text("MP-")
