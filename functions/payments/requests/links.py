"""What staff and the marketplace send to have a member pay under a link, and what they are told."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field

from common.functions.routes import Input, Limit, Output
from common.parties import Language
from functions.payments.model.links import LINK, MOST_INVOICES, LinkState, PaymentLink
from functions.payments.requests.fields import Id


class MakeLink(Input):
    """A link for a member, or for some of their invoices."""

    member_id: Id = ""
    invoices: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=MOST_INVOICES)] = Field(
        default_factory=list
    )
    amount_minor: Annotated[int, Field(gt=0)] | None = None
    expires_on: date | None = None
    language: Language | Literal[""] = ""
    reason: Annotated[str, Field(max_length=500)] = ""


class ByLink(Input):
    """One link."""

    link_id: Id


class RevokeLink(Input):
    """The link that is to lead nowhere any more."""

    link_id: Id
    reason: Annotated[str, Field(max_length=500)] = ""


class ListLinks(Input):
    """A member's links."""

    member_id: Id
    limit: Limit = 50
    page_token: Id = ""


class LinkAnswer(Output):
    """A link; `url` is told only to who asks for the one link, so that no address stands in any record."""

    link_id: str
    member_id: str
    invoice_ids: tuple[str, ...]
    only: bool
    amount_minor: int | None
    language: str
    expires_on: date
    state: LinkState
    made_by: str
    url: str = ""
    allowed: list[str] = Field(default_factory=list)

    @classmethod
    def of(cls, link: PaymentLink, url: str = "") -> Self:
        """As the document has it."""
        kept = link.model_dump(include=set(cls.model_fields))
        return cls(link_id=link.id, url=url, allowed=LINK.allows(link.state), **kept)


class LinkPage(Output):
    """Some links; an empty token is the end."""

    items: list[LinkAnswer]
    next_page_token: str = ""
