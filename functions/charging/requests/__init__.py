"""What callers of `charging` send and are told."""

from functions.charging.requests.charges import Batch, TakeCharge
from functions.charging.requests.corrections import Reverse

__all__ = ["Batch", "Reverse", "TakeCharge"]
