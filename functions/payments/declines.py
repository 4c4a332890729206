"""Which declines are worth a second try later, and which never are."""

from typing import Final

SOFT: Final = frozenset(
    "insufficient_funds processing_error issuer_not_available try_again_later card_velocity_exceeded"
    " withdrawal_count_limit_exceeded generic_decline do_not_honor reenter_transaction approve_with_id"
    " no_action_taken service_not_allowed".split()
)
"""Stripe's decline codes that say nothing about tomorrow. All others are hard: the card networks fine repeated
tries on lost, stolen, closed or expired cards, and `authentication_required` (PSD2) needs the customer."""


def is_soft(code: str, advice: str = "") -> bool:
    """Whether asking again in some days may succeed; the issuer's advice against it wins."""
    return code in SOFT and advice != "do_not_try_again"
