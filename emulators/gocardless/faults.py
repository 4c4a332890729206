"""GoCardless's errors, in GoCardless's own words and shape (https://developer.gocardless.com/api-reference/#errors)."""

import secrets
from typing import Any

DOCUMENTED = "https://developer.gocardless.com/api-reference#"
CONFLICT, UNPROCESSABLE, MISSING, MALFORMED, UNAUTHORISED = 409, 422, 404, 400, 401


class GoCardlessError(Exception):
    """An error answer: the HTTP status and the `error` object."""

    def __init__(self, status: int, kind: str, message: str, *errors: dict[str, Any]) -> None:
        super().__init__(message)
        self.status = status
        self.error = {
            "message": message,
            "documentation_url": f"{DOCUMENTED}{kind}",
            "type": kind,
            "request_id": secrets.token_hex(16),
            "errors": list(errors) or [{"message": message}],
            "code": status,
        }


def misused(status: int, reason: str, message: str) -> GoCardlessError:
    """An `invalid_api_usage`: the request itself is wrong."""
    return GoCardlessError(status, "invalid_api_usage", message, {"reason": reason, "message": message})


def missing() -> GoCardlessError:
    """Nothing is known under the id in the path."""
    return misused(MISSING, "resource_not_found", "Resource not found")


def unlinked(name: str) -> GoCardlessError:
    """Nothing is known under an id in the links."""
    found = {"reason": "link_not_found", "message": f"The {name} could not be found", "field": name}
    return GoCardlessError(MISSING, "invalid_api_usage", "Link not found", found)


def invalid(name: str, field: str, message: str) -> GoCardlessError:
    """A field of a `validation_failed` request."""
    found = {"message": message, "field": field, "request_pointer": f"/{name}/{field}"}
    return GoCardlessError(UNPROCESSABLE, "validation_failed", "Validation failed", found)


def impossible(reason: str, message: str) -> GoCardlessError:
    """An `invalid_state`: it can't be done to this thing now."""
    return GoCardlessError(UNPROCESSABLE, "invalid_state", message, {"reason": reason, "message": message})


def made_before(thing_id: str) -> GoCardlessError:
    """The idempotency key has made a thing already."""
    message = "A resource has already been created with this idempotency key"
    links = {"conflicting_resource_id": thing_id}
    found = {"reason": "idempotent_creation_conflict", "message": message, "links": links}
    return GoCardlessError(CONFLICT, "invalid_state", message, found)
