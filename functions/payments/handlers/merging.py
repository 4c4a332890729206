"""What a closed account was collected by, once its holder goes on with another one.

A mandate binds its debtor, who signed it, to the creditor; which account of ours its bills are kept under is no part of
it (SDD Core rulebook, DS-01: the debtor's name and account, the creditor, the reference). `members` closes an account
only because its holder has another one: the debtor is the same, so the mandate stays valid under its reference, and
nothing is amended (AT-24 knows changes of the reference, the creditor and the debtor's account only). Where the holder
has given one for the other account too, that one holds for what is announced from now on; by the closed account's is
collected what was announced with its reference (the pre-notification names it), and it lapses as any unused one.
"""

from collections.abc import Sequence

from common.events.members import MemberMerged
from common.transaction import Transaction
from functions.payments.handlers.mandates import MOST_OF_A_MEMBER
from functions.payments.handlers.succession import MOST_REPLACED
from functions.payments.model.debits import CollectWaiting
from functions.payments.model.kept import KeptMethod, handed_over, kept_id_of
from functions.payments.model.mandates import MANDATE, Debtor, Mandate, changed, debtor_id_of
from functions.payments.model.successors import FollowMerge, Successor, follows, successor_id_of
from functions.payments.sepa.banks import terms_by_entity


def follow_merges(told: Sequence[MemberMerged], transaction: Transaction) -> None:
    """Hands over what each closed account was collected by, one after the other."""
    for one in told:
        transaction.later(follows(one))


def follow_merge(task: FollowMerge, transaction: Transaction) -> None:
    """Mandates and kept methods go to who goes on; what is being collected goes on, and what waited is looked at.

    Older news than what is known changes nothing, whatever order accounts were closed in.
    """
    known, further = transaction.find_all(Successor, [successor_id_of(task.member_id), successor_id_of(task.into)])
    if known is not None and known.revision > task.revision:
        return
    into = further.into if further is not None else task.into
    followers = transaction.select(Successor, into=task.member_id, limit=MOST_REPLACED)
    mandates = _Mandates(task.member_id, into, transaction)
    methods = transaction.find_all(KeptMethod, [kept_id_of(task.member_id), kept_id_of(into)])
    found = Successor(id=successor_id_of(task.member_id), member_id=task.member_id, into=into, revision=task.revision)
    transaction.put(known.but(into=into, revision=task.revision) if known is not None else found)
    for one in followers:
        transaction.put(one.but(into=into))
    mandates.hand_over()
    for entity in terms_by_entity():
        transaction.later(CollectWaiting(member_id=task.member_id, entity=entity))
    theirs, own = methods
    if theirs is not None and theirs.label and own is None:
        transaction.put(handed_over(theirs, into))


class _Mandates:
    """A closed account's mandates, and which ones hold for it and for who goes on: all read at once."""

    def __init__(self, member_id: str, into: str, transaction: Transaction) -> None:
        found = transaction.select(Mandate, member_id=member_id, limit=MOST_OF_A_MEMBER)
        self._living = [one for one in found if MANDATE.allows(one.state)]
        self._into = into
        self._member_id = member_id
        self._transaction = transaction
        entities = list(dict.fromkeys(one.entity for one in self._living))
        names = [debtor_id_of(whose, entity) for whose in (member_id, into) for entity in entities]
        slots = transaction.find_all(Debtor, names)
        self._theirs = dict(zip(entities, slots[: len(entities)], strict=True))
        self._own = dict(zip(entities, slots[len(entities) :], strict=True))

    def hand_over(self) -> None:
        """Puts each mandate under who goes on; where they have one that holds, theirs does."""
        for mandate in self._living:
            after = mandate.but(member_id=self._into, revision=mandate.revision + 1)
            self._transaction.put(after)
            self._transaction.emit(changed(after))
        for entity, slot in self._theirs.items():
            if slot is not None and slot.mandate_id:
                self._hold(entity, slot)
                self._transaction.later(CollectWaiting(member_id=self._into, entity=entity))

    def _hold(self, entity: str, slot: Debtor) -> None:
        own = self._own[entity] or Debtor(id=debtor_id_of(self._into, entity), member_id=self._into, entity=entity)
        if not own.mandate_id:
            self._transaction.put(own.but(mandate_id=slot.mandate_id))
        self._transaction.put(slot.but(mandate_id=""))
