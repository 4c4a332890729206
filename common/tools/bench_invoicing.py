"""The billing run's figures: invoices a second and their cost, from a thousand members to a whole month's."""

import gc
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from random import Random
from time import perf_counter, process_time
from typing import Any, Final

from rich.console import Console

from common.commit import COLLECTION, Cause
from common.events.charging import ChargeAccepted
from common.events.members import MemberChanged
from common.parties import Address, Buyer
from common.ports import LARGEST_DOCUMENT, Counts, Message, Write
from common.runtime import Runtime
from common.settings import Settings
from common.tools.areas import functions
from emulators.bus import Bus
from emulators.memory import MemoryClock, MemoryEngine

POINTS: Final = (1_000, 4_000, 10_000, 30_000, 120_000)
FEW: Final = 3
"""Charges of each member where one invoice is to be compared with another."""
BATCH: Final = 500
COUNTRIES: Final = ("DE", "DE", "DE", "FR", "NL", "BE", "AT", "IT", "ES", "CH")
KINDS: Final = ("listing", "commission", "promotion", "other")
CUT_OFF: Final = date(2026, 9, 30)
MOST: Final = 1_500
"""Charges of one member: a bill holds 2,000."""
PRIVATE, SELLING = 0.84, 0.11
"""The shares of private members who sell little and who sell more; the others are businesses."""


def figures(members: int, told: Console) -> dict[str, Any]:
    """Every figure of the billing run, as one JSON object."""
    sizes = [size for size in POINTS if size <= members] or [members]
    few = [_point(size, lambda _: FEW, told, f"{size} members, {FEW} charges each") for size in sizes]
    month = [_point(size, charges_of, told, f"{size} members of a month") for size in sizes]
    told.print("the same messages a second time; memory of each step; documents")
    return {
        "three_charges_each": few,
        "a_month": month,
        "dearer_at_the_last_point_percent": straight(month),
        "everything_delivered_twice": twice(1_000),
        "one_step": steps(2_000),
        "documents_of_three_lines": in_a_process(short_documents, 300),
        "documents_of_a_month": in_a_process(documents, 300),
        "peak_memory_mb": peak_mb(),
    }


def in_a_process(measure: Callable[[int], dict[str, Any]], much: int) -> dict[str, Any]:
    """What a function measures in a process of its own, so that its memory is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, much).result()


def peak_mb() -> int:
    """The most memory this process ever had; what `getrusage` says begins with that of the process before it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def short_documents(invoices: int) -> dict[str, Any]:
    """As `documents`, of invoices with three lines each."""
    return documents(invoices, lambda _: FEW)


def documents(invoices: int, each: Callable[[Random], int] | None = None) -> dict[str, Any]:
    """PDF with its XML inside, and XML alone: so many of a month's invoices, one after the other on one core."""
    from functions.invoicing import einvoice
    from functions.invoicing.documents import pdf_of
    from functions.invoicing.model.invoices import Invoice

    month = Month(MemoryEngine(), invoices, each or charges_of)
    month.issue(month.freeze())
    made = month.runtime.world.read.select(Invoice, limit=invoices)
    pdf_of(made[0], einvoice.cii(made[0]))
    began = process_time()
    written = [einvoice.cii(invoice) for invoice in made]
    xml = process_time()
    sizes = [len(pdf_of(invoice, content)) for invoice, content in zip(made, written, strict=True)]
    pdf = process_time()
    return {
        "invoices": len(made),
        "lines_an_invoice": round(sum(len(invoice.lines) for invoice in made) / len(made)),
        "xml_a_second_a_core": round(len(made) / (xml - began)),
        "pdf_with_xml_a_second_a_core": round(len(made) / (pdf - began)),
        "kb_each": round(sum(sizes) / len(sizes) / 1000),
        "peak_memory_mb": peak_mb(),
    }


def charges_of(chance: Random) -> int:
    """How many charges a member has in a month: few if private, more if selling more, most of all a business."""
    which = chance.random()
    if which < PRIVATE:
        return 1 + min(int(chance.expovariate(1 / 3.5)), MOST)
    if which < PRIVATE + SELLING:
        return 1 + min(int(chance.lognormvariate(2.9, 0.8)), MOST)
    return 1 + min(int(chance.lognormvariate(5.4, 1.1)), MOST)


class Forgetful(MemoryEngine):
    """A memory engine that lets go what a commit record says once it is out: the store is not what is measured."""

    def _put(self, write: Write) -> None:
        if write.collection == COLLECTION and not write.fields.get("pending"):
            write = Write(write.collection, write.id, {**write.fields, "body": "", "personal": ""}, write.new)
        super()._put(write)


class Month:
    """Members with their charges on open bills, and the run over them."""

    def __init__(self, engine: MemoryEngine, members: int, each: Callable[[Random], int]) -> None:
        self.engine = engine
        self.clock = MemoryClock(datetime(2026, 10, 1, 8, tzinfo=UTC))
        self.runtime = Runtime(engine, self.clock, Settings())
        self.functions = [f for f in functions("invoicing") if not f.name.startswith("invoicing-render")]
        self.bus = Bus(self.runtime, engine, self.clock, self.functions)
        self.members = members
        self.keys = 0
        self.charges = 0
        self._fill(each)

    def _fill(self, each: Callable[[Random], int]) -> None:
        """Tells of members and charges, a batch at a time, by the handlers that listen."""
        from functions.invoicing.handlers.bills import collect_charges, keep_recipients

        chance = Random(1)  # noqa: S311 - a generator, no secrets
        for changes in _batches(_member(number) for number in range(self.members)):
            self.do(keep_recipients, changes)
        every = (charge for number in range(self.members) for charge in _charges(number, each(chance)))
        for charges in _batches(every):
            self.charges += len(charges)
            self.do(collect_charges, charges)

    def do(self, handler: Callable[..., Any], given: Any) -> Any:
        """One commit."""
        self.keys += 1
        return self.runtime.commit(Cause("bench", str(self.keys), "machine:bench"), lambda unit: handler(given, unit))

    def freeze(self) -> str:
        """The run's id, when its manifest is frozen."""
        from functions.invoicing.handlers.runs import start_run
        from functions.invoicing.requests.runs import StartRun

        run = self.do(start_run, StartRun(entity="MP", cut_off=CUT_OFF))
        self.bus.settle()
        return str(run["id"])

    def issue(self, run_id: str) -> None:
        """Issues everything, slice by slice, until the run is complete."""
        from functions.invoicing.handlers.runs import release_run
        from functions.invoicing.model.runs import Run
        from functions.invoicing.requests.runs import ChangeRun

        self.do(release_run, ChangeRun(run_id=run_id, reason="bench"))
        while (run := self.runtime.world.read.find(Run, run_id)) and run.state == "issuing":
            self.bus.advance_to(self.clock.now() + timedelta(seconds=6))

    def numbers(self) -> list[str]:
        """The numbers of every invoice, in their order."""
        bodies = (one.fields["body"] for one in self.runtime.world.scan("invoices"))
        return sorted(body.partition('"number":"')[2][:15] for body in bodies)


def _member(number: int) -> MemberChanged:
    country = COUNTRIES[number % len(COUNTRIES)]
    address = Address(street=f"Street {number}", city="City", postcode="20457", country=country)
    name = f"Member {number}"
    buyer = Buyer(member_id=f"m{number:06d}", name=name, business=False, address=address, email=f"m{number}@m.example")
    return MemberChanged(member_id=buyer.member_id, revision=1, buyer=buyer, segment=f"segment {number % 3}")


def _charges(member: int, many: int) -> Iterator[ChargeAccepted]:
    for number in range(many):
        kind = KINDS[number % len(KINDS)]
        yield ChargeAccepted(
            charge_id=f"c{member:06d}-{number:05d}",
            member_id=f"m{member:06d}",
            entity="MP",
            currency="EUR",
            amount_minor=100 + (37 * number + member) % 900,
            kind=kind,
            description=f"{kind.title()} of article {number}",
            occurred_on=date(2026, 9, 1 + number % 28),
            rule="commission 10 % of 43.70 EUR, at least 0.10, at most 290.00: version 3",
        )


def _batches(facts: Iterator[Any]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for fact in facts:
        batch.append(fact)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _point(members: int, each: Callable[[Random], int], told: Console, what: str) -> dict[str, Any]:
    """One run over so many members: its speed, its reads and writes, its numbers."""
    told.print(what)
    month = Month(Forgetful(), members, each)
    gc.collect()
    engine = month.engine
    engine.counts = Counts()
    began, worked = perf_counter(), process_time()
    run_id = month.freeze()
    frozen = process_time()
    month.issue(run_id)
    issued, took = process_time(), perf_counter() - began
    counts, engine.counts = engine.counts, Counts()
    numbers = month.numbers()
    return {
        "invoices": len(numbers),
        "charges": month.charges,
        "seconds": round(took, 1),
        "invoices_a_second_a_core": round(len(numbers) / (issued - worked)),
        "charges_a_second_a_core": round(month.charges / (issued - worked)),
        "freezing_us_an_invoice": round(1e6 * (frozen - worked) / len(numbers)),
        "issuing_us_an_invoice": round(1e6 * (issued - frozen) / len(numbers)),
        "reads_an_invoice": round(counts.reads / len(numbers), 2),
        "writes_an_invoice": round(counts.writes / len(numbers), 2),
        "gapless": numbers == [f"MP-2026-{place:07d}" for place in range(1, len(numbers) + 1)],
    }


def twice(members: int) -> dict[str, Any]:
    """The whole run's messages delivered a second time, under their own and under other keys: what that changes."""
    month = Month(MemoryEngine(), members, charges_of)
    delivered: list[tuple[Any, Message]] = []
    deliver = month.runtime.deliver

    def noting(function: Any, message: Message, *, attempt: int = 0) -> None:
        delivered.append((function, message))
        deliver(function, message, attempt=attempt)

    month.runtime.deliver = noting  # type: ignore[method-assign]
    month.issue(month.freeze())
    before = _contents(month)
    for function, message in delivered:
        deliver(function, message)
        if function.kind == "task":
            deliver(function, Message(message.name, f"{message.key}-again", message.facts, message.at, message.ids))
    return {"messages": len(delivered), "documents_changed": len(before.items() ^ _contents(month).items()) // 2}


def _contents(month: Month) -> dict[str, str]:
    """Every document as it is stored, but for the commit records."""
    written = [collection for collection in month.engine.counts.by_collection if not collection.startswith(COLLECTION)]
    return {
        f"{collection}/{one.id}": str(one.fields["body"])
        for collection in written
        for one in month.runtime.world.scan(collection)
    }


def steps(members: int) -> dict[str, Any]:
    """The memory that single steps take at most, and the largest document they write."""
    month = Month(Forgetful(), members, charges_of)
    peaks: dict[str, int] = {}
    deliver = month.runtime.deliver

    def watched(function: Any, message: Message, *, attempt: int = 0) -> None:
        tracemalloc.start()
        deliver(function, message, attempt=attempt)
        peaks[function.name] = max(peaks.get(function.name, 0), tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    month.runtime.deliver = watched  # type: ignore[method-assign]
    month.issue(month.freeze())
    return {
        "mb_at_most": {name: round(peak / 1e6, 1) for name, peak in sorted(peaks.items())},
        "largest_manifest_page_kb": _largest(month, "manifest_pages") // 1000,
        "largest_invoice_kb": _largest(month, "invoices") // 1000,
        "limit_kb": LARGEST_DOCUMENT // 1000,
    }


def _largest(month: Month, collection: str) -> int:
    stored = month.runtime.world.scan(collection)
    return max((len(one.fields["body"].encode()) for one in stored), default=0)


def straight(points: Sequence[dict[str, Any]]) -> int:
    """How much dearer an invoice's charge is at the last point than at the first, in per cent."""
    first, last = points[0]["charges_a_second_a_core"], points[-1]["charges_a_second_a_core"]
    return round(100 * (first - last) / first)
