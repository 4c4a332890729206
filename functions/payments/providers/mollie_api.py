"""Mollie's API as it travels: JSON, a bearer's key, lists by links, errors with a status and a field.

https://docs.mollie.com/reference/handling-errors: only Mollie's own refusal of a request proves that nothing was done.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from functions.payments.providers.circuit import seconds_asked_for

if TYPE_CHECKING:
    import httpx

TIMEOUT_S: Final = 10.0
MOST_CONNECTIONS: Final = 16
PAGE: Final = 250
"""The most that one page of a list holds."""
MOST_PAGES: Final = 400
_NO: Final = frozenset({400, 410, 422})
_NOT_FOUND: Final = frozenset({404, 410})
_ID: Final = re.compile(r"[a-z]{2,10}_[A-Za-z0-9]{1,40}")
Json = dict[str, Any]


class Silent(Exception):
    """Nothing that can be relied on was answered; how long we are asked to wait, where that is said."""

    def __init__(self, code: str, retry_after_s: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after_s = retry_after_s


class Refused(Exception):
    """A clear no of Mollie's: nothing was done. `field` is what it is about."""

    def __init__(self, code: str, *, missing: bool = False, field: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.missing = missing
        self.field = field


class Api:
    """One profile of Mollie's. `transport` takes the wire's place."""

    def __init__(self, url: str, key: str, transport: "httpx.BaseTransport | None" = None) -> None:
        import httpx

        self._client = httpx.Client(
            base_url=f"{url.rstrip('/')}/v2/",
            headers={"Authorization": f"Bearer {key}"},
            timeout=TIMEOUT_S,
            trust_env=False,
            limits=httpx.Limits(max_connections=MOST_CONNECTIONS),
            transport=transport,
        )

    def make(self, path: str, asked: Json, key: str) -> Json:
        """What a request makes; under the same key within the hour it is made once. Refused or Silent."""
        return self._asked("POST", path, json=asked, headers={"Idempotency-Key": key})

    def get(self, path: str, **query: str) -> Json:
        """One resource. Refused or Silent."""
        return self._asked("GET", path, params=query)

    def cancel(self, path: str) -> Json:
        """A resource that is not wanted any more, as it is then. Refused or Silent."""
        return self._asked("DELETE", path)

    def each(self, path: str, name: str, **query: str) -> Iterator[Json]:
        """Every resource of a list, newest first, page by page. Refused, or Silent where it is longer than we go."""
        asked = {"limit": str(PAGE), **query}
        for _ in range(MOST_PAGES):
            said = self.get(path, **asked)
            yield from said["_embedded"][name]
            following = _cursor((said.get("_links") or {}).get("next"))
            if not following:
                return
            asked = {**asked, "from": following}
        raise Silent("list_too_long")

    def _asked(self, method: str, path: str, **more: Any) -> Json:
        import httpx

        try:
            response = self._client.request(method, path, **more)
        except httpx.HTTPError as fault:
            raise Silent(type(fault).__name__) from fault
        return _read(response)


def safe(provider_id: str) -> str:
    """An id as it may stand in a path; Refused (missing) where Mollie can't have made it."""
    if not _ID.fullmatch(provider_id):
        raise Refused("no_such_id", missing=True)
    return provider_id


def _cursor(link: Any) -> str:
    """The `from` of the next page's address: its host is not asked, only ours is."""
    found = re.search(r"[?&]from=([a-z]{2,10}_[A-Za-z0-9]{1,40})(?:&|$)", str((link or {}).get("href") or ""))
    return found[1] if found else ""


def _read(response: "httpx.Response") -> Json:
    try:
        said = response.json()
    except ValueError as fault:
        raise _silent(response, "unreadable" if response.is_success else "") from fault
    if response.is_success and isinstance(said, dict):
        return said
    known = isinstance(said, dict) and said.get("status") == response.status_code and bool(said.get("title"))
    field = str(said.get("field") or "") if isinstance(said, dict) else ""
    if known and response.status_code in _NOT_FOUND:
        raise Refused("not_found", missing=True)
    if known and response.status_code in _NO:
        raise Refused(f"mollie_{field}" if field else "mollie_refused", field=field)
    raise _silent(response)


def _silent(response: "httpx.Response", code: str = "") -> Silent:
    return Silent(code or f"http_{response.status_code}", seconds_asked_for(response.headers))
