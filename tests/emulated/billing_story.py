"""One short story in which every command and every handler of the platform commits something."""

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
from common.tools.local import Local
from functions.audit.findings import LOOK_AGAIN, PACE
from functions.audit.findings import SHARDS as RANGES
from functions.audit.invariants.state import State

FIRST = date(2031, 3, 3)
PATIENCE_S = 60
NIGHT_OF_DORA = FIRST + timedelta(days=68)
"""A night whose proof replays all of Dora's history; each member's comes once a week."""
AFTERNOON = time(15)
"""After noon, when the day's tasks are due, so that a minute more or less moves nothing to another day."""
SWEEP = OVERDUE + timedelta(seconds=1)
SCOPES = (
    "members:read", "members:write", "members:erase", "charges:read", "charges:write", "invoices:read", "invoices:run",
    "invoices:credit", "payments:read", "payments:write", "items:read", "items:write", "journals:read",
    "journals:write", "parked:read", "parked:write", "audit:read", "audit:write", "dunning:read", "dunning:write",
    "notifications:read",
)  # fmt: skip
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


class Story:
    """What the marketplace, members, staff, bank, SAP and time do; always the same."""

    def __init__(self, platform: Local) -> None:
        self.platform = platform
        self.keys = 0
        self._sweep = self._function("relay-sweep")
        headers = {"Authorization": f"Bearer {platform.token(*SCOPES)}"}
        self.http = httpx.Client(base_url=platform.url, headers=headers, timeout=120)

    def play(self) -> None:
        """From the first member to the last message put right."""
        with self.http:
            self._to(FIRST)
            self._register()
            self._sell()
            self._bill()
            self._pay()
            self._remind()
            self._close_books()
            self._put_right()
            self._erase()
            self._prove()

    # -- the acts ------------------------------------------------------------------------------

    def _register(self) -> None:
        for name in METHODS:
            self._put(f"/v1/members/{name}", _details(name))
        self._post("/v1/members/batch", {"members": [_details("ida") | {"external_id": "ida"}]})

    def _sell(self) -> None:
        for name in METHODS:
            self._post("/v1/charges", _charge(name, "c1", basis_minor=40_000))
        batch = [_charge(name, "c2", basis_minor=9_000) for name in ("anna", "gerd")]
        self._post("/v1/charges/batch", {"charges": batch})
        self._post("/v1/charges", _charge("anna", "c3", basis_minor=5_000))
        self._post("/v1/charges/anna-c3/reverse", {"reason": "the buyer never paid"})

    def _bill(self) -> None:
        self._to(FIRST + timedelta(days=29))
        cut_off = (FIRST + timedelta(days=28)).isoformat()
        dropped = self._post("/v1/billing-runs", {"entity": "MP", "cut_off": cut_off})
        self._post(f"/v1/billing-runs/{dropped['id']}/cancel", {"reason": "too early"})
        run = self._post("/v1/billing-runs", {"entity": "MP", "cut_off": cut_off})
        self._post(f"/v1/billing-runs/{run['id']}/release", {"reason": "the preview was checked"})
        for _ in range(20):
            shown = self._get(f"/v1/billing-runs/{run['id']}")
            if shown["state"] == "completed":
                break
            self._pass(timedelta(seconds=6))
        self.invoices = self._items(f"/v1/invoices?run_id={run['id']}&limit=100")
        if shown["state"] != "completed" or len(self.invoices) != len(METHODS):
            raise AssertionError(f"the run did not complete: {shown}, {len(self.invoices)} invoices")

    def _pay(self) -> None:
        self._to(FIRST + timedelta(days=33))
        anna, gerd = self._invoice("anna"), self._invoice("gerd")
        self._transfer("anna", anna["total_minor"], str(anna["reference"]), "")
        self._transfer("gerd", gerd["total_minor"], "", "for the kitchen")
        self._transfer("hanna", 1_000, "", "inv MP-2031-9999999")
        self._statement()
        self._pass(timedelta(hours=5))
        (receipt,) = [
            one for one in self._items("/v1/receipts?state=unapplied") if one["amount_minor"] == gerd["total_minor"]
        ]
        item_id = self._items(f"/v1/items?member_id={gerd['member_id']}")[0]["item_id"]
        by_hand = {"item_id": item_id, "amount_minor": gerd["total_minor"], "reason": "he called"}
        matched = self._post(f"/v1/receipts/{receipt['receipt_id']}/match", by_hand)
        undo = {"receipt_id": receipt["receipt_id"], "match_id": matched["match_id"], "reason": "not his"}
        self._post("/v1/matches/unmatch", undo)

    def _remind(self) -> None:
        for day in range(43, 58):
            self._to(FIRST + timedelta(days=day))
        cases = self._items("/v1/dunning-cases")
        fritz = id_from("mem", "fritz")
        (case,) = [case for case in cases if case["member_id"] == fritz and "close" in case["allowed"]]
        self._post(f"/v1/dunning-cases/{case['case_id']}/close", {"reason": "we let it go"})
        for name in ("fritz", "hanna"):
            self._post(f"/v1/invoices/{self._invoice(name)['id']}/credit", {"reason": "goodwill"})
        gerd = self._invoice("gerd")
        self._transfer("gerd", gerd["total_minor"], str(gerd["reference"]), "")
        self._statement()

    def _close_books(self) -> None:
        self._world("sap/admin/behaviour", {"behaviour": ["reject:102(F5)", "accept"]})
        self._to(FIRST + timedelta(days=60))
        self._fire()
        for batch in self._items("/v1/sap-batches?state=rejected"):
            self._post(f"/v1/sap-batches/{batch['id']}/resend", {"reason": "the period was opened"})

    def _put_right(self) -> None:
        for number in range(2):
            self._give_up(f"lost-{number}")
        parked = sorted(self._items("/v1/parked"), key=lambda one: str(one["id"]))
        self._post(f"/v1/parked/{parked[0]['id']}/replay", {"reason": "put right"})
        for one in self._items("/v1/parked"):
            self._post(f"/v1/parked/{one['id']}/discard", {"reason": "of no use"})

    def _erase(self) -> None:
        for name in ("ida", "hanna"):
            self._post(f"/v1/members/{id_from('mem', name)}/erasure", {"reason": "asked for it"})

    def _prove(self) -> None:
        """Somebody edits an item behind the platform's back; the proof finds it, and staff put it right."""
        self._to(NIGHT_OF_DORA)
        (item,) = self._items(f"/v1/items?member_id={id_from('mem', 'dora')}")
        before = self._edit(item["item_id"], reference="RF1")
        self._night()
        self._pass(LOOK_AGAIN + PACE)
        (finding,) = self._items("/v1/audit/findings?state=open")
        self._post(f"/v1/audit/findings/{finding['id']}/resolve", {"reason": "put back as it was"})
        self._edit(item["item_id"], **before)
        self._night()

    # -- time and the world --------------------------------------------------------------------

    def _to(self, day: date) -> None:
        self.platform.advance_to(datetime.combine(day, AFTERNOON, UTC))
        self._settle()

    def _pass(self, span: timedelta) -> None:
        self.platform.advance_to(self.platform.runtime.clock.now() + span)
        self._settle()

    def _settle(self) -> None:
        """Until nothing moves: what a lost answer left untold waits for the sweep, which comes every minute."""
        self.platform.settle(PATIENCE_S)
        while self._untold():
            self.platform.advance_to(self.platform.runtime.clock.now() + SWEEP)
            self.platform.runtime.deliver(self._sweep, tick(self._sweep, self.platform.runtime.clock.now()))
            self.platform.settle(PATIENCE_S)

    def _function(self, name: str) -> Function:
        return next(function for function in self.platform.host.functions if function.name == name)

    def _untold(self) -> bool:
        select = self.platform.engine.select
        return any(select(COLLECTION, {"pending": str(shard)}, limit=1) for shard in range(SHARDS))

    def _fire(self) -> None:
        self.platform.fire_schedules()
        self._pass(timedelta(hours=1))

    def _night(self) -> None:
        """The proof begins, and all its ranges of members are looked at."""
        now = self.platform.runtime.clock.now()
        self.platform.fire(self._function("audit-prove"), now.replace(microsecond=0))
        self._pass(PACE * len(RANGES))

    def _edit(self, item_id: str, **fields: Any) -> dict[str, Any]:
        """Changes a stored item as nobody may, without a commit record; what it said before."""
        (stored,) = self.platform.engine.load([("items", item_id)])
        assert stored is not None
        body = json.loads(stored.fields["body"])
        written = {**stored.fields, "body": canonical({**body, **fields}).decode()}
        self.platform.engine.transact(lambda _: ([Write("items", item_id, written)], None))
        return {name: body[name] for name in fields}

    def _transfer(self, name: str, amount_minor: int, reference: str, text: str) -> None:
        self.keys += 1
        booking = {
            "debtor_name": name.title(),
            "debtor_iban": _iban(list(METHODS).index(name)),
            "creditor_iban": SELLERS["MP"].iban,
            "amount_minor": amount_minor,
            "currency": "EUR",
            "remittance_text": text,
            "reference": reference,
            "booked_on": self._today().isoformat(),
            "end_to_end_id": f"e2e-{self.keys}",
        }
        self._world("bank/admin/transfers", booking)

    def _statement(self) -> None:
        url = f"{self.platform.emulators}/bank/statements/{SELLERS['MP'].iban}/{self._today().isoformat()}.xml"
        content = self.platform.http.get(url).raise_for_status().content
        answer = self.http.post("/v1/statements", content=content, headers={"Content-Type": "application/xml"})
        assert answer.is_success, answer.text
        self._settle()

    def _give_up(self, key: str) -> None:
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
        self._settle()

    def _settled(self) -> dict[str, Any]:
        told = State(self.platform.runtime.world).events("item.settled")
        return min(told, key=lambda event: str(event["invoice_number"]))

    def _world(self, path: str, body: dict[str, Any]) -> None:
        self.platform.http.post(f"{self.platform.emulators}/{path}", json=body).raise_for_status()

    def _today(self) -> date:
        return self.platform.runtime.clock.now().date()

    # -- the ports -----------------------------------------------------------------------------

    def _invoice(self, name: str) -> dict[str, Any]:
        member_id = id_from("mem", name)
        (listed,) = [invoice for invoice in self.invoices if invoice["member_id"] == member_id]
        found: dict[str, Any] = self._get(f"/v1/invoices/{listed['id']}")
        return found

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return self._send("POST", path, body)

    def _put(self, path: str, body: dict[str, Any]) -> Any:
        return self._send("PUT", path, body)

    def _send(self, method: str, path: str, body: dict[str, Any]) -> Any:
        """Sends a command as a caller would, again with the same key while the answer is that it may."""
        self.keys += 1
        for _ in range(5):
            answer = self.http.request(method, path, json=body, headers={"Idempotency-Key": f"key-{self.keys}"})
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        self._settle()
        return answer.json()

    def _get(self, path: str) -> Any:
        answer = self.http.get(path)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def _items(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._get(path)["items"]
        return found


def _details(name: str) -> dict[str, Any]:
    method, token = METHODS.get(name, ("transfer", ""))
    return {
        "kind": "private",
        "name": f"{name.title()} Berg",
        "email": f"{name}@members.example",
        "address": {"street": "Weg 1", "city": "Hamburg", "postcode": "20457", "country": "DE"},
        "payment_method": method,
        "payment_token": token,
        "terms_days": 14,
    }


def _charge(member: str, number: str, **amount: int) -> dict[str, Any]:
    return {
        "charge": f"{member}-{number}",
        "member": member,
        "currency": "EUR",
        "kind": "commission",
        "description": "Commission",
        "occurred_on": FIRST.isoformat(),
        **amount,
    }


def _iban(number: int) -> str:
    account = f"500105170{number:09d}"
    return f"DE{98 - int(account + '131400') % 97:02d}{account}"
