"""Members on the payment page, as a browser without scripts sees it: choose, go to the provider's page, come back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from typing import Final
from urllib.parse import urljoin

import httpx

from common.client import Billing, models
from common.tools.local import Local
from common.tools.month.people import Person

FIELD: Final = re.compile(r'<input[^>]*name="(key|pay|amount-[^"]+|shown-[^"]+)"[^>]*value="([^"]*)"')
ONWARD: Final = re.compile(r'http-equiv="refresh"[^>]*url=([^"]+)"', re.IGNORECASE)
STRIPES: Final = {"card": "visa", "ideal": "ideal", "bancontact": "bancontact"}
OTHERS: Final = {"card": "creditcard", "ideal": "ideal", "bancontact": "bancontact"}
SEE_OTHER: Final = 303
TRIES: Final = 3


@dataclass
class Visit:
    """One member's way to pay; `at` is where their browser is."""

    person: Person
    member_id: str
    at: str = ""
    provider_page: str = ""
    said: str = ""
    tried: int = 0


class Pages:
    """Brings members to pay at the same time, so that the platform works for all of them at once."""

    def __init__(self, platform: Local, api: Billing) -> None:
        self._platform = platform
        self._api = api
        self._http = httpx.Client(timeout=60, follow_redirects=False)

    def pay(self, visits: Sequence[Visit]) -> list[Visit]:
        """Those who have paid, or tried to: the others found nothing to pay."""
        begun = [visit for visit in visits if self._begin(visit)]
        if not begun:
            return []
        self._platform.settle()
        for visit in begun:
            self._go_on(visit)
        self._platform.settle()
        for visit in begun:
            self._http.get(f"{visit.at}/back")
        return begun

    def close(self) -> None:
        """Closes the browsers."""
        self._http.close()

    def _begin(self, visit: Visit) -> bool:
        """Opens the link of the mail, and chooses everything that is open."""
        link = self._api.payments.make_link(models.MakeLink(member_id=visit.member_id))
        url = self._api.payments.show_link(link.link_id).url
        page = self._http.get(url).raise_for_status().text
        fields = _first_form(page)
        if not any(name == "pay" for name, _ in fields):
            visit.said = "nothing to pay"
            return False
        offered = set(re.findall(r'name="method" value="([a-z_]+)"', page))
        method = visit.person.means.method if visit.person.means.method in offered else "card"
        told = self._http.post(f"{url}/checkouts", data=_as_form([*fields, ("method", method)]))
        if told.status_code != SEE_OTHER:
            visit.said = f"refused with {told.status_code}"
            return False
        visit.at = urljoin(url, told.headers["Location"])
        return True

    def _go_on(self, visit: Visit) -> None:
        """From our page to the provider's, and what the member does there."""
        found = ONWARD.search(self._http.get(visit.at).raise_for_status().text)
        visit.provider_page = urljoin(visit.at, unescape(found[1])) if found else ""
        if not visit.provider_page or visit.provider_page.startswith(self._platform.url):
            visit.said = "no page of a provider"
            return
        method, choice = visit.person.means.method, visit.person.means.choice
        for tried in range(TRIES):
            chosen = choice if tried == 0 else STRIPES[method]
            if self._act(visit.provider_page, method, chosen):
                visit.said = "paid"
                return
        visit.said = "declined"

    def _act(self, page: str, method: str, choice: str) -> bool:
        """Pays on the provider's page; whether that was the end of it."""
        if "/stripe/" not in page:
            self._http.post(page, data={"outcome": "pays", "method": OTHERS[method]}).raise_for_status()
            return True
        told = self._http.post(page, data={"method": choice})
        if told.status_code == SEE_OTHER and told.headers["Location"].endswith("/authenticate"):
            told = self._http.post(urljoin(page, told.headers["Location"]), data={"answer": "confirm"})
        return told.status_code == SEE_OTHER


def _first_form(page: str) -> list[tuple[str, str]]:
    """What a browser would send of the first form, everything ticked."""
    form = page.partition('action="/pay/')[2].partition("</form>")[0]
    return [(name, unescape(value)) for name, value in FIELD.findall(form)]


def _as_form(fields: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in fields:
        found.setdefault(name, []).append(value)
    return found
