"""Adyen's payment links: the hosted page on which a shopper pays, or lets a method be kept."""

import secrets
from typing import Any

from emulators.adyen.faults import AdyenError
from emulators.adyen.payments import Answer, Payments
from emulators.world.clock import VirtualClock, epoch
from emulators.world.kept import Kept
from emulators.world.script import Step

Json = dict[str, Any]
_DAY = 86400
METHODS = {"scheme": "Card", "sepadirectdebit": "SEPA direct debit", "ideal": "iDEAL", "bcmc": "Bancontact"}
IBAN = "DE91100000000123456789"
_REFUSED = Step({"refuse": "2"})
_RECEIVED = Step({"receive": "72"})
_PAID = Step({"succeed": ""})


class Links:
    """Payment links of one merchant account; each is good for a day, and for one payment that goes well."""

    def __init__(self, kept: Kept, payments: Payments, clock: VirtualClock) -> None:
        self._kept = kept
        self._payments = payments
        self._clock = clock

    def make(self, asked: Json, address: str) -> Answer:
        """A link for what is asked; its page is below `address`."""
        name = "PL" + secrets.token_hex(8).upper()
        link = {
            **{key: value for key, value in asked.items() if key != "merchantAccount"},
            "id": name, "merchantAccount": asked["merchantAccount"], "status": "active", "url": f"{address}/{name}",
            "expires": epoch(self._clock) + _DAY,
        }  # fmt: skip
        self._kept.put("link", name, link, epoch(self._clock), ref=asked["reference"])
        return Answer(201, shown(link))

    def get(self, name: str) -> Json:
        """A link as it stands."""
        link = self._kept.get("link", name)
        if link is None:
            raise AdyenError(404, "000", "Payment link not found")
        if link["status"] == "active" and link["expires"] <= epoch(self._clock):
            link = self._kept.change("link", name, status="expired")
        return link

    def close(self, name: str, asked: Json) -> Json:
        """A link nobody can pay by any more; only one that is active can be closed."""
        with self._kept.rows.transaction():
            link = self.get(name)
            if asked != {"status": "expired"} or link["status"] != "active":
                raise AdyenError(422, "29_003", f"The link is {link['status']} and can't be changed")
            return self._kept.change("link", name, status="expired")

    def methods(self, link: Json) -> list[str]:
        """The payment methods its page offers."""
        wanted = link.get("allowedPaymentMethods") or list(METHODS)
        return [name for name in wanted if name in METHODS]

    def visit(self, name: str, outcome: str, method: str) -> Json:
        """A shopper does something on the page; the link afterwards."""
        with self._kept.rows.transaction():
            link = self.get(name)
            if link["status"] != "active" or method not in self.methods(link):
                return link
            step = _step(outcome, method)
            if step is None:
                return link
            stores = link.get("storePaymentMethodMode") == "enabled" and outcome == "pays"
            extra: Json = {"paymentLinkId": name}
            if stores:
                shopper = link["shopperReference"]
                extra |= {"recurring.recurringDetailReference": self._store(shopper, method)}
                extra |= {"recurring.shopperReference": shopper}
            asked: Json = {
                key: link[key] for key in ("reference", "amount", "metadata", "shopperReference") if key in link
            }
            self._payments.carry_out({**asked, "paymentMethod": {"type": method}}, step, extra)
            return self._kept.change("link", name, status="completed") if outcome == "pays" else link

    def stored(self, shopper: str) -> list[Json]:
        """What is kept of a shopper."""
        return [one for one in self._kept.of("stored", shopper) if not one.get("gone")]

    def _store(self, shopper: str, method: str) -> str:
        name = secrets.token_hex(8).upper()
        debit = method == "sepadirectdebit"
        card = {"brand": "visa", "lastFour": "1111", "expiryMonth": "03", "expiryYear": "2030", "name": "VISA"}
        body = {
            "id": name, "type": method, "ownerName": "A. Shopper",
            "supportedRecurringProcessingModels": ["CardOnFile", "Subscription", "UnscheduledCardOnFile"],
            "supportedShopperInteractions": ["Ecommerce", "ContAuth"], **({"iban": IBAN} if debit else card),
        }  # fmt: skip
        self._kept.put("stored", name, body, epoch(self._clock), ref=shopper)
        return name


def shown(link: Json) -> Json:
    """A link as the API shows it."""
    return {key: value for key, value in link.items() if key != "expires"}


def _step(outcome: str, method: str) -> Step | None:
    if outcome == "is_declined":
        return _REFUSED
    if outcome != "pays":
        return None
    return _RECEIVED if method == "sepadirectdebit" else _PAID
