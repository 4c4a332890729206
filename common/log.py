"""One JSON line a happening on standard output, in Cloud Logging's own field names."""

import sys
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson

SECRET = frozenset({"name", "email", "iban", "token", "authorization", "secret", "body"})
"""Fields that never reach a log."""


def log(severity: str, message: str, *, stream: TextIO | None = None, **fields: Any) -> None:
    """Writes one line; values of personal or secret fields are masked."""
    masked = {key: "***" if key in SECRET else value for key, value in fields.items()}
    line = {"severity": severity, "message": message, "time": datetime.now(UTC).isoformat(), **masked}
    (stream or sys.stderr).write(orjson.dumps(line, default=str).decode() + "\n")
