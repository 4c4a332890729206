"""The runtime of this process: made from the settings on first use, or given by a host or a test."""

from threading import Lock

from common.ports import SystemClock
from common.runtime import Runtime
from common.settings import settings

_lock = Lock()
_given: list[Runtime] = []


def runtime() -> Runtime:
    """This process's runtime."""
    with _lock:
        if not _given:
            from common.google.engine import GoogleEngine

            found = settings()
            _given.append(Runtime(GoogleEngine(found), SystemClock(), found))
        return _given[0]


def use(given: Runtime) -> Runtime:
    """Makes this the runtime of the process; returns it."""
    with _lock:
        _given[:] = [given]
    return given
