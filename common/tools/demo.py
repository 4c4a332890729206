"""A generated month through the real ports, and what came of it."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from common.client import Billing, every, models
from common.documents import id_from
from common.tools.local import Local, local
from common.tools.month.checks import checked
from common.tools.month.closing import Accountant
from common.tools.month.collecting import Billed, Collecting
from common.tools.month.means import METHODS
from common.tools.month.outside import Outside
from common.tools.month.people import Person, people
from common.tools.month.sales import charges, reversed_charges
from common.tools.month.truth import Truth
from common.tools.schedules import slots
from common.tools.summary import summary

DAYS: Final = 30
AFTER: Final = 60
"""Days the story goes on after the month, so that the late ones are reminded and pay."""
QUIET: Final = 6
"""Days at the end on which nobody does anything new: what is under way arrives."""
NIGHTS: Final = 5
"""Nights at the end in which the last days' batches go to SAP, some of them more than once."""
MORNING: Final = time(6, 15)
"""After the schedules that make the day's files, and before the bank's cut-off (UTC)."""
BATCH: Final = 500
BY_ITSELF: Final = frozenset({"audit-prove"})
"""The nightly proof goes through all members; here everything is proven at once, when the story is over."""
SCOPES: Final = (
    "members:write", "members:read", "charges:write", "invoices:run", "invoices:read", "payments:write",
    "payments:read", "payments:link", "items:read",
)  # fmt: skip


def run(
    members: int, seed: int, state: Path, console: Console, *, days: int = DAYS, after: int = AFTER
) -> dict[str, Any]:
    """Plays the month over an empty state folder and returns the summary; `failed_checks` says what does not tie."""
    shutil.rmtree(state, ignore_errors=True)
    began = perf_counter()
    with local(state) as platform:
        seconds = {"set_up": round(perf_counter() - began, 1)}
        with _progress(console) as progress:
            month = Month(platform, members, seed, progress, days, after)
            seconds |= month.play()
        played = perf_counter()
        console.print("checking the invariants and counting")
        with month.accountant.api:
            found = summary(platform) | checked(platform, month.outside, month.truth, month.accountant)
    return found | {"seconds": seconds | {"checks": round(perf_counter() - played, 1)}}


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=not console.is_terminal)


class Month:
    """One month of one marketplace: who does what on which day."""

    def __init__(
        self, platform: Local, members: int, seed: int, progress: Progress, days: int = DAYS, after: int = AFTER
    ) -> None:
        self.platform = platform
        self.seed = seed
        self.progress = progress
        self.people = people(members, seed)
        self.first = (platform.runtime.clock.now() + timedelta(days=1)).date()
        self.last = self.first + timedelta(days=days - 1)
        self.looked_at = platform.runtime.clock.now()
        self.days = days
        self.after = after
        self.api = Billing(platform.url, platform.token(*SCOPES), timeout_s=120)
        self.outside = Outside(platform)
        self.truth = Truth()
        self.collecting = Collecting(platform, self.api, self.outside, self.truth)
        self.accountant = Accountant(platform, self.outside)

    def play(self) -> dict[str, float]:
        """The month from registration to the last reminder; the seconds each act took."""
        seconds = {}
        with self.api, closing(self.collecting):
            for act in (self._register, self._sell, self._bill, self._collect, self._close):
                began = perf_counter()
                act()
                seconds[act.__name__.strip("_")] = round(perf_counter() - began, 1)
        self.truth.write(self.platform.state, self.people)
        return seconds

    # -- the acts ------------------------------------------------------------------------------

    def _register(self) -> None:
        for batch in self._steps("members register", list(_batches(self.people, BATCH))):
            told = self.api.members.upsert_members(models.MembersBatch(members=[p.details() for p in batch]))
            refused = [item for item in told.items if item.outcome == "refused"]
            if refused:
                raise RuntimeError(f"members were refused: {refused[:2]}")
        self.platform.settle()
        self.outside.prepare(self.people, METHODS["return_fee_minor"])
        for person in self.people:
            if person.means.provider == "sepa":
                self._give_mandate(person)

    def _give_mandate(self, person: Person) -> None:
        asked = models.RequestMandate(
            member_id=id_from("mem", person.external_id),
            entity="MP",
            iban=person.iban,
            debtor_name=person.name,
            signed_on=self.first - timedelta(days=1),
        )
        self.api.payments.request_mandate(asked)

    def _sell(self) -> None:
        by_day = charges(self.people, self.first, self.days, self.seed)
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
        """Everything that moves money; at the end some quiet days, so that all that is under way has arrived."""
        self.collecting.plan(list(self._billed()), self.last + timedelta(days=2), self.seed)
        self.accountant.begin()
        days = [self.last + timedelta(days=n) for n in range(2, self.after)]
        for number, day in enumerate(self._steps("money comes in, late ones are told", days)):
            quiet = number >= len(days) - QUIET
            self._at(day, MORNING)
            self._fire_what_is_due()
            self.collecting.morning(day, quiet=quiet)
            self.accountant.morning(day, quiet=quiet)
            self._day(day)
            self.collecting.noon(day, quiet=quiet)
            self.platform.settle()
        self.collecting.close_day()
        self.platform.settle()

    def _close(self) -> None:
        """The nights after, until SAP has taken everything; what it did not take is told by the checks."""
        last = self.platform.runtime.clock.now().date()
        for number in self._steps("the books are closed", range(1, NIGHTS + 1)):
            self._at(last + timedelta(days=number), MORNING)
            self._fire_what_is_due()
            waiting = self.accountant.put_right()
            self._day(last + timedelta(days=number))
            if number > 1 and not waiting:
                break

    def _fire_what_is_due(self) -> None:
        """Each schedule whose time has come since the last look comes round once."""
        now = self.platform.runtime.clock.now()
        for function in self.platform.host.functions:
            if function.kind == "schedule" and function.name not in BY_ITSELF:
                for slot in slots(function, self.looked_at, now)[-1:]:
                    self.platform.fire(function, slot)
        self.looked_at = now
        self.platform.settle()

    def _billed(self) -> Iterator[Billed]:
        """Every invoice of the run with the person who has to pay it."""
        people = {id_from("mem", person.external_id): person for person in self.people}
        run_id = self.api.invoicing.list_runs().items[0].id
        listed = list(every(self.api.invoicing.list_invoices, run_id=run_id, limit=100))
        for line in self._steps("members look at their invoices", listed):
            yield people[line.member_id], self.api.invoicing.show_invoice(line.id)

    def _day(self, day: date) -> None:
        self._at(day, time(13))

    def _at(self, day: date, hour: time) -> None:
        self.platform.advance_to(datetime.combine(day, hour, UTC))

    def _steps(self, what: str, steps: Sequence[Any]) -> Iterator[Any]:
        """The steps, with a bar that moves when one is done."""
        task = self.progress.add_task(what, total=len(steps))
        for step in steps:
            yield step
            self.progress.advance(task)


def _batches(things: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(things), size):
        yield things[start : start + size]
