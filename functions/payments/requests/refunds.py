"""Questions and orders about refunds, and their answers."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field

from common.functions.routes import Input, Limit, Output, PageToken
from functions.payments.model.refunds import REFUND, Payee, Refund, RefundState
from functions.payments.requests.fields import Id


def _iban(text: str) -> str:
    if not text:
        return ""
    from stdnum import iban
    from stdnum.exceptions import ValidationError

    try:
        return str(iban.validate(text))
    except ValidationError as fault:
        raise ValueError("this is no IBAN") from fault


class ByRefund(Input):
    """One refund."""

    refund_id: Id


class SearchRefunds(Input):
    """Which refunds."""

    member_id: Id = ""
    receipt_id: Id = ""
    state: RefundState | Literal[""] = ""
    limit: Limit = 50
    page_token: PageToken = ""

    @property
    def equals(self) -> dict[str, str]:
        """The fields that are asked for."""
        return {name: value for name in ("member_id", "receipt_id", "state") if (value := getattr(self, name))}


class ApproveRefund(Input):
    """Agree to a refund that another person asked for, and why."""

    refund_id: Id
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]


class RetryRefund(Input):
    """Try a refund that failed once more: as before, or by transfer to an account that somebody found out."""

    refund_id: Id
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]
    payee_name: Annotated[str, Field(max_length=140)] = ""
    payee_iban: Annotated[str, Field(max_length=42), AfterValidator(_iban)] = ""

    @property
    def payee(self) -> Payee | None:
        """The account, where one was named."""
        return Payee(name=self.payee_name, iban=self.payee_iban) if self.payee_iban else None


class DecideRefund(Input):
    """What became of a refund that nobody told us of, as somebody has found out where it was to be paid, and why."""

    refund_id: Id
    outcome: Literal["succeeded", "failed"]
    provider_id: Annotated[str, Field(max_length=100, pattern=r"^[\x21-\x7e]*$")] = ""
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]


class RefundAnswer(Output):
    """A refund; of the account it goes to only the end."""

    refund_id: str
    member_id: str
    receipt_id: str
    entity: str
    amount_minor: int
    currency: str
    way: str
    state: RefundState
    payee_name: str
    iban_ending: str
    invoice_number: str
    credit_note_number: str
    reason: str
    requested_by: str
    approved_by: str
    tries: int
    provider_id: str
    code: str
    paid_on: date | None
    allowed: list[str]

    @classmethod
    def of(cls, refund: Refund) -> Self:
        """As the document has it, and what people may do: approve one that is held, retry one that failed."""
        kept = refund.model_dump(include=set(cls.model_fields))
        allowed = [verb for verb in REFUND.allows(refund.state) if verb in {"approve", "retry"}]
        return cls(refund_id=refund.id, iban_ending=refund.payee_iban[-4:], allowed=allowed, **kept)


class RefundPage(Output):
    """Some refunds; an empty token is the end."""

    items: list[RefundAnswer]
    next_page_token: str = ""
