"""Looking for the items that may explain some money: a bounded number of look-ups by keys, whatever is open."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from common.transaction import Reader, Transaction
from functions.matching.aliases import Alias, alias_id_of
from functions.matching.book import Book
from functions.matching.evidence.keys import counted
from functions.matching.evidence.money import Found
from functions.matching.evidence.money import Item as Compared
from functions.matching.keyed import exactly, hashed, named_by
from functions.matching.model import Item, Receipt, item_id_of
from functions.matching.policy import policy

MOST: Final = 60
"""Items read for one key: where more have it, it says too little; of a member's, only those of the amount then."""
MOST_MEMBERS: Final = 4
"""Of an account that pays for more, those seen last are looked at."""
MOST_REISSUED: Final = 8


class Search:
    """What is looked up for one payment, seen as the commit under way leaves it."""

    def __init__(self, receipt: Receipt, book: Book, reader: Reader | Transaction, today: date) -> None:
        self.receipt = receipt
        self.book = book
        self.reader = reader
        self.today = today
        self.elsewhere: dict[str, Item] = {}
        """Named in full, but owed in another currency."""

    def begun(self) -> Found:
        """What is known of the payer's account."""
        alias = self._alias()
        return Found(aliases=alias.known(self.today, policy().alias_days) if alias else frozenset())

    def fetch(self, keys: Iterable[str], found: Found) -> None:
        """Adds to what was found what the keys lead to; see `evidence.index.Index.fetch`."""
        for key in keys:
            if key in found.counts:
                continue
            found.lookups += 1
            if counted(key):
                found.counts[key] = self.reader.count(Item, keys=self._hashed(key))
            elif number := named_by(key, self.receipt.entity):
                self._by_number(key, number, found)
            elif key[0] == "i":
                self._by_account(key, found)
            elif key[0] == "u":
                self._by_member(key, key[1:], found)
            else:
                self._by_key(key, found)

    def _hashed(self, key: str) -> str:
        return hashed(self.receipt.entity, key)

    def _by_number(self, key: str, number: str, found: Found) -> None:
        item = self.known([item_id_of(number)]).get(item_id_of(number))
        found.counts[key] = int(item is not None)
        if item is not None:
            self._add(item, found)

    def _by_account(self, key: str, found: Found) -> None:
        alias = self._alias()
        members = alias.candidates(self.today, policy().alias_days)[:MOST_MEMBERS] if alias else ()
        found.counts[key] = len(members)
        for member_id in members:
            if f"u{member_id}" not in found.counts:
                self._by_member(f"u{member_id}", member_id, found)

    def _by_member(self, key: str, member: str, found: Found) -> None:
        items = self._select(key)
        if len(items) >= MOST:
            items = self._select(exactly(member, self.receipt.unapplied_minor))
            found.counts[key] = MOST
        found.counts.setdefault(key, len(items))
        self._add_all(items, found)

    def _by_key(self, key: str, found: Found) -> None:
        items = self._select(key)
        found.counts[key] = len(items)
        if len(items) >= MOST and key[0] == "f":
            found.counts[key] = self.reader.count(Item, keys=self._hashed(key))
        if len(items) < MOST or key[0] == "w":
            self._add_all(items, found)

    def _select(self, key: str) -> list[Item]:
        """Items by a key as they are now: stored ones, and those of the commit under way that have it by now."""
        asked = self._hashed(key)
        stored = self.reader.select(Item, keys=asked, limit=MOST)
        known = {item.id: self.book.items.get(item.id, item) for item in stored}
        changed = (self.book.items[i] for i in self.book.changed if i in self.book.items)
        known.update({item.id: item for item in changed if asked in item.keys})
        return list(known.values())

    def _add_all(self, items: Sequence[Item], found: Found) -> None:
        for item in items:
            self._add(item, found)

    def _add(self, item: Item, found: Found) -> None:
        """Takes an item in; one that was reissued speaks for the one in its place."""
        present = self.present(item)
        self.book.items.setdefault(present.id, present)
        if present.currency != self.receipt.currency:
            self.elsewhere[present.id] = present
        elif present is not item:
            found.items[present.id] = _in_place_of(item, present)
        else:
            found.items.setdefault(item.id, item.compared)

    def present(self, item: Item) -> Item:
        """The item that stands in the place of one, itself where none does."""
        for _ in range(MOST_REISSUED):
            item_id = item_id_of(item.replaced_by)
            following = self.known([item_id]).get(item_id) if item.replaced_by else None
            if following is None:
                break
            item = following
        return item

    def known(self, ids: Sequence[str]) -> dict[str, Item]:
        """Items by id as they are now."""
        missing = [item_id for item_id in ids if item_id not in self.book.items]
        for item in self.reader.find_all(Item, missing) if missing else ():
            if item is not None:
                self.book.items[item.id] = item
        return {item_id: self.book.items[item_id] for item_id in ids if item_id in self.book.items}

    def _alias(self) -> Alias | None:
        if not self.receipt.payer_iban:
            return None
        alias_id = alias_id_of(self.receipt.payer_iban)
        if alias_id not in self.book.aliases:
            alias = self.reader.find(Alias, alias_id)
            if alias is None:
                return None
            self.book.aliases[alias_id] = alias
        return self.book.aliases[alias_id]


def _in_place_of(former: Item, present: Item) -> Compared:
    """The item that is owed now, under the number and reference people still have."""
    item, known = present.compared, former.compared
    item.number, item.packed, item.digits, item.core, item.reference = (
        known.number,
        known.packed,
        known.digits,
        known.core,
        known.reference,
    )
    return item
