"""A member's billing account, and when it has changed."""

import re
import unicodedata
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from common.documents import Document, id_from
from common.money import Currency
from common.parties import Address, Buyer, Language, PaymentMethod
from functions.members.vat import VatState, check_vat_id

Kind = Literal["private", "business"]
Segment = Literal["private", "semi_pro", "business"]
Outcome = Literal["created", "changed", "unchanged"]
EDGES: Final = ".,;:!?()[]\"'"


class Details(BaseModel):
    """What the marketplace says of a member."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    kind: Kind
    name: str
    email: str
    address: Address
    language: Language = "en"
    currency: Currency = "EUR"
    vat_id: str = ""
    payment_method: PaymentMethod = "transfer"
    payment_token: str = ""
    terms_days: StrictInt = Field(default=14, ge=0, le=60)
    segment: Segment = "private"


class Member(Details, Document):
    """A member as we bill them. `revision` grows by one with each change; they are found by the words in `search`."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    collection = "members"
    indexed = ("search",)

    external_id: str
    vat_state: VatState
    revision: int
    search: tuple[str, ...]

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

    Rejected `vat_id_of_another_country`.
    """
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
