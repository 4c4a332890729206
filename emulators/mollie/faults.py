"""Mollie's errors, in Mollie's own shape."""

from typing import Any

_TITLES = {
    400: "Bad Request",
    401: "Unauthorized Request",
    404: "Not Found",
    422: "Unprocessable Entity",
    500: "Internal",
}


class MollieError(Exception):
    """An error answer: the HTTP status and what it says."""

    def __init__(self, status: int, detail: str, field: str = "") -> None:
        super().__init__(detail)
        self.status = status
        links = {"documentation": {"href": "https://docs.mollie.com/reference/handling-errors", "type": "text/html"}}
        told = {"status": status, "title": _TITLES[status], "detail": detail, "_links": links}
        self.body: dict[str, Any] = told | ({"field": field} if field else {})


def missing(name: str) -> MollieError:
    """Nothing is known under that id."""
    return MollieError(404, f"No resource exists with id {name[:60]}")


def invalid(detail: str, field: str) -> MollieError:
    """A field that makes no sense."""
    return MollieError(422, detail, field)
