"""Cloud Scheduler's part on one machine: calls each schedule function when its time comes."""

from datetime import datetime
from threading import Event, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Self

from cronsim import CronSim

from common.functions.declared import Function
from common.log import log

if TYPE_CHECKING:
    from common.tools.local import Local


def slots(function: Function, after: datetime, until: datetime) -> list[datetime]:
    """The times of a function's cron line after one moment and up to another; the last 50 of them."""
    found = []
    for slot in CronSim(function.cron, after):
        if slot > until:
            break
        found.append(slot)
    return found[-50:]


class Schedules:
    """Fires schedules by the platform's clock, also those that were missed while it was jumping ahead."""

    def __init__(self, platform: "Local") -> None:
        self._platform = platform
        self._functions = [f for f in platform.host.functions if f.kind == "schedule"]
        self._stop = Event()
        self._thread = Thread(target=self._run, name="schedules", daemon=True)

    def __enter__(self) -> Self:
        """Starts firing."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops firing."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        seen = self._platform.runtime.clock.now()
        while not self._stop.wait(1):
            now = self._platform.runtime.clock.now()
            self.fire(seen, now)
            seen = now

    def fire(self, after: datetime, until: datetime) -> None:
        """Calls what falls due between two moments. One schedule's failure does not stop the others."""
        for function in self._functions:
            for slot in slots(function, after, until):
                try:
                    self._platform.fire(function, slot)
                except Exception as fault:  # noqa: BLE001 - a scheduler goes on; the failure is reported
                    log("ERROR", repr(fault), function=function.name)
