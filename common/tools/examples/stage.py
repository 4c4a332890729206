"""The whole platform in memory behind its real doors, with somebody who notes what was asked and answered."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, Literal, Self, get_args
from urllib.parse import urlsplit

import httpx
import orjson

from common import process
from common.access import AREAS, ROLES
from common.functions.declared import Function
from common.functions.serving import _found
from common.links import address_of, link_id_of_invoice
from common.runtime import Runtime
from common.settings import Settings
from common.tools.areas import functions
from common.tools.examples.desk import Desk
from common.tools.host import Host
from common.tools.simulation.outside import VatRegister
from common.world import World
from emulators.http import HttpServer
from emulators.identity import Issuer
from emulators.memory import MemoryClock
from emulators.simulation import Faults, FaultyEngine, Scheduler
from emulators.site import Site, identity_routes
from functions.accounting.model.batches import SapBatch, SendBatch
from functions.accounting.model.parts import SapAnswer
from functions.members import providers as registers
from functions.notifications.model import Answer as MailAnswer
from functions.notifications.model import SendNotification
from functions.notifications.providers.gathering import Mailing, gathered, with_gathered
from functions.notifications.providers.mailing import copy_name
from functions.notifications.render import mail
from functions.payments.model.asking import ProviderName
from functions.payments.providers import asking, disputing, inviting, methods, refunding, settling

URL: Final = "https://billing.marketplace.example"
START: Final = datetime(2026, 10, 1, 6, tzinfo=UTC)
MACHINE: Final = "marketplace@billing-local.iam.gserviceaccount.com"
ANOTHER: Final = "backoffice@billing-local.iam.gserviceaccount.com"
SCOPES: Final = sorted(
    frozenset[str]().union(*ROLES.values()) | {f"{area}:write" for area in AREAS} | {"members:erase"}
)
ASKING: Final[Mapping[str, Callable[..., Sequence[Any]]]] = {
    "payments-charge-attempts": asking.charge,
    "payments-ask-provider": asking.find_out,
    "payments-process-webhook": asking.look_up,
    "payments-invite-members": inviting.invite,
    "payments-look-at-checkouts": inviting.look,
    "payments-close-pages": inviting.close,
    "payments-send-refunds": refunding.send,
    "payments-ask-refunds": refunding.find_out,
    "payments-look-at-disputes": disputing.look_at,
    "payments-answer-disputes": disputing.answer,
    "payments-look-at-payouts": settling.look_at,
    "payments-look-at-set-ups": methods.look_at,
    "payments-look-at-mandates": methods.look_at,
}
"""What asks payment providers, by function."""


@dataclass
class Register:
    """SAP, which refuses the first document it is sent."""

    refused: bool = False
    posted: int = 0

    def send(self, tasks: Sequence[SendBatch], world: World) -> list[list[SapAnswer]]:
        """See `functions.accounting.providers.send`."""
        found = world.read.find_all(SapBatch, [task.batch_id for task in tasks])
        return [[self._one(asked.message_id) for asked in batch.pending] if batch else [] for batch in found]

    def _one(self, message_id: str) -> SapAnswer:
        if not self.refused:
            self.refused = True
            return SapAnswer(message_id=message_id, kind="rejected", reason="posting period 010 2026 is not open")
        self.posted += 1
        number = str(1_800_000_000 + self.posted)
        return SapAnswer(message_id=message_id, kind="accepted", document=number, year="2026")


def send_mail(tasks: Sequence[SendNotification], world: World) -> list[MailAnswer]:
    """Writes each mail and keeps its copy; no server is asked."""
    return [_mailed(one, world) for one in gathered(tasks, world)]


def _mailed(mailing: Mailing | None, world: World) -> MailAnswer:
    if mailing is None:
        return MailAnswer(outcome="failed", reason="it is not there yet")
    if not mailing.ready:
        outcome: Literal["waits", "suppressed"] = "waits" if mailing.held else "suppressed"
        return with_gathered(mailing, MailAnswer(outcome=outcome, reason="there is nothing to send"))
    first, settings = mailing.ready[0], world.settings
    page = address_of(settings.base_url, link_id_of_invoice(first.words.invoice_id), settings.link_secrets)
    message = mail(mailing.ready, settings.mail_from, page if first.words.invoice_id else "")
    for number, part in enumerate(one for one in message.walk() if one.is_multipart()):
        part.set_boundary(f"{first.id}-{number}")  # else it is random, and the story another one each time
    exact = message.as_bytes()
    for one in mailing.ready:
        world.put_file(copy_name(one.id), exact, "message/rfc822")
    return with_gathered(mailing, MailAnswer(outcome="sent", sha256=hashlib.sha256(exact).hexdigest()))


@dataclass
class Stage:
    """A platform that stands still between two questions; `noted` is what was asked, by operation."""

    engine: FaultyEngine
    clock: MemoryClock
    runtime: Runtime
    scheduler: Scheduler
    host: Host
    http: httpx.Client
    issuer: Issuer
    noted: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    keys: int = 0

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator[Self]:
        """Opens the doors; this process's runtime is the stage's until it closes."""
        issuer = Issuer()
        server = HttpServer(Site(identity_routes(issuer), {}, {}), 0)
        issuer.url = f"http://127.0.0.1:{server.port}/identity"
        server.start()
        before = list(process._given)  # noqa: SLF001 - to be put back
        try:
            with Host(functions()) as host:
                transport = httpx.WSGITransport(app=host.wsgi)
                with httpx.Client(transport=transport, base_url=URL) as http:
                    yield cls._made(host, http, issuer)
        finally:
            process._given[:] = before  # noqa: SLF001 - the same
            server.close()

    @classmethod
    def _made(cls, host: Host, http: httpx.Client, issuer: Issuer) -> Self:
        faults = Faults(0, only=())
        engine, clock = FaultyEngine(faults), MemoryClock(START)
        runtime = process.use(Runtime(engine, clock, Settings(base_url=URL, issuer_url=issuer.url)))
        runtime.salts = engine.random.randbytes
        scheduler = Scheduler(runtime, engine, clock, [], faults)
        scheduler.functions = {f.name: f for f in _behind_the_doors(faults, scheduler)}
        return cls(engine, clock, runtime, scheduler, host, http, issuer)

    # -- time ----------------------------------------------------------------------------------

    def wait(self, **longer: int) -> None:
        """Lets time pass (a minute, unless said otherwise), with everything that is due."""
        self.scheduler.run_until(self.clock.now() + timedelta(**(longer or {"minutes": 1})))

    def fire(self, name: str) -> None:
        """A schedule comes round now."""
        self.scheduler.fire(name, self.clock.now())
        self.wait()

    # -- questions -----------------------------------------------------------------------------

    def get(self, path: str, says: str = "", *, refused: str = "", **asked: Any) -> Any:
        """A question; its answer."""
        return self.send("GET", path, says, params=asked, refused=refused)

    def post(self, path: str, body: Any, says: str = "", **how: Any) -> Any:
        """A command, and what follows from it; its answer."""
        return self.send("POST", path, says, body=body, **how)

    def put(self, path: str, body: Any, says: str = "", **how: Any) -> Any:
        """The same, which sets something."""
        return self.send("PUT", path, says, body=body, **how)

    def send(
        self,
        method: str,
        path: str,
        says: str = "",
        *,
        body: Any = None,
        params: Mapping[str, Any] | None = None,
        by: str = MACHINE,
        key: str = "",
        at_once: bool = False,
        refused: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Any request, noted if `says` tells what it shows; RuntimeError unless it is done, or `refused` by that code.

        What follows from a command happens within the next minute, unless the story goes on `at_once`.
        """
        self.keys += 1
        content = body if isinstance(body, bytes) else None if body is None else orjson.dumps(body)
        media = "application/xml" if isinstance(body, bytes) else "application/json"
        token = self.issuer.identity_token(email=by, audience=URL, scopes=SCOPES)
        own = {"Authorization": f"Bearer {token}", "Idempotency-Key": key or f"story-{self.keys}"}
        own |= ({"Content-Type": media} if content is not None else {}) | dict(headers or {})
        told = self.http.request(method, path, params=params or None, content=content, headers=own)
        if told.is_success == bool(refused) or (refused and told.json()["code"] != refused):
            raise RuntimeError(f"{method} {path} answered {told.status_code}: {told.text}")
        if says:
            self._note(method, path, says, body, params or {}, told)
        if method != "GET" and not at_once:
            self.wait()
        return told.json() if "json" in told.headers["content-type"] else told.content

    def _note(
        self, method: str, path: str, says: str, body: Any, params: Mapping[str, Any], told: httpx.Response
    ) -> None:
        name, filled = self._operation(method, urlsplit(path).path)
        asked = dict(httpx.URL(path).params) | dict(params)
        answer: Any = told.json() if "json" in told.headers["content-type"] else None
        refused = told.status_code >= httpx.codes.BAD_REQUEST
        sent = body.decode() if isinstance(body, bytes) else body
        example = {
            "name": answer["code"] if refused else f"done_{len(self._done(name)) + 1}",
            "summary": says,
            "parameters": {**filled, **asked},
            "status": told.status_code,
        }
        example |= {"body": sent} if sent is not None else {}
        example |= {"answer": answer} if answer is not None else {}
        self.noted.setdefault(name, []).append(example)

    def _done(self, name: str) -> list[dict[str, Any]]:
        return [one for one in self.noted.get(name, []) if one["status"] < httpx.codes.BAD_REQUEST]

    def _operation(self, method: str, path: str) -> tuple[str, dict[str, str]]:
        function = self.host._function(path)  # noqa: SLF001 - the host's own way
        if function is None:
            raise LookupError(path)
        route, filled = _found(function, method, path)
        return f"{function.area}_{route.action.__name__}", filled


def _behind_the_doors(faults: Faults, scheduler: Scheduler) -> list[Function]:
    """Every function that is no door, each asking a world that stands in for the real one."""
    desks = {name: Desk(name, scheduler.clock.now) for name in get_args(ProviderName)}
    asks: dict[str, Callable[..., Sequence[Any]]] = {
        name: partial(ask, chosen=desks.__getitem__) for name, ask in ASKING.items()
    } | {
        "accounting-send-batch": Register().send,
        "members-check-vat-ids": partial(registers.check, register=VatRegister(faults)),
        "notifications-send": send_mail,
    }
    return [
        replace(one, ask=asks[one.name], _name=one.variable) if one.name in asks else one
        for one in functions()
        if one.kind not in {"http", "stream"}
    ]


def as_text(examples: Mapping[str, Any]) -> str:
    """Examples as they are committed."""
    return json.dumps(examples, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
