"""Who goes on in the place of a member whose account was closed, as far as payments are concerned."""

from common.documents import Document, id_from
from common.events.base import Task
from common.events.members import MemberMerged


class Successor(Document):
    """A closed account and who took its place.

    Its invoices stay its own; what pays them is the successor's. There are no chains: where the successor's account is
    closed in its turn, this one is changed.
    """

    collection = "successors"
    indexed = ("into",)

    member_id: str
    into: str
    revision: int
    """Of the closed member: older news changes nothing."""


class FollowMerge(Task, name="payments.follow_merge"):
    """Hand over what a closed account was collected by; a task of its own, as each reads what it writes."""

    into: str
    revision: int


def successor_id_of(member_id: str) -> str:
    """Where stands who goes on in a member's place."""
    return id_from("suc", member_id)


def follows(told: MemberMerged) -> FollowMerge:
    """What a merge begins."""
    return FollowMerge(member_id=told.member_id, into=told.into, revision=told.revision)
