"""What the marketplace offers of a member's proceeds, and what is taken of it."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StrictInt

from common.functions.routes import Input, Limit, Output, PageToken
from common.money import LARGEST, Currency
from functions.payments.model.proceeds import Proceeds
from functions.payments.requests.fields import Id


class OfferProceeds(Input):
    """So much of a member's proceeds may pay for that invoice; `offer` is the marketplace's own id, each used once."""

    offer: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]
    member_id: Id
    invoice_id: Id
    amount_minor: Annotated[StrictInt, Field(gt=0, le=LARGEST)]
    currency: Currency


class SearchProceeds(Input):
    """Whose proceeds."""

    member_id: Id = ""
    limit: Limit = 50
    page_token: PageToken = ""


class ProceedsAnswer(Output):
    """What became of an offer. The marketplace keeps `taken_minor` back and pays out the rest."""

    proceeds_id: str
    outcome: Literal["taken", "not_needed"]
    offer: str
    member_id: str
    invoice_id: str
    invoice_number: str
    currency: str
    offered_minor: int
    taken_minor: int
    receipt_id: str
    taken_at: datetime | None

    @classmethod
    def of(cls, taken: Proceeds) -> Self:
        """As the document has it."""
        kept = taken.model_dump(include=set(cls.model_fields))
        return cls(proceeds_id=taken.id, outcome="taken", **kept)


class ProceedsPage(Output):
    """Some offers that were taken; an empty token is the end."""

    items: list[ProceedsAnswer]
    next_page_token: str = ""
