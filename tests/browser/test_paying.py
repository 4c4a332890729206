"""Members pay on the page behind their link, in a real browser, over the whole platform and the provider's own page."""

import io
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from common.tools.local import Local, local
from tests.browser.conftest import HOSTILE, Story
from tests.browser.looks import faults

pytestmark = pytest.mark.browser
SIZES = {"telephone": (390, 844), "narrow": (320, 640), "desk": (1280, 900)}
LANGUAGES = ("en", "de", "fr", "nl", "it", "es", "pl", "el", "bg")
FOLDER = os.environ.get("BILLING_SCREENSHOTS", "")


class Members(Story):
    """Two months of bills for three members, none of them paid."""

    def play(self) -> None:
        """From registration to the second bill."""
        with self.http:
            for name, shown, country in (("anna", "Anna Vogel", "DE"), ("nora", HOSTILE, "NL"), ("bert", "Bert", "DE")):
                self._registered(name, shown, country)
            self.platform.settle()
            for month in range(2):
                for number, name in enumerate(["anna", "nora", "bert"]):
                    self._charge(f"{name}-{month}", name, 4_990 + 1_000 * number + month * 731)
                self.platform.settle()
                self._bill()
                self.today += timedelta(days=1)
            self.platform.settle()

    def _registered(self, name: str, shown: str, country: str) -> None:
        address = {"street": "Marktstraße 5", "city": "Hamburg", "postcode": "20095", "country": country}
        details = {"kind": "private", "name": shown, "email": f"{name}@members.example", "address": address}
        self._send("PUT", f"/v1/members/{name}", details)


class Payer:
    """What the tests ask the API."""

    def __init__(self, platform: Local) -> None:
        self.platform = platform
        scopes = ("members:read", "members:write", "payments:read", "payments:link", "items:read")
        self.headers = {"Authorization": f"Bearer {platform.token(*scopes)}"}
        self.keys = 0

    def get(self, path: str, **asked: str) -> Any:
        return self.platform.http.get(
            self.platform.url + path, params=asked, headers=self.headers
        ).raise_for_status().json()  # fmt: skip

    def member_id(self, name: str) -> str:
        return str(self.get(f"/v1/members/{name}")["member_id"])

    def link(self, name: str, **asked: Any) -> str:
        """The address of a new link of a member."""
        self.keys += 1
        body = {"member_id": self.member_id(name), **asked}
        headers = {**self.headers, "Idempotency-Key": f"link-{self.keys}"}
        made = self.platform.http.post(f"{self.platform.url}/v1/payment-links", json=body, headers=headers)
        return str(self.get(f"/v1/payment-links/{made.raise_for_status().json()['link_id']}")["url"])

    def items(self, name: str) -> list[Any]:
        return list(self.get("/v1/items", member_id=self.member_id(name))["items"])

    def open_minor(self, name: str) -> int:
        return sum(item["open_minor"] for item in self.items(name))


@pytest.fixture(scope="module")
def payer(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Payer]:
    assert chromium.is_connected()
    with local(Path(tmp_path_factory.mktemp("state"))) as made:
        Members(made).play()
        yield Payer(made)


@pytest.fixture
def silent(chromium: Browser) -> Iterator[Page]:
    """A browser that runs no scripts."""
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@pytest.fixture(params=SIZES)
def sized(page: Page, request: pytest.FixtureRequest) -> Page:
    width, height = SIZES[request.param]
    page.set_viewport_size({"width": width, "height": height})
    return page


def picture(page: Page, name: str) -> None:
    """Keeps what the page looks like, where somebody wants to see it."""
    if FOLDER and page.viewport_size:
        page.screenshot(path=f"{FOLDER}/{name}-{page.viewport_size['width']}.png", full_page=True)


def test_every_page_is_without_fault_at_every_size(sized: Page, payer: Payer) -> None:
    noise: list[str] = []
    sized.on("console", lambda message: noise.append(message.text))
    address = payer.link("anna")
    sized.goto(address)
    assert faults(sized) == []
    picture(sized, "invoices")
    sized.get_by_label("Bank transfer").check()
    sized.get_by_role("button", name="Continue to pay").click()
    expect(sized.get_by_role("heading", level=1)).to_have_text("Pay by bank transfer")
    assert faults(sized) == []
    picture(sized, "transfer")
    sized.goto(address[:-2])
    assert faults(sized) == []
    picture(sized, "refused")
    assert [one for one in noise if "404" not in one] == []


def test_a_form_that_is_wrong_comes_back_with_what_was_typed(sized: Page, payer: Payer) -> None:
    sized.goto(payer.link("anna"))
    sized.locator("input[name^=amount-]").first.fill("abc")
    sized.get_by_label("Card", exact=False).first.check()
    sized.get_by_role("button", name="Continue to pay").click()
    expect(sized.get_by_role("alert")).to_contain_text("Write each amount like 12.50.")
    expect(sized.locator("input[name^=amount-]").first).to_have_value("abc")
    assert faults(sized) == []
    picture(sized, "problem")


def test_the_total_follows_what_is_chosen(page: Page, payer: Payer) -> None:
    page.goto(payer.link("anna"))
    total = page.locator(".total output")
    amounts = [page.locator("input[name^=amount-]").nth(n) for n in range(2)]
    both = sum(int(one.input_value().replace(".", "")) for one in amounts)
    expect(total).to_have_text(f"EUR\u00a0{both / 100:.2f}")
    page.get_by_role("checkbox").first.uncheck()
    expect(total).to_have_text(f"EUR\u00a0{amounts[1].input_value()}")
    amounts[1].fill("10")
    expect(total).to_have_text("EUR\u00a010.00")
    amounts[1].fill("ten")
    expect(total).to_have_text("–")


def test_the_code_on_the_page_is_the_transfer_it_speaks_of(page: Page, payer: Payer) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    [first, _] = payer.items("anna")
    page.goto(payer.link("anna", invoices=[first["invoice_id"]], amount_minor=1234))
    page.get_by_label("Bank transfer").check()
    page.get_by_role("button", name="Continue to pay").click()
    code = page.get_by_role("img", name=re.compile("QR code for a transfer of EUR\\s12.34"))
    [read] = zxingcpp.read_barcodes(Image.open(io.BytesIO(code.screenshot(scale="css"))))
    lines = read.text.split("\n")
    assert lines[:4] == ["BCD", "002", "1", "SCT"]
    assert (lines[6], lines[7]) == ("DE89370400440532013000", "EUR12.34")
    reference = page.locator("dd").nth(4).inner_text().replace("Copy", "").replace(" ", "").strip()
    assert lines[9] == reference
    assert reference.startswith("RF")


def test_a_copy_button_copies_what_a_bank_takes(context: BrowserContext, payer: Payer) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(payer.link("anna"))
    page.get_by_label("Bank transfer").check()
    page.get_by_role("button", name="Continue to pay").click()
    page.get_by_role("button", name="Copy: IBAN").click()
    expect(page.get_by_role("button", name="Copy: IBAN")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "DE89370400440532013000"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_is_there_and_fits_a_telephone(page: Page, payer: Payer, language: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(payer.link("anna", language=language))
    assert page.locator("html").get_attribute("lang") == language
    assert faults(page) == []
    picture(page, f"language-{language}")
    page.locator("input[value=transfer]").check()
    page.locator("button[type=submit]").first.click()
    expect(page.locator(".code")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == language
    assert faults(page) == []


def test_the_mail_of_an_invoice_leads_to_the_page_that_has_it_chosen(page: Page, payer: Payer) -> None:
    sent = f"{payer.platform.emulators}/mail/messages.json"
    told = payer.platform.http.get(sent, params={"recipient": "anna"}).json()["messages"]
    body = payer.platform.http.get(f"{payer.platform.emulators}/mail/messages/{told[0]['id']}/html").text
    [address] = set(re.findall(r'href="([^"]+/pay/[^"]+)"', body))
    page.goto(address)
    expect(page.get_by_role("checkbox", name="MP-", checked=True)).to_have_count(1)
    expect(page.locator("input[name=pay]")).to_have_count(2)


def test_who_leaves_the_providers_page_may_pay_another_way(page: Page, payer: Payer) -> None:
    page.goto(payer.link("anna"))
    page.locator("input[value=card]").first.check()
    page.get_by_role("button", name="Continue to pay").click()
    page.wait_for_url("**/stripe/pay/**")
    page.get_by_role("link", name="Leave without paying").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("We are waiting for your bank")
    assert faults(page) == []
    picture(page, "left")
    page.get_by_role("link", name="Choose another way to pay").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pay your invoices")


def test_the_way_back_leads_to_the_same_payment(page: Page, payer: Payer) -> None:
    page.goto(payer.link("anna"))
    page.locator("input[value=direct_debit]").first.check()
    page.get_by_role("button", name="Continue to pay").click()
    page.wait_for_url("**/stripe/pay/**")
    place = page.url
    page.go_back()
    page.locator("input[value=direct_debit]").first.check()
    page.get_by_role("button", name="Continue to pay").click()
    page.wait_for_url("**/stripe/pay/**")
    assert page.url == place


def test_another_language_is_one_click_away(page: Page, payer: Payer) -> None:
    page.goto(payer.link("anna"))
    page.get_by_role("link", name="Deutsch").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rechnungen bezahlen")


def test_a_hostile_name_is_nowhere_and_local_ways_come_first(page: Page, payer: Payer) -> None:
    ran: list[str] = []

    def asked(dialog: Dialog) -> None:
        ran.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", asked)
    page.goto(payer.link("nora"))
    assert "alert(1)" not in page.content()
    expect(page.locator(".method strong").first).to_have_text("iDEAL | Wero")
    assert ran == []


def test_the_keyboard_alone_pays(page: Page, payer: Payer) -> None:
    page.goto(payer.link("anna"))
    reached: list[str] = []
    for _ in range(30):
        page.keyboard.press("Tab")
        told = "document.activeElement.textContent.trim() || document.activeElement.name"
        reached.append(page.evaluate(told))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", reached[-1]
        if reached[-1] == "method":
            page.keyboard.press("ArrowUp")
            page.keyboard.press("ArrowDown")
        if reached[-1] == "Continue to pay":
            break
    assert {"Skip to the content", "pay", "method", "keep", "Continue to pay"} <= set(reached)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Pay your invoices")


def test_a_printed_page_shows_what_matters(page: Page, payer: Payer) -> None:
    page.goto(payer.link("anna"))
    page.get_by_label("Bank transfer").check()
    page.get_by_role("button", name="Continue to pay").click()
    page.emulate_media(media="print")
    expect(page.get_by_role("button").first).not_to_be_visible()
    expect(page.locator(".code").first).to_be_visible()
    picture(page, "print")


def test_in_the_dark_everything_can_be_read(page: Page, payer: Payer) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(payer.link("anna"))
    assert faults(page) == []
    picture(page, "dark")


def test_without_scripts_a_card_pays_several_invoices_at_once(silent: Page, payer: Payer) -> None:
    before = payer.open_minor("bert")
    silent.goto(address := payer.link("bert"))
    silent.locator("input[name^=amount-]").first.fill("10,00")
    silent.get_by_label("Card", exact=False).first.check()
    silent.get_by_role("button", name="Continue to pay").click()
    silent.wait_for_url("**/stripe/pay/**")
    silent.get_by_role("button").first.click()
    silent.wait_for_url("**/back*")
    expect(silent.get_by_role("heading", level=1)).to_have_text("Thank you, you have paid", timeout=30_000)
    picture(silent, "thanks")
    [checkout] = payer.get("/v1/checkouts", member_id=payer.member_id("bert"))["items"]
    assert (checkout["state"], len(checkout["purposes"])) == ("succeeded", 2)
    payer.platform.settle()
    silent.goto(address)
    picture(silent, "paid")
    assert payer.get("/v1/items", member_id=payer.member_id("bert"))
    assert checkout["amount_minor"] < before


def test_a_method_is_set_up_and_named(page: Page, payer: Payer) -> None:
    page.goto(address := payer.link("nora"))
    page.get_by_text("Set up", exact=True).first.click()
    form = page.locator("form[action$=methods]")
    form.get_by_label("Card", exact=False).check()
    form.get_by_role("button", name="Set up").click()
    page.wait_for_url("**/stripe/pay/**")
    page.get_by_role("button").first.click()
    page.wait_for_url("**/back*")
    expect(page.get_by_role("heading", level=1)).to_have_text("We are waiting for your bank")
    assert faults(page) == []
    picture(page, "waiting")
    payer.platform.advance_to(datetime.combine(payer.platform.runtime.clock.now().date(), time(23), UTC))
    page.goto(address)
    expect(page.locator("main")).to_contain_text("Your next invoices are collected from")
    member = payer.get("/v1/members/nora")
    assert member["payment_method"] == "card"
