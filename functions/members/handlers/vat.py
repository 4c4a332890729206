"""Asking the tax authorities about a member's VAT id, and taking their answer down."""

from collections.abc import Sequence

from common.transaction import Transaction
from functions.members.checks import CheckVatId, VatAnswer
from functions.members.handlers.keeping import existing, keep, must_have_reason
from functions.members.model import Member, asked_again, awaits, looked, named
from functions.members.requests import CheckVat, MemberAnswer


def record_answers(tasks: Sequence[CheckVatId], answers: Sequence[VatAnswer], transaction: Transaction) -> None:
    """Takes each answer down that somebody still waits for, and plans the next look."""
    ids = [task.member_id for task in tasks]
    members = dict(zip(ids, transaction.find_all(Member, ids), strict=True))
    for task, answer in zip(tasks, answers, strict=True):
        member = members[task.member_id]
        if member is None or not awaits(member, task) or answer.outcome == "skipped":
            continue
        members[member.id] = after = looked(member, answer, transaction.now)
        keep(member, after, transaction)


def check_vat_id(given: CheckVat, transaction: Transaction) -> MemberAnswer:
    """Asks about a member's VAT id now; the answer comes a moment later.

    Rejected `not_found` (404), `nothing_to_check`, `member_erased` or `member_merged` (409).
    """
    must_have_reason(given.reason, transaction)
    member = existing(transaction.find(Member, named(given.member_id)))
    again = asked_again(member, transaction.now)
    keep(member, again, transaction)
    return MemberAnswer.of(again)
