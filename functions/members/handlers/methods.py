"""Taking down the methods that members set up themselves."""

from collections.abc import Sequence

from common.events.payments import PaymentMethodSetUp
from common.transaction import Transaction
from functions.members.handlers.keeping import keep
from functions.members.model import Member, equipped


def take_methods(told: Sequence[PaymentMethodSetUp], transaction: Transaction) -> None:
    """From now on the members' invoices are collected by what they set up; TryLater for one who is not known yet.

    Where an account was closed meanwhile, it is the method of who took its place. Nobody collects from the erased.
    """
    members = {one.member_id: transaction.get(Member, one.member_id) for one in told}
    members = {old: _present(member, transaction) for old, member in members.items()}
    current = {member.id: member for member in members.values()}
    for one in told:
        member = current[members[one.member_id].id]
        if member.state == "active" and (after := equipped(member, one)) is not member:
            current[member.id] = after
            keep(member, after, transaction)


def _present(member: Member, transaction: Transaction) -> Member:
    return transaction.get(Member, member.merged_into) if member.state == "merged" else member
