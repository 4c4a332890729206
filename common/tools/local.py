"""The whole platform on this machine: emulators in their own process, functions in this one, state on disk."""

import json
import os
import random
import socket
from collections.abc import Container, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from pathlib import Path
from time import monotonic
from typing import Any, Final

import httpx
import orjson

from common.functions.declared import Function
from common.functions.entry import answer, tick
from common.google.engine import GoogleEngine
from common.parties import SELLERS
from common.process import use
from common.runtime import Runtime
from common.settings import Settings, read
from common.tools.archived import Archives
from common.tools.areas import functions
from common.tools.clock import SharedClock
from common.tools.host import Host
from common.tools.prefilled import prefill
from common.tools.provision import provision
from common.tools.warehouse import warehouse
from emulators.launch import launch

STAFF: Final = {
    "support@marketplace.example": ["support"],
    "finance@marketplace.example": ["finance"],
    "admin@marketplace.example": ["administrator"],
    "auditor@marketplace.example": ["auditor"],
}
MACHINE: Final = "marketplace@billing-local.iam.gserviceaccount.com"

INDEXES: Final = Path(__file__).parents[2] / "terraform" / "firestore.indexes.json"
"""What production has: a query that lacks an index is refused here, too."""


class NotQuiet(RuntimeError):
    """Messages were still moving when patience ended."""


@dataclass
class Local:
    """A running local platform."""

    state: Path
    host: Host
    runtime: Runtime
    engine: GoogleEngine
    emulators: str
    settings: Settings
    http: httpx.Client
    archives: Archives | None = None
    """What its functions run from, in processes of their own; None where they run from the source tree in this one."""

    @property
    def url(self) -> str:
        """Where the platform is."""
        return self.host.url

    def token(self, *scopes: str, email: str = MACHINE, audience: str = "") -> str:
        """An identity token of the development issuer for a marketplace machine with these scopes."""
        asked = {"email": email, "audience": audience or self.url, "scopes": list(scopes)}
        return str(self.http.post(f"{self.settings.issuer_url}/token", json=asked).raise_for_status().json()["token"])

    def admin(self, path: str, body: Any = None) -> Any:
        """Asks the emulators' admin routes."""
        url = f"{self.emulators}/admin/{path}"
        answer = self.http.get(url) if body is None else self.http.post(url, json=body)
        return answer.raise_for_status().json()

    def settle(self, patience_s: float = 300) -> None:
        """Waits until no message, task or webhook is moving; NotQuiet when that takes too long."""
        until = monotonic() + patience_s
        while not self.admin("idle?within_s=5")["idle"]:
            if monotonic() > until:
                raise NotQuiet(f"still moving after {patience_s} s: {self.admin('pending')}")

    def advance_to(self, moment: datetime) -> None:
        """Moves the virtual clock on and waits for what falls due."""
        if moment > self.runtime.clock.now():
            self.admin("clock", {"now": moment.isoformat()})
        self.settle()

    def fire_schedules(self, *, without: Container[str] = ()) -> None:
        """Every schedule comes round now, but those named."""
        slot = self.runtime.clock.now().replace(microsecond=0)
        for function in self.host.functions:
            if function.kind == "schedule" and function.name not in without:
                self.fire(function, slot)
        self.settle()

    def fire(self, function: Function, slot: datetime) -> None:
        """A schedule comes round; raises where its function fails."""
        if self.archives is None:
            self.runtime.deliver(function, tick(function, slot))
            return
        url = self.settings.function_url(function.name)
        token = self.token(email=self.settings.pusher, audience=url)
        headers = {"Authorization": f"Bearer {token}", "X-CloudScheduler-ScheduleTime": slot.isoformat()}
        self.http.post(url, headers=headers).raise_for_status()


@contextmanager
def local(state: Path, *, archives: bool = False) -> Iterator[Local]:
    """Starts everything over a state folder; what was there before goes on.

    With `archives` the functions run from what would be deployed instead of from the source tree.
    """
    state.mkdir(parents=True, exist_ok=True)
    prefill(state / "emulators" / "bigquery", os.environ.get("BILLING_PROJECT", Settings().project))
    ports = _ports(state, "emulators", "grpc_port", "http_port")
    with launch(state / "emulators", **ports, arguments=("--indexes", str(INDEXES))) as launched:
        os.environ.update(launched.environment)
        found = functions()
        port = _ports(state, "platform", "port")["port"]
        packed = Archives(state / "archives", found) if archives else None
        answering = packed.answer if packed else answer
        with Host(found, port=port, answering=answering) as host, httpx.Client(timeout=60) as http:
            platform = _assembled(state, found, host, http, launched.environment)
            with packed or nullcontext():
                if packed:
                    packed.start({**os.environ, **_named(host.url, http, platform.emulators)}, _clock(state))
                    platform.archives = packed
                yield platform


def _assembled(
    state: Path, found: list[Function], host: Host, http: httpx.Client, environment: dict[str, str]
) -> Local:
    emulators = environment["BILLING_EMULATORS_URL"]
    settings = read({**os.environ, **_named(host.url, http, emulators)})
    clock = SharedClock(_clock(state))
    engine = GoogleEngine(settings, clock)
    runtime = use(Runtime(engine, clock, settings))
    provision(found, settings)
    warehouse(settings)
    platform = Local(state, host, runtime, engine, emulators, settings, http)
    for name, secrets in (("stripe", settings.webhook_secrets), ("gocardless", settings.gocardless_secrets)):
        told = {"url": f"{host.url}/webhooks/{name}", "secret": secrets.partition(",")[0]}
        http.post(f"{emulators}/{name}/admin/webhook", json=told).raise_for_status()
    key = settings.adyen_hmac_keys.partition(",")[0]
    told = {"url": f"{host.url}/webhooks/adyen", "key": key}
    http.post(f"{emulators}/adyen/admin/webhook", json=told).raise_for_status()
    _pay_out_to_us(http, emulators)
    (state / "addresses.json").write_bytes(orjson.dumps({"url": host.url, "emulators": emulators}))
    return platform


def _pay_out_to_us(http: httpx.Client, emulators: str) -> None:
    """Tells the bank which accounts of ours the providers pay to."""
    from functions.payments.model.payouts import entity_of
    from functions.payments.providers.choosing import CREDENTIALS

    for provider, currency in product(CREDENTIALS, sorted({seller.currency for seller in SELLERS.values()})):
        seller = SELLERS[entity_of(provider, currency)]
        if seller.currency == currency:
            told = {"provider": provider, "currency": currency, "iban": seller.iban}
            http.post(f"{emulators}/bank/admin/payouts", json=told).raise_for_status()


def _named(url: str, http: httpx.Client, emulators: str) -> dict[str, str]:
    """The settings of a platform at that address."""
    mail = http.get(f"{emulators}/mail/admin/port").raise_for_status().json()["smtp_port"]
    return {
        "BILLING_BASE_URL": url,
        "BILLING_STAFF": json.dumps(STAFF),
        "BILLING_STRIPE_URL": f"{emulators}/stripe",
        "BILLING_GOCARDLESS_URL": f"{emulators}/gocardless",
        "BILLING_ADYEN_URL": f"{emulators}/adyen/checkout",
        "BILLING_ADYEN_AREA_URL": f"{emulators}/adyen",
        "BILLING_MOLLIE_URL": f"{emulators}/mollie",
        "BILLING_MOLLIE_ACCESS_TOKEN": "access_local",
        "BILLING_SAP_URL": f"{emulators}/sap/journal-entries",
        "BILLING_SAP_ODATA_URL": f"{emulators}/sap/odata",
        "BILLING_VIES_URL": f"{emulators}/vies",
        "BILLING_SMTP_PORT": str(mail),
    }


def _clock(state: Path) -> Path:
    return state / "emulators" / "clock" / "clock.json"


def _ports(state: Path, name: str, *wanted: str) -> dict[str, int]:
    """Ports that stay the same over restarts, because subscriptions and tasks on disk name them."""
    file = state / f"{name}.ports.json"
    if not file.exists():
        file.write_text(json.dumps({one: _free_port() for one in wanted}))
    ports: dict[str, int] = json.loads(file.read_text())
    return ports


OURS: Final = range(10_000, 32_768)
"""Ports that no system hands out by itself (Linux: 32768 to 60999): one that is free now is still free in a moment."""


def _free_port() -> int:
    while True:
        port = random.choice(OURS)  # noqa: S311 - nobody must be unable to guess it
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
