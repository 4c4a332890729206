"""What a simulated provider pays out, on its way to the simulated bank that keeps the account."""

from collections.abc import Callable
from typing import NamedTuple


class PaidOut(NamedTuple):
    """One payout, in minor units."""

    provider: str
    name: str
    """The provider's id of it: the same one again is the same payout."""
    amount: int
    currency: str
    text: str
    """What the account holder's statement says."""


PayTo = Callable[[PaidOut], None]


def nobody(_: PaidOut) -> None:
    """Nobody keeps the account: what is paid out is seen at the provider alone."""
