"""The method by which a member's next invoices are collected, as the member knows it."""

from datetime import date
from typing import Annotated, Literal

from common.documents import Document, id_from
from common.events.members import MemberChanged
from common.events.payments import PaymentMethodSetUp
from common.parties import personal
from functions.payments.model.asking import ProviderName
from functions.payments.model.payments import means_of


class KeptMethod(Document):
    """What a member set up last. The token that counts is the member's own: this only knows how to call it."""

    collection = "kept_methods"
    indexed = ("member_id", "means")

    member_id: str
    provider: ProviderName
    method: Literal["card", "direct_debit"]
    token: Annotated[str, personal("")]
    label: Annotated[str, personal("")]
    """Empty once the member has another method."""
    expires_on: date | None = None
    revision: int = 0
    """The member's revision that has this method; 0 while we have not heard of it."""
    means: str = ""
    """The token's digest, by which it is found when its mandate ends; empty of what was kept before."""


def kept_id_of(member_id: str) -> str:
    """The id of what is kept of a member."""
    return id_from("kmt", member_id)


def kept(told: PaymentMethodSetUp, known: KeptMethod | None) -> KeptMethod:
    """What is kept from now on."""
    made = KeptMethod(
        id=kept_id_of(told.member_id),
        member_id=told.member_id,
        provider=told.provider,
        method=told.method,
        token=told.token,
        label=told.label,
        expires_on=told.expires_on,
        means=means_of(told.provider, told.token),
    )
    return made.model_copy(update={"version": known.version, "head": known.head}) if known else made


def followed(known: KeptMethod, member: MemberChanged) -> KeptMethod:
    """After a change of the member: whoever was given another method isn't told of this one any more.

    News from before the method reached the member says nothing.
    """
    if member.revision <= known.revision:
        return known
    if member.buyer.payment_token == known.token:
        return known.but(revision=member.revision)
    return known.but(label="") if known.revision and known.label else known


def handed_over(known: KeptMethod, into: str) -> KeptMethod:
    """What is kept of the member who took another one's place and has set up nothing themselves."""
    fields = known.model_dump(exclude={"id", "version", "member_id", "revision"})
    return KeptMethod(id=kept_id_of(into), member_id=into, **fields)
