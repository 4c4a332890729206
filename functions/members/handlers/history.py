"""Showing how a member came to be as they are, from the commits that wrote them."""

from itertools import pairwise

from common.world import World
from functions.members import history
from functions.members.handlers.keeping import existing
from functions.members.history import Kept
from functions.members.model import Member, named
from functions.members.requests import HistoryAnswer, HistoryOf, Version


def show_history(given: HistoryOf, world: World) -> HistoryAnswer:
    """Every version of a member: what changed, when, by whom, and why; and their state as of a moment.

    What was erased is not shown, even while records still hold it. Rejected `not_found` (404).
    """
    member = existing(world.read.find(Member, named(given.member_id)))
    records = world.each_record(documents=f"{Member.collection}/{member.id}")
    trail = history.versions(member.id, records, hidden=member.erased_at is not None)
    pairs = [(None, trail[0]), *pairwise(trail)] if trail else []
    last = int(given.page_token) if given.page_token else None
    rest = [pair for pair in reversed(pairs) if last is None or pair[1].version < last]
    page = rest[: given.limit]
    then = history.as_of(trail, given.at) if given.at else None
    return HistoryAnswer(
        member_id=member.id,
        items=[_version(before, kept) for before, kept in page],
        next_page_token=str(page[-1][1].version) if len(rest) > len(page) else "",
        as_of=dict(then.body) if then else None,
    )


def _version(before: Kept | None, kept: Kept) -> Version:
    told = kept.record.body
    return Version(
        version=kept.version,
        revision=kept.body["revision"],
        at=kept.at,
        actor=told["actor"],
        reason=history.why(kept.record),
        function=told["function"],
        commit=kept.record.id,
        because=told["because"],
        changes=history.changes(before.body if before else None, kept.body),
    )
