"""GoCardless's API as it travels: JSON in envelopes, lists by cursor, errors with reasons.

https://developer.gocardless.com/api-reference: what was not understood, or not answered, is never taken for a no.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from functions.payments.providers.circuit import seconds_asked_for
from functions.payments.webhooks.gocardless import is_id

if TYPE_CHECKING:
    import httpx

VERSION: Final = "2015-07-06"
TIMEOUT_S: Final = 10.0
MOST_CONNECTIONS: Final = 16
PAGE: Final = 500
"""The most that one page of a list holds."""
MOST_PAGES: Final = 400
_FINAL: Final = frozenset({400, 404, 409, 410, 422})
_NOT_FOUND: Final = 404
_NO_TYPES: Final = frozenset({"validation_failed", "invalid_state"})
_NO_REASONS: Final = frozenset({"link_not_found"})
Json = dict[str, Any]


class Silent(Exception):
    """Nothing that can be relied on was answered: no answer, one that can't be read, or a fault of theirs."""

    def __init__(self, code: str, wait_s: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.wait_s = wait_s
        """How long they want to be left alone (1,000 requests a minute are allowed)."""


class Refused(Exception):
    """A clear no: nothing was done. `reasons` are in their words, `conflicting` is what the same key made before."""

    def __init__(self, status: int, error: Json) -> None:
        super().__init__(str(error.get("message", "")))
        found = [one for one in error.get("errors") or () if isinstance(one, dict)]
        self.status = status
        self.type = str(error.get("type", ""))
        self.reasons = tuple(str(one["reason"]) for one in found if one.get("reason"))
        links = [one["links"] for one in found if isinstance(one.get("links"), dict)]
        self.conflicting = next((str(one["conflicting_resource_id"]) for one in links if _conflicts(one)), "")

    @property
    def code(self) -> str:
        """The first reason, or the kind of error."""
        return self.reasons[0] if self.reasons else self.type

    @property
    def missing(self) -> bool:
        """Whether there is nothing under that id."""
        return self.status == _NOT_FOUND and "link_not_found" not in self.reasons


class Api:
    """One account of GoCardless's. `transport` takes the wire's place."""

    def __init__(self, url: str, token: str, transport: "httpx.BaseTransport | None" = None) -> None:
        import httpx

        self._client = httpx.Client(
            base_url=url.rstrip("/"),
            headers={"Authorization": f"Bearer {token}", "GoCardless-Version": VERSION, "Accept": "application/json"},
            timeout=TIMEOUT_S,
            trust_env=False,
            limits=httpx.Limits(max_connections=MOST_CONNECTIONS),
            transport=transport,
        )

    def get(self, name: str, thing_id: str) -> Json:
        """One thing of a kind; Refused or Silent. An id that can be none of theirs is never asked for."""
        if not is_id(thing_id):
            raise Refused(_NOT_FOUND, {"type": "invalid_api_usage", "message": "no id of GoCardless's"})
        return _object(self._ask("GET", f"/{name}/{thing_id}"), name)

    def make(self, name: str, wanted: Json, key: str = "") -> Json:
        """A new thing, made once for a key: with the same key again it is the one that was made before."""
        headers = {"Idempotency-Key": key} if key else {}
        try:
            return _object(self._ask("POST", f"/{name}", json={name: wanted}, headers=headers), name)
        except Refused as refusal:
            if refusal.conflicting:
                return self.get(name, refusal.conflicting)
            raise

    def act(self, name: str, thing_id: str, action: str) -> Json:
        """The thing after an action, which is done once however often it is asked for; Refused or Silent."""
        if not is_id(thing_id):
            raise Refused(_NOT_FOUND, {"type": "invalid_api_usage", "message": "no id of GoCardless's"})
        return _object(self._ask("POST", f"/{name}/{thing_id}/actions/{action}", json={}), name)

    def each(self, name: str, **asked: str) -> Iterator[Json]:
        """Every thing of a kind that meets the conditions, page by page; Silent `too_many` after 200,000."""
        after = ""
        for _ in range(MOST_PAGES):
            body = self._ask(
                "GET", f"/{name}", params={**asked, "limit": str(PAGE)} | ({"after": after} if after else {})
            )
            yield from _things(body, name)
            after = _cursor(body)
            if not after:
                return
        raise Silent("too_many")

    def _ask(self, method: str, path: str, **more: Any) -> Json:
        import httpx

        try:
            response = self._client.request(method, path, **more)
            body = response.json()
        except httpx.HTTPError as fault:
            raise Silent(type(fault).__name__) from fault
        except ValueError as fault:
            raise _no_json(response) from fault
        if not isinstance(body, dict):
            raise Silent("unreadable")
        if response.is_success:
            return body
        raise _refusal(response.status_code, body, seconds_asked_for(response.headers))


def _refusal(status: int, body: Json, wait_s: int) -> Exception:
    error = body.get("error")
    if status not in _FINAL or not isinstance(error, dict):
        return Silent(f"http_{status}", wait_s)
    refusal = Refused(status, error)
    clear = refusal.type in _NO_TYPES or _NO_REASONS & set(refusal.reasons) or refusal.missing
    return refusal if clear or status == 410 else Silent(refusal.code or f"http_{status}")  # noqa: PLR2004 - gone


def _no_json(response: "httpx.Response") -> Silent:
    """Something on the way answered, or the answer broke off."""
    wait_s = seconds_asked_for(response.headers)
    return Silent("unreadable" if response.is_success else f"http_{response.status_code}", wait_s)


def _conflicts(links: Mapping[str, Any]) -> bool:
    return isinstance(links.get("conflicting_resource_id"), str)


def _object(body: Json, name: str) -> Json:
    found = body.get(name)
    if not isinstance(found, dict):
        raise Silent("unreadable")
    return found


def _things(body: Json, name: str) -> list[Json]:
    found = body.get(name)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Silent("unreadable")
    return found


def _cursor(body: Json) -> str:
    try:
        return str(body["meta"]["cursors"]["after"] or "")
    except (KeyError, TypeError) as fault:
        raise Silent("unreadable") from fault
