"""The areas' APIs, asked in the name of the signed-in person."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import httpx

from common.access import Caller

TIMEOUT_S: Final = 20
AT_ONCE: Final = 4
"""Questions asked side by side for one page."""

Params = Mapping[str, str | int]
TITLES: Final = {
    400: "This was not understood",
    401: "Sign in again",
    403: "Your role may not do this",
    404: "Not found",
    405: "Not found",
    409: "Not in its present state",
    413: "Too much at once",
    422: "Please check what was typed",
    429: "Too often",
    503: "Not available right now",
}
"""What a status means to the person who asked."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in, what they may do, and the proxy's assertion that says so."""

    caller: Caller
    assertion: str

    @property
    def email(self) -> str:
        """Their address."""
        return self.caller.name.partition(":")[2]

    def may(self, scope: str) -> bool:
        """Whether their roles include a scope."""
        return scope in self.caller.scopes


class Refused(Exception):
    """An API said no, or could not be reached (`unknown`: it may have acted nevertheless)."""

    def __init__(self, status: int, title: str, detail: str, code: str, errors: tuple[str, ...] = ()) -> None:
        super().__init__(f"{code}: {detail}")
        self.status = status
        self.title = title
        self.detail = detail
        self.code = code
        self.errors = errors

    @property
    def unknown(self) -> bool:
        """Nobody knows whether it was done: trying again must carry the same key."""
        return self.status >= httpx.codes.INTERNAL_SERVER_ERROR


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a page: what an API answered, or why there is nothing."""

    body: dict[str, Any] = field(default_factory=dict)
    refusal: Refused | None = None

    @property
    def items(self) -> list[dict[str, Any]]:
        """A list's entries."""
        found: list[dict[str, Any]] = self.body.get("items", [])
        return found

    @property
    def more(self) -> str:
        """Where the next page of a list begins; empty at the end."""
        return str(self.body.get("next_page_token", ""))

    @property
    def trouble(self) -> str:
        """Why there is nothing, in a few words; empty when there is an answer."""
        if self.refusal is None:
            return ""
        known = {401: "Sign in again to see this.", 403: "Your role may not see this.", 404: "Not available."}
        return known.get(self.refusal.status, f"Not available right now ({self.refusal.code}).")


class Billing:
    """The platform as one person sees it. Every method raises Refused where the platform says no."""

    def __init__(self, person: Person, http: httpx.Client) -> None:
        self._http = http
        self._headers = {"X-Goog-IAP-JWT-Assertion": person.assertion}

    def get(self, path: str, **params: str | int) -> dict[str, Any]:
        """A JSON answer; empty parameters are left out."""
        answer: dict[str, Any] = self._asked("GET", path, params=_given(params)).json()
        return answer

    def file(self, path: str) -> bytes:
        """A file's bytes."""
        return self._asked("GET", path).content

    def stream(self, path: str, **params: str | int) -> tuple[str, Iterator[bytes]]:
        """A file's media type and its bytes while they come; what is refused is refused before the first of them."""
        asked = self._http.build_request("GET", path, params=_given(params), headers=self._headers)
        try:
            response = self._http.send(asked, stream=True)
            if not response.is_success:
                response.read()
                raise _refusal(response)
        except httpx.HTTPError as fault:
            raise Refused(503, "Not reachable", "The billing platform did not answer.", "not_reachable") from fault
        return response.headers.get("Content-Type", "application/octet-stream"), _passed_on(response)

    def post(self, path: str, body: Mapping[str, Any], key: str) -> dict[str, Any]:
        """Does something once for each key."""
        answer: dict[str, Any] = self._asked("POST", path, json=dict(body), headers={"Idempotency-Key": key}).json()
        return answer

    def part(self, path: str, **params: str | int) -> Part:
        """The answer as a part of a page, which shows a refusal in its place."""
        try:
            return Part(self.get(path, **params))
        except Refused as refusal:
            return Part(refusal=refusal)

    def parts(self, **wanted: tuple[str, Params]) -> dict[str, Part]:
        """Several parts, asked side by side."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            asked = {name: pool.submit(self.part, path, **params) for name, (path, params) in wanted.items()}
            return {name: answer.result() for name, answer in asked.items()}

    def _asked(self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, headers={**self._headers, **(headers or {})}, **more)
        except httpx.HTTPError as fault:
            raise Refused(503, "Not reachable", "The billing platform did not answer.", "not_reachable") from fault
        if not response.is_success:
            raise _refusal(response)
        return response


@lru_cache(maxsize=4)
def connection(base_url: str) -> httpx.Client:
    """This process's connections to the platform."""
    return httpx.Client(base_url=base_url, timeout=TIMEOUT_S, trust_env=False)


def identity_assertion(issuer_url: str, email: str, audience: str) -> str:
    """What the proxy would send for one of the local people, from the development issuer; Refused otherwise."""
    asked = {"email": email, "audience": audience}
    return _reached(lambda: httpx.post(f"{issuer_url}/iap", json=asked, timeout=TIMEOUT_S, trust_env=False))


def _reached(ask: Callable[[], httpx.Response]) -> str:
    try:
        return str(ask().raise_for_status().json()["token"])
    except (httpx.HTTPError, ValueError, KeyError) as fault:
        raise Refused(503, "Not reachable", "The issuer of identities did not answer.", "not_reachable") from fault


def _passed_on(response: httpx.Response) -> Iterator[bytes]:
    try:
        yield from response.iter_bytes()
    finally:
        response.close()


def _given(params: Params) -> dict[str, str | int]:
    return {name: value for name, value in params.items() if value != ""}


def _refusal(response: httpx.Response) -> Refused:
    try:
        told = response.json()
    except ValueError:
        told = {}
    errors = tuple(_error(fault) for fault in told.get("errors", []))
    title = TITLES.get(response.status_code, str(told.get("title", response.reason_phrase)))
    return Refused(
        response.status_code, title, str(told.get("detail", "")), str(told.get("code", "unreadable")), errors
    )


def _error(fault: Mapping[str, Any]) -> str:
    """What is wrong with one field: `/cut_off` is `Cut off`."""
    name = str(fault.get("pointer", "")).strip("/").replace("/", ", ").replace("_", " ")
    return f"{name.capitalize()}: {fault.get('detail', '')}" if name else str(fault.get("detail", ""))
