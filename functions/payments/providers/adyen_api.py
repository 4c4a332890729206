"""Adyen's APIs as they travel: JSON, one key, errors in Adyen's own envelope.

https://docs.adyen.com/development-resources/response-handling: only Adyen's own word that a request was not valid
proves that nothing was done. What comes instead of an answer, from a proxy or from nobody, is never taken for a no.
"""

import re
from typing import TYPE_CHECKING, Any, Final

from functions.payments.providers.circuit import seconds_asked_for

if TYPE_CHECKING:
    import httpx

VERSION: Final = "v71"
TIMEOUT_S: Final = 10.0
REPORT_TIMEOUT_S: Final = 60.0
MOST_CONNECTIONS: Final = 16
LARGEST_REPORT: Final = 64 * 1024 * 1024
"""Bytes; a larger one is refused before it fills the memory."""
IN_PROGRESS: Final = "704"
"""The same key is being worked on, so what becomes of it is open."""
_NO: Final = frozenset({400, 422})
_NOT_FOUND: Final = 404
_ID: Final = re.compile(r"[A-Za-z0-9]{1,40}")
Json = dict[str, Any]


class Silent(Exception):
    """Nothing that can be relied on was answered; how long we are asked to wait, where that is said."""

    def __init__(self, code: str, retry_after_s: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after_s = retry_after_s


class Refused(Exception):
    """A clear no of Adyen's: nothing was done."""

    def __init__(self, code: str, *, missing: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.missing = missing


class Api:
    """One merchant account of Adyen's: the Checkout API at `url`, the Customer Area's services at `area`."""

    def __init__(self, url: str, area: str, key: str, transport: "httpx.BaseTransport | None" = None) -> None:
        import httpx

        self._checkout = f"{url.rstrip('/')}/{VERSION}"
        self._area = area.rstrip("/")
        self._client = httpx.Client(
            headers={"X-API-Key": key},
            timeout=TIMEOUT_S,
            trust_env=False,
            limits=httpx.Limits(max_connections=MOST_CONNECTIONS),
            transport=transport,
        )

    def post(self, path: str, asked: Json, key: str) -> Json:
        """What Checkout makes of a request; under the same key it is done once. Refused or Silent."""
        return self._asked("POST", self._checkout + path, json=asked, headers={"Idempotency-Key": key})

    def change(self, path: str, asked: Json) -> Json:
        """What Checkout has after a change. Refused or Silent."""
        return self._asked("PATCH", self._checkout + path, json=asked)

    def get(self, path: str, **query: str) -> Json:
        """What Checkout shows. Refused or Silent."""
        return self._asked("GET", self._checkout + path, params=query)

    def service(self, name: str, asked: Json, key: str) -> Json:
        """What a service of the Customer Area makes of a request. Refused or Silent."""
        return self._asked("POST", f"{self._area}/ca/services/{name}", json=asked, headers={"Idempotency-Key": key})

    def report(self, merchant: str, name: str) -> bytes:
        """A report's bytes. Its address is ours, never one we were told; no redirect is followed. Refused, Silent."""
        import httpx

        url = f"{self._area}/reports/download/MerchantAccount/{merchant}/{name}"
        try:
            with self._client.stream("GET", url, timeout=REPORT_TIMEOUT_S) as response:
                if response.status_code == _NOT_FOUND:
                    raise Refused("no_such_report", missing=True)
                if not response.is_success:
                    raise Silent(f"http_{response.status_code}")
                return _whole(response)
        except httpx.HTTPError as fault:
            raise Silent(type(fault).__name__) from fault

    def _asked(self, method: str, url: str, **more: Any) -> Json:
        import httpx

        try:
            response = self._client.request(method, url, **more)
        except httpx.HTTPError as fault:
            raise Silent(type(fault).__name__) from fault
        return _read(response)


def safe(provider_id: str) -> str:
    """An id as it may stand in a path; Refused (missing) where Adyen can't have made it."""
    if not _ID.fullmatch(provider_id):
        raise Refused("no_such_id", missing=True)
    return provider_id


def _whole(response: "httpx.Response") -> bytes:
    body = bytearray()
    for part in response.iter_bytes():
        body += part
        if len(body) > LARGEST_REPORT:
            raise Silent("report_too_large")
    return bytes(body)


def _read(response: "httpx.Response") -> Json:
    try:
        said = response.json()
    except ValueError as fault:
        raise _silent(response, "unreadable" if response.is_success else "") from fault
    if response.is_success and isinstance(said, dict):
        return said
    code = str(said.get("errorCode") or "") if isinstance(said, dict) else ""
    if response.status_code == _NOT_FOUND and code:
        raise Refused(f"adyen_{code}", missing=True)
    if response.status_code in _NO and code and code != IN_PROGRESS and said.get("errorType") == "validation":
        raise Refused(f"adyen_{code}")
    raise _silent(response, f"adyen_{code}" if code else "")


def _silent(response: "httpx.Response", code: str = "") -> Silent:
    return Silent(code or f"http_{response.status_code}", seconds_asked_for(response.headers))
