"""Questions and orders about disputes, and their answers."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from common.functions.routes import Input, Limit, Output, PageToken
from functions.payments.model.asking import DisputeState
from functions.payments.model.disputes import ANSWERABLE, Dispute
from functions.payments.requests.fields import Id

Text = Annotated[str, Field(max_length=20_000)]


class ByDispute(Input):
    """One dispute."""

    dispute_id: Id


class SearchDisputes(Input):
    """Which disputes."""

    member_id: Id = ""
    state: DisputeState | Literal[""] = ""
    limit: Limit = 50
    page_token: PageToken = ""

    @property
    def equals(self) -> dict[str, str]:
        """The fields that are asked for."""
        return {name: value for name in ("member_id", "state") if (value := getattr(self, name))}


class RespondToDispute(Input):
    """Send evidence to the provider, texts by its own names for them, or accept that the money is lost."""

    dispute_id: Id
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]
    texts: Annotated[dict[Annotated[str, Field(pattern=r"^[a-z_]{1,60}$")], Text], Field(max_length=30)] = Field(
        default_factory=dict
    )
    accept: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.accept == bool(self.texts):
            raise ValueError("send texts, or accept the dispute")
        return self


class DisputeAnswer(Output):
    """A dispute; until `evidence_due_at` it may be answered."""

    dispute_id: str
    provider: str
    provider_id: str
    member_id: str
    receipt_id: str
    invoice_number: str
    entity: str
    amount_minor: int
    currency: str
    reason: str
    state: DisputeState
    taken_minor: int
    fee_minor: int
    evidence_due_at: datetime | None
    answered_by: str
    answer_sent_at: datetime | None
    allowed: list[str]

    @classmethod
    def of(cls, dispute: Dispute) -> Self:
        """As the document has it, and whether it may be answered."""
        allowed = ["respond"] if dispute.state in ANSWERABLE and not dispute.answered_by else []
        return cls(dispute_id=dispute.id, allowed=allowed, **dispute.model_dump(include=set(cls.model_fields)))


class DisputePage(Output):
    """Some disputes; an empty token is the end."""

    items: list[DisputeAnswer]
    next_page_token: str = ""
