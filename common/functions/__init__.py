"""Declaring functions: one line each in an area's `main.py`."""

from common.functions.declared import (
    Function,
    declared,
    on_dead_letter,
    on_event,
    on_events,
    on_every_event,
    on_http,
    on_job,
    on_schedule,
    on_task,
    on_tasks,
)
from common.functions.routes import Call, Route, Upload, command, page, preview, query, signed_page, upload

__all__ = [
    "Call", "Function", "Route", "Upload", "command", "declared", "on_dead_letter", "on_event", "on_events",
    "on_every_event", "on_http", "on_job", "on_schedule", "on_task", "on_tasks", "page", "preview", "query",
    "signed_page", "upload",
]  # fmt: skip
