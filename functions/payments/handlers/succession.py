"""Reading who pays for whom, where accounts were closed for other ones."""

from collections.abc import Iterable

from common.transaction import Transaction
from functions.payments.model.successors import Successor, successor_id_of

MOST_REPLACED = 100
"""So many accounts at most are closed for one (`members` allows fewer)."""


def forerunners(member_id: str, transaction: Transaction) -> list[str]:
    """The closed accounts in whose place a member goes on."""
    found = transaction.select(Successor, into=member_id, limit=MOST_REPLACED)
    return [one.member_id for one in found]


def present(member_ids: Iterable[str], transaction: Transaction) -> dict[str, str]:
    """Who pays for each of these members now: themselves, or whoever took their place. One read for all."""
    names = list(dict.fromkeys(member_ids))
    found = transaction.find_all(Successor, [successor_id_of(name) for name in names])
    return {name: one.into if one else name for name, one in zip(names, found, strict=True)}
