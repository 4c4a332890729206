"""The web side of a simulator: a Flask application with the shared look, and the way to hang up on a client."""

import socket
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_HERE = Path(__file__).parent
_WHOLE_UNITS = frozenset({"JPY", "KRW", "ISK", "CLP", "VND", "XAF", "XOF"})
_THOUSANDTHS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


def site(name: str) -> Flask:
    """An empty application with the shared templates (autoescaped), style and filters."""
    app = Flask(name, template_folder=str(_HERE / "templates"), static_folder=str(_HERE / "static"))
    app.jinja_options = {"autoescape": True}
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.add_template_filter(money)
    app.add_template_filter(moment)
    app.register_error_handler(HTTPException, _told)
    app.after_request(_guarded)
    return app


def money(minor: int, currency: str) -> str:
    """An amount in minor units as people read it: 123456 EUR is 1,234.56 EUR."""
    code = currency.upper()
    sign, digits = ("-" if minor < 0 else ""), abs(minor)
    if code in _WHOLE_UNITS:
        return f"{sign}{digits:,} {code}"
    places = 3 if code in _THOUSANDTHS else 2
    return f"{sign}{digits // 10**places:,}.{digits % 10**places:0{places}d} {code}"


def moment(seconds: int) -> str:
    """Seconds since 1970 as date and time in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def body() -> dict[str, Any]:
    """The JSON object sent to an admin address; anything else is refused with 400."""
    sent = request.get_json(force=True, silent=True)
    if not isinstance(sent, dict):
        raise Refused("the body must be a JSON object")
    return sent


class Refused(HTTPException):
    """An admin request that makes no sense; answered as JSON with 400."""

    code = 400

    def __init__(self, why: str) -> None:
        super().__init__(description=why)


class HangUp(Response):
    """The answer that never comes: the connection is closed instead."""

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Close the client's connection in the way the server at hand allows."""
        if "waitress.client_disconnected" in environ:
            from waitress.channel import ClientDisconnected

            raise ClientDisconnected
        connection = environ.get("werkzeug.socket")
        if connection is None:
            raise ConnectionAbortedError("the simulator hung up")
        connection.shutdown(socket.SHUT_RDWR)
        start_response("200 OK", [])
        return []


def _told(error: HTTPException) -> Response | tuple[Response, int]:
    return jsonify({"error": error.description or error.name}), error.code or 500


def _guarded(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault(
        "Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'"
    )
    return response
