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
from common.functions.routes import (
    Asked,
    Call,
    Page,
    Route,
    Seen,
    Upload,
    command,
    form,
    page,
    preview,
    query,
    signed_page,
    upload,
    view,
)

__all__ = [
    "Asked", "Call", "Function", "Page", "Route", "Seen", "Upload", "command", "declared", "form", "on_dead_letter",
    "on_event", "on_events", "on_every_event", "on_http", "on_job", "on_schedule", "on_task", "on_tasks", "page",
    "preview", "query", "signed_page", "upload", "view",
]  # fmt: skip
