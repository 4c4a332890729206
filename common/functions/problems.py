"""Failures as RFC 9457 problem details with stable codes."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

import orjson
from flask import Response

UNLISTED: Final = {498: "Invalid Token"}
"""Statuses that some callers ask for and no standard lists."""


def problem(
    status: int,
    code: str,
    detail: str = "",
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem's answer: `code` is for machines, `detail` for people, `errors` tell each fault's pointer."""
    body: dict[str, object] = {
        "type": f"urn:problem:{code}",
        "title": UNLISTED.get(status) or HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    if errors:
        body["errors"] = list(errors)
    return Response(orjson.dumps(body), status, headers, content_type="application/problem+json")
