"""Open items of a whole file in little memory, found by their keys: what Firestore is to the deployed functions.

A row is kept as text in one block; a key is 48 bits of its hash beside the row's number, in sorted buckets. Two keys
that fall together by chance only bring an item too many: what an item proves is read from the item itself.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Final

from functions.matching.evidence.keys import MOST_ITEMS, counted, keys_of
from functions.matching.evidence.money import Found, Ground, Invoice, Item, Paid, item_of

_BUCKETS: Final = 1 << 12
_ROW_BITS: Final = 24
_HASH_BITS: Final = 40
_ROWS: Final = (1 << _ROW_BITS) - 1
_KEPT: Final = 20_000
"""Items kept ready at once."""
_MOST_ROWS: Final = 60
_MOST_OWED: Final = 1_000
"""Items of one member or account: all of them are seen, or none, so that no tie among them stays unseen."""
_MOST_KNOWN: Final = 4
"""Members of one account: who pays for more says little by paying."""


class Index:
    """Items by key, what each was given so far, and which members an account paid for."""

    def __init__(self, invoices: Iterable[Invoice], ground: Ground) -> None:
        self.ground = ground
        self._text = bytearray()
        self._starts = array("Q", [0])
        self._buckets = [array("Q") for _ in range(_BUCKETS)]
        self._paid: dict[int, tuple[Paid, ...]] = {}
        self._rows: dict[str, int] = {}
        self._ready: dict[int, Item] = {}
        self.accounts: dict[str, frozenset[str]] = {}
        for invoice in invoices:
            self._add(invoice)
        for place, bucket in enumerate(self._buckets):
            self._buckets[place] = array("Q", sorted(bucket))

    def __len__(self) -> int:
        return len(self._starts) - 1

    def _add(self, invoice: Invoice) -> None:
        row = len(self)
        if row > _ROWS:
            raise OverflowError(f"more than {_ROWS} items")
        buckets = self._buckets
        for key in keys_of(item_of(invoice, self.ground)):
            hashed = hash(key)
            buckets[hashed & (_BUCKETS - 1)].append(((hashed >> 12 & (1 << _HASH_BITS) - 1) << _ROW_BITS) | row)
        text = "\x1f".join((*invoice[:6], str(invoice.open_cents), invoice.due))
        self._text += text.encode(errors="surrogatepass")
        self._starts.append(len(self._text))

    def rows(self, key: str, most: int = MOST_ITEMS) -> list[int]:
        """The first rows that have a key."""
        bucket, low = self._place(key)
        at, high = bisect_left(bucket, low), low + (1 << _ROW_BITS)
        found: list[int] = []
        for packed in bucket[at : at + most]:
            if packed >= high:
                break
            found.append(packed & _ROWS)
        return found

    def count(self, key: str) -> int:
        """How many rows have a key."""
        bucket, low = self._place(key)
        return bisect_left(bucket, low + (1 << _ROW_BITS)) - bisect_left(bucket, low)

    def _place(self, key: str) -> tuple["array[int]", int]:
        hashed = hash(key)
        return self._buckets[hashed & (_BUCKETS - 1)], (hashed >> 12 & (1 << _HASH_BITS) - 1) << _ROW_BITS

    def item(self, row: int) -> Item:
        """A row's item as it stands now."""
        ready = self._ready.get(row)
        if ready is None:
            if len(self._ready) >= _KEPT:
                self._ready.clear()
            ready = self._ready[row] = item_of(self.invoice(row), self.ground, self._paid.get(row, ()))
            self._rows[ready.invoice] = row
        return ready

    def invoice(self, row: int) -> Invoice:
        """A row as it was listed."""
        text = bytes(memoryview(self._text)[self._starts[row] : self._starts[row + 1]])
        name, number, reference, member, who, iban, cents, due = text.decode(errors="surrogatepass").split("\x1f")
        return Invoice(name, number, reference, member, who, iban, int(cents), due)

    def give(self, item: Item, paid: Paid) -> None:
        """Takes money off an item."""
        row = self._rows[item.invoice]
        self._paid[row] = (*self._paid.get(row, ()), paid)
        self._ready.pop(row, None)

    def given(self, invoice: str) -> int:
        """How often an item of this run was given money."""
        return len(self._paid.get(self._rows.get(invoice, -1), ()))

    def learn(self, account: str, member: str) -> None:
        """An account paid for a member, as is certain."""
        self.accounts[account] = self.accounts.get(account, frozenset()) | {member}

    def fetch(self, keys: Iterable[str], found: Found) -> None:
        """Adds to what was found what the keys lead to."""
        for key in keys:
            if key in found.counts:
                continue
            found.lookups += 1
            if counted(key) or key[0] == "f":
                found.counts[key] = self.count(key)
            if counted(key):
                continue
            self._take(key, found)
            if key[0] == "i":
                self._take_known(key[1:], found)

    def _take(self, key: str, found: Found) -> None:
        most = _MOST_OWED if key[0] in "iu" else _MOST_ROWS
        rows = self.rows(key, most)
        found.counts.setdefault(key, len(rows))
        if len(rows) < most or key[0] == "w":
            for row in rows:
                item = self.item(row)
                found.items[item.invoice] = item

    def _take_known(self, account: str, found: Found) -> None:
        """What is owed by the members an account is known to have paid for."""
        for key in sorted("u" + member for member in self.accounts.get(account, ()))[:_MOST_KNOWN]:
            if key not in found.counts:
                found.lookups += 1
                self._take(key, found)

    def items(self) -> Iterator[Item]:
        """Every item as it stands now."""
        return (self.item(row) for row in range(len(self)))
