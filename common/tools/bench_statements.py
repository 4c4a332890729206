"""Bank statements of any length, and how fast the platform takes them in."""

from datetime import UTC, date, datetime, timedelta
from time import process_time
from typing import Any, Final

from common.commit import Cause
from common.money import decimal_text
from common.parties import SELLERS
from common.references import creditor_reference
from common.runtime import Runtime
from common.settings import Settings
from common.tools.areas import functions
from common.tools.month.people import iban_of
from emulators.bank.camt import Entry, Statement, write
from emulators.bus import Bus
from emulators.memory import MemoryClock, MemoryEngine

DAY: Final = date(2026, 10, 14)
OPENING: Final = 1_000_000
LINE: Final = 65
"""Characters of a line of field 86."""


def camt053(entries: int) -> bytes:
    """A statement of so many credits, most of them with the creditor reference of an invoice."""
    made = [_entry(number) for number in range(1, entries + 1)]
    return write(Statement(SELLERS["MP"].iban, SELLERS["MP"].name, "EUR", DAY, 1, OPENING, made))


def mt940(entries: int) -> bytes:
    """The same as an MT940, as German banks write it."""
    made = [_entry(number) for number in range(1, entries + 1)]
    closing = OPENING + sum(entry.amount for entry in made)
    lines = [
        ":20:STARTUMS",
        f":25:{SELLERS['MP'].iban}",
        ":28C:00001/001",
        f":60F:C{DAY:%y%m%d}EUR{_comma(OPENING)}",
        *(line for entry in made for line in _lines(entry)),
        f":62F:C{DAY:%y%m%d}EUR{_comma(closing)}",
        "-",
    ]
    return "\r\n".join(lines).encode()


def taken_in(content: bytes) -> dict[str, Any]:
    """A file through the platform's own route and tasks, on the memory engine: entries a second until all are told."""
    from functions.payments.api import ROUTES

    engine, clock = MemoryEngine(), MemoryClock(datetime.combine(DAY + timedelta(days=1), datetime.min.time(), UTC))
    runtime = Runtime(engine, clock, Settings())
    bus = Bus(runtime, engine, clock, functions("payments"))
    route = next(one for one in ROUTES if one.path == "/v1/statements" and one.method == "POST")
    assert route.parse is not None and route.keep is not None  # noqa: PT018, S101 - an upload has both
    began = process_time()
    given = route.keep(route.parse(content, {}, runtime.settings).command, runtime.world)
    runtime.commit(Cause("bench", "statement", "machine:bench"), lambda unit: route.action(given, unit))
    bus.settle()
    took = process_time() - began
    entries = len(given.statements[0].entries)
    told = sum(
        event["name"] == "payment.received" for one in runtime.world.each_record() for event in one.body["events"]
    )
    if told != entries:
        raise RuntimeError(f"{told} of {entries} entries were told")
    writes = round(engine.counts.writes / entries, 2)
    return {"entries": entries, "entries_a_second_a_core": round(entries / took), "writes_an_entry": writes}


def _entry(number: int) -> Entry:
    invoice = f"MP-2026-{number:07d}"
    structured = number % 5 != 0
    return Entry(
        reference=f"{DAY:%Y%m%d}C{number:010d}",
        amount=100 + number % 90_000,
        booked_on=DAY,
        debtor_name=f"Member {number}",
        debtor_iban=iban_of(number),
        creditor_name="",
        creditor_iban=SELLERS["MP"].iban,
        end_to_end_id=f"E2E-{number}",
        text="" if structured else f"Rechnung {invoice} danke",
        structured=creditor_reference(invoice) if structured else "",
    )


def _lines(entry: Entry) -> list[str]:
    text = entry.text or entry.structured
    parts = [text[at : at + 27] for at in range(0, len(text), 27)]
    said = "".join(f"?{20 + place}{part}" for place, part in enumerate(parts))
    told = f"166?00GUTSCHRIFT?10931?20EREF+{entry.end_to_end_id}{said.replace('?20', '?21', 1)}"
    told += f"?30COBADEFFXXX?31{entry.debtor_iban}?32{entry.debtor_name}"
    wrapped = [told[at : at + LINE] for at in range(0, len(told), LINE)]
    return [
        f":61:{DAY:%y%m%d}{DAY:%m%d}C{_comma(entry.amount)}NTRF{entry.end_to_end_id[:16]}//{entry.reference[-16:]}",
        f":86:{wrapped[0]}",
        *wrapped[1:],
    ]


def _comma(minor: int) -> str:
    return decimal_text(minor, "EUR").replace(".", ",")
