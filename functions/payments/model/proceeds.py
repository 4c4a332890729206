"""Members' own proceeds that paid for what they owe: each offer of the marketplace is taken once."""

from datetime import datetime

from pydantic import Field

from common.documents import Document, id_from
from common.money import Currency, Minor


class Proceeds(Document):
    """So much of a member's proceeds that was offered against an invoice, and what of it was needed."""

    collection = "proceeds"
    indexed = ("member_id",)

    offer: str
    """The marketplace's own id of the offer."""
    member_id: str
    invoice_id: str
    invoice_number: str
    entity: str
    currency: Currency
    offered_minor: Minor = Field(gt=0)
    taken_minor: Minor = Field(gt=0)
    """What the marketplace keeps back for it; the rest of the offer stays the member's."""
    receipt_id: str
    taken_at: datetime


def proceeds_id_of(offer: str) -> str:
    """The id of an offer."""
    return id_from("prc", offer)
