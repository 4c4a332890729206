"""Members who pay by themselves in the billing story: links, our page, the provider's, and proceeds."""

import re
from collections.abc import Mapping
from html import unescape
from http import HTTPStatus
from typing import Any
from urllib.parse import urljoin

from common.tools.month.pages import FIELD, ONWARD
from tests.emulated.billing_story_stage import Stage, member_id


class Pages:
    """Browsers without scripts."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.bills: dict[str, dict[str, Any]] = {}

    def keep_back(self) -> None:
        """The marketplace keeps back what Nils owes of what he sold; he was about to pay it on a provider's page."""
        self._chooses("nils", {"method": "card"}, "checkouts")
        bill = self.bills["nils"]
        offer = {
            "offer": "sale-1",
            "member_id": bill["member_id"],
            "invoice_id": bill["id"],
            "amount_minor": bill["total_minor"],
            "currency": "EUR",
        }
        self.stage.post("/v1/proceeds", offer)

    def revoke_link(self) -> None:
        """A link went to somebody else."""
        link = self.stage.post("/v1/payment-links", {"member_id": member_id("nils")})
        self.stage.post(f"/v1/payment-links/{link['link_id']}/revoke", {"reason": "sent astray"})

    def pay(self) -> None:
        """Pia pays by a card that is kept, Paul by a debit that takes days; Nils only says how he will pay."""
        self._pays("pia", {"method": "card", "keep": "yes"}, "visa")
        self._pays("paul", {"method": "direct_debit"}, "sepa")
        self._pays("nils", {"method": "card"}, "visa", form="methods")

    def _pays(self, name: str, chosen: Mapping[str, str], choice: str, form: str = "checkouts") -> None:
        browser = self.stage.platform.http
        at = self._chooses(name, chosen, form)
        onward = ONWARD.search(browser.get(at).raise_for_status().text)
        assert onward is not None, f"{name} is led nowhere from {at}"
        self._sent(urljoin(at, unescape(onward[1])), {"method": choice})
        self.stage.settle()
        browser.get(f"{at}/back")
        self.stage.settle()

    def _chooses(self, name: str, chosen: Mapping[str, str], form: str) -> str:
        """Where a member waits for the provider's page to be there."""
        link = self.stage.post("/v1/payment-links", {"member_id": member_id(name)})
        url = str(self.stage.get(f"/v1/payment-links/{link['link_id']}")["url"])
        shown = self.stage.platform.http.get(url).raise_for_status().text
        at = urljoin(url, self._sent(f"{url}/{form}", {**_fields(shown, form), **chosen}))
        self.stage.settle()
        return at

    def _sent(self, url: str, fields: Mapping[str, str]) -> str:
        """Where a browser is led after it has sent a form, again while it is told to come back."""
        for _ in range(5):
            answer = self.stage.platform.http.post(url, data=fields, follow_redirects=False)
            if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
                break
        assert answer.status_code == HTTPStatus.SEE_OTHER, f"{url}: {answer.status_code} {answer.text[:500]}"
        return answer.headers["Location"]


def _fields(page: str, form: str) -> dict[str, str]:
    """What a browser would send of the form, everything ticked."""
    part = re.split(rf'<form[^>]*action="[^"]*/{form}"', page)[1].partition("</form>")[0]
    return {name: unescape(value) for name, value in FIELD.findall(part)}
