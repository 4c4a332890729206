"""Stripe's errors, in Stripe's own words and shape."""

from typing import Any

HARD = frozenset(
    {
        "lost_card",
        "stolen_card",
        "pickup_card",
        "fraudulent",
        "restricted_card",
        "invalid_account",
        "do_not_try_again",
        "revocation_of_authorization",
        "stop_payment_order",
        "transaction_not_allowed",
        "account_closed",
        "debit_not_authorized",
    }
)
# Declines that are a code of their own and carry no decline code.
_OWN_CODE = frozenset({"expired_card", "incorrect_cvc", "incorrect_number", "processing_error"})
_MESSAGES = {
    "insufficient_funds": "Your card has insufficient funds.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
}
CARD_ERROR = 402
CONFLICT_OF_KEYS = 400


class StripeError(Exception):
    """An error answer: the HTTP status and the `error` object."""

    def __init__(self, status: int, kind: str, message: str, *, retry_after: int = 0, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after
        self.error = {"message": message, "type": kind, **more}


def invalid(message: str, param: str = "", code: str = "", status: int = 400) -> StripeError:
    """An `invalid_request_error`."""
    more: dict[str, Any] = {name: value for name, value in (("code", code), ("param", param)) if value}
    return StripeError(status, "invalid_request_error", message, **more)


def limited(wait: int) -> StripeError:
    """The refusal to be asked so often; `wait` goes out as Retry-After."""
    message = "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits."
    return StripeError(429, "invalid_request_error", message, retry_after=wait, code="rate_limit")


def missing(kind: str, name: str, param: str, status: int = 404) -> StripeError:
    """The error for an id nothing is known under."""
    return invalid(f"No such {kind}: '{name}'", param, "resource_missing", status)


def reused_key(key: str) -> StripeError:
    """The error for an idempotency key that comes with other parameters than before."""
    return StripeError(
        CONFLICT_OF_KEYS,
        "idempotency_error",
        "Keys for idempotent requests can only be used with the same parameters they were first used with. "
        f"Try using a key other than '{key}' if you meant to execute a different request.",
    )


def decline(reason: str, charge: str, method: dict[str, Any]) -> dict[str, Any]:
    """The `card_error` for a decline code; hard declines advise not to try again."""
    own = reason in _OWN_CODE or reason == "authentication_required"
    error = {
        "advice_code": "do_not_try_again" if reason in HARD else "try_again_later",
        "charge": charge,
        "code": reason if own else "card_declined",
        "doc_url": f"https://stripe.com/docs/error-codes/{reason if own else 'card-declined'}",
        "message": _MESSAGES.get(reason, "Your card was declined."),
        "payment_method": method,
        "type": "card_error",
    }
    return error if reason in _OWN_CODE else {**error, "decline_code": reason}
