"""What an event and a task are, and the list of every one by name."""

from typing import Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict


class Fact(BaseModel):
    """Something told in a commit: frozen, readable by an older reader (unknown fields are ignored)."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    name: ClassVar[str] = ""
    schema_version: ClassVar[int] = 1

    member_id: str = ""
    """The member it is about; empty where it is about none or many."""


EVENTS: Final[dict[str, type["Event"]]] = {}
TASKS: Final[dict[str, type["Task"]]] = {}


class Event(Fact):
    """What happened: noun and past participle. `class InvoiceIssued(Event, name="invoice.issued")`."""

    def __init_subclass__(cls, *, name: str, **rest: Any) -> None:
        """Enters the event into the list of every event."""
        super().__init_subclass__(**rest)
        cls.name = name
        EVENTS[name] = cls


class Task(Fact):
    """What is to be done later, by the area that asks for it: imperative. `name="invoicing.issue_page"`."""

    def __init_subclass__(cls, *, name: str, **rest: Any) -> None:
        """Enters the task into the list of every task."""
        super().__init_subclass__(**rest)
        cls.name = name
        TASKS[name] = cls
