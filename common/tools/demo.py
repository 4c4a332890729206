"""A generated month through the real ports, and what came of it."""

import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from common.client import Billing, every, models
from common.documents import id_from
from common.parties import SELLERS
from common.tools.local import Local, local
from common.tools.month.people import Person, people
from common.tools.month.sales import Transfer, charges, reversed_charges, transfer
from common.tools.summary import summary

DAYS: Final = 30
AFTER: Final = 60
"""Days the story goes on after the month, so that the late ones are reminded and pay."""
BATCH: Final = 500
BY_ITSELF: Final = frozenset({"audit-prove"})
"""The nightly proof goes through all members; here everything is proven at once, when the story is over."""
SCOPES: Final = (
    "members:write", "members:read", "charges:write", "invoices:run", "invoices:read", "payments:write",
    "items:read",
)  # fmt: skip


def run(members: int, seed: int, state: Path, console: Console) -> dict[str, Any]:
    """Plays the month over an empty state folder and returns the summary."""
    shutil.rmtree(state, ignore_errors=True)
    began = perf_counter()
    with local(state) as platform:
        ready = perf_counter()
        with _progress(console) as progress:
            Month(platform, members, seed, progress).play()
        played = perf_counter()
        console.print("checking the invariants and counting")
        found = summary(platform)
    seconds = {
        "set_up": round(ready - began, 1),
        "month": round(played - ready, 1),
        "checks": round(perf_counter() - played, 1),
    }
    return found | {"seconds": seconds}


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=not console.is_terminal)


class Month:
    """One month of one marketplace: who does what on which day."""

    def __init__(self, platform: Local, members: int, seed: int, progress: Progress) -> None:
        self.platform = platform
        self.seed = seed
        self.progress = progress
        self.people = people(members, seed)
        self.first = (platform.runtime.clock.now() + timedelta(days=1)).date()
        self.last = self.first + timedelta(days=DAYS - 1)
        self.api = Billing(platform.url, platform.token(*SCOPES), timeout_s=120)

    def play(self) -> None:
        """The month from registration to the last reminder."""
        with self.api:
            self._register()
            self._sell()
            self._bill()
            self._collect()

    # -- the acts ------------------------------------------------------------------------------

    def _register(self) -> None:
        for batch in self._steps("members register", list(_batches(self.people, BATCH))):
            told = self.api.members.upsert_members(models.MembersBatch(members=[p.details() for p in batch]))
            refused = [item for item in told.items if item.outcome == "refused"]
            if refused:
                raise RuntimeError(f"members were refused: {refused[:2]}")
        self.platform.settle()

    def _sell(self) -> None:
        by_day = charges(self.people, self.first, DAYS, self.seed)
        sent: list[dict[str, Any]] = []
        for day, that_day in self._steps("charges come in, day by day", list(by_day.items())):
            self._day(day)
            for batch in _batches(that_day, BATCH):
                told = self.api.charging.take_charges(models.ChargingBatch(charges=list(batch)))
                refused = [item for item in told.items if item.outcome == "refused"]
                if refused:
                    raise RuntimeError(f"charges were refused: {refused[:2]}")
            sent += that_day
        for charge_id in self._steps("unpaid sales are reversed", list(reversed_charges(sent, self.seed))):
            self.api.charging.reverse_charge(charge_id, models.ReverseBody(reason="the buyer never paid"))
        self.platform.settle()

    def _bill(self) -> None:
        self._day(self.last + timedelta(days=1))
        runs = self.api.invoicing
        run_id = runs.start_run(models.StartRun(entity="MP", cut_off=self.last)).id
        self.platform.settle()
        runs.release_run(run_id, models.ChangeRunBody(reason="the preview was checked"))
        shown = runs.show_run(run_id)
        task = self.progress.add_task("the billing run issues invoices", total=shown.pages)
        while shown.state != "completed":
            self.platform.advance_to(self.platform.runtime.clock.now() + timedelta(seconds=6))
            shown = runs.show_run(run_id)
            self.progress.update(task, completed=shown.issued_pages)

    def _collect(self) -> None:
        plan = self._transfers()
        days = [self.last + timedelta(days=n) for n in range(2, AFTER)]
        for day in self._steps("money comes in, late ones are told", days):
            self._day(day)
            if plan[day]:
                self._book(day, plan[day])
            self.platform.fire_schedules(without=BY_ITSELF)

    # -- the ports -----------------------------------------------------------------------------

    def _transfers(self) -> dict[date, list[tuple[Person, Transfer]]]:
        """Who will send what from their bank, by the day it is booked."""
        chance = Random(self.seed + 3)  # noqa: S311 - a generator, no secrets
        found: dict[date, list[tuple[Person, Transfer]]] = defaultdict(list)
        payers = {id_from("mem", p.external_id): p for p in self.people if p.method == "transfer"}
        run_id = self.api.invoicing.list_runs().items[0].id
        issued = every(self.api.invoicing.list_invoices, run_id=run_id, limit=100)
        listed = [invoice for invoice in issued if invoice.member_id in payers]
        for line in self._steps("members look at their invoices", listed):
            person = payers[line.member_id]
            sent = transfer(person, self.api.invoicing.show_invoice(line.id), chance)
            if sent:
                found[max(sent.booked_on, self.last + timedelta(days=2))].append((person, sent))
        return found

    def _book(self, day: date, sent: Sequence[tuple[Person, Transfer]]) -> None:
        account = SELLERS["MP"].iban
        for number, (person, one) in enumerate(sent):
            booking = {
                "debtor_name": person.name,
                "debtor_iban": person.iban,
                "creditor_iban": account,
                "amount_minor": one.amount_minor,
                "currency": "EUR",
                "remittance_text": one.text,
                "reference": one.reference,
                "booked_on": day.isoformat(),
                "end_to_end_id": f"{person.external_id}-{day.isoformat()}-{number}",
            }
            self.platform.http.post(f"{self.platform.emulators}/bank/admin/transfers", json=booking).raise_for_status()
        answer = self.platform.http.get(f"{self.platform.emulators}/bank/statements/{account}/{day.isoformat()}.xml")
        self.api.payments.take_statements(answer.raise_for_status().content)

    def _day(self, day: date) -> None:
        self.platform.advance_to(datetime.combine(day, time(13), UTC))

    def _steps(self, what: str, steps: Sequence[Any]) -> Iterator[Any]:
        """The steps, with a bar that moves when one is done."""
        task = self.progress.add_task(what, total=len(steps))
        for step in steps:
            yield step
            self.progress.advance(task)


def _batches(things: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(things), size):
        yield things[start : start + size]
