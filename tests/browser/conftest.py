"""A platform where something has happened, and a browser to look at it."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from common.parties import SELLERS
from common.tools.local import Local, local

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SCOPES = (
    "members:write", "members:read", "charges:write", "invoices:run", "invoices:read", "payments:write", "items:read",
)  # fmt: skip
HOSTILE = "<script>alert(1)</script> & Söhne"
PAGES = (
    "", "runs", "receipts", "refunds", "disputes", "payouts", "debit-batches", "statements", "parked", "journals",
)  # fmt: skip
STEERED = "\u202egnp.exe " + "N" * 120
"""A payer's name that would turn the words around it, and is long."""
SIZE = {"width": 1360, "height": 900}


def enter(page: Page, url: str, name: str) -> None:
    """Signs somebody in: support, finance, admin or auditor."""
    page.goto(url)
    page.get_by_role("button", name=f"{name}@marketplace.example").click()
    expect(page.get_by_role("navigation", name="Console")).to_be_visible()


def find(page: Page, words: str) -> None:
    """Uses the search box."""
    page.get_by_role("searchbox").fill(words)
    page.get_by_role("searchbox").press("Enter")


class Story:
    """Three members, their charges, one billing run, one transfer that pays an invoice and one nobody knows."""

    def __init__(self, platform: Local) -> None:
        self.platform = platform
        self.keys = 0
        headers = {"Authorization": f"Bearer {platform.token(*SCOPES)}"}
        self.http = httpx.Client(base_url=platform.url, headers=headers, timeout=60)
        self.today = platform.runtime.clock.now().date()

    def play(self) -> None:
        """From registration to the bank's statement."""
        with self.http:
            for name, shown in (("anna", "Anna Vogel"), ("bert", "Bert de Wit"), ("carl", HOSTILE)):
                self._member(name, shown)
            self.platform.settle()
            for number, name in enumerate(["anna", "anna", "anna", "bert", "carl"]):
                self._charge(f"c-{number}", name, 1250 + number * 731)
            self.platform.settle()
            self._bill()
            self._transfers()

    def _member(self, name: str, shown: str) -> None:
        address = {"street": "Marktstraße 5", "city": "Hamburg", "postcode": "20095", "country": "DE"}
        details = {"kind": "private", "name": shown, "email": f"{name}@members.example", "address": address}
        self._send("PUT", f"/v1/members/{name}", details)

    def _charge(self, charge: str, member: str, amount_minor: int) -> None:
        sold = {
            "charge": charge,
            "member": member,
            "kind": "commission",
            "description": f"Commission on a sale, {charge}",
            "occurred_on": self.today.isoformat(),
            "currency": "EUR",
            "amount_minor": amount_minor,
        }
        self._send("POST", "/v1/charges", sold)

    def _bill(self) -> None:
        self.platform.advance_to(datetime.combine(self.today + timedelta(days=1), time(8), UTC))
        run = self._send("POST", "/v1/billing-runs", {"entity": "MP", "cut_off": self.today.isoformat()})
        self.platform.settle()
        self._send("POST", f"/v1/billing-runs/{run['id']}/release", {"reason": "the preview was checked"})
        state = ""
        while state != "completed":
            self.platform.advance_to(self.platform.runtime.clock.now() + timedelta(seconds=6))
            state = self.http.get(f"/v1/billing-runs/{run['id']}").raise_for_status().json()["state"]

    def _transfers(self) -> None:
        invoice = self.http.get("/v1/invoices").raise_for_status().json()["items"][0]
        reference = self.http.get(f"/v1/invoices/{invoice['id']}").raise_for_status().json()["reference"]
        day = self.today + timedelta(days=4)
        while day.weekday() > 4:
            day += timedelta(days=1)
        self.platform.advance_to(datetime.combine(day, time(13), UTC))
        self._transfer(day.isoformat(), invoice["total_minor"], reference, "")
        self._transfer(day.isoformat(), 4990, "", "thank you")
        self._transfer(day.isoformat(), 777, "", HOSTILE, STEERED)
        bank = f"{self.platform.emulators}/bank/statements/{SELLERS['MP'].iban}/{day.isoformat()}.xml"
        statement = self.platform.http.get(bank).raise_for_status().content
        headers = {"Content-Type": "application/xml"}
        self.http.post("/v1/statements", content=statement, headers=headers).raise_for_status()
        self.platform.settle()

    def _transfer(self, day: str, amount_minor: int, reference: str, text: str, name: str = "Somebody") -> None:
        booking = {
            "debtor_name": name,
            "debtor_iban": "NL91ABNA0417164300",
            "creditor_iban": SELLERS["MP"].iban,
            "amount_minor": amount_minor,
            "currency": "EUR",
            "remittance_text": text,
            "reference": reference,
            "booked_on": day,
            "end_to_end_id": f"{amount_minor}-{day}",
        }
        self.platform.http.post(f"{self.platform.emulators}/bank/admin/transfers", json=booking).raise_for_status()

    def _send(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.keys += 1
        headers = {"Idempotency-Key": f"story-{self.keys}"}
        answer: dict[str, Any] = self.http.request(method, path, json=body, headers=headers).raise_for_status().json()
        return answer


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("no Chromium on PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def platform(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    """The whole platform after the story; a file's own, as a process has one platform at a time."""
    assert chromium.is_connected()
    with local(Path(tmp_path_factory.mktemp("state"))) as made:
        Story(made).play()
        yield made


@pytest.fixture
def console_url(platform: Local) -> str:
    return f"{platform.url}/console/"


@pytest.fixture
def world_url(platform: Local) -> str:
    """Where the simulators' own pages are."""
    return platform.emulators


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context(viewport=SIZE)
    made.set_default_timeout(10_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
