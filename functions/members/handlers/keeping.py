"""What every change of a member has in common: it is written, told, and asks for what is to be looked at."""

from common.failures import Rejected
from common.transaction import Transaction
from functions.members.model import Member, changed, next_look


def keep(before: Member | None, member: Member, transaction: Transaction) -> None:
    """Writes a member; tells of a new revision, and asks for the next look at their VAT id."""
    transaction.put(member)
    if before is None or before.revision != member.revision:
        transaction.emit(changed(member))
    if look := next_look(before, member):
        transaction.later(*look)


def existing(member: Member | None) -> Member:
    """The member; Rejected `not_found` (404) where there is none."""
    if member is None:
        raise Rejected("not_found", "there is no such member", status=404)
    return member


def must_have_reason(reason: str, transaction: Transaction) -> None:
    """Rejected `reason_missing` where staff don't say why."""
    if transaction.actor.startswith("staff:") and not reason.strip():
        raise Rejected("reason_missing", "staff say why they change a member")
