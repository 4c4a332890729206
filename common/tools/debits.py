"""Writes files of direct debits as a bank gets them, so that anyone can validate them with their own tools."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from common.world import World

START: Final = datetime(2026, 10, 1, 4, tzinfo=UTC)
EVERY_SEVENTH: Final = 7
EVERY_FIFTH: Final = 5
DEBTORS: Final = (
    ("DE02120300000000202051", "Łukasz Żółć & Söhne", "CORE"),
    ("NL91ABNA0417164300", "Ελένη Παπαδοπούλου", "CORE"),
    ("BE68539007547034", "Société d'Édition", "B2B"),
    ("FR1420041010050500013M02606", "Щерба Юлия", "CORE"),
)


def of_platform(state: Path, out: Path) -> dict[str, Any]:
    """The files of a local platform."""
    from common.tools.local import local

    with local(state) as platform:
        platform.settle()
        return written(platform.runtime.world, out)


def of_generated_members(out: Path, members: int) -> dict[str, Any]:
    """The files of so many members who owe something, in memory: both schemes, first, last and amended mandates."""
    from common.runtime import Runtime
    from common.settings import Settings
    from common.tools.areas import functions
    from emulators.bus import Bus
    from emulators.memory import MemoryClock, MemoryEngine

    engine, clock = MemoryEngine(), MemoryClock(START)
    runtime = Runtime(engine, clock, Settings())
    bus = Bus(runtime, engine, clock, functions("payments"))
    _owe(runtime, members)
    bus.advance_to(datetime(2026, 10, 14, 6, tzinfo=UTC))
    bus.fire("payments-hand-in-debits")
    bus.settle()
    return written(runtime.world, out)


def written(world: World, out: Path) -> dict[str, Any]:
    """Writes each file as MESSAGE-ID.xml and tells what is in them."""
    out.mkdir(parents=True, exist_ok=True)
    told = []
    for batch in _batches(world):
        content = world.get_file(batch.file) if batch.file else None
        if content is None:
            continue
        if hashlib.sha256(content).hexdigest() != batch.sha256:
            raise RuntimeError(f"{batch.file} is not what was filed")
        (out / f"{batch.message_id}.xml").write_bytes(content)
        told.append(
            {
                "message_id": batch.message_id,
                "scheme": batch.scheme,
                "collect_on": batch.collect_on.isoformat(),
                "debits": batch.count,
                "total_minor": batch.total_minor,
                "state": batch.state,
            }
        )
    return {"out": str(out), "files": sorted(told, key=lambda one: str(one["message_id"]))}


def _batches(world: World) -> Iterator[Any]:
    from functions.payments.model.debit_batches import DebitBatch

    after = ""
    while found := world.read.select(DebitBatch, limit=100, after=after):
        yield from found
        after = found[-1].id


def _owe(runtime: Any, members: int) -> None:
    from common.commit import Cause
    from functions.payments.handlers import mandates

    for number in range(members):
        asked = _mandate(number)
        cause = Cause("debits", f"mandate-{number}", "machine:debits")
        runtime.commit(cause, lambda unit, asked=asked: mandates.request_mandate(asked, unit))
    for number in range(members):
        cause = Cause("debits", f"invoice-{number}", "machine:debits")
        runtime.commit(cause, lambda unit, number=number: unit.emit(_invoice(number)))


def _mandate(number: int) -> Any:
    from functions.payments.requests.mandates import RequestMandate

    iban, name, scheme = DEBTORS[number % len(DEBTORS)]
    return RequestMandate.model_validate(
        {
            "member_id": f"mem_{number}",
            "entity": "MP",
            "scheme": scheme,
            "iban": iban,
            "debtor_name": name,
            "signed_on": START.date() - timedelta(days=30),
            "confirmed": scheme == "B2B",
            "one_off": not number % EVERY_SEVENTH,
            "original_reference": "" if number % EVERY_FIFTH else f"OLD-{number}",
        }
    )


def _invoice(number: int) -> Any:
    from common.events.invoicing import InvoiceIssued
    from common.parties import Address, Buyer

    total = 1_000 + 37 * number
    buyer = Buyer(
        member_id=f"mem_{number}",
        name=DEBTORS[number % len(DEBTORS)][1],
        business=False,
        address=Address(street="Weg 1", city="Kiel", postcode="24103", country="DE"),
        email="",
        payment_method="direct_debit",
        payment_provider="sepa",
    )
    return InvoiceIssued(
        member_id=buyer.member_id,
        invoice_id=f"inv_{number}",
        number=f"MP-2026-{number + 1:07d}",
        reference="",
        entity="MP",
        buyer=buyer,
        currency="EUR",
        issued_on=START.date(),
        due_on=date(2026, 10, 15),
        lines=(),
        vat=(),
        net_minor=total,
        vat_minor=0,
        total_minor=total,
    )
