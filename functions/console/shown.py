"""How values look on a page: money, moments, states."""

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from common.money import EXPONENTS, decimal_text

TONES: Final = {
    "good": {
        "paid", "settled", "complete", "completed", "sent", "succeeded", "accepted", "matched", "valid", "replayed",
        "closed", "delivered", "confirmed",
    },
    "bad": {"failed", "overdue", "rejected", "parked", "unmatched", "invalid", "error", "bounced", "final_notice"},
    "warn": {
        "draft", "frozen", "preview", "partly_settled", "partial", "partly_matched", "in_flight", "unknown", "pending",
        "reminder", "second_reminder", "open", "suppressed", "unchecked", "requested", "sending", "credited",
    },
    "busy": {"freezing", "releasing", "issuing", "running", "replaying", "summarising"},
}  # fmt: skip
TONE_OF: Final = {state: tone for tone, states in TONES.items() for state in states}


def money(amount_minor: Any, currency: str) -> str:
    """An amount with its currency: `12.50 EUR`; a dash where there is none."""
    if amount_minor is None or amount_minor == "":
        return "–"
    if currency not in EXPONENTS:
        return f"{amount_minor} {currency} (minor units)"
    return f"{decimal_text(int(amount_minor), currency)} {currency}"


def plain(amount_minor: int, currency: str) -> str:
    """An amount as one types it."""
    return decimal_text(amount_minor, currency)


def rate(basis_points: int) -> str:
    """A rate in per cent: `19 %`."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + " %"


def moment(text: Any) -> str:
    """An instant to the second, in UTC."""
    if not text:
        return "–"
    try:
        return datetime.fromisoformat(str(text)).strftime("%d %b %Y, %H:%M:%S UTC")
    except ValueError:
        return str(text)


def day(text: Any) -> str:
    """A calendar day."""
    if not text:
        return "–"
    try:
        return date.fromisoformat(str(text)[:10]).strftime("%d %b %Y")
    except ValueError:
        return str(text)


def words(name: Any) -> str:
    """A machine's word for people: `second_reminder` is `second reminder`."""
    return str(name).replace("_", " ").replace(".", " ")


def tone(state: Any) -> str:
    """The colour a state's badge has; its text says the same."""
    return TONE_OF.get(str(state), "calm")


def actor(name: str) -> str:
    """Who acted: a person's address, or a function's or machine's name."""
    kind, _, rest = name.partition(":")
    return f"{rest.partition('@')[0]} (machine)" if kind == "machine" else rest or name


def pretty(value: Any) -> str:
    """A JSON value to read."""
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "money": money, "plain": plain, "rate": rate, "moment": moment, "day": day, "words": words, "tone": tone,
    "actor": actor, "pretty": pretty,
}  # fmt: skip
