"""The figures of the README, measured in one run."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

from rich.console import Console

from common.commit import Cause
from common.ports import Counts
from common.runtime import Runtime
from common.settings import Settings
from common.tools.areas import AREAS, functions
from emulators.bank import BankSimulator
from emulators.bus import Bus
from emulators.memory import MemoryClock, MemoryEngine

DOCUMENTS: Final = frozenset(
    {
        "invoicing-render-invoices", "invoicing-render-credit-notes", "notifications-tell-of-invoices",
        "notifications-tell-of-receipts", "notifications-send",
    }
)  # fmt: skip
"""What makes documents and mails."""
COLD: Final = """
import json, resource, sys, time
began = time.perf_counter()
import functions.{area}.main
entry = time.perf_counter() - began
import common.google.engine, google.pubsub_v1
took = time.perf_counter() - began
print(json.dumps({{
    "import_ms": round(entry * 1000),
    "with_clients_ms": round(took * 1000),
    "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    "bigquery": "google.cloud.bigquery" in sys.modules,
}}))
"""


def figures(invoices: int, told: Console) -> dict[str, Any]:
    """Every figure, as one JSON object."""
    told.print("cold starts")
    cold = {area: cold_start(area) for area in AREAS}
    told.print("memory engine")
    memory = memory_engine(invoices, 3)
    told.print("real clients over the emulators, documents apart")
    real = real_clients(invoices, 3, DOCUMENTS)
    told.print("real clients over the emulators, everything")
    whole = real_clients(invoices, 5, frozenset())
    return {"cold_start": cold, "memory_engine": memory, "real_clients": real, "everything": whole}


def cold_start(area: str) -> dict[str, Any]:
    """Import time of an area's entry module, then with Google's clients, and memory; median of five processes."""
    runs = [_started(area) for _ in range(5)]
    return {
        "import_ms": median(run["import_ms"] for run in runs),
        "with_clients_ms": median(run["with_clients_ms"] for run in runs),
        "memory_mb": median(run["memory_mb"] for run in runs),
        "bigquery": runs[0]["bigquery"],
    }


def _started(area: str) -> dict[str, Any]:
    code = COLD.format(area=area)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)  # noqa: S603 - our own code
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def memory_engine(invoices: int, charges: int) -> dict[str, Any]:
    """Invoices through their whole life on the memory engine, documents and mails apart."""
    engine, clock = MemoryEngine(), MemoryClock(datetime(2026, 10, 1, 8, tzinfo=UTC))
    runtime = Runtime(engine, clock, Settings())
    areas = [area for area in AREAS if area not in {"notifications", "console"}]
    wired = [function for function in functions(*areas) if function.name not in DOCUMENTS]
    bus = Bus(runtime, engine, clock, wired)
    life = Life(runtime, bus.settle, bus.advance_to)
    life.register(invoices)
    engine.counts = Counts()
    took = life.live(invoices, charges)
    return {"invoices": invoices, "invoices_a_second": round(invoices / took), **per_invoice(engine.counts, invoices)}


def per_invoice(counts: Counts, invoices: int) -> dict[str, Any]:
    """What one invoice costs over its life."""

    def each(by_collection: dict[str, int]) -> dict[str, float]:
        entries = sorted(by_collection.items(), key=lambda entry: -entry[1])
        return {name: round(n / invoices, 2) for name, n in entries}

    return {
        "reads_an_invoice": round(counts.reads / invoices, 2),
        "writes_an_invoice": round(counts.writes / invoices, 2),
        "messages_an_invoice": round((counts.messages + counts.tasks) / invoices, 2),
        "writes_by_collection": each(counts.by_collection),
        "reads_by_collection": each(counts.read_from),
    }


def real_clients(invoices: int, charges: int, without: frozenset[str]) -> dict[str, Any]:
    """The same through the real Google clients and the emulators in their own process."""
    from common.tools.local import local

    with tempfile.TemporaryDirectory() as folder, silent(without), local(Path(folder)) as platform:
        life = Life(platform.runtime, platform.settle, platform.advance_to)
        life.register(invoices)
        counts = platform.engine.counts = Counts()
        platform.engine._documents.counts = counts  # noqa: SLF001 - set-up is not counted
        took = life.live(invoices, charges)
        return {"invoices": invoices, "invoices_a_second": round(invoices / took, 1), **per_invoice(counts, invoices)}


@contextmanager
def silent(names: frozenset[str]) -> Iterator[None]:
    """These functions take their messages and do nothing."""
    kept = [(f, f.handler, f.ask) for f in functions() if f.name in names]
    for function, _, _ in kept:
        function.handler, function.ask = _nothing, None
    try:
        yield
    finally:
        for function, handler, ask in kept:
            function.handler, function.ask = handler, ask


def _nothing(*_: object) -> None:
    """What a silent function does."""


class Evening(MemoryClock):
    """The end of a day, when the bank's statement of it is final."""

    def __init__(self, day: date) -> None:
        super().__init__(datetime.combine(day, time.max, UTC))

    def subscribe(self, callback: Callable[[], None]) -> None:
        """Time stands still: nobody is ever called."""


class Life:
    """Invoices from accepted charges to journals, by the handlers the routes call."""

    def __init__(self, runtime: Runtime, settle: Callable[[], None], advance_to: Callable[[datetime], None]) -> None:
        self.runtime = runtime
        self.settle = settle
        self.advance_to = advance_to
        self.keys = 0
        self.today = runtime.clock.now().date()

    def live(self, invoices: int, charges: int) -> float:
        """Plays the life of so many invoices of registered members; returns the seconds, the bank's own apart."""
        began = perf_counter()
        self._charge(invoices, charges)
        self._issue()
        issued = perf_counter()
        statements = self._statement()
        booked = perf_counter()
        self._pay(statements)
        return perf_counter() - began - (booked - issued)

    def _do(self, handler: Callable[..., Any], given: Any) -> Any:
        self.keys += 1
        cause = Cause("bench", str(self.keys), "machine:bench")
        return self.runtime.commit(cause, lambda unit: handler(given, unit))

    def register(self, count: int) -> None:
        """The members who will be billed."""
        from functions.members.handlers import upsert_members
        from functions.members.requests import Batch

        everyone = [
            {
                "external_id": f"m{n}",
                "kind": "private",
                "name": f"Member {n}",
                "email": f"m{n}@members.example",
                "address": {"street": "Street 1", "city": "Hamburg", "postcode": "20457", "country": "DE"},
            }
            for n in range(count)
        ]
        for start in range(0, count, 500):
            self._do(upsert_members, Batch(members=everyone[start : start + 500]))
        self.settle()

    def _charge(self, invoices: int, charges: int) -> None:
        from functions.charging.handlers import take_charges
        from functions.charging.requests import Batch

        sent = [
            {
                "charge": f"c{member}-{number}",
                "member": f"m{member}",
                "currency": "EUR",
                "kind": "commission",
                "description": "Commission",
                "occurred_on": self.today.isoformat(),
                "basis_minor": 1000 + 100 * number + member,
            }
            for member in range(invoices)
            for number in range(charges)
        ]
        for start in range(0, len(sent), 500):
            self._do(take_charges, Batch(charges=sent[start : start + 500]))
        self.settle()

    def _issue(self) -> None:
        from functions.invoicing.handlers.runs import release_run, start_run
        from functions.invoicing.requests.runs import ChangeRun, StartRun

        run = self._do(start_run, StartRun(entity="MP", cut_off=self.today))
        self.settle()
        self._do(release_run, ChangeRun(run_id=run["id"], reason="bench"))
        self.settle()
        self.advance_to(self.runtime.clock.now() + timedelta(seconds=30))

    def _pay(self, statements: list[bytes]) -> None:
        from functions.payments.api import ROUTES

        route = next(route for route in ROUTES if route.path == "/v1/statements")
        assert route.parse is not None  # noqa: S101 - an upload has one
        for content in statements:
            given = route.parse(content, {"content-type": "application/xml"}, self.runtime.settings)
            self._do(route.action, given.command)
            self.settle()

    def _statement(self) -> list[bytes]:
        """The bank's statement in which every invoice is paid by its reference."""
        from werkzeug.test import Client

        from functions.invoicing.model.invoices import Invoice

        bank = BankSimulator(None, clock=Evening(self.today))
        client = Client(bank.wsgi)
        account = "DE89370400440532013000"
        for invoice in self._invoices(Invoice):
            booking = {
                "debtor_name": invoice.buyer.name,
                "debtor_iban": "DE02120300000000202051",
                "creditor_iban": account,
                "amount_minor": invoice.total_minor,
                "currency": invoice.currency,
                "reference": invoice.reference,
                "booked_on": self.today.isoformat(),
            }
            client.post("/admin/transfers", json=booking)
        day: date = self.today
        return [client.get(f"/statements/{account}/{day.isoformat()}.xml").data]

    def _invoices(self, kind: Any) -> list[Any]:
        found: list[Any] = []
        while page := self.runtime.world.read.select(kind, limit=300, after=found[-1].id if found else ""):
            found += page
        return found
