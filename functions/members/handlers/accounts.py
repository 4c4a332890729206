"""Registering, changing and finding members."""

from typing import Any, Final

from pydantic import ValidationError

from common.events.members import MemberErased
from common.failures import Rejected
from common.transaction import Reader, Transaction
from common.world import World
from functions.members.handlers.keeping import existing, keep, must_have_reason
from functions.members.model import (
    Member,
    Outcome,
    erased,
    member_id_of,
    must_allow,
    named,
    query_words,
    upserted,
)
from functions.members.requests import (
    Batch,
    BatchAnswer,
    ByExternalId,
    ById,
    Erased,
    EraseMember,
    Item,
    MemberAnswer,
    Page,
    Search,
    Upserted,
    UpsertMember,
)

ROUNDS: Final = 10
"""A search for several words looks through at most so many pages of the rarest-looking word at once."""


def upsert_member(given: UpsertMember, transaction: Transaction) -> Upserted:
    """Registers a member or changes them; the same details again change nothing."""
    must_have_reason(given.reason, transaction)
    known = transaction.find(Member, member_id_of(given.external_id))
    member, outcome = _upsert(known, given, transaction)
    return Upserted(outcome=outcome, member=MemberAnswer.of(member))


def upsert_members(given: Batch, transaction: Transaction) -> BatchAnswer:
    """Registers or changes many members in one commit; each is told what became of it."""
    must_have_reason(given.reason, transaction)
    parsed = [_parsed(member) for member in given.members]
    ids = [member_id_of(one.external_id) for one in parsed if isinstance(one, UpsertMember)]
    current = dict(zip(ids, transaction.find_all(Member, ids), strict=True))
    return BatchAnswer(items=[_one_of_many(one, current, transaction) for one in parsed])


def erase_member(given: EraseMember, transaction: Transaction) -> Erased:
    """Erases a member's personal data here, and tells everyone who keeps a copy; it can't be taken back.

    Accounts of the same person that were closed in favour of this one go with it. Once erased, it answers as before.
    Rejected `not_found` (404). What is owed or on its way is for other areas to know: the answer names it.
    """
    member = existing(transaction.find(Member, named(given.member_id)))
    replaced = map(existing, transaction.find_all(Member, member.replaces))
    gone = [_erase(one, given.reason, transaction) for one in (member, *replaced)]
    return Erased(
        member_id=member.id,
        revision=gone[0].revision,
        erased_at=gone[0].erased_at or transaction.now,
        also=tuple(one.id for one in gone[1:]),
    )


def _erase(member: Member, reason: str, transaction: Transaction) -> Member:
    if member.state == "erased":
        return member
    must_allow(member, "erase")
    gone = erased(member, transaction.now)
    keep(member, gone, transaction)
    transaction.emit(MemberErased(member_id=gone.id, revision=gone.revision, reason=reason))
    return gone


def show_member(given: ByExternalId, world: World) -> MemberAnswer:
    """A member by the marketplace's id."""
    return _shown(world, member_id_of(given.external_id))


def show_member_by_id(given: ById, world: World) -> MemberAnswer:
    """A member by our id."""
    return _shown(world, given.member_id)


def search_members(given: Search, world: World) -> Page:
    """Members by words of their name, e-mail address or external id."""
    words = query_words(given.q)
    if not words:
        narrowed = {"vat_state": given.vat_state} if given.vat_state else {}
        found = world.read.select(Member, limit=given.limit, after=given.page_token, **narrowed)
        return _page(found, found[-1].id if len(found) == given.limit else "")
    return _page(*_matching(world.read, words, given))


def _upsert(known: Member | None, given: UpsertMember, transaction: Transaction) -> tuple[Member, Outcome]:
    if given.if_revision is not None and given.if_revision != (known.revision if known else 0):
        raise Rejected("revision_changed", "somebody else has changed this member meanwhile", status=412)
    member, outcome = upserted(known, given.external_id, given.details(known), transaction.now)
    if outcome != "unchanged":
        keep(known, member, transaction)
    return member, outcome


def _one_of_many(parsed: UpsertMember | Item, current: dict[str, Member | None], transaction: Transaction) -> Item:
    if isinstance(parsed, Item):
        return parsed
    member_id = member_id_of(parsed.external_id)
    try:
        member, outcome = _upsert(current[member_id], parsed, transaction)
    except Rejected as refusal:
        return Item(external_id=parsed.external_id, outcome="refused", code=refusal.code, detail=refusal.detail)
    current[member_id] = member
    return Item(external_id=parsed.external_id, outcome=outcome, member_id=member.id, revision=member.revision)


def _parsed(member: dict[str, Any]) -> UpsertMember | Item:
    try:
        return UpsertMember.model_validate(member)
    except ValidationError as fault:
        errors = tuple(
            {"pointer": "/" + "/".join(map(str, error["loc"])), "detail": error["msg"], "code": error["type"]}
            for error in fault.errors(include_url=False, include_input=False, include_context=False)[:20]
        )
        external_id = str(member.get("external_id", ""))[:100]
        detail = "the member has faults"
        return Item(external_id=external_id, outcome="refused", code="invalid", detail=detail, errors=errors)


def _shown(world: World, member_id: str) -> MemberAnswer:
    return MemberAnswer.of(existing(world.read.find(Member, member_id)))


def _matching(read: Reader, words: list[str], given: Search) -> tuple[list[Member], str]:
    """Members that have every word, and where to go on: the store narrows by one word, we by the others."""
    found: list[Member] = []
    after = given.page_token
    for _ in range(ROUNDS):
        page = read.select(Member, limit=100, after=after, search=words[0])
        for member in page:
            after = member.id
            if set(words) <= set(member.search) and given.vat_state in {None, member.vat_state}:
                found.append(member)
            if len(found) == given.limit:
                return found, after
        if len(page) < 100:  # noqa: PLR2004 - the last page
            return found, ""
    return found, after


def _page(members: list[Member], next_page_token: str) -> Page:
    return Page(items=[MemberAnswer.of(member) for member in members], next_page_token=next_page_token)
