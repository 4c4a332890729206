"""Which declines are worth a second try later, and which never are."""

from functions.payments.retries.reasons import is_listed_soft


def is_soft(code: str, advice: str = "", *, provider: str = "stripe", method: str = "card") -> bool:
    """Whether asking again in some days may succeed; the issuer's advice against it wins.

    `retries/reasons.json` lists every code of every provider: card networks fine repeated tries on lost, stolen,
    closed or expired cards, and `authentication_required` (PSD2) needs the member.
    """
    return is_listed_soft(provider, method, code) and advice != "do_not_try_again"
