"""Following members, open items and collections, so that nothing is said that is not so any more."""

from collections.abc import Sequence

from common.events.matching import OfItem
from common.events.members import MemberChanged
from common.events.payments import CollectionAnnounced, PaymentExpected
from common.transaction import Transaction
from functions.notifications.handlers.intending import heard
from functions.notifications.knowledge import Addressee, KnownItem, addressed, begun, expected
from functions.notifications.model import item_key


def keep_addressees(changes: Sequence[MemberChanged], transaction: Transaction) -> None:
    """Remembers how each member is addressed; an older change never goes over a newer one."""
    newest = {one.member_id or one.buyer.member_id: one for one in sorted(changes, key=lambda one: one.revision)}
    for known, told in zip(transaction.find_all(Addressee, list(newest)), newest.values(), strict=True):
        if (after := addressed(known, told)) is not None:
            transaction.put(after)


def follow_items(news: Sequence[OfItem], transaction: Transaction) -> None:
    """Remembers what is open, by the newest news of each item."""
    for item in heard(news, transaction):
        transaction.put(item)


def follow_collections(announced: Sequence[CollectionAnnounced], transaction: Transaction) -> None:
    """Remembers that a further attempt is made: what was said of the one before is over."""
    again = {item_key(one.invoice_number): one.attempt for one in announced if one.attempt > 1}
    for key, known in zip(again, transaction.find_all(KnownItem, list(again)), strict=True):
        item = known or KnownItem(id=key)
        if (after := begun(item, again[key])) is not item:
            transaction.put(after)


def follow_money(news: Sequence[PaymentExpected], transaction: Transaction) -> None:
    """Remembers for which invoices money is on its way that members have sent by themselves."""
    named = [(item_key(purpose.invoice_number), one) for one in news for purpose in one.purposes]
    keys = list(dict.fromkeys(key for key, _ in named))
    before = dict(zip(keys, transaction.find_all(KnownItem, keys), strict=True))
    after = {key: known or KnownItem(id=key) for key, known in before.items()}
    for key, one in named:
        after[key] = expected(after[key], one)
    for key, item in after.items():
        if item != before[key]:
            transaction.put(item)
