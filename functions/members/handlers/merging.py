"""Closing an account whose holder has another one."""

from common.transaction import Transaction
from functions.members.handlers.keeping import existing, keep
from functions.members.model import Member, merged, must_be_mergeable, named, replacing
from functions.members.requests import MemberAnswer, MergeMember
from functions.members.requests import Merged as MergedAnswer


def merge_member(given: MergeMember, transaction: Transaction) -> MergedAnswer:
    """Closes an account in favour of another one, for good; what had been closed for it follows.

    So whoever is named as the one that goes on never was closed: there are no chains, and no circles. Both documents
    are written, so that of two merges at once one sees the other. Rejected `not_found` (404), `merged_into_itself`
    (422), `member_erased`, `member_merged`, `survivor_erased`, `survivor_merged` or `too_many_merged` (409).
    """
    member, into = map(existing, transaction.find_all(Member, [named(given.member_id), named(given.into)]))
    must_be_mergeable(member, into)
    goes_on = replacing(into, member)
    followers = list(map(existing, transaction.find_all(Member, member.replaces)))
    closed = [merged(one, into, given.reason, transaction.now) for one in (member, *followers)]
    keep(into, goes_on, transaction)
    for before, (after, told) in zip((member, *followers), closed, strict=True):
        keep(before, after, transaction)
        transaction.emit(told)
    return MergedAnswer(member=MemberAnswer.of(closed[0][0]), into=into.id, also=member.replaces)
