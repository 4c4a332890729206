"""What requests of `invoicing` share."""

from typing import Annotated, Final

from pydantic import Field

from common.parties import Buyer

LOOKED_AT: Final = 100
"""Invoices read for one page of a list that is sifted."""


Reason = Annotated[str, Field(min_length=1, max_length=200)]


Entity = Annotated[str, Field(pattern="^[A-Z]{2,4}$", examples=["MP"])]


def without_token(buyer: Buyer) -> Buyer:
    """The buyer as they may be shown."""
    return buyer.model_copy(update={"payment_token": ""})
