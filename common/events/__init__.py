"""Every event by name, and the classes by area."""

from common.events import (
    accounting,
    charging,
    dunning,
    invoicing,
    matching,
    members,
    notifications,
    payments,
)
from common.events.base import EVENTS, TASKS, Event, Fact, Task

__all__ = [
    "EVENTS", "TASKS", "Event", "Fact", "Task", "accounting", "charging", "dunning", "invoicing", "matching",
    "members", "notifications", "payments",
]  # fmt: skip
