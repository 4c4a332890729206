"""How the API is reached: who asks, one key for one command, patience, and refusals told as such."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, ParamSpec, Protocol, Self, TypeVar
from urllib.parse import quote
from uuid import uuid4

import httpx
from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T", covariant=True)  # noqa: PLC0105 - of items, which are only read
P = ParamSpec("P")

PATIENCE: Final = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Seconds between the tries of a request that was not answered, or was asked to come again."""
COME_AGAIN: Final = frozenset({408, 429, 500, 502, 503, 504})
LONGEST_WAIT_S: Final = 30.0
"""However long the API asks for (`Retry-After`), nobody sleeps longer between two tries."""


class Page(Protocol[T]):
    """A part of a list, and how to get the next one."""

    @property
    def items(self) -> Sequence[T]:
        """Some of it."""
        ...

    @property
    def next_page_token(self) -> str:
        """Empty at the end."""
        ...


class Refused(Exception):
    """The API refused, in the words of its problem details (RFC 9457); `code` is stable and for machines."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(problem.get("code", ""))
        self.detail = str(problem.get("detail", ""))
        self.errors: list[dict[str, Any]] = list(problem.get("errors", []))
        super().__init__(f"{status} {self.code}: {self.detail} {self.errors or ''}".strip())


class Client:
    """Reaches the API at `url` with a token, or with what gives one anew for each request.

    A command is sent with one `Idempotency-Key` however often it is tried: it takes effect once. Give `key` where
    your own program may be restarted. Raises Refused, or httpx's own errors where nobody answered for ten seconds.
    """

    def __init__(
        self, url: str, token: str | Callable[[], str], *, http: httpx.Client | None = None, timeout_s: float = 60
    ) -> None:
        self._token = token if callable(token) else lambda: token
        self._http = http or httpx.Client(base_url=url, timeout=timeout_s)
        self._open()

    def _open(self) -> None:
        """Opens the areas."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends its connections."""
        self._http.close()

    def send(self, method: str, path: str, headers: Mapping[str, str], **request: Any) -> httpx.Response:
        """One request, tried again while nobody answers or it is asked to come again."""
        for wait in (*PATIENCE, None):
            told = None
            try:
                told = self._http.request(method, path, headers={**headers, **self._identity()}, **request)
            except httpx.TransportError:
                if wait is None:
                    raise
            else:
                if wait is None or told.status_code not in COME_AGAIN:
                    return _must_be_done(told)
            time.sleep(max(wait, _asked_to_wait(told)))
        raise AssertionError("the last try returns or raises")

    def _identity(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token()}"}


class Area:
    """The operations of one area."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def _ask(
        self,
        method: str,
        path: str,
        gives: type[M],
        *,
        query: Mapping[str, Any] | None = None,
        body: BaseModel | None = None,
        key: str = "",
    ) -> M:
        content = body.model_dump_json(exclude_unset=True).encode() if body is not None else None
        headers = {"Content-Type": "application/json", **_key(method, key)} if method != "GET" else {}
        told = self._client.send(method, path, headers, params=_said(query or {}), content=content)
        return gives.model_validate_json(told.content)

    def _file(self, method: str, path: str, *, query: Mapping[str, Any] | None = None) -> bytes:
        return self._client.send(method, path, {}, params=_said(query or {})).content

    def _upload(self, method: str, path: str, gives: type[M], *, body: bytes, media: str, key: str = "") -> M:
        told = self._client.send(method, path, {"Content-Type": media, **_key(method, key)}, content=body)
        return gives.model_validate_json(told.content)


def every(operation: Callable[P, Page[T]], *args: P.args, **asked: P.kwargs) -> Iterator[T]:
    """Every item of a list, page by page: `every(billing.invoicing.list_invoices, member_id=…)`."""
    token = ""
    while True:
        following: Any = {**asked, "page_token": token}
        page = operation(*args, **following)
        yield from page.items
        token = page.next_page_token
        if not token:
            return


def part(value: str | int) -> str:
    """A value as one part of a path, whatever it holds."""
    return quote(str(value), safe="")


def _key(method: str, key: str) -> dict[str, str]:
    return {"Idempotency-Key": key or uuid4().hex} if method != "GET" else {}


def _said(query: Mapping[str, Any]) -> dict[str, str]:
    """What is not empty, as the address line says it."""
    return {name: _word(value) for name, value in query.items() if value not in (None, "")}


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def _must_be_done(told: httpx.Response) -> httpx.Response:
    if told.is_success:
        return told
    is_problem = told.headers.get("content-type", "").startswith("application/problem+json")
    raise Refused(told.status_code, told.json() if is_problem else {"detail": told.text[:200]})


def _asked_to_wait(told: httpx.Response | None) -> float:
    """The seconds that `Retry-After` asks for, as a number or a moment (RFC 9110, 10.2.3); 0 where it says nothing."""
    said = told.headers.get("retry-after", "") if told is not None else ""
    if said.isdecimal():
        return min(int(said[:9]), LONGEST_WAIT_S)
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), LONGEST_WAIT_S)
