"""What callers are told of the invoice a member will get next."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from common.events.invoicing import Exchange, Line, VatTotal
from common.functions.routes import Input, Output


class ShowUpcoming(Input):
    """A member's next invoices, as if they were made today, or on a day to come."""

    member_id: Annotated[str, Field(min_length=1, max_length=200)]
    entity: Annotated[str, Field(pattern="^([A-Z]{2,4})?$")] = ""
    """Only from this legal entity."""
    on: date | None = None


class UpcomingDocument(Output):
    """What one document would say."""

    lines: tuple[Line, ...]
    vat: tuple[VatTotal, ...]
    net_minor: int
    vat_minor: int
    total_minor: int
    due_on: date
    exchange: Exchange | None


class Upcoming(Output):
    """What a member owes one legal entity in one currency and has not been invoiced yet."""

    entity: str
    currency: str
    state: Literal["due", "left_out", "held"]
    reason: str
    """Why it would not be invoiced: `below_minimum` and others, as a billing run says."""
    total_minor: int
    """With VAT, where it is known."""
    minimum_minor: int
    """Less is carried forward; 0 where everything is invoiced."""
    invoiced_by: date | None
    """A balance below the minimum is invoiced at the latest by the first run from this day on."""
    expected_on: date | None
    """The day of the next scheduled run for it, whatever that comes to; none where runs are started by hand."""
    documents: tuple[UpcomingDocument, ...]


class UpcomingList(Output):
    """A member's next invoices: one a legal entity and currency, more where lines can't share a document."""

    member_id: str
    on: date
    items: list[Upcoming]
