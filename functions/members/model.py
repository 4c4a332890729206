"""A member's billing account, and when it has changed."""

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from common.documents import Document, id_from
from common.events.members import MemberChanged
from common.failures import Rejected
from common.money import Currency
from common.parties import Address, Buyer, Language, PaymentMethod, personal
from functions.members.vat import VatState, check_vat_id

Kind = Literal["private", "business"]
Segment = Literal["private", "semi_pro", "business"]
Outcome = Literal["created", "changed", "unchanged"]
EDGES: Final = ".,;:!?()[]\"'"


class Details(BaseModel):
    """What the marketplace says of a member."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    kind: Kind
    name: Annotated[str, personal()]
    email: Annotated[str, personal("")]
    address: Address
    language: Language = "en"
    currency: Currency = "EUR"
    vat_id: Annotated[str, personal("")] = ""
    payment_method: PaymentMethod = "transfer"
    payment_token: Annotated[str, personal("")] = ""
    terms_days: StrictInt = Field(default=14, ge=0, le=60)
    segment: Segment = "private"


class Member(Details, Document):
    """A member as we bill them. `revision` grows by one with each change; they are found by the words in `search`."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    collection = "members"
    indexed = ("search",)
    about = "id"

    external_id: str
    vat_state: VatState
    revision: int
    search: Annotated[tuple[str, ...], personal(())]
    erased_at: datetime | None = None
    """When their personal data was erased; from then on they can't be changed any more."""

    @property
    def buyer(self) -> Buyer:
        """The member as a document names them, as of now."""
        business = self.kind == "business"
        return Buyer(
            member_id=self.id,
            name=self.name,
            business=business,
            address=self.address,
            vat_id=self.vat_id if business and self.vat_state == "valid" else "",
            email=self.email,
            language=self.language,
            payment_method=self.payment_method,
            payment_token=self.payment_token,
            terms_days=self.terms_days,
        )


def member_id_of(external_id: str) -> str:
    """Our id of the member the marketplace calls so."""
    return id_from("mem", external_id)


def upserted(known: Member | None, external_id: str, details: Details) -> tuple[Member, Outcome]:
    """The member with these details, and whether that made or changed anything.

    Rejected `vat_id_of_another_country`, or `member_erased` (409).
    """
    if known is not None and known.erased_at is not None:
        raise Rejected("member_erased", "this member's personal data was erased; register them anew", status=409)
    if known is not None and all(getattr(known, name) == value for name, value in details):
        return known, "unchanged"
    vat_state = check_vat_id(details.vat_id, details.address.country)
    search = search_words(details.name, details.email, external_id)
    if known is None:
        member_id = member_id_of(external_id)
        new = Member(
            id=member_id, external_id=external_id, vat_state=vat_state, revision=1, search=search, **dict(details)
        )
        return new, "created"
    changed = known.but(vat_state=vat_state, revision=known.revision + 1, search=search, **dict(details))
    return changed, "changed"


def changed(member: Member) -> MemberChanged:
    """What tells of the member as they are now."""
    return MemberChanged(member_id=member.id, revision=member.revision, buyer=member.buyer, segment=member.segment)


def erased(member: Member, now: datetime) -> Member:
    """The member without personal data (GDPR, article 17): what is left is our ids, country, language and terms."""
    search = search_words("", "", member.external_id)
    return member.forgotten().but(
        vat_state="none", payment_method="transfer", search=search, revision=member.revision + 1, erased_at=now
    )


def folded(text: str) -> str:
    """A text as it is searched by: lower case, without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def query_words(text: str) -> list[str]:
    """The words of a search, the longest first."""
    words = {part.strip(EDGES) for part in folded(text).split()}
    return sorted(words - {""}, key=lambda word: (-len(word), word))


def search_words(name: str, email: str, external_id: str) -> tuple[str, ...]:
    """Every word a member is found by: those of the name, also the parts of hyphened ones, e-mail and id."""
    parts = re.findall(r"\w+", folded(name))
    return tuple(sorted({*query_words(name), *parts, *query_words(email), *query_words(external_id)}))
