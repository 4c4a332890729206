"""What a simulated provider's own books say, in the same words for all, so that ours can be held against them."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class Books:
    """Of one currency, in minor units, signed, plus is the merchant's; fees are apart."""

    collected: int = 0
    given_back: int = 0
    """Refunds, less those that came back."""
    taken_back: int = 0
    """Chargebacks and failures after the money was credited, less those that were reversed."""
    unsettled: int = 0
    """How much of those three is in no payout that has left yet."""
    paid_out: int = 0
    carried: int = 0
    """What was settled and is owed by the merchant, to be taken off a later payout."""

    @property
    def fees(self) -> int:
        """What the provider has kept of all that was settled."""
        return self.collected + self.given_back + self.taken_back - self.unsettled - self.paid_out - self.carried

    def moved(self, part: str, amount: int, *, settled: bool) -> None:
        """Count what moved as a part of these."""
        setattr(self, part, getattr(self, part) + amount)
        self.unsettled += 0 if settled else amount


def told(books: dict[str, Books], attempts: Iterable[str]) -> dict[str, Any]:
    """As `/admin/books` answers: by currency, and how often money was collected for each attempt of the merchant's."""
    charges: dict[str, int] = {}
    for attempt in attempts:
        charges[attempt] = charges.get(attempt, 0) + 1
    return {"books": {code: {**asdict(one), "fees": one.fees} for code, one in books.items()}, "charges": charges}
