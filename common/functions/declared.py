"""What a deployed function is: trigger, handler, what it asks of the world, what it emits."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Literal

from common.events.base import Event, Fact, Task
from common.functions.routes import Route
from common.ports import Message

Kind = Literal["http", "event", "task", "schedule", "stream", "dead_letter"]

DEAD_LETTERS: Final = "dead-letters"
"""The topic where Pub/Sub puts what it gave up delivering."""


@dataclass(frozen=True)
class Delivery:
    """How often and how patiently a topic's messages are brought to a function before they are given up."""

    attempts: int = 50
    shortest_wait_s: int = 1
    longest_wait_s: int = 60


DELIVERY: Final = Delivery()


class Tick(Fact):
    """A schedule has come round."""

    slot: datetime


class DeadLetter(Fact):
    """A message Pub/Sub gave up, as it was, with where it came from."""

    subscription: str
    """The subscription's own name, `<function>.<topic>`; empty where somebody published it by hand."""
    attempts: int
    data: str
    """Base64, never decoded before somebody has to: it may be anything."""
    message_id: str
    published_at: datetime


TASK_FUNCTIONS: Final[dict[str, "Function"]] = {}
"""Which function does a task, by the task's name; whoever asks for a task has its area's functions loaded."""


@dataclass(eq=False)
class Function:
    """One deployed function. Its name and area come from where it stands in an area's `main.py`."""

    kind: Kind
    module: str
    handler: Callable[..., Any]
    trigger: type[Fact] | None = None
    whole_slices: bool = False
    """The handler takes all facts of a message at once; otherwise one call a fact, all in one commit."""
    job: bool = False
    """The handler gets the runtime itself and must bear repetition: `handler(facts, runtime)`, without a commit."""
    ask: Callable[..., Sequence[Any]] | None = None
    """Asks the world before the transaction, outside of it: `ask(facts, world)` gives one answer a fact."""
    emits: tuple[type[Event], ...] = ()
    cron: str = ""
    routes: tuple[Route, ...] = ()
    app: Callable[..., Any] | None = None
    """A whole WSGI application in place of routes (the console)."""
    prefix: str = ""
    _name: str = field(default="", repr=False)

    @property
    def area(self) -> str:
        """The area's folder name."""
        return self.module.split(".")[1]

    @property
    def variable(self) -> str:
        """The name in `main.py`, which is the entry point."""
        if not self._name:
            found = [name for name, value in vars(sys.modules[self.module]).items() if value is self]
            self._name = found[0]
        return self._name

    @cached_property
    def name(self) -> str:
        """The deployed name: `invoicing-issue-page`."""
        return f"{self.area}-{self.variable.replace('_', '-')}"

    def __post_init__(self) -> None:
        """A task's function is found by the task's name."""
        if self.kind == "task" and self.trigger is not None:
            TASK_FUNCTIONS[self.trigger.name] = self

    def parse(self, message: Message) -> list[Fact]:
        """A message's facts as their class; ValueError where they don't fit."""
        assert self.trigger is not None  # noqa: S101 - streams and http have no facts
        return [self.trigger.model_validate(fact) for fact in message.facts]

    def __call__(self, request: Any) -> Any:
        """The functions-framework's entry point (http signature)."""
        from common.functions.entry import answer

        return answer(self, request)


def function_of(task: str) -> str:
    """The name of the function that does a task, by the task's name.

    The relay sends tasks that other areas left, and has none of their functions: it looks into the generated list.
    """
    known = TASK_FUNCTIONS.get(task)
    return known.name if known else _every_task()[task]


@cache
def _every_task() -> dict[str, str]:
    found: dict[str, str] = json.loads(Path(__file__).with_name("tasks.json").read_bytes())
    return found


def _here() -> str:
    return str(sys._getframe(2).f_globals["__name__"])  # noqa: SLF001 - the line's own module


def on_event(event: type[Event], handler: Callable[..., Any], *, emits: Sequence[type[Event]] = ()) -> Function:
    """`handler(event, transaction)` for each event; the facts of one message share one commit."""
    return Function("event", _here(), handler, event, emits=tuple(emits))


def on_events(event: type[Event], handler: Callable[..., Any], *, emits: Sequence[type[Event]] = ()) -> Function:
    """`handler(events, transaction)` for a whole slice at once."""
    return Function("event", _here(), handler, event, whole_slices=True, emits=tuple(emits))


def on_task(
    task: type[Task],
    handler: Callable[..., Any],
    *,
    ask: Callable[..., Sequence[Any]] | None = None,
    emits: Sequence[type[Event]] = (),
) -> Function:
    """`handler(task, transaction)`, or `handler(task, answer, transaction)` after `ask(tasks, world)`."""
    return Function("task", _here(), handler, task, ask=ask, emits=tuple(emits))


def on_tasks(
    task: type[Task],
    handler: Callable[..., Any],
    *,
    ask: Callable[..., Sequence[Any]] | None = None,
    emits: Sequence[type[Event]] = (),
) -> Function:
    """As `on_task`, for a whole slice at once."""
    return Function("task", _here(), handler, task, whole_slices=True, ask=ask, emits=tuple(emits))


def on_schedule(
    cron: str,
    handler: Callable[..., Any],
    *,
    ask: Callable[..., Sequence[Any]] | None = None,
    emits: Sequence[type[Event]] = (),
) -> Function:
    """`handler(tick, transaction)` at each time of a cron line (UTC), once for each; `ask` as for tasks."""
    return Function("schedule", _here(), handler, Tick, ask=ask, cron=cron, emits=tuple(emits))


def on_job(trigger: type[Task] | str, handler: Callable[..., Any]) -> Function:
    """`handler(facts, runtime)` for a task or at a cron line: for the relay, which moves others' messages."""
    if isinstance(trigger, str):
        return Function("schedule", _here(), handler, Tick, cron=trigger, job=True)
    return Function("task", _here(), handler, trigger, job=True)


def on_every_event(handler: Callable[..., Any]) -> Function:
    """`handler(message, world)` for every message of every event, without a commit: it must bear repetition."""
    return Function("stream", _here(), handler)


def on_dead_letter(
    handler: Callable[..., Any], *, ask: Callable[..., Sequence[Any]] | None = None, emits: Sequence[type[Event]] = ()
) -> Function:
    """`handler(letter, transaction)` for each message that was given up; it is itself tried until it is kept."""
    return Function("dead_letter", _here(), handler, DeadLetter, ask=ask, emits=tuple(emits))


def on_http(
    routes: Sequence[Route] = (),
    *,
    app: Callable[..., Any] | None = None,
    prefix: str = "",
    emits: Sequence[type[Event]] = (),
) -> Function:
    """An area's HTTP routes as one function, or a whole WSGI application below a prefix."""
    return Function("http", _here(), _no_handler, routes=tuple(routes), app=app, prefix=prefix, emits=tuple(emits))


def _no_handler(*_: Any) -> None:
    raise RuntimeError("an HTTP function has routes, not a handler")


def declared(module: ModuleType) -> list[Function]:
    """The functions of an area's `main.py`, in their order."""
    return [value for value in vars(module).values() if isinstance(value, Function)]
