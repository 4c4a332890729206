"""How values look on a page: money, moments, states, places."""

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

from markupsafe import Markup

from common.money import EXPONENTS, decimal_text

TONES: Final = {
    "good": {
        "paid", "settled", "complete", "completed", "sent", "succeeded", "accepted", "matched", "valid", "replayed",
        "closed", "delivered", "confirmed", "applied", "active", "won", "arrived", "taken", "signed",
    },
    "bad": {"failed", "overdue", "rejected", "parked", "unmatched", "invalid", "error", "bounced", "final_notice",
            "lost", "gap", "refused", "returned", "needs_response"},
    "warn": {
        "draft", "frozen", "preview", "partly_settled", "partial", "partly_matched", "in_flight", "unknown", "pending",
        "reminder", "second_reminder", "open", "suppressed", "unchecked", "requested", "sending", "credited",
        "unapplied", "partly", "held", "canary", "paused", "warning", "suspended",
    },
    "busy": {"waiting", "freezing", "releasing", "issuing", "stopping", "running", "replaying", "summarising",
             "planned", "processing", "under_review", "announced", "sealed", "filed", "counting"},
}  # fmt: skip
WORDS: Final = {
    "sepa": "SEPA", "ideal": "iDEAL", "gocardless": "GoCardless",
    "oss": "One-Stop-Shop", "bank": "bank transfer", "stripe": "Stripe", "partly": "partly applied",
    "outside_scope": "not subject to VAT", "exempt": "exempt from VAT",
    "home_rate": "VAT of the seller's country (below the threshold of the One-Stop-Shop)",
    "location_contradictory": "where the member is, is contradictory: put their address or evidence right",
    "no_exchange_rate": "no exchange rate is known for the day: record it",
    "member_merged": "the account was merged: its charges are moved to the other one",
    "unknown_service": "how this kind of charge is taxed is not known",
    "no_vat_registration": "the legal entity may not tax consumers there",
    "no_recipient": "the member is not known yet", "nothing_up_to_cut_off": "nothing is dated up to the cut-off",
    "carried_forward": "nothing above zero: carried forward", "no_vat_rate": "no VAT rate is known for the day",
    "below_minimum": "below the minimum: carried forward", "dropped": "somebody left it out",
    "above_limit": "above the limit of one bill", "unlike_before": "far above the member's earlier invoices",
    "canary_not_archived": "not every document of the canary is archived: the run waits for a person",
    "nothing_to_issue": "there was nothing to bill",
    "payment_authenticate": "request to confirm a payment", "payment_received": "receipt for a payment",
    "payment_new_method": "request for another card or account", "payment_new_mandate": "request for a new mandate",
    "payment_retry": "collection failed, tried again", "payment_failed": "collection failed, not tried again",
    "payment_returned": "debit returned by the bank", "debit_announced": "direct debit to come",
    "part_payment": "part of an invoice paid", "refund_paid": "money paid back", "method_set_up": "method set up",
    "dispute_opened": "dispute, to our own people",
}  # fmt: skip
"""What a machine's word means where the word alone would not say it."""
STEERING: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Unicode's bidirectional controls (UAX 9): in a name they would turn the words around it."""
TONE_OF: Final = {state: tone for tone, states in TONES.items() for state in states}


def money(amount_minor: Any, currency: str) -> str:
    """An amount with its currency: `1,234.50 EUR`; a dash where there is none."""
    if amount_minor is None or amount_minor == "":
        return "–"
    if currency not in EXPONENTS:
        return f"{amount_minor} {currency} (minor units)"
    whole, point, part = decimal_text(abs(int(amount_minor)), currency).partition(".")
    return f"{'−' if int(amount_minor) < 0 else ''}{int(whole):,}{point}{part} {currency}"


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
    return WORDS.get(str(name)) or str(name).replace("_", " ").replace(".", " ")


def capital(text: Any) -> str:
    """A text that begins with a capital, the rest as it was."""
    said = str(text)
    return said[:1].upper() + said[1:]


def sentence(text: Any) -> str:
    """A text that begins with a capital and ends with a full stop."""
    said = str(text).strip()
    return capital(said) + ("" if not said or said[-1] in ".!?:" else ".")


def country(code: Any) -> str:
    """A country's English name; the code itself where it has none, a dash where there is none."""
    return _names("territories").get(str(code), str(code)) if code else "–"


def language(code: Any) -> str:
    """A language's English name."""
    return _names("languages").get(str(code), str(code))


@lru_cache(maxsize=2)
def _names(of: str) -> dict[str, str]:
    from babel import Locale

    return dict(getattr(Locale.parse("en"), of))


def harmless(value: Any) -> Any:
    """What a template shows: a text loses what steers its direction; markup of our own stays."""
    return STEERING.sub("\ufffd", value) if isinstance(value, str) and not isinstance(value, Markup) else value


def tone(state: Any) -> str:
    """The colour a state's badge has; its text says the same."""
    return TONE_OF.get(str(state), "calm")


def actor(name: str) -> str:
    """Who acted: a person's address, a machine's name, or a function, which acts by itself."""
    kind, _, rest = name.partition(":")
    if kind == "machine":
        return f"{rest.partition('@')[0]} (machine)"
    return f"{rest} (automatic)" if kind == "function" else rest or name


def pretty(value: Any) -> str:
    """A JSON value to read."""
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "money": money, "plain": plain, "rate": rate, "moment": moment, "day": day, "words": words, "tone": tone,
    "actor": actor, "pretty": pretty, "sentence": sentence, "capital": capital, "country": country,
    "language": language,
}  # fmt: skip
