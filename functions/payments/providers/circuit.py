"""A provider that is down, or has enough, is left alone for a while: one question then shows whether it is back."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Final
from weakref import WeakKeyDictionary

from functions.payments.model.asking import NOT_ASKED, Answer, wait_of
from functions.payments.providers.port import Provider

SILENT: Final = 5
"""So many questions in a row without an answer, and the provider counts as down."""
PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=1)


class Circuit:
    """What this process has learned of one provider's health."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._silent = 0
        self._closed_until: datetime | None = None
        self._probing = False

    def ask(self, question: Callable[[], Answer], now: datetime) -> Answer:
        """The provider's answer; `unknown` without asking while it is left alone."""
        if not self._may_pass(now):
            return Answer(outcome="unknown", code=NOT_ASKED, retry_after_s=self._wait_s(now))
        try:
            answer = question()
        except BaseException:
            self._note(None, now)
            raise
        self._note(answer, now)
        return answer

    def _may_pass(self, now: datetime) -> bool:
        with self._lock:
            if self._closed_until is None:
                return True
            if now < self._closed_until or self._probing:
                return False
            self._probing = True
            return True

    def _wait_s(self, now: datetime) -> int:
        with self._lock:
            left = (self._closed_until or now) - now
            return max(1, int(left.total_seconds()))

    def _note(self, answer: Answer | None, now: datetime) -> None:
        silent = answer is None or (answer.outcome == "unknown" and not answer.provider_id)
        pause = min(timedelta(seconds=wait_of(answer) if answer else 0), LONGEST_PAUSE)
        with self._lock:
            self._silent = self._silent + 1 if silent else 0
            if silent and not pause and (self._probing or self._silent >= SILENT):
                pause = PAUSE
            self._closed_until = now + pause if silent and pause else None if not silent else self._closed_until
            self._probing = False


_CIRCUITS: Final[WeakKeyDictionary[Provider, Circuit]] = WeakKeyDictionary()
_LOCK: Final = Lock()


def circuit_of(provider: Provider) -> Circuit:
    """The one circuit of an adapter in this process."""
    with _LOCK:
        return _CIRCUITS.setdefault(provider, Circuit())


def seconds_asked_for(headers: Mapping[str, str], now: datetime | None = None) -> int:
    """How long `Retry-After` wants us to wait (RFC 9110, 10.2.3: seconds or a date); 0 where it says nothing."""
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return min(int(said[:9]), int(LONGEST_PAUSE.total_seconds()))
    try:
        until = parsedate_to_datetime(said)
    except (ValueError, TypeError):
        return 0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    left = int((until - (now or datetime.now(UTC))).total_seconds())
    return max(0, min(left, int(LONGEST_PAUSE.total_seconds())))
