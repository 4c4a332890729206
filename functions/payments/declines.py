"""Which declines are worth a second try later, and which never are."""

from typing import Final

SOFT: Final = frozenset(
    {
        "approve_with_id", "card_velocity_exceeded", "do_not_honor", "generic_decline", "insufficient_funds",
        "issuer_not_available", "no_action_taken", "processing_error", "reenter_transaction", "service_not_allowed",
        "try_again_later", "withdrawal_count_limit_exceeded",
    }
)  # fmt: skip
"""Stripe's decline codes that say nothing about tomorrow. All others are hard: the card networks fine repeated
tries on lost, stolen, closed or expired cards, and `authentication_required` (PSD2) needs the customer."""


def is_soft(code: str, advice: str = "") -> bool:
    """Whether asking again in some days may succeed; the issuer's advice against it wins."""
    return code in SOFT and advice != "do_not_try_again"
