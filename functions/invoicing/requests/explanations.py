"""What callers ask and are told of why a document is as it is, and of the threshold of the One-Stop-Shop."""

from datetime import date
from typing import Annotated

from pydantic import Field

from common.functions.routes import Input, Output
from functions.invoicing.requests.fields import Entity

Pointer = Annotated[str, Field(max_length=60, examples=["/vat/0/vat_minor"])]


class ExplainInvoice(Input):
    """Why everything on an invoice is as it is; of one fact alone, or of one part, where `of` is given."""

    invoice_id: str
    of: Pointer = ""
    """Where it stands in the invoice's answer (RFC 6901), or the start of it: `/vat`."""


class Why(Output):
    """One fact and how it came about, step by step."""

    of: str
    """Where it stands in the document's answer (RFC 6901)."""
    value: int | str
    why: list[str]


class Explanation(Output):
    """Every amount, rate and day of a document, in the order of its answer."""

    document_id: str
    number: str
    currency: str
    facts: list[Why]


class ShowThreshold(Input):
    """Of a legal entity in a calendar year."""

    entity: Entity
    year: Annotated[int, Field(ge=2016, le=9998)]


class ThresholdAnswer(Output):
    """Sales to consumers in other member states by the year's completed runs, without VAT, credit notes not taken off.

    An entity without the One-Stop-Shop may tax them at home while neither this year nor the one before passes it.
    """

    entity: str
    year: int
    threshold_minor: int
    """Euro cents, as the other two."""
    sold_minor: int
    left_minor: int
    reached: bool
    oss_from: date | None
    unconverted: list[str]
    """Currencies without a known rate: not counted."""
