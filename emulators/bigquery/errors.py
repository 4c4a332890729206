"""Refusals in the shape BigQuery's REST surface gives them, so that the real client raises its own errors."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A refused call: an HTTP status, BigQuery's reason word and a sentence for the reader."""

    def __init__(self, status: int, reason: str, message: str, location: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message
        self.location = location

    def detail(self) -> dict[str, str]:
        """One entry of an `errors` list, as jobs and HTTP answers carry it."""
        entry = {"message": self.message, "domain": "global", "reason": self.reason}
        return entry | ({"location": self.location} if self.location else {})

    def body(self) -> dict[str, Any]:
        """The JSON body of the HTTP answer."""
        return {"error": {"code": self.status, "message": self.message, "errors": [self.detail()]}}


def not_found(kind: str, name: str) -> ApiError:
    """A 404 for a dataset, table or job."""
    return ApiError(404, "notFound", f"Not found: {kind} {name}")


def already_exists(kind: str, name: str) -> ApiError:
    """A 409 for a dataset, table or job."""
    return ApiError(409, "duplicate", f"Already Exists: {kind} {name}")


def invalid(message: str, location: str = "") -> ApiError:
    """A 400 for a request that can never succeed."""
    return ApiError(400, "invalid", message, location)


def invalid_query(message: str) -> ApiError:
    """A 400 for SQL that does not compile or fails while it runs."""
    return ApiError(400, "invalidQuery", message, "query")


def unserved(what: str) -> ApiError:
    """A 501 that names what the emulator does not do."""
    return ApiError(501, "notImplemented", f"the BigQuery emulator does not serve {what}")


def from_engine(error: Exception) -> ApiError:
    """BigQuery's refusal for an error DuckDB raised while it bound or ran a query."""
    text = str(error).split("\n", 1)[0]
    if "Function with name" in text and "does not exist" in text:
        return unserved(f"this SQL function: {text}")
    if "Table with name" in text and "does not exist" in text:
        return ApiError(404, "notFound", f"Not found: Table: {text}")
    if "Division by zero" in text:
        return invalid_query("division by zero")
    if "TransactionContext" in text or "write-write conflict" in text.lower():
        return ApiError(503, "backendError", text)
    return invalid_query(text.removeprefix("Invalid Input Error: "))
