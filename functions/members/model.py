"""A member's billing account, and when it has changed."""

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, StrictInt

from common.documents import Document, id_from
from common.events.members import MemberChanged, MemberMerged
from common.events.payments import PaymentMethodSetUp
from common.failures import Rejected
from common.machine import Machine
from common.money import Currency
from common.parties import Address, Buyer, Language, Location, PaymentMethod, PaymentProvider, personal
from common.values import Exact
from functions.members.checks import CheckVatId, Standing, VatAnswer, VatCheck, VatProof, VatState, after
from functions.members.vat import check_vat_id, is_registered_in_the_union

Kind = Literal["private", "business"]
Segment = Literal["private", "semi_pro", "business"]
Outcome = Literal["created", "changed", "unchanged"]
State = Literal["active", "merged", "erased"]
EDGES: Final = ".,;:!?()[]\"'"
MOST_REPLACED: Final = 100
OUR_ID: Final = re.compile(r"mem_[0-9a-f]{26}")
"""What our ids look like; the marketplace's never do."""

MEMBER: Machine[State] = Machine(
    "member",
    {
        "active": {"change": "active", "check_vat_id": "active", "merge": "merged", "erase": "erased"},
        "merged": {"erase": "erased"},
        "erased": {},
    },
)


class Details(Exact):
    """What the marketplace says of a member."""

    kind: Kind
    name: Annotated[str, personal()]
    email: Annotated[str, personal("")]
    address: Address
    language: Language = "en"
    currency: Currency = "EUR"
    vat_id: Annotated[str, personal("")] = ""
    payment_method: PaymentMethod = "transfer"
    payment_provider: PaymentProvider = "stripe"
    payment_token: Annotated[str, personal("")] = ""
    terms_days: StrictInt = Field(default=14, ge=0, le=60)
    billing_day: StrictInt = Field(default=1, ge=1, le=28)
    """The day of the month they are billed on; every month has it."""
    dunning_profile: Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,39}$", examples=["standard"])] = "standard"
    segment: Segment = "private"
    reference: Annotated[str, personal("")] = ""
    endpoint: Annotated[str, personal("")] = ""
    locations: tuple[Location, ...] = ()


class Member(Details, Document):
    """A member as we bill them. `revision` grows by one with each change; they are found by the words in `search`."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    collection = "members"
    indexed = ("search", "vat_state")
    about = "id"

    external_id: str
    vat_state: VatState
    vat_check: VatCheck | None = None
    """Where asking the tax authorities stands; None where there is nothing to ask about."""
    vat_proof: VatProof | None = None
    """Their last word that the VAT id is valid; None where a checksum alone says so."""
    revision: int
    search: Annotated[tuple[str, ...], personal(())]
    erased_at: datetime | None = None
    """When their personal data was erased; from then on they can't be changed any more."""
    merged_into: str = ""
    """Who took their place; from then on they can't be changed any more."""
    merged_at: datetime | None = None
    replaces: tuple[str, ...] = ()
    """Accounts that were closed in favour of this one."""

    @property
    def state(self) -> State:
        """Whether the account is in use, closed in favour of another one, or nobody's any more."""
        if self.erased_at is not None:
            return "erased"
        return "merged" if self.merged_into else "active"

    @property
    def allowed(self) -> list[str]:
        """What may be done with the account now."""
        verbs = MEMBER.allows(self.state)
        return verbs if self.vat_check is not None else [verb for verb in verbs if verb != "check_vat_id"]

    @property
    def standing(self) -> Standing:
        """What is known of their VAT id."""
        return Standing(state=self.vat_state, check=self.vat_check, proof=self.vat_proof)

    @property
    def buyer(self) -> Buyer:
        """The member as a document names them, as of now."""
        business = self.kind == "business"
        proven = business and self.vat_state == "valid"
        return Buyer(
            member_id=self.id,
            account="" if self.erased_at else self.external_id,
            name=self.name,
            business=business,
            address=self.address,
            vat_id=self.vat_id if proven else "",
            vat_proof=self.vat_proof.request_id if proven and self.vat_proof else "",
            locations=self.locations,
            reference=self.reference,
            endpoint=self.endpoint,
            email=self.email,
            language=self.language,
            payment_method=self.payment_method,
            payment_provider=self.payment_provider,
            payment_token=self.payment_token,
            terms_days=self.terms_days,
        )


def member_id_of(external_id: str) -> str:
    """Our id of the member the marketplace calls so."""
    return id_from("mem", external_id)


def named(either: str) -> str:
    """Our id of a member named by our id or the marketplace's."""
    return either if OUR_ID.fullmatch(either) else member_id_of(either)


def must_allow(member: Member, verb: str) -> None:
    """Rejected `member_erased` or `member_merged` (409), which names who took their place, where a verb can't be."""
    if verb in MEMBER.allows(member.state):
        return
    if member.state == "erased":
        raise Rejected("member_erased", "this member's personal data was erased; register them anew", status=409)
    raise Rejected("member_merged", f"this account was closed in favour of {member.merged_into}", status=409)


def upserted(known: Member | None, external_id: str, details: Details, now: datetime) -> tuple[Member, Outcome]:
    """The member with these details, and whether that made or changed anything.

    Rejected `vat_id_of_another_country`, `member_erased` or `member_merged` (409).
    """
    if known is None:
        return _registered(external_id, details, now), "created"
    must_allow(known, "change")
    if all(getattr(known, name) == value for name, value in details):
        return known, "unchanged"
    same_id = (known.vat_id, known.address.country) == (details.vat_id, details.address.country)
    standing = known.standing if same_id else standing_of(details, known.version, now)
    search = search_words(details.name, details.email, external_id)
    fields = {**dict(details), **_fields(standing), "search": search, "revision": known.revision + 1}
    return known.but(**fields), "changed"


def _registered(external_id: str, details: Details, now: datetime) -> Member:
    return Member(
        id=member_id_of(external_id),
        external_id=external_id,
        revision=1,
        search=search_words(details.name, details.email, external_id),
        **dict(details),
        **_fields(standing_of(details, 0, now)),
    )


def standing_of(details: Details, version: int, now: datetime) -> Standing:
    """What is known of a VAT id nobody was asked about yet; what can be asked about is asked about now.

    The look is numbered by the version of the member that it is part of, which no other look ever was.
    """
    country = details.address.country
    state = check_vat_id(details.vat_id, country)
    asks = state == "unknown" and is_registered_in_the_union(details.vat_id, country)
    return Standing(state=state, check=VatCheck(look=version + 1, next_at=now) if asks else None)


def _fields(standing: Standing) -> dict[str, Any]:
    return {"vat_state": standing.state, "vat_check": standing.check, "vat_proof": standing.proof}


def looked(member: Member, answer: VatAnswer, now: datetime) -> Member:
    """The member once the tax authorities answered; a new revision only where documents would say something else."""
    found = member.but(**_fields(after(member.standing, answer, member.version + 1, now)))
    return found.but(revision=member.revision + 1) if found.buyer != member.buyer else found


def asked_again(member: Member, now: datetime) -> Member:
    """The member whose VAT id is asked about now, whenever it would have been.

    Rejected `nothing_to_check` (409) without a VAT id that anybody could be asked about.
    """
    must_allow(member, "check_vat_id")
    check = member.vat_check or standing_of(member, member.version, now).check
    if check is None:
        raise Rejected("nothing_to_check", "nobody can be asked about this member's VAT id", status=409)
    return member.but(vat_check=check.model_copy(update={"look": member.version + 1, "next_at": now}))


def next_look(before: Member | None, now: Member) -> tuple[CheckVatId, datetime] | None:
    """The look that a change of a member asks for, and when; None where the one before still counts."""
    known = before.vat_check if before else None
    if now.vat_check is None or (known is not None and known.look == now.vat_check.look):
        return None
    return CheckVatId(member_id=now.id, look=now.vat_check.look), now.vat_check.next_at


def awaits(member: Member | None, task: CheckVatId) -> bool:
    """Whether a look still counts."""
    return member is not None and member.vat_check is not None and member.vat_check.look == task.look


def changed(member: Member) -> MemberChanged:
    """What tells of the member as they are now."""
    return MemberChanged(
        member_id=member.id,
        revision=member.revision,
        buyer=member.buyer,
        segment=member.segment,
        currency=member.currency,
        billing_day=member.billing_day,
        dunning_profile=member.dunning_profile,
        merged_into=member.merged_into,
    )


def equipped(member: Member, told: PaymentMethodSetUp) -> Member:
    """The member whose next invoices are collected by the method they set up; the same where they are already."""
    paying = {"payment_method": told.method, "payment_provider": told.provider, "payment_token": told.token}
    if all(getattr(member, name) == value for name, value in paying.items()):
        return member
    must_allow(member, "change")
    return member.but(**paying, revision=member.revision + 1)


def must_be_mergeable(member: Member, into: Member) -> None:
    """Rejected `merged_into_itself` (422), `member_erased`, `member_merged`, `survivor_erased`, `survivor_merged`."""
    if member.id == into.id:
        raise Rejected("merged_into_itself", "both are the same account")
    must_allow(member, "merge")
    if into.state == "erased":
        raise Rejected("survivor_erased", "the account that should go on was erased", status=409)
    if into.state == "merged":
        raise Rejected(
            "survivor_merged", f"the account that should go on was itself closed for {into.merged_into}", status=409
        )


def merged(member: Member, into: Member, reason: str, now: datetime) -> tuple[Member, MemberMerged]:
    """The member whose account is closed in favour of another one, and what tells so."""
    revision = member.revision + 1
    closed = member.but(
        merged_into=into.id, merged_at=member.merged_at or now, vat_check=None, replaces=(), revision=revision
    )
    return closed, MemberMerged(member_id=member.id, revision=revision, into=into.id, reason=reason)


def replacing(into: Member, member: Member) -> Member:
    """The member who goes on in another one's place, and in that of all it had replaced.

    Rejected `too_many_merged` (409): they all follow in one commit when this one is itself closed. Whoever has set up
    no way to be collected from goes on with that of the closed account: it is the same holder's.
    """
    replaces = (*into.replaces, *member.replaces, member.id)
    if len(replaces) > MOST_REPLACED:
        raise Rejected("too_many_merged", f"at most {MOST_REPLACED} accounts are closed for one", status=409)
    goes_on = into.but(replaces=replaces)
    takes_over = into.payment_method == "transfer" and member.payment_method != "transfer"
    means = {name: getattr(member, name) for name in ("payment_method", "payment_provider", "payment_token")}
    return goes_on.but(**means, revision=into.revision + 1) if takes_over else goes_on


def erased(member: Member, now: datetime) -> Member:
    """The member without personal data (GDPR, article 17): what is left is our ids, country, language and terms."""
    return member.forgotten().but(
        vat_state="none",
        vat_check=None,
        vat_proof=None,
        locations=(),
        payment_method="transfer",
        search=search_words("", "", member.external_id),
        revision=member.revision + 1,
        erased_at=now,
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
