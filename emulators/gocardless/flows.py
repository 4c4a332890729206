"""Billing requests of the GoCardless simulator: made, shown as a page, fulfilled or declined by the member."""

import re

from emulators.gocardless import asked, behaviours, faults, shapes
from emulators.gocardless.ledger import Json, Ledger, new_id
from emulators.gocardless.payments import HOUR, Payments
from emulators.world.clock import VirtualClock, epoch
from emulators.world.script import parse

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{8,30}")
NOTHING = parse("succeed", behaviours.BEHAVIOURS)


class Flows:
    """What a member does on a page, and what comes of it."""

    def __init__(self, ledger: Ledger, payments: Payments, clock: VirtualClock) -> None:
        self._ledger = ledger
        self._payments = payments
        self._clock = clock

    def ask(self, given: Json) -> Json:
        """A billing request."""
        now = epoch(self._clock)
        request = self._ledger.put("billing_requests", shapes.billing_request(asked.billing_request(given), now), now)
        self._told("created", request, now)
        return request

    def open(self, given: Json, base: str) -> Json:
        """A page for a billing request that is not done with."""
        request = self._ledger.get("billing_requests", str((given.get("links") or {}).get("billing_request")))
        if request is None:
            raise faults.unlinked("billing_request")
        if request["status"] not in {"pending", "ready_to_fulfil"}:
            raise faults.impossible("billing_request_not_pending", f"The billing request is {request['status']}")
        now = epoch(self._clock)
        flow = self._ledger.put("billing_request_flows", shapes.flow(given, base, now), now)
        self._told("flow_created", request, now, billing_request_flow=flow["id"])
        return flow

    def shown(self, name: str) -> tuple[Json, Json]:
        """A page and its billing request."""
        flow = self._ledger.get("billing_request_flows", name)
        if flow is None:
            raise faults.missing()
        return flow, self._ledger.get("billing_requests", flow["links"]["billing_request"]) or {}

    def fulfil(self, name: str, holder: str, iban: str, *, declined: bool = False) -> str:
        """The member agrees; `declined`: their bank does not. Where the member goes then.

        ValueError for an account that is none.
        """
        number = re.sub(r"\s", "", iban).upper()
        if not _IBAN.fullmatch(number) or not holder.strip():
            raise ValueError("a name and an IBAN are needed")
        flow, request = self.shown(name)
        if request["status"] == "pending":
            self._fulfil(request, holder, number, declined=declined)
        return str(flow["redirect_uri"] or "")

    def cancel(self, name: str) -> Json:
        """We no longer want it to be fulfilled."""
        request = self._ledger.get("billing_requests", name)
        if request is None:
            raise faults.missing()
        if request["status"] in {"fulfilled", "fulfilling"}:
            raise faults.impossible("billing_request_not_pending", f"The billing request is {request['status']}")
        request = self._ledger.put("billing_requests", request | {"status": "cancelled"})
        self._told("cancelled", request, epoch(self._clock))
        return request

    def _fulfil(self, request: Json, holder: str, iban: str, *, declined: bool) -> None:
        now = epoch(self._clock)
        links = dict(request["links"])
        account = self._ledger.put("customer_bank_accounts", shapes.account(holder, iban, now), now)
        if request["payment_request"]:
            links["payment_request_payment"] = self._pay(request["payment_request"], now, declined=declined)
        if request["mandate_request"] and not declined:
            links["mandate_request_mandate"] = self._mandate(request["mandate_request"], account, now)
        status = "fulfilled" if len(links) > len(request["links"]) else "cancelled"
        request |= {
            "status": status,
            "links": links | {"customer_bank_account": account["id"]},
            "resources": {"customer": {}, "customer_bank_account": account},
        }
        self._ledger.put("billing_requests", request)
        named = ("payment_request_payment", "mandate_request_mandate")
        self._told(status, request, now, **{part: links[part] for part in named if part in links})

    def _pay(self, wanted: Json, now: int, *, declined: bool) -> str:
        """An instant bank payment: confirmed within the hour."""
        payment = self._payments.begin(shapes.payment(wanted, now, scheme=wanted["scheme"]), NOTHING, now)
        action, detail = ("fail", {"cause": "other"}) if declined else ("confirm", {})
        self._ledger.plan(now if declined else now + HOUR, action, payment["id"], detail)
        self._payments.settle()
        return str(payment["id"])

    def _mandate(self, wanted: Json, account: Json, now: int) -> str:
        made = shapes.mandate(new_id("MD"), "pending_submission", wanted.get("metadata") or {}, account, now)
        self._ledger.put("mandates", made, now)
        self._payments.told("mandates", "created", made, now, {})
        return str(made["id"])

    def _told(self, action: str, request: Json, now: int, **links: str) -> None:
        self._payments.told("billing_requests", action, request, now, {"billing_request": request["id"], **links})
