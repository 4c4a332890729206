"""The console over the areas' real APIs and the memory engine, with real tokens."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import httpx
import jwt
import pytest
from flask import Request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from common import access, process
from common.documents import Document
from common.events.payments import PaymentReceived
from common.functions.declared import Function
from common.functions.entry import answer
from common.tools.host import public_prefixes
from emulators.identity import Issuer
from functions.console import sign_in
from functions.console.app import app
from tests.kit import Platform

AREAS = ("members", "charging", "invoicing", "matching", "accounting", "audit", "relay")
STAFF = {
    "support@marketplace.example": ["support"],
    "finance@marketplace.example": ["finance"],
    "admin@marketplace.example": ["administrator"],
    "auditor@marketplace.example": ["auditor"],
    "nobody@marketplace.example": [],
}
HOSTILE = "<script>alert('x')</script> & \"Söhne\""
ADDRESS = {"street": "Marktstraße 5", "city": "Hamburg", "postcode": "20095", "country": "DE"}
PAGES = ("/console/", "/console/?q=anna+vogel", "/console/runs", "/console/receipts", "/console/parked",
         "/console/journals", "/console/refunds", "/console/disputes", "/console/payouts", "/console/debit-batches",
         "/console/statements")  # fmt: skip
TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')
KEY = re.compile(r'action="([^"]+)"[^>]*>\s*<input type="hidden" name="form_token"[^>]*>\s*'
                 r'<input type="hidden" name="idempotency_key" value="([0-9a-f-]{36})"')  # fmt: skip


class Apis:
    """The areas' APIs as a WSGI application, which can be made to fail."""

    def __init__(self, functions: Iterable[Function]) -> None:
        self.paths = {path: f for f in functions if f.kind == "http" and not f.app for path in public_prefixes(f)}
        self.asked: list[tuple[str, str, str]] = []
        self.broken = False

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        self.asked.append((request.method, request.path, request.headers.get("Idempotency-Key", "")))
        found = next((f for path, f in self.paths.items() if f"{request.path}/".startswith(f"{path}/")), None)
        if found is None or (self.broken and request.method == "POST"):
            start_response("503 Broken" if self.broken else "404 Not Found", [("Content-Type", "text/html")])
            return [b"<h1>not one of ours</h1>"]
        done: Iterable[bytes] = answer(found, request)(environ, start_response)
        return done


class Staff:
    """One member of staff and their browser."""

    def __init__(self, email: str, issuer: Issuer) -> None:
        self.client: FlaskClient = app.test_client()
        audience = process.runtime().settings.iap_audience
        self.headers = {sign_in.HEADER: issuer.iap_assertion(email=email, audience=audience)} if email else {}

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, headers=self.headers, **more)

    def page(self, path: str) -> str:
        """A page that answers; its HTML."""
        response = self.get(path)
        assert response.status_code == 200, (path, response.status_code, response.text)
        return response.text

    def send(self, page: str, action: str, **fields: str) -> TestResponse:
        """Fills in a form of a page and sends it, as a browser would."""
        shown = self.page(page)
        keys = dict(KEY.findall(shown))
        assert action in keys, f"{page} has no form for {action}"
        return self.post(action, form_token=TOKEN.findall(shown)[0], idempotency_key=keys[action], **fields)

    def post(self, path: str, **fields: str) -> TestResponse:
        return self.client.post(path, data=fields, headers=self.headers)


class World:
    """A platform with a little history, and whoever looks at it."""

    def __init__(self, platform: Platform, apis: Apis, issuer: Issuer) -> None:
        self.platform = platform
        self.apis = apis
        self.issuer = issuer
        self.http = httpx.Client(transport=httpx.WSGITransport(app=apis), base_url="http://platform.test")
        self.headers = {sign_in.HEADER: self._assertion("admin@marketplace.example")}
        self.today = platform.clock.now().date()

    def _assertion(self, email: str) -> str:
        return self.issuer.iap_assertion(email=email, audience=self.platform.runtime.settings.iap_audience)

    def as_(self, name: str) -> Staff:
        """`support`, `finance`, `admin`, `auditor`; nobody without a name."""
        return Staff(f"{name}@marketplace.example" if name else "", self.issuer)

    def api(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {**self.headers, "Idempotency-Key": f"world-{len(self.apis.asked)}"}
        response = self.http.request(method, path, json=body, headers=headers)
        assert response.is_success, response.text
        self.platform.settle()
        return response.json()

    def member(self, name: str, shown: str) -> str:
        body = {"kind": "private", "name": shown, "email": f"{name}@members.example", "address": ADDRESS}
        done = self.api("PUT", f"/v1/members/{name}", {**body, "reason": "they asked to join"})
        return str(done["member"]["member_id"])

    def charge(self, charge: str, member: str, amount_minor: int) -> None:
        sold = {"charge": charge, "member": member, "kind": "commission", "description": f"Sale <b>{charge}</b>"}
        when = {"occurred_on": self.today.isoformat(), "currency": "EUR", "amount_minor": amount_minor}
        self.api("POST", "/v1/charges", {**sold, **when})

    def run(self) -> str:
        started = self.api("POST", "/v1/billing-runs", {"entity": "MP", "cut_off": self.today.isoformat()})
        return str(started["id"])

    def released(self) -> str:
        run_id = self.run()
        self.api("POST", f"/v1/billing-runs/{run_id}/release", {"reason": "the preview was checked"})
        self.platform.advance_to(self.platform.clock.now() + timedelta(minutes=5))
        return run_id

    def invoice(self) -> dict[str, Any]:
        """The one invoice of a member with a hostile name."""
        self.member("anna", HOSTILE)
        self.charge("c-1", "anna", 1000)
        self.released()
        found: dict[str, Any] = self.api("GET", "/v1/invoices")["items"][0]
        return found

    def put(self, *documents: Document) -> None:
        """Documents as an area's handlers would leave them."""

        def work(_given: Any, unit: Any) -> None:
            for document in documents:
                unit.put(document)

        self.platform.do(work, None)

    def receipt(self, amount_minor: int = 5000) -> str:
        """Money nobody knows the owner of."""
        came = PaymentReceived(
            member_id="",
            receipt_id="rcp_0123456789",
            source="bank",
            entity="MP",
            amount_minor=amount_minor,
            currency="EUR",
            received_on=date(2026, 10, 2),
            text=HOSTILE,
            payer_iban="NL91ABNA0417164300",
        )
        self.platform.tell(came)
        return came.receipt_id


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def world(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A platform without payments, dunning and notifications."""
    yield from _world(issuer, monkeypatch, AREAS)


@pytest.fixture
def dunned(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A platform that also reminds."""
    yield from _world(issuer, monkeypatch, (*AREAS, "dunning"))


@pytest.fixture
def paid(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A platform that also collects, refunds and reads bank statements."""
    yield from _world(issuer, monkeypatch, (*AREAS, "payments"))


def _world(issuer: Issuer, monkeypatch: pytest.MonkeyPatch, areas: tuple[str, ...]) -> Iterator[World]:
    platform = Platform(*areas, staff=json.dumps(STAFF))
    keys = jwt.PyJWKSet.from_dict(issuer.jwks())
    monkeypatch.setattr(access, "_keys", lambda _url: _Keys(keys))
    monkeypatch.setattr(process, "_given", [platform.runtime])
    found = World(platform, Apis(platform.bus.functions), issuer)
    app.config["HTTP"] = found.http
    app.testing = True
    yield found
    del app.config["HTTP"]
    found.http.close()


class _Keys:
    def __init__(self, keys: jwt.PyJWKSet) -> None:
        self._keys = keys

    def get_signing_key_from_jwt(self, token: str) -> jwt.PyJWK:
        known = {key.key_id: key for key in self._keys.keys}
        key = known.get(jwt.get_unverified_header(token).get("kid"))
        if key is None:
            raise jwt.PyJWKClientError("no such key")
        return key
