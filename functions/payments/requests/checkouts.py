"""What a member's browser means when it sends a form, and what staff are told of payments members make themselves."""

from datetime import datetime
from typing import Self

from pydantic import Field

from common.functions.routes import Input, Limit, Output
from common.parties import Language
from common.values import Value
from functions.payments.model.checkouts import Checkout, CheckoutKind, CheckoutState, For, Wanted
from functions.payments.requests.fields import Id


class Begin(Value):
    """Pay these invoices by that method, or set the method up (`wanted` is empty then)."""

    token: str
    link_id: str
    key: str
    kind: CheckoutKind
    method: str
    keep_method: bool = False
    language: Language
    """In which they see the page."""
    wanted: tuple[Wanted, ...] = ()


class ByCheckout(Input):
    """One payment that a member made or began."""

    checkout_id: Id


class ListCheckouts(Input):
    """A member's."""

    member_id: Id
    limit: Limit = 50
    page_token: Id = ""


class CheckoutAnswer(Output):
    """A payment that a member makes themselves; nothing is done to it by hand, so `allowed` is empty."""

    checkout_id: str
    member_id: str
    kind: CheckoutKind
    purposes: tuple[For, ...]
    entity: str
    currency: str
    amount_minor: int
    method: str
    provider: str
    state: CheckoutState
    code: str
    provider_id: str
    kept: bool
    begun_at: datetime
    decided_at: datetime | None
    allowed: list[str] = Field(default_factory=list)

    @classmethod
    def of(cls, checkout: Checkout) -> Self:
        """As the document has it, without the provider's page."""
        kept = checkout.model_dump(include=set(cls.model_fields))
        return cls(checkout_id=checkout.id, **kept)


class CheckoutPage(Output):
    """Some payments; an empty token is the end."""

    items: list[CheckoutAnswer]
    next_page_token: str = ""
