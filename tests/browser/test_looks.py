"""Every page can be read, reached and understood: on a telephone and a desk, by eye, ear and keyboard."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import HOSTILE, PAGES, STEERED, enter, find
from tests.browser.looks import faults

pytestmark = pytest.mark.browser
SIZES = ((390, 844), (1280, 800))
ABOUT = ("members", "invoices", "receipts", "runs", "links", "statements", "audit")
PLACE = re.compile(r"/console/((members|invoices|receipts|runs|links|statements|audit)/[A-Za-z0-9_/]+)")


@pytest.fixture(params=SIZES, ids=["telephone", "desk"])
def sized(page: Page, request: pytest.FixtureRequest) -> Page:
    width, height = request.param
    page.set_viewport_size({"width": width, "height": height})
    return page


def _wide(page: Page) -> bool:
    return bool(page.viewport_size and page.viewport_size["width"] > 1000)


def _paths(page: Page, console_url: str) -> list[str]:
    """One page of each kind, found as staff would: by its links."""
    found: dict[str, str] = {}
    for start in ("", "runs", "receipts", "receipts?state=applied", "statements", "?q=vogel", "?q=carl"):
        page.goto(console_url + start)
        _follow(page, found)
    for path in tuple(found.values()):
        page.goto(console_url + path)
        _follow(page, found)
    assert set(ABOUT) <= set(found)
    return list(found.values())


def _follow(page: Page, found: dict[str, str]) -> None:
    links = page.locator("main a[href^='/console/']").evaluate_all("all => all.map(e => e.getAttribute('href'))")
    for match in (PLACE.fullmatch(link) for link in links):
        if match and not match[1].endswith("/pdf"):
            found.setdefault(match[2], match[1])


def test_every_console_page_is_without_fault(sized: Page, console_url: str) -> None:
    noise: list[str] = []
    sized.on("console", lambda message: noise.append(message.text))
    enter(sized, console_url, "admin")
    wide = _wide(sized)
    searches = ("?q=vogel", "?q=carl", "?q=nobody+here", "?q=49.90", "?q=" + "x" * 190)
    for path in (*PAGES, "receipts?state=applied", *searches, *_paths(sized, console_url)):
        sized.goto(console_url + path)
        assert faults(sized, wide=wide) == [], path
    assert noise == []


@pytest.mark.parametrize(
    "path", ["nothing", "invoices/inv_00000000000", "journals?day_from=x", "members/mem_000000000"]
)
def test_a_page_that_refuses_is_without_fault(sized: Page, console_url: str, path: str) -> None:
    enter(sized, console_url, "admin")
    sized.goto(console_url + path)
    assert faults(sized) == []
    expect(sized.get_by_role("alert")).to_be_visible()


def test_the_sign_in_page_is_without_fault(sized: Page, console_url: str) -> None:
    sized.goto(console_url)
    assert faults(sized) == []


def test_every_page_of_the_simulators_is_without_fault_and_leads_to_the_others(sized: Page, world_url: str) -> None:
    sized.goto(f"{world_url}/")
    names = sized.get_by_role("listitem").get_by_role("link").all_inner_texts()
    assert [name.partition(":")[0] for name in names] == [
        "Mail", "Stripe", "Adyen", "Mollie", "GoCardless", "Bank", "SAP", "VIES",
    ]  # fmt: skip
    for name in names:
        sized.goto(f"{world_url}/")
        sized.get_by_role("link", name=name).click()
        assert faults(sized) == [], name
        expect(sized.get_by_role("link", name="All simulators")).to_be_visible()


def test_a_mail_is_shown_under_its_subject_and_fits_a_telephone(sized: Page, world_url: str) -> None:
    sized.goto(f"{world_url}/mail/")
    sized.get_by_role("link", name="Your invoice").first.click()
    assert faults(sized) == []
    assert sized.title().startswith("Your invoice MP-")
    expect(sized.get_by_role("link", name="All mail")).to_be_visible()
    sized.goto(sized.url + "/html")
    assert sized.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(sized.get_by_role("heading", level=1)).to_contain_text("Your invoice MP-")


def test_a_mail_to_a_hostile_name_is_text(page: Page, world_url: str) -> None:
    told = httpx.get(f"{world_url}/mail/messages.json", params={"recipient": "carl"}).json()["messages"]
    page.goto(f"{world_url}/mail/messages/{told[0]['id']}/html")
    expect(page.locator("body")).to_contain_text(f"Dear {HOSTILE},")


def test_a_name_that_turns_the_words_around_it_is_disarmed(page: Page, console_url: str) -> None:
    enter(page, console_url, "finance")
    find(page, "7.77")
    expect(page.locator("main")).to_contain_text(STEERED.replace("\u202e", "\ufffd"))
    assert "\u202e" not in page.content()


def test_the_keyboard_reaches_what_can_be_done_and_shows_where_it_is(page: Page, console_url: str) -> None:
    enter(page, console_url, "finance")
    page.goto(console_url + "runs")
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent.trim() || document.activeElement.name"))
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        if reached[-1] == "Start run":
            break
        assert style != "none", reached[-1]
    for name in ("Skip to the content", "Search", "Billing runs", "cut_off", "reason", "Start run"):
        assert name in reached, (name, reached)


def test_why_an_amount_is_what_it_is_opens_without_a_script(page: Page, console_url: str) -> None:
    enter(page, console_url, "support")
    find(page, "anna@members.example")
    page.get_by_role("region", name="Invoices").get_by_role("link").first.click()
    page.get_by_text("Why this amount?").first.click()
    expect(page.locator("details[open] p")).to_be_visible()
