"""What callers of `members` send and are told."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from common.functions.routes import Input, Output
from common.parties import Address
from functions.members import fields
from functions.members.model import Details, Member, Outcome

LARGEST_PAGE = 100
KEPT: Final = ("invoices and credit notes", "billing runs", "bank entries", "exact copies in the archive")
"""What the law obliges us to keep as it was (GDPR, article 17(3)(b); in Germany 8 to 10 years, § 147 AO)."""
NOT_CHECKED: Final = ("charges not yet invoiced", "open items", "collections in flight", "reminders to be sent")
"""What other areas know alone: who asks looks there first. Charges left over are never invoiced to nobody."""
Limit = Annotated[int, Field(ge=1), AfterValidator(lambda limit: min(limit, LARGEST_PAGE))]


class UpsertMember(Details, Input):
    """A member's whole details; `reason` is needed from staff. A business is of segment business by default."""

    external_id: fields.ExternalId
    name: fields.Name
    email: fields.Email
    address: fields.PostalAddress
    vat_id: fields.VatId = ""
    payment_token: fields.Token = ""
    reason: Annotated[str, Field(max_length=200)] = ""

    @model_validator(mode="before")
    @classmethod
    def _default_segment(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("kind") == "business":
            return {"segment": "business", **given}
        return given

    @property
    def details(self) -> Details:
        """The details alone."""
        return Details(**{name: getattr(self, name) for name in Details.model_fields})


class Batch(Input):
    """Up to 500 members, each as for a single one with its `external_id`; a faulty one does not stop the others."""

    members: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=500)]
    reason: Annotated[str, Field(max_length=200)] = ""


class EraseMember(Input):
    """Whose personal data is to be erased, and why; the reason is kept, so it must not hold personal data."""

    member_id: Annotated[str, Field(max_length=64)]
    reason: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(fields.printable)]


class Erased(Output):
    """What was erased at once, what is kept, and what nobody checked before."""

    member_id: str
    revision: int
    erased_at: datetime
    kept: tuple[str, ...] = KEPT
    not_checked: tuple[str, ...] = NOT_CHECKED


class ByExternalId(Input):
    """A member by the marketplace's id."""

    external_id: str


class ById(Input):
    """A member by our id."""

    member_id: str


class Search(Input):
    """Words of the name, an e-mail address or an external id; all members without."""

    q: Annotated[str, Field(max_length=200)] = ""
    limit: Limit = 50
    page_token: Annotated[str, Field(max_length=64)] = ""


class MemberAnswer(Output):
    """A member as stored."""

    member_id: str
    external_id: str
    revision: int
    kind: str
    name: str
    email: str
    address: Address
    language: str
    currency: str
    vat_id: str
    vat_state: str
    payment_method: str
    payment_token: str
    terms_days: int
    segment: str
    erased_at: datetime | None = None

    @classmethod
    def of(cls, member: Member) -> "MemberAnswer":
        """What a caller is told of a member."""
        shown = {name: getattr(member, name) for name in cls.model_fields if name != "member_id"}
        return cls(member_id=member.id, **shown)


class Upserted(Output):
    """What became of one member."""

    outcome: Outcome
    member: MemberAnswer


class Item(Output):
    """What became of one member of a batch; a refused one says why by `code`, `detail` and `errors`."""

    external_id: str
    outcome: Outcome | Literal["refused"]
    member_id: str = ""
    revision: int = 0
    code: str = ""
    detail: str = ""
    errors: tuple[dict[str, str], ...] = ()


class BatchAnswer(Output):
    """One answer for each member, in their order."""

    items: list[Item]


class Page(Output):
    """Some members, in order of id; `next_page_token` is empty at the end."""

    items: list[MemberAnswer]
    next_page_token: str
