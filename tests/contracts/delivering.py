"""Functions over an engine with everything that delivers to them: in memory, and by Pub/Sub and Tasks over HTTP."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic, sleep
from typing import Any, Final

from common import process
from common.failures import TryLater
from common.functions.declared import Function
from common.google import channels
from common.google.engine import GoogleEngine
from common.runtime import Runtime
from common.settings import Settings
from common.tools.host import Host
from common.tools.provision import provision, topics_of, unless_there
from emulators.bus import Bus
from emulators.memory import MemoryClock, MemoryEngine
from emulators.process import Emulators

PATIENCE_S: Final = 30
SHORTEST_WAIT: Final = {"nanos": 200_000_000}
LONGEST_WAIT: Final = {"seconds": 10}


class Died(Exception):
    """The process of a function ends here."""


@dataclass
class Delivering:
    """`settle` waits until nothing moves and nothing is to be tried again."""

    runtime: Runtime
    settle: Callable[[], None]
    advance_to: Callable[[datetime], object]

    def wait_until(self, moment: datetime) -> None:
        """Lets time pass, and whatever falls due."""
        self.advance_to(moment)
        self.settle()


@contextmanager
def in_memory(functions: Sequence[Function]) -> Iterator[Delivering]:
    """The memory engine and its bus."""
    engine, clock = MemoryEngine(), MemoryClock()
    runtime = Runtime(engine, clock, Settings())
    bus = Bus(runtime, engine, clock, functions, again=(TryLater, Died))
    yield Delivering(runtime, bus.settle, bus.advance_to)


@contextmanager
def over_google(functions: Sequence[Function], emulators: Emulators, project: str) -> Iterator[Delivering]:
    """The Google engine; topics, subscriptions and queues as they are in production, only less patient."""
    given = process._given[:]
    with Host(functions) as host:
        settings = Settings(
            project=project, bucket=f"{project}-documents", base_url=host.url, issuer_url=emulators.issuer.url
        )
        runtime = process.use(Runtime(GoogleEngine(settings, emulators.clock), emulators.clock, settings))
        _make(functions, settings)
        yield Delivering(runtime, lambda: _quiet(emulators), emulators.clock.advance_to)
        _unmake(functions, settings)
    process._given[:] = given


def _make(functions: Sequence[Function], settings: Settings) -> None:
    for topic in {topic for function in functions for topic in topics_of(function)}:
        unless_there(channels.publisher(settings).create_topic, name=f"projects/{settings.project}/topics/{topic}")
    provision(functions, settings)
    for name in _subscriptions(functions, settings):
        policy = {"minimum_backoff": SHORTEST_WAIT, "maximum_backoff": LONGEST_WAIT}
        changed = {"subscription": {"name": name, "retry_policy": policy}, "update_mask": {"paths": ["retry_policy"]}}
        channels.subscriber(settings).update_subscription(request=changed)
    for name in _queues(functions, settings):
        retry = {"min_backoff": SHORTEST_WAIT, "max_backoff": LONGEST_WAIT}
        paths = ["retry_config.min_backoff", "retry_config.max_backoff"]
        asked: dict[str, Any] = {"queue": {"name": name, "retry_config": retry}, "update_mask": {"paths": paths}}
        channels.tasks_client(settings).update_queue(request=asked)


def _unmake(functions: Sequence[Function], settings: Settings) -> None:
    """What a failed test left undone must not keep the next one waiting."""
    for name in _subscriptions(functions, settings):
        channels.subscriber(settings).delete_subscription(request={"subscription": name})
    for name in _queues(functions, settings):
        channels.tasks_client(settings).delete_queue(request={"name": name})


def _subscriptions(functions: Sequence[Function], settings: Settings) -> list[str]:
    project = f"projects/{settings.project}/subscriptions"
    return [f"{project}/{function.name}.{topic}" for function in functions for topic in topics_of(function)]


def _queues(functions: Sequence[Function], settings: Settings) -> list[str]:
    return [f"projects/{settings.project}/locations/{settings.region}/queues/{f.name}" for f in functions]


def _quiet(emulators: Emulators) -> None:
    until = monotonic() + PATIENCE_S
    quiet = 0
    while quiet < 2:
        assert monotonic() < until, emulators.pending()
        quiet = quiet + 1 if emulators.idle() else 0
        sleep(0.01)
