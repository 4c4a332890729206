"""What a request asks of Stripe: the form read and checked as Stripe checks it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from emulators.stripe.faults import invalid, missing

_PAYMENT = frozenset(
    {
        "amount",
        "currency",
        "customer",
        "payment_method",
        "confirm",
        "off_session",
        "metadata",
        "description",
        "statement_descriptor",
        "statement_descriptor_suffix",
        "payment_method_types",
        "automatic_payment_methods",
        "receipt_email",
        "expand",
        "mandate",
        "setup_future_usage",
        "transfer_group",
        "return_url",
        "error_on_requires_action",
    }
)
_REFUND = frozenset(["payment_intent", "charge", "amount", "reason", "metadata", "expand"])
_REASONS = frozenset({"", "duplicate", "fraudulent", "requested_by_customer"})
_LEAST = {"eur": 50, "usd": 50, "gbp": 30, "pln": 200, "czk": 1500, "huf": 17500, "ron": 200, "sek": 300, "dkk": 250}
_MOST = 99_999_999
_LABELS, _LABEL_KEY, _LABEL_VALUE = 50, 40, 500


@dataclass(frozen=True)
class Payment:
    """A payment to make at once, without its customer being there."""

    amount: int
    currency: str
    customer: str | None
    method: str
    off_session: bool
    metadata: dict[str, str] = field(default_factory=dict)
    description: str | None = None
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refund:
    """Money to give back from a payment or charge; no amount means all that is left."""

    intent: str
    charge: str
    amount: int | None
    reason: str | None
    metadata: dict[str, str]


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """A form with bracketed names as nested objects; names that end in [] or [0] gather a list."""
    read: dict[str, Any] = {}
    for name, value in pairs:
        *path, last = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name) or [name]
        if last == "" or (path and last.isdecimal()):
            gathered = _inside(read, path[:-1], name).setdefault(path[-1], [])
            if not isinstance(gathered, list):
                raise invalid(f"Invalid {path[0]}", name)
            gathered.append(value)
        else:
            _inside(read, path, name)[last] = value
    return read


def _inside(read: dict[str, Any], path: list[str], name: str) -> dict[str, Any]:
    """The object a path of names leads to, made where it is not there yet."""
    here = read
    for step in path:
        here = here.setdefault(step, {})
        if not isinstance(here, dict):
            raise invalid(f"Invalid {path[0]}", name)
    return here


def payment(form: dict[str, Any]) -> Payment:
    """The payment a form asks for; raises StripeError as Stripe would."""
    known(form, _PAYMENT)
    currency = in_currency(needed(form, "currency"))
    if form.get("confirm") != "true":
        raise invalid("The simulator serves only payments that are made at once: send confirm=true.", "confirm")
    return Payment(
        amount=total(str(needed(form, "amount")), currency),
        currency=currency,
        customer=_named(form, "customer", ("cus_",)),
        method=_named(form, "payment_method", ("pm_", "card_", "src_")) or needed(form, "payment_method"),
        off_session=form.get("off_session", "false") != "false",
        metadata=labels(form),
        description=form.get("description") or None,
        kinds=tuple(form.get("payment_method_types") or ()),
    )


def in_currency(value: Any) -> str:
    """A currency as Stripe writes it; raises StripeError."""
    currency = str(value).lower()
    if not re.fullmatch("[a-z]{3}", currency):
        raise invalid(f"Invalid currency: {currency}.", "currency")
    return currency


def refund(form: dict[str, Any]) -> Refund:
    """The refund a form asks for; raises StripeError as Stripe would."""
    known(form, _REFUND)
    if not (form.get("payment_intent") or form.get("charge")):
        raise invalid("One of the following params should be provided for this request: payment_intent or charge.")
    if form.get("reason", "") not in _REASONS:
        raise invalid("Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer", "reason")
    return Refund(
        intent=form.get("payment_intent", ""),
        charge=form.get("charge", ""),
        amount=_whole(form["amount"]) if "amount" in form else None,
        reason=form.get("reason") or None,
        metadata=labels(form),
    )


def known(form: dict[str, Any], names: frozenset[str]) -> None:
    """Raises StripeError for a parameter that is not among the names."""
    if unknown := sorted(set(form) - names):
        raise invalid(f"Received unknown parameter: {unknown[0]}", unknown[0], "parameter_unknown")


def needed(form: dict[str, Any], name: str) -> Any:
    """A parameter that must be there; raises StripeError."""
    if not form.get(name):
        raise invalid(f"Missing required param: {name}.", name, "parameter_missing")
    return form[name]


def _named(form: dict[str, Any], name: str, prefixes: tuple[str, ...]) -> str | None:
    value = form.get(name)
    if not value:
        return None
    if not str(value).startswith(prefixes):
        kind = {"customer": "customer", "payment_method": "PaymentMethod"}[name]
        raise missing(kind, str(value), name, 400)
    return str(value)


def _whole(text: str) -> int:
    if not re.fullmatch(r"\d{1,12}", text):
        raise invalid(f"Invalid integer: {text}", "amount", "parameter_invalid_integer")
    if int(text) < 1:
        raise invalid("This value must be greater than or equal to 1.", "amount", "parameter_invalid_integer")
    return int(text)


def total(text: str, currency: str) -> int:
    """An amount within Stripe's limits; raises StripeError."""
    amount = _whole(text)
    if amount < _LEAST.get(currency, 1):
        raise invalid(
            f"Amount must be at least {_LEAST[currency]} in {currency}'s minor unit", "amount", "amount_too_small"
        )
    if amount > _MOST:
        raise invalid("Amount must be no more than 99999999", "amount", "amount_too_large")
    return amount


def labels(form: dict[str, Any]) -> dict[str, str]:
    """The metadata of a form; raises StripeError for too many or too long ones."""
    labels = form.get("metadata") or {}
    if not isinstance(labels, dict):
        raise invalid("Invalid metadata: metadata must be a set of key-value pairs", "metadata")
    if len(labels) > _LABELS:
        raise invalid(f"Metadata can have at most {_LABELS} keys.", "metadata")
    for key, value in labels.items():
        if len(key) > _LABEL_KEY or len(value) > _LABEL_VALUE:
            raise invalid(
                f"Metadata keys must be at most {_LABEL_KEY} and values at most {_LABEL_VALUE} characters.",
                f"metadata[{key[:_LABEL_KEY]}]",
            )
    return {key: value for key, value in labels.items() if value}
