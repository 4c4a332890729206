"""BigQuery's REST surface as a WSGI application: each served method by verb and path, a named 501 for the rest."""

from __future__ import annotations

import json
import logging
import re
import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from emulators.bigquery.answers import Answers, Call
from emulators.bigquery.errors import ApiError, invalid, unserved
from emulators.bigquery.methods import METHODS
from emulators.bigquery.uploads import PATH, Uploads

_LOG = logging.getLogger(__name__)
_PREFIX = re.compile(r"^/bigquery/v2/(?P<rest>.+?)/?$")
_STATUS = {
    200: "200 OK",
    204: "204 No Content",
    308: "308 Resume Incomplete",
    400: "400 Bad Request",
    404: "404 Not Found",
    409: "409 Conflict",
    412: "412 Precondition Failed",
    501: "501 Not Implemented",
    503: "503 Service Unavailable",
}

Handler = Callable[[Call], Any]


class Routes:
    """The WSGI application over the methods that are served."""

    def __init__(self, answers: Answers, uploads: Uploads) -> None:
        self._uploads = uploads
        self._served = [
            (method.verbs.split("|"), re.compile(method.path), getattr(answers, method.answer)) for method in METHODS
        ]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answers one request; every refusal is JSON in BigQuery's shape."""
        try:
            status, body, more = self._answer(environ)
        except ApiError as error:
            status, body, more = error.status, error.body(), {}
        except Exception as error:  # noqa: BLE001 - a 500 would be retried for minutes, though it can never succeed
            _LOG.exception("the BigQuery emulator failed")
            failure = unserved(f"this request; it failed with {type(error).__name__}: {error}")
            status, body, more = failure.status, failure.body(), {}
        payload = b"" if body is None else _written(body)
        headers = [("Content-Type", "application/json; charset=UTF-8"), ("Content-Length", str(len(payload)))]
        headers += more.items()
        start_response(_STATUS[status], headers)
        return [payload]

    def _answer(self, environ: Mapping[str, Any]) -> tuple[int, Any, dict[str, str]]:
        verb = environ["REQUEST_METHOD"]
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        uploaded = PATH.fullmatch(path)
        if uploaded:
            return self._uploads.answer(environ, uploaded["project"], _query(environ), _raw(environ))
        handler, names = self._found(verb, path)
        body = handler(Call(names=names, query=_query(environ), body=_body(environ), etag=environ.get("HTTP_IF_MATCH")))
        return (204, None, {}) if body is None else (200, body, {})

    def _found(self, verb: str, path: str) -> tuple[Handler, dict[str, str]]:
        inside = _PREFIX.match(path)
        for verbs, pattern, handler in self._served if inside else []:
            match = pattern.fullmatch(inside["rest"]) if inside and verb in verbs else None
            if match:
                return handler, match.groupdict()
        raise unserved(f"{verb} {path}")


def _written(body: Any) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError:  # an echo of text that is no Unicode, or of a huge number
        return json.dumps(body).encode()


def _query(environ: Mapping[str, Any]) -> dict[str, str]:
    pairs = urllib.parse.parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    return {name: values[-1] for name, values in pairs.items()}


def _raw(environ: Mapping[str, Any]) -> bytes:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    return bytes(environ["wsgi.input"].read(length)) if length else b""


def _body(environ: Mapping[str, Any]) -> dict[str, Any]:
    raw = _raw(environ)
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError:
        raise invalid("Invalid JSON payload received.") from None
    if not isinstance(body, dict):
        raise invalid("The JSON payload must be an object.")
    return body
