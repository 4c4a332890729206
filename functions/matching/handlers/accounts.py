"""Whose account an IBAN is: listed, revoked and restored by people, and following what becomes of members."""

from collections.abc import Iterator, Sequence

from common.events.members import MemberErased, MemberMerged
from common.failures import Rejected
from common.transaction import Transaction
from common.world import World
from functions.matching.aliases import Alias, merged, restored, revoked, without
from functions.matching.policy import policy
from functions.matching.requests.aliases import AliasAnswer, AliasPage, ChangeAlias, SearchAliases

STEP = 300


def search_aliases(given: SearchAliases, world: World) -> AliasPage:
    """The accounts a member is known to have paid from, also those that were revoked."""
    found = world.read.select(Alias, limit=given.limit, after=given.page_token, **given.equals)
    following = found[-1].id if len(found) == given.limit else ""
    today = world.now.date()
    return AliasPage(
        items=[AliasAnswer.of(alias, today, policy().alias_days) for alias in found], next_page_token=following
    )


def revoke_alias(given: ChangeAlias, transaction: Transaction) -> AliasAnswer:
    """Takes an account for a member's no more; it is not learned again until somebody restores it.

    Rejected `not_found` (404) or `revoked_already` (409).
    """
    alias = revoked(_found(given.alias_id, transaction), given.member_id, given.reason, transaction.actor)
    transaction.put(alias)
    return AliasAnswer.of(alias, transaction.now.date(), policy().alias_days)


def restore_alias(given: ChangeAlias, transaction: Transaction) -> AliasAnswer:
    """Takes an account for a member's again. Rejected `not_found` (404) or `not_revoked` (409)."""
    today = transaction.now.date()
    alias = restored(_found(given.alias_id, transaction), given.member_id, given.reason, transaction.actor, today)
    transaction.put(alias)
    return AliasAnswer.of(alias, today, policy().alias_days)


def forget_members(erased: Sequence[MemberErased], transaction: Transaction) -> None:
    """Forgets which accounts members paid from."""
    changed = {alias.id: alias for one in erased for alias in _of(one.member_id, transaction)}
    for one in erased:
        changed = {i: without(alias, one.member_id) for i, alias in changed.items()}
    for alias in changed.values():
        transaction.put(alias)


def follow_merges(told: Sequence[MemberMerged], transaction: Transaction) -> None:
    """What an account paid for a member, it paid for whoever took their place."""
    known = {alias.id: alias for one in told for alias in _of(one.member_id, transaction)}
    changed = dict(known)
    for one in told:
        changed = {i: merged(alias, one.member_id, one.into) for i, alias in changed.items()}
    for alias_id, alias in changed.items():
        if alias is not known[alias_id]:
            transaction.put(alias)


def _of(member_id: str, transaction: Transaction) -> Iterator[Alias]:
    after = ""
    while page := transaction.select(Alias, limit=STEP, after=after, members=member_id):
        yield from page
        after = page[-1].id


def _found(alias_id: str, transaction: Transaction) -> Alias:
    alias = transaction.find(Alias, alias_id)
    if alias is None:
        raise Rejected("not_found", "nothing is known of this account", status=404)
    return alias
