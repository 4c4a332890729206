"""The provider behind Stripe's API (https://docs.stripe.com/api)."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from functions.payments.declines import is_soft
from functions.payments.model.asking import Answer, ProviderName
from functions.payments.model.payments import ChargeAttempt
from functions.payments.providers.port import Offering

if TYPE_CHECKING:
    import httpx

TIMEOUT_S: Final = 10.0
MOST_CONNECTIONS: Final = 16
VERSION: Final = "2025-10-29.clover"
_DECLINED, _NOT_FOUND, _BAD_REQUEST = 402, 404, 400
_FACTORS: Final = {"ISK": 100}
"""Stripe counts these currencies in other units than ISO 4217."""


class Stripe(Offering):
    """The provider behind Stripe's API. `url` is what comes before `/v1`; `transport` takes the wire's place."""

    name: ProviderName = "stripe"

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

    def charge(self, wanted: ChargeAttempt) -> Answer:
        """See Provider."""
        headers = {"Idempotency-Key": wanted.attempt_id}
        return self._ask("POST", "/v1/payment_intents", _of_charge, data=form(wanted), headers=headers)

    def get(self, provider_id: str) -> Answer:
        """See Provider."""
        return self._ask("GET", f"/v1/payment_intents/{provider_id}", _of_get)

    def search(self, attempt_id: str) -> Answer:
        """See Provider."""
        query = {"query": f"metadata['attempt_id']:'{attempt_id}'"}
        return self._ask("GET", "/v1/payment_intents/search", _of_search, params=query)

    def _ask(self, method: str, path: str, read: "Callable[[httpx.Response], Answer]", **more: Any) -> Answer:
        import httpx

        try:
            return read(self._client.request(method, path, **more))
        except httpx.HTTPError as fault:
            return Answer(outcome="unknown", code=type(fault).__name__)
        except (ValueError, KeyError, TypeError, AttributeError):
            return Answer(outcome="unknown", code="unreadable")


def form(wanted: ChargeAttempt) -> dict[str, str]:
    """The form of `POST /v1/payment_intents`; the same for the same attempt, as its idempotency key demands.

    A token is a payment method's id, or `customer/payment method` where it belongs to a customer of Stripe's.
    """
    customer, _, method = wanted.token.rpartition("/")
    fields = {
        "amount": str(wanted.amount_minor * _FACTORS.get(wanted.currency, 1)),
        "currency": wanted.currency.lower(),
        "payment_method": method,
        "payment_method_types[0]": "card" if wanted.method == "card" else "sepa_debit",
        "confirm": "true",
        "off_session": "true",
        "description": wanted.invoice_number,
        "metadata[attempt_id]": wanted.attempt_id,
        "metadata[payment_id]": wanted.payment_id,
        "metadata[invoice_number]": wanted.invoice_number,
    }
    return fields | ({"customer": customer} if customer else {})


def _of_charge(response: "httpx.Response") -> Answer:
    """Only a 402, or a 400 about the request itself, proves that nothing was collected."""
    if response.is_success:
        return _of_intent(response.json())
    if response.status_code not in {_DECLINED, _BAD_REQUEST}:
        return _unclear(response)
    error = response.json()["error"]
    if error["type"] not in {"card_error", "invalid_request_error"}:
        return _unclear(response)
    return _failed(error, (error.get("payment_intent") or {}).get("id", ""))


def _of_get(response: "httpx.Response") -> Answer:
    if response.status_code == _NOT_FOUND and response.json()["error"].get("code") == "resource_missing":
        return Answer(outcome="not_found")
    return _of_intent(response.json()) if response.is_success else _unclear(response)


def _of_search(response: "httpx.Response") -> Answer:
    if not response.is_success:
        return _unclear(response)
    return _best(_of_intent(intent) for intent in response.json()["data"])


def _best(found: Iterable[Answer]) -> Answer:
    """Of several payments for one attempt, the one that collected or may still collect."""
    ranks = {"succeeded": 0, "processing": 1, "unknown": 2, "failed": 3}
    return min(found, key=lambda answer: ranks[answer.outcome], default=Answer(outcome="not_found"))


def _unclear(response: "httpx.Response") -> Answer:
    return Answer(outcome="unknown", code=f"http_{response.status_code}")


def _failed(error: dict[str, Any] | None, provider_id: str) -> Answer:
    said = error or {}
    code = str(said.get("decline_code") or said.get("code") or said.get("type") or "declined")
    soft = is_soft(code, str(said.get("advice_code") or ""))
    return Answer(outcome="failed", provider_id=provider_id, code=code, soft=soft)


def _of_intent(intent: dict[str, Any]) -> Answer:
    """A payment intent as an answer, with our ids from its metadata."""
    labels = intent.get("metadata") or {}
    ours = {name: str(labels.get(name, "")) for name in ("payment_id", "attempt_id")}
    return _of_status(intent).model_copy(update=ours)


def _of_status(intent: dict[str, Any]) -> Answer:
    """What needs the customer has failed: nobody is there to be asked."""
    status, provider_id = str(intent["status"]), str(intent["id"])
    if status == "succeeded":
        amount = int(intent["amount_received"]) // _FACTORS.get(str(intent["currency"]).upper(), 1)
        return Answer(outcome="succeeded", provider_id=provider_id, amount_minor=amount)
    if status == "processing":
        return Answer(outcome="processing", provider_id=provider_id)
    if status == "requires_payment_method":
        return _failed(intent.get("last_payment_error"), provider_id)
    if status in {"requires_action", "canceled"}:
        return Answer(outcome="failed", provider_id=provider_id, code=status)
    return Answer(outcome="unknown", provider_id=provider_id, code=status)
