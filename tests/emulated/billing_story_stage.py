"""The stage of the billing story: its members, time, the world around the platform, and how it is spoken to."""

import hashlib
import hmac
import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx

from common.commit import COLLECTION, SHARDS
from common.documents import canonical, id_from
from common.functions.declared import DEAD_LETTERS, Function
from common.functions.entry import tick
from common.google import channels
from common.parties import SELLERS
from common.ports import Write
from common.runtime import OVERDUE
from common.tools.local import MACHINE, Local
from functions.audit.findings import PACE
from functions.audit.findings import SHARDS as RANGES
from functions.audit.invariants.state import State

FIRST = date(2031, 3, 3)
PATIENCE_S = 60
AFTERNOON = time(15)
"""After noon, when the day's tasks are due, so that a minute more or less moves nothing to another day."""
SWEEP = OVERDUE + timedelta(seconds=1)
SECOND = "colleague@billing-local.iam.gserviceaccount.com"
"""Who agrees to what the first caller did, where four eyes are asked for."""
SCOPES = (
    "members:read", "members:write", "members:erase", "charges:read", "charges:write", "charges:credit", "fees:read",
    "fees:write", "invoices:read", "invoices:run", "invoices:write", "invoices:credit", "payments:read",
    "payments:write", "payments:link", "items:read", "items:write", "journals:read", "journals:write", "parked:read",
    "parked:write", "audit:read", "audit:write", "dunning:read", "dunning:write", "notifications:read",
)  # fmt: skip
PROOF = "audit-start-daily-proof"
"""It comes round once SAP has answered the night's closing, so that there is one answer to what it asks."""
METHODS = {
    "anna": ("transfer", ""),
    "ben": ("card", "pm_card_visa"),
    "clara": ("card", "pm_card_declined"),
    "dora": ("card", "pm_card_silent"),
    "emil": ("direct_debit", "pm_sepa_processing"),
    "fritz": ("transfer", ""),
    "gerd": ("transfer", ""),
    "hanna": ("transfer", ""),
}
STEPS = 20
"""So often it is looked whether a run is over, seconds of virtual time apart."""


class Stage:
    """Moves time and the world, and speaks to the platform as its callers do."""

    def __init__(self, platform: Local) -> None:
        self.platform = platform
        self.keys = 0
        self.uploaded: set[str] = set()
        """The days of which the bank's statements of MP were taken in."""
        self._sweep = self._function("relay-sweep")
        self.callers = {
            email: {"Authorization": f"Bearer {platform.token(*SCOPES, email=email)}"} for email in (MACHINE, SECOND)
        }
        self.http = httpx.Client(base_url=platform.url, headers=self.callers[MACHINE], timeout=120)

    # -- time ----------------------------------------------------------------------------------

    def to(self, day: date) -> None:
        """The afternoon of that day, with nothing moving."""
        self.platform.advance_to(datetime.combine(day, AFTERNOON, UTC))
        self.settle()

    def passes(self, span: timedelta) -> None:
        """So much later."""
        self.platform.advance_to(self.platform.runtime.clock.now() + span)
        self.settle()

    def settle(self) -> None:
        """Until nothing moves: what a lost answer left untold waits for the sweep, which comes every minute."""
        self.platform.settle(PATIENCE_S)
        while self._untold():
            self.platform.advance_to(self.platform.runtime.clock.now() + SWEEP)
            self.platform.runtime.deliver(self._sweep, tick(self._sweep, self.platform.runtime.clock.now()))
            self.platform.settle(PATIENCE_S)

    def fire(self) -> None:
        """Every schedule comes round but the daily proof's, and what it began ends."""
        self.platform.fire_schedules(without={PROOF})
        self.passes(timedelta(hours=1))

    def fires(self, name: str) -> None:
        """One schedule comes round."""
        self.platform.fire(self._function(name), self.platform.runtime.clock.now().replace(microsecond=0))
        self.settle()

    def night(self) -> None:
        """The proof begins, and all its ranges of members are looked at."""
        now = self.platform.runtime.clock.now()
        self.platform.fire(self._function("audit-prove"), now.replace(microsecond=0))
        self.passes(PACE * len(RANGES))

    @property
    def today(self) -> date:
        """The day in UTC."""
        return self.platform.runtime.clock.now().date()

    def _function(self, name: str) -> Function:
        return next(function for function in self.platform.host.functions if function.name == name)

    def _untold(self) -> bool:
        select = self.platform.engine.select
        return any(select(COLLECTION, {"pending": str(shard)}, limit=1) for shard in range(SHARDS))

    # -- the world -----------------------------------------------------------------------------

    def edit(self, item_id: str, **fields: Any) -> dict[str, Any]:
        """Changes a stored item as nobody may, without a commit record; what it said before."""
        (stored,) = self.platform.engine.load([("items", item_id)])
        assert stored is not None
        body = json.loads(stored.fields["body"])
        written = {**stored.fields, "body": canonical({**body, **fields}).decode()}
        self.platform.engine.transact(lambda _: ([Write("items", item_id, written)], None))
        return {name: body[name] for name in fields}

    def transfer(self, name: str, amount_minor: int, reference: str, text: str) -> None:
        """A member pays to the account of MP."""
        self.booking(name.title(), iban_of(list(METHODS).index(name)), amount_minor, reference, text)

    def booking(self, payer: str, iban: str, amount_minor: int, reference: str, text: str) -> None:
        """Somebody pays to the account of MP today."""
        self.keys += 1
        booking = {
            "debtor_name": payer,
            "debtor_iban": iban,
            "creditor_iban": SELLERS["MP"].iban,
            "amount_minor": amount_minor,
            "currency": "EUR",
            "remittance_text": text,
            "reference": reference,
            "booked_on": self.today.isoformat(),
            "end_to_end_id": f"e2e-{self.keys}",
        }
        self.world("bank/admin/transfers", booking)

    def statement(self) -> None:
        """Staff upload what the bank says of today, and of the days before that nobody was told of."""
        bank = f"{self.platform.emulators}/bank/statements"
        listed = self.platform.http.get(f"{bank}?account={SELLERS['MP'].iban}").raise_for_status().json()
        for day in sorted({str(one["day"]) for one in listed["statements"]} - self.uploaded):
            if day <= self.today.isoformat():
                self.uploaded.add(day)
                content = self.platform.http.get(f"{bank}/{SELLERS['MP'].iban}/{day}.xml").raise_for_status().content
                self.upload(content)

    def upload(self, content: bytes, path: str = "/v1/statements") -> None:
        """A file is taken in."""
        for _ in range(5):
            answer = self.http.post(path, content=content, headers={"Content-Type": "application/xml"})
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
        assert answer.is_success, answer.text
        self.settle()

    def give_up(self, key: str) -> None:
        """A message as Pub/Sub gives it up: true and readable, but it came too often in vain."""
        settings, event = self.platform.settings, self._settled()
        told = {"name": "item.settled", "key": key, "at": "2031-03-03T09:00:00+00:00", "facts": [event], "ids": [key]}
        data = json.dumps(told | {"function": "", "parked_id": ""}).encode()
        attributes = {
            "CloudPubSubDeadLetterSourceSubscription": "payments-stop-retries.item.settled",
            "CloudPubSubDeadLetterSourceDeliveryCount": "50",
        }
        message = {"data": data, "attributes": attributes}
        topic = f"projects/{settings.project}/topics/{DEAD_LETTERS}"
        channels.publisher(settings).publish(request={"topic": topic, "messages": [message]})
        self.settle()

    def world(self, path: str, body: dict[str, Any]) -> None:
        """Tells a simulator."""
        self.platform.http.post(f"{self.platform.emulators}/{path}", json=body).raise_for_status()

    def from_gocardless(self, told: dict[str, Any]) -> None:
        """A webhook as GoCardless signs it."""
        body = json.dumps(told).encode()
        secret = self.platform.settings.gocardless_secrets.split(",")[0].strip()
        headers = {"Webhook-Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}
        for _ in range(5):
            answer = self.platform.http.post(f"{self.platform.url}/webhooks/gocardless", content=body, headers=headers)
            if answer.is_success:
                break
        assert answer.is_success, answer.text
        self.settle()

    def _settled(self) -> dict[str, Any]:
        told = State(self.platform.runtime.world).events("item.settled")
        return min(told, key=lambda event: str(event["invoice_number"]))

    # -- the ports -----------------------------------------------------------------------------

    def run_out(self, run_id: str) -> dict[str, dict[str, Any]]:
        """Waits for the end of a run; the invoices by member."""
        for _ in range(STEPS):
            shown = self.get(f"/v1/billing-runs/{run_id}")
            if shown["state"] == "completed":
                break
            self.passes(timedelta(seconds=6))
        assert shown["state"] == "completed", f"the run did not complete: {shown}"
        return {str(one["member_id"]): one for one in self.items(f"/v1/invoices?run_id={run_id}&limit=100")}

    def post(self, path: str, body: dict[str, Any], *, by: str = MACHINE, settled: bool = True) -> Any:
        """A command; `settled` waits for what it brings about."""
        return self._send("POST", path, body, by=by, settled=settled)

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """A command."""
        return self._send("PUT", path, body)

    def _send(self, method: str, path: str, body: dict[str, Any], *, by: str = MACHINE, settled: bool = True) -> Any:
        """Sends a command as a caller would, again with the same key while the answer is that it may."""
        self.keys += 1
        headers = {"Idempotency-Key": f"key-{self.keys}", **self.callers[by]}
        for _ in range(5):
            answer = self.http.request(method, path, json=body, headers=headers)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        if settled:
            self.settle()
        return answer.json()

    def get(self, path: str) -> Any:
        """What a question is answered."""
        answer = self.http.get(path)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def items(self, path: str) -> list[dict[str, Any]]:
        """The items of a list."""
        found: list[dict[str, Any]] = self.get(path)["items"]
        return found


def details(name: str, **more: Any) -> dict[str, Any]:
    """What the marketplace says of a member."""
    method, token = METHODS.get(name, ("transfer", ""))
    return {
        "kind": "private",
        "name": f"{name.title()} Berg",
        "email": f"{name}@members.example",
        "address": {"street": "Weg 1", "city": "Hamburg", "postcode": "20457", "country": "DE"},
        "payment_method": method,
        "payment_token": token,
        "terms_days": 14,
        **more,
    }


def charge(member: str, number: str, **more: Any) -> dict[str, Any]:
    """A charge as the marketplace sends it: a commission in euro, unless said otherwise."""
    return {
        "charge": f"{member}-{number}",
        "member": member,
        "currency": "EUR",
        "kind": "commission",
        "description": "Commission",
        "occurred_on": FIRST.isoformat(),
        **more,
    }


def member_id(name: str) -> str:
    """Our id of a member of the story."""
    return id_from("mem", name)


def iban_of(number: int) -> str:
    """A German IBAN of a test bank with right check digits."""
    account = f"500105170{number:09d}"
    return f"DE{98 - int(account + '131400') % 97:02d}{account}"
