"""Stripe's API over HTTP: an answer is the object asked for, a refusal that proves something, or silence."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from functions.payments.declines import is_soft
from functions.payments.model.asking import Answer
from functions.payments.providers.circuit import seconds_asked_for

if TYPE_CHECKING:
    import httpx

Json = dict[str, Any]
TIMEOUT_S: Final = 10.0
MOST_CONNECTIONS: Final = 16
VERSION: Final = "2025-10-29.clover"
PAGE: Final = 100
_PROVING: Final = {400, 402, 404}
_SAYING_NO: Final = {"card_error", "invalid_request_error"}
_FACTORS: Final = {"ISK": 100, "UGX": 100}
"""Stripe counts these currencies in other units than ISO 4217 (https://docs.stripe.com/currencies)."""
UNREADABLE: Final = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What reading an answer raises that is not what it should be."""


class SilentError(Exception):
    """Stripe said nothing we can rely on; `code` says how: `http_500`, `ReadTimeout`, `unreadable`."""

    def __init__(self, code: str, retry_after_s: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after_s = retry_after_s


class RefusedError(Exception):
    """Stripe refused, and that proves that nothing was done."""

    def __init__(self, status: int, error: Json) -> None:
        self.status, self.error = status, error
        self.code = str(error.get("decline_code") or error.get("code") or error["type"])
        super().__init__(self.code)

    @property
    def is_missing(self) -> bool:
        """Whether there is no such object."""
        return self.error.get("code") == "resource_missing"


class Api:
    """One connection pool to `url` (what comes before `/v1`); nothing is sent twice by itself."""

    def __init__(self, url: str, key: str, transport: "httpx.BaseTransport | None" = None) -> None:
        import httpx

        self._client = httpx.Client(
            base_url=url.rstrip("/"),
            headers={"Authorization": f"Bearer {key}", "Stripe-Version": VERSION},
            timeout=TIMEOUT_S,
            trust_env=False,
            limits=httpx.Limits(max_connections=MOST_CONNECTIONS),
            transport=transport,
        )

    def get(self, path: str, **fields: str) -> Json:
        """An object, or a list's page; SilentError, RefusedError."""
        return self._ask("GET", path, params=_bracketed(fields))

    def post(self, path: str, form: Mapping[str, str], key: str) -> Json:
        """What became of asking for something, once a key; SilentError, RefusedError."""
        return self._ask("POST", path, data=dict(form), headers={"Idempotency-Key": key})

    def each(self, path: str, **fields: str) -> Iterator[Json]:
        """Every object of a list, page by page, newest first; SilentError, RefusedError."""
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, limit=str(PAGE), **fields, **cursor)
            yield from page["data"]
            if not page["has_more"]:
                return
            following = {"starting_after": str(page["data"][-1]["id"])}
            if following == cursor:
                raise ValueError("the list stands still")
            cursor = following

    def _ask(self, method: str, path: str, **more: Any) -> Json:
        import httpx

        try:
            response = self._client.request(method, path, **more)
        except httpx.HTTPError as fault:
            raise SilentError(type(fault).__name__) from fault
        try:
            return _said(response)
        except UNREADABLE as fault:
            raise (SilentError("unreadable") if response.is_success else _silent(response)) from fault


def _said(response: "httpx.Response") -> Json:
    if response.is_success:
        body: Json = response.json()
        if "object" not in body:
            raise ValueError("whatever Stripe says, it says what it is")
        return body
    if response.status_code not in _PROVING:
        raise _silent(response)
    error = response.json()["error"]
    if error["type"] not in _SAYING_NO:
        raise _silent(response)
    raise RefusedError(response.status_code, error)


def _silent(response: "httpx.Response") -> SilentError:
    """What proves nothing, with the time Stripe wants to be left alone."""
    return SilentError(f"http_{response.status_code}", seconds_asked_for(response.headers))


def _bracketed(fields: Mapping[str, str]) -> list[tuple[str, str]]:
    """Names as Stripe wants them: `created__gte` is `created[gte]`, and `expand=a,b` is `expand[]` twice."""
    pairs: list[tuple[str, str]] = []
    for name, value in fields.items():
        if name in {"expand", "types"}:
            pairs += [(f"{name}[]", one) for one in value.split(",")]
        else:
            head, _, inner = name.partition("__")
            pairs.append((f"{head}[{inner}]" if inner else name, value))
    return pairs


def one(path: str, name: str) -> str:
    """The path of an object; whatever its id is, it stays below `path`."""
    from urllib.parse import quote

    return f"{path}/{quote(name, safe='')}"


def to_stripe(minor: int, currency: str) -> str:
    """An amount of ours as Stripe counts it."""
    return str(minor * _FACTORS.get(currency.upper(), 1))


def from_stripe(amount: Any, currency: Any) -> int:
    """An amount of Stripe's in minor units; ValueError where it has a fraction of one, or is no whole number."""
    if type(amount) is not int:
        raise ValueError(f"{amount!r} is no amount")
    whole, rest = divmod(amount, _FACTORS.get(str(currency).upper(), 1))
    if rest:
        raise ValueError(f"{amount} {currency} has a fraction of a minor unit")
    return whole


def moment(seconds: Any) -> datetime:
    """A moment of Stripe's."""
    return datetime.fromtimestamp(int(seconds), UTC)


def id_of(value: Any) -> str:
    """The id of what Stripe gives as an id or, expanded, as an object; empty for neither."""
    return str(value["id"] if isinstance(value, dict) else value or "")


def labels(thing: Json) -> dict[str, str]:
    """What we have written on an object of Stripe's."""
    return {str(name): str(value) for name, value in (thing.get("metadata") or {}).items()}


def declined(error: Json | None, provider_id: str) -> Answer:
    """A failure, by what Stripe says of it."""
    said = error or {}
    code = str(said.get("decline_code") or said.get("code") or said.get("type") or "declined")
    return Answer(
        outcome="failed", provider_id=provider_id, code=code, soft=is_soft(code, str(said.get("advice_code") or ""))
    )
