"""Thousands of charges that time out after they were made, and webhooks in every order: what becomes of the money."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import permutations
from time import perf_counter
from typing import Any, Final
from unittest.mock import patch

from common.commit import Cause
from common.events.invoicing import InvoiceIssued
from common.events.payments import PaymentReceived
from common.parties import Address, Buyer
from common.runtime import Runtime
from common.settings import Settings
from common.tools.areas import functions
from emulators.bus import Bus
from emulators.memory import MemoryClock, MemoryEngine
from functions.payments.handlers import webhooks
from functions.payments.model.asking import Answer, Notice, Outcome, ProviderName
from functions.payments.model.payments import ChargeAttempt, Payment, payment_id_of
from functions.payments.providers import asking, circuit
from functions.payments.providers.port import Offering
from functions.payments.requests.webhooks import Webhook

START: Final = datetime(2026, 10, 1, 8, tzinfo=UTC)
SLICE: Final = 500
TOLD: Final[tuple[Outcome, ...]] = ("processing", "unknown", "failed", "processing", "succeeded")
"""What five webhooks about one payment say, each true when it was sent."""


class Silent(Offering):
    """Charges whenever it is asked, twice when asked twice, and never answers a charge: the line is cut before."""

    name: ProviderName = "stripe"

    def __init__(self) -> None:
        self.charged: Counter[str] = Counter()
        """How many payments it has made for each of our attempts."""

    def charge(self, wanted: ChargeAttempt) -> Answer:
        """See Provider."""
        self.charged[wanted.attempt_id] += 1
        return Answer(outcome="unknown", code="ReadTimeout")

    def get(self, provider_id: str) -> Answer:
        """See Provider."""
        return Answer(outcome="succeeded", provider_id=provider_id)

    def search(self, attempt_id: str) -> Answer:
        """See Provider."""
        if not self.charged[attempt_id]:
            return Answer(outcome="not_found")
        return Answer(outcome="succeeded", provider_id=f"pi_{attempt_id}")


def silent_charges(calls: int) -> dict[str, Any]:
    """So many invoices are collected by a provider that charges and then falls silent; it is never left alone for it.

    Tells how many charges it made, of those the ones beyond the first of an attempt, and how often money was told.
    """
    provider, began = Silent(), perf_counter()
    runtime, bus = _platform()
    never = patch.object(circuit, "SILENT", calls + 1)
    with never, patch.object(asking, "provider_named", lambda _: lambda _: provider):
        for first in range(1, calls + 1, SLICE):
            _tell(runtime, [_invoice(number) for number in range(first, min(first + SLICE, calls + 1))])
        bus.advance_to(START + timedelta(days=3))
    payments = runtime.world.read.select(Payment, limit=calls + 1)
    return {
        "invoices": calls,
        "charges": sum(provider.charged.values()),
        "second_charges": sum(provider.charged.values()) - len(provider.charged),
        "collected": sum(payment.state == "succeeded" for payment in payments),
        "told_as_received": len(_received(runtime)),
        "seconds": round(perf_counter() - began, 1),
    }


def every_order() -> dict[str, int]:
    """Five webhooks about one payment in every order: how many orders, and how many different ends they came to."""
    ends = [_end(order) for order in permutations(range(len(TOLD)))]
    return {"orders": len(ends), "states": len(set(ends))}


def _end(order: Sequence[int]) -> tuple[str, str, int]:
    """A payment's state, the provider's id, and how often its money was told, after webhooks in this order."""
    runtime, bus = _platform()
    with patch.object(asking, "provider_named", lambda _: lambda _: Silent()):
        _tell(runtime, [_invoice(1)])
        bus.advance_to(START + timedelta(minutes=31))
        payment = _payment(runtime)
        for place in order:
            runtime.commit(Cause("bench", f"hook-{place}", "machine:bench"), partial(_hook, payment, place))
            bus.settle()
    after = _payment(runtime)
    return after.state, after.attempts[0].provider_id, len(_received(runtime))


def _hook(payment: Payment, place: int, unit: Any) -> None:
    said = Answer(
        outcome=TOLD[place], provider_id="pi_1", payment_id=payment.id, attempt_id=payment.attempts[0].id, soft=False
    )
    notice = Notice(event_id=f"evt_{place}", type="told", about="payment", provider_id="pi_1", said=said)
    webhooks.take_webhook(Webhook(notices=(notice,)), unit)


def _platform() -> tuple[Runtime, Bus]:
    engine, clock = MemoryEngine(), MemoryClock(START)
    runtime = Runtime(engine, clock, Settings())
    return runtime, Bus(runtime, engine, clock, functions("payments"))


def _tell(runtime: Runtime, invoices: Sequence[InvoiceIssued]) -> None:
    def work(unit: Any) -> None:
        for invoice in invoices:
            unit.emit(invoice)

    runtime.commit(Cause("bench", f"tell-{invoices[0].number}", "machine:bench"), work)


def _payment(runtime: Runtime) -> Payment:
    found = runtime.world.read.find(Payment, payment_id_of("inv_1"))
    if found is None:
        raise RuntimeError("the invoice is not being collected")
    return found


def _received(runtime: Runtime) -> list[Any]:
    return [
        event
        for record in runtime.world.each_record()
        for event in record.body["events"]
        if event["name"] == PaymentReceived.name
    ]


def _invoice(number: int) -> InvoiceIssued:
    buyer = Buyer(
        member_id=f"mem_{number}",
        name="Anna Berg",
        business=False,
        address=Address(street="Weg 1", city="Kiel", postcode="24103", country="DE"),
        email="anna@example.org",
        payment_method="card",
        payment_token=f"pm_{number}",
    )
    return InvoiceIssued(
        member_id=buyer.member_id,
        invoice_id=f"inv_{number}",
        number=f"MP-2026-{number:07d}",
        reference="",
        entity="MP",
        buyer=buyer,
        currency="EUR",
        issued_on=date(2026, 10, 1),
        due_on=date(2026, 10, 1),
        lines=(),
        vat=(),
        net_minor=1000 + number,
        vat_minor=0,
        total_minor=1000 + number,
    )
