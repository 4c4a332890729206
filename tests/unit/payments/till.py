"""The page on which members pay, over a memory engine, with a provider that does what a test says."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Request, Response
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from common.events.base import Event
from common.events.payments import PaymentReceived
from common.functions.entry import answer
from common.links import link_id_of_invoice, token_of
from common.process import use
from functions.payments.main import api
from functions.payments.model.asking import Answer, Invitation, Invited, ProviderName, SetUp
from functions.payments.model.checkouts import Checkout
from functions.payments.model.payables import Payable, payable_id_of
from functions.payments.providers import asking, inviting
from functions.payments.providers.port import Offering
from tests.kit import Platform
from tests.unit.told import buyer, invoice_issued

SECRET = "link_local"


class Hosted(Offering):
    """A provider with a page of its own; what is not scripted is given, found or not yet paid."""

    name: ProviderName = "stripe"

    def __init__(self) -> None:
        self.invitations: list[Invitation] = []
        self.given: list[Invited] = []
        self.closes: list[Answer] = []
        self.closed: list[str] = []
        self.money: dict[str, Answer] = {}
        self.kept: dict[str, SetUp] = {}

    def charge(self, wanted: Any) -> Answer:  # noqa: ARG002 - the port
        return Answer(outcome="processing", provider_id="pi_collected")

    def invite(self, wanted: Invitation) -> Invited:
        self.invitations.append(wanted)
        if self.given:
            return self.given.pop(0)
        url = f"https://provider.example/{wanted.invitation_id}"
        return Invited(outcome="succeeded", provider_id=f"cs_{wanted.invitation_id}", url=url)

    def close_page(self, page_id: str) -> Answer:
        self.closed.append(page_id)
        return self.closes.pop(0) if self.closes else Answer(outcome="succeeded", provider_id=page_id)

    def get(self, provider_id: str) -> Answer:
        return self.money.get(provider_id, Answer(outcome="not_found"))

    def search(self, attempt_id: str) -> Answer:
        return self.money.get(attempt_id, Answer(outcome="not_found"))

    def get_set_up(self, provider_id: str) -> SetUp:
        return self.kept.get(provider_id, SetUp(outcome="processing", code="open"))


class Till:
    """Payments with a hosted page."""

    def __init__(self, patch: pytest.MonkeyPatch, *areas: str) -> None:
        self.provider = Hosted()
        self.named: Callable[[str], Hosted] = {"stripe": self.provider}.__getitem__
        patch.setattr(inviting, "provider_named", lambda _: self.by_name)
        patch.setattr(asking, "provider_named", lambda _: self.by_name)
        self.platform = Platform(*(areas or ("payments",)))
        use(self.platform.runtime)

    def issue(self, number: str = "MP-2026-0000001", **changes: Any) -> str:
        """An invoice over 119.00 EUR that its member pays by themselves; the token of its link."""
        who = buyer(**changes.pop("who", {}))
        self.platform.tell(invoice_issued(number, who=who, **changes))
        return token_of(link_id_of_invoice(f"inv_{number}"), SECRET)

    def get(self, path: str, **headers: str) -> tuple[int, str, Response]:
        """A browser's GET."""
        return self._asked("GET", path, b"", headers)

    def post(self, path: str, fields: Sequence[tuple[str, str]], **headers: str) -> tuple[int, str, Response]:
        """A browser sends a form."""
        sent = urlencode(list(fields)).encode()
        return self._asked("POST", path, sent, {"Content-Type": "application/x-www-form-urlencoded", **headers})

    def form(self, token: str, *numbers: str, method: str = "card", **amounts: str) -> list[tuple[str, str]]:
        """The page's own form, filled in: these invoices in full unless an amount is given (`n1="50"`)."""
        status, page, _ = self.get(f"/pay/{token}")
        assert status == 200, page
        sent = [("key", re.findall(r'name="key" value="([^"]+)"', page)[0]), ("method", method)]
        for place, number in enumerate(numbers, 1):
            typed = re.findall(rf'name="amount-{number}" value="([^"]*)"', page)
            shown = re.findall(rf'name="shown-{number}" value="(\d+)"', page)
            sent.append(("pay", number))
            sent += [(f"amount-{number}", amounts.get(f"n{place}", value)) for value in typed]
            sent += [(f"shown-{number}", value) for value in shown]
        return sent

    def begin(self, token: str, *numbers: str, **more: Any) -> Checkout:
        """Fills the form in, sends it, and lets the provider be asked."""
        status, _, response = self.post(f"/pay/{token}/checkouts", self.form(token, *numbers, **more))
        assert status == 303, response.get_data(as_text=True)
        self.platform.settle()
        return self.checkout(response.headers["Location"].rsplit("/", 1)[1])

    def checkout(self, checkout_id: str) -> Checkout:
        """A checkout as it is now."""
        found = self.platform.read.find(Checkout, checkout_id)
        assert found is not None
        return found

    def payable(self, number: str = "MP-2026-0000001") -> Payable:
        """An invoice as its member pays it."""
        found = self.platform.read.find(Payable, payable_id_of(f"inv_{number}"))
        assert found is not None
        return found

    def pays(self, checkout: Checkout, outcome: Any = "succeeded", **more: Any) -> None:
        """The member pays on the provider's page: from now on the provider says so."""
        usual = {"provider_id": f"pi_{checkout.id}", "amount_minor": checkout.amount_minor}
        ours = {"payment_id": checkout.id, "attempt_id": checkout.attempt_id}
        told = Answer(outcome=outcome, **{**usual, **ours, **more})
        self.provider.money |= {checkout.attempt_id: told, told.provider_id: told}

    def received(self) -> list[PaymentReceived]:
        """The money that was told."""
        return [one for one in self.platform.events(PaymentReceived) if isinstance(one, PaymentReceived)]

    def tell(self, *events: Event) -> None:
        """What other areas tell."""
        self.platform.tell(*events)

    def by_name(self, name: str) -> Hosted:
        """The provider of a name; KeyError where there is none."""
        return self.named(name)

    @staticmethod
    def _asked(method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, Response]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        builder = EnvironBuilder(path, method=method, data=body, headers=Headers(named))
        response = answer(api, Request(builder.get_environ()))
        return response.status_code, response.get_data(as_text=True), response


DUE = date(2026, 10, 15)
