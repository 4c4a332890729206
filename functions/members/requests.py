"""What callers of `members` send and are told."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, AwareDatetime, Field, StrictInt, model_validator

from common.functions.routes import Each, Input, Limit, Output
from common.parties import Address, Location
from functions.members import fields
from functions.members.checks import VatCheck, VatProof, VatState
from functions.members.history import Change
from functions.members.model import Details, Member, Outcome

KEPT: Final = ("invoices and credit notes", "billing runs", "bank entries", "exact copies in the archive")
"""What the law obliges us to keep as it was (GDPR, article 17(3)(b); in Germany 8 to 10 years, § 147 AO)."""
NOT_CHECKED: Final = ("charges not yet invoiced", "open items", "collections in flight", "reminders to be sent")
"""What other areas know alone: who asks looks there first. Charges left over are never invoiced to nobody."""

PAYING: Final = frozenset({"payment_method", "payment_provider", "payment_token"})
"""They belong together: a token is of one provider and one method."""

Reason = Annotated[str, Field(max_length=200), AfterValidator(lambda text: fields.printable(text) if text else "")]
"""Why; without personal data, for it is kept. Staff have to say it."""
Why = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(fields.printable)]
Either = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@-]*$", max_length=100)]
"""A member by our id (`mem_…`) or the marketplace's."""


class UpsertMember(Details, Input):
    """A member's whole details: a field left out is its default. A business is of segment business by default.

    How a member pays (`payment_method`, `payment_provider`, `payment_token`) stays as it is where none of the three is
    sent: members set it up themselves.

    `reason` is needed from staff. With `if_revision` nothing is changed that somebody else changed meanwhile
    (`revision_changed`, 412); 0 stands for a member who is not known yet.
    """

    external_id: fields.ExternalId
    name: fields.Name
    email: fields.Email
    address: fields.PostalAddress
    vat_id: fields.VatId = ""
    payment_token: fields.Token = ""
    reference: fields.Reference = ""
    endpoint: fields.Endpoint = ""
    locations: fields.Locations = ()
    reason: Reason = ""
    if_revision: Annotated[StrictInt, Field(ge=0)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _default_segment(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("kind") == "business":
            return {"segment": "business", **given}
        return given

    def details(self, known: Member | None) -> Details:
        """The details alone; how a known member pays is theirs where nothing is said of it."""
        said = known is None or not PAYING.isdisjoint(self.model_fields_set)
        return Details(
            **{name: getattr(self if said or name not in PAYING else known, name) for name in Details.model_fields}
        )


class Batch(Input):
    """Up to 500 members, each as for a single one with its `external_id`; a faulty one does not stop the others."""

    members: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=500), Each(UpsertMember)]
    reason: Reason = ""


class EraseMember(Input):
    """Whose personal data is to be erased, and why; the reason is kept, so it must not hold personal data."""

    member_id: Either
    reason: Why


class Erased(Output):
    """What was erased at once, what is kept, and what nobody checked before."""

    member_id: str
    revision: int
    erased_at: datetime
    also: tuple[str, ...] = ()
    """Accounts of the same person that had been closed in favour of this one, and were erased with it."""
    kept: tuple[str, ...] = KEPT
    not_checked: tuple[str, ...] = NOT_CHECKED


class MergeMember(Input):
    """Whose account is to be closed, who goes on in their place, and why. It can't be taken back."""

    member_id: Either
    into: Either
    reason: Why


class CheckVat(Input):
    """Whose VAT id is to be asked about now; `reason` is needed from staff."""

    member_id: Either
    reason: Reason = ""


class HistoryOf(Input):
    """A member's versions, the newest first; with `at`, an instant with its offset, also what was in force then."""

    member_id: Either
    at: AwareDatetime | None = None
    limit: Limit = 50
    page_token: Annotated[str, Field(pattern="^[0-9]{0,9}$")] = ""


class ByExternalId(Input):
    """A member by the marketplace's id."""

    external_id: str


class ById(Input):
    """A member by our id."""

    member_id: Annotated[str, Field(pattern="^mem_[0-9a-f]{1,26}$")]


class Search(Input):
    """Words of the name, an e-mail address or an external id; all members without."""

    q: Annotated[str, Field(max_length=200)] = ""
    vat_state: VatState | None = None
    """Only members whose VAT id is in this state."""
    limit: Limit = 50
    page_token: Annotated[str, Field(pattern="^(mem_[0-9a-f]{26})?$")] = ""


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
    """`unknown` until the tax authorities answered: documents name the id only while it is `valid`."""
    vat_check: VatCheck | None = None
    vat_proof: VatProof | None = None
    payment_method: str
    payment_provider: str
    payment_token: str
    terms_days: int
    billing_day: int
    dunning_profile: str
    segment: str
    reference: str
    endpoint: str
    locations: tuple[Location, ...]
    state: str
    allowed: list[str]
    erased_at: datetime | None = None
    merged_into: str = ""
    merged_at: datetime | None = None
    replaces: tuple[str, ...] = ()

    @classmethod
    def of(cls, member: Member) -> "MemberAnswer":
        """What a caller is told of a member."""
        shown = {name: getattr(member, name) for name in cls.model_fields if name != "member_id"}
        return cls(member_id=member.id, **shown)


class Version(Output):
    """One version of a member: when it came about, by whom and why, and what it changed."""

    version: int
    revision: int
    at: datetime
    actor: str
    reason: str
    function: str
    commit: str
    because: str
    """The commit that caused it, where a message did."""
    changes: list[Change]


class HistoryAnswer(Output):
    """A member's versions, the newest first; `next_page_token` is empty at the end."""

    member_id: str
    items: list[Version]
    next_page_token: str
    as_of: dict[str, Any] | None = None
    """The member as they were at the instant asked for, without what was erased since; null before the first."""


class Merged(Output):
    """The closed account, the one that goes on, and others that had been closed for the first and follow it."""

    member: "MemberAnswer"
    into: str
    also: tuple[str, ...] = ()


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
