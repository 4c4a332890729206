"""Keeping which members are debtors of their own in SAP."""

from common.failures import Rejected
from common.transaction import Transaction
from functions.accounting.model.debtors import MOST, SapDebtors
from functions.accounting.model.journals import seller
from functions.accounting.requests_of_sap import DebtorSet, DebtorsShown


def set_debtor(given: DebtorSet, transaction: Transaction) -> DebtorsShown:
    """Maps a member to a debtor from the next summary on; an empty debtor takes the mapping away.

    Rejected `unknown_entity`, or `too_many` where an entity has more key accounts than one document holds.
    """
    before = transaction.find(SapDebtors, seller(given.entity).entity) or SapDebtors(id=given.entity)
    after = before.with_debtor(given.member_id, given.debtor)
    if len(after.debtors) > MOST:
        raise Rejected("too_many", f"an entity has at most {MOST} debtors of their own")
    if after != before:
        transaction.put(after)
    return DebtorsShown.of(after)
