"""Virtual time moves on, never back, and is remembered."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from common.tools.clock import SharedClock
from emulators.clock import Clock


def test_an_advanced_clock_goes_on_from_there() -> None:
    clock = Clock()
    later = datetime.now(UTC) + timedelta(days=40)
    clock.advance_to(later)
    assert later <= clock.now() < later + timedelta(minutes=1)


def test_time_never_goes_backwards() -> None:
    clock = Clock()
    with pytest.raises(ValueError, match="has passed"):
        clock.advance_to(clock.now() - timedelta(seconds=1))
    with pytest.raises(ValueError, match="time zone"):
        clock.advance_to(datetime(2030, 1, 1))  # noqa: DTZ001 - that is what is refused


def test_an_advance_outlives_the_process(tmp_path: Path) -> None:
    later = datetime.now(UTC) + timedelta(days=40)
    Clock(tmp_path).advance_to(later)
    assert Clock(tmp_path).now() >= later


def test_subscribers_are_told_of_an_advance() -> None:
    clock, told = Clock(), list[datetime]()
    clock.subscribe(lambda: told.append(clock.now()))
    clock.advance_to(clock.now() + timedelta(days=1))
    assert len(told) == 1


def test_whoever_reads_the_file_is_never_behind_the_clock_itself(tmp_path: Path) -> None:
    clock = Clock(tmp_path)
    shared = SharedClock(tmp_path / "clock.json")
    behind: list[timedelta] = []
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            earliest = clock.now()
            behind.extend([earliest - found] if (found := shared.now()) < earliest else [])

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(300):
        clock.advance_to(clock.now() + timedelta(days=1))
    ended.set()
    for thread in threads:
        thread.join()
    assert behind == []
