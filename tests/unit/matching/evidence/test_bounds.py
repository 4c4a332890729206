"""Laws of a run over any payments: money is never made, order and index change nothing, look-ups are bounded."""

from collections.abc import Iterable
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.matching.evidence.batch import Run, match
from functions.matching.evidence.deciding import Decision
from functions.matching.evidence.index import Index
from functions.matching.evidence.keys import MOST_KEYS, MOST_NAMED, keys_of
from functions.matching.evidence.money import Found, Ground, Invoice, Item, Money, Paid, ground_of, item_of
from functions.matching.evidence.reading import Reading
from tests.unit.matching.evidence.street import ANNAS, BORISES, STRANGERS, boris, crowd, owed, shares

_CENTS = st.sampled_from([1, 100, 500, 990, 1_000, 1_490, 4_183])
_WORDS = (
    "MP-2026-0045001|MP-2026-0045002|45003|0045004-0045007|MP-2026-0045006 und 45007|MP-2026-0045011|MP-2026-0099999|"
    f"MP-2026-00450|user-0900001|user-0900002|Anna Quendel|danke|EUR 9,90|{ANNAS}"
).split("|")
_TEXTS = st.lists(st.sampled_from(_WORDS), max_size=4).map(" ".join)


@st.composite
def _open(draw: st.DrawFn) -> list[Invoice]:
    made = [draw(st.sampled_from([owed, boris]))(45_000 + at, draw(_CENTS)) for at in range(draw(st.integers(1, 12)))]
    return [*made, *crowd(40)]


@st.composite
def _money(draw: st.DrawFn) -> list[Money]:
    return [
        Money(
            f"pay_{at:03d}",
            draw(st.sampled_from(["2026-10-01", "2026-10-02", ""])),
            draw(st.one_of(_CENTS, st.integers(-5, 9_000))),
            draw(st.sampled_from(["Anna Quendel", "WACHTELSTEIN BORIS", "Vogt KG", ""])),
            draw(st.sampled_from([ANNAS, BORISES, STRANGERS, ""])),
            draw(_TEXTS),
            draw(st.sampled_from(["", "", owed(45_001, 1).creditor_reference, owed(45_005, 1).creditor_reference])),
        )
        for at in range(draw(st.integers(1, 8)))
    ]


def _run(invoices: list[Invoice], payments: list[Money]) -> dict[str, Decision]:
    return {money.payment: decision for money, decision in match(invoices, payments)}


def _told(decisions: dict[str, Decision]) -> dict[str, tuple[object, ...]]:
    return {one: (done.zone, shares(done), round(done.score, 9), done.evidence) for one, done in decisions.items()}


@settings(max_examples=60, deadline=None)
@given(_open(), _money())
def test_no_payment_gives_more_than_it_has_and_no_item_takes_more_than_is_open(
    invoices: list[Invoice], payments: list[Money]
) -> None:
    decisions, taken = _run(invoices, payments), dict[str, int]()
    still = {one.invoice: one.open_cents for one in invoices}
    for money in payments:
        given_out = shares(decisions[money.payment])
        assert all(0 < cents <= still[invoice] for invoice, cents in given_out.items())
        assert sum(given_out.values()) <= max(0, money.amount_cents)
        if decisions[money.payment].zone == "automatic":
            assert given_out
            for invoice, cents in given_out.items():
                taken[invoice] = taken.get(invoice, 0) + cents
    assert all(cents <= still[invoice] for invoice, cents in taken.items())


@settings(max_examples=40, deadline=None)
@given(_open(), _money(), st.integers(0, 2**32))
def test_the_order_of_invoices_and_payments_changes_no_decision(
    invoices: list[Invoice], payments: list[Money], seed: int
) -> None:
    before = _told(_run(invoices, payments))
    chance = Random(seed)  # noqa: S311 - an order, no secret
    chance.shuffle(invoices)
    chance.shuffle(payments)
    assert _told(_run(invoices, payments)) == before


class _Plain(Index):
    """The same items behind a dict of their keys: nothing hashed, cut short or kept as text."""

    def __init__(self, invoices: list[Invoice], ground: Ground) -> None:
        super().__init__((), ground)
        self.listed = invoices
        self.by_key: dict[str, list[int]] = {}
        self.gifts: dict[str, tuple[Paid, ...]] = {}
        for row, invoice in enumerate(invoices):
            for key in dict.fromkeys(keys_of(item_of(invoice, ground))):
                self.by_key.setdefault(key, []).append(row)

    def fetch(self, keys: Iterable[str], found: Found) -> None:
        asked = [key for key in keys if key not in found.counts]
        known = {"u" + one for key in asked if key[0] == "i" for one in self.accounts.get(key[1:], ())}
        for key in dict.fromkeys([*asked, *sorted(known)]):
            rows = self.by_key.get(key, [])
            found.counts[key] = len(rows)
            if key[0] != "a":
                found.items.update({self.listed[row].invoice: self.item(row) for row in rows})

    def item(self, row: int) -> Item:
        one = self.listed[row]
        return item_of(one, self.ground, self.gifts.get(one.invoice, ()))

    def give(self, item: Item, paid: Paid) -> None:
        self.gifts[item.invoice] = (*self.gifts.get(item.invoice, ()), paid)

    def given(self, invoice: str) -> int:
        return len(self.gifts.get(invoice, ()))


@settings(max_examples=40, deadline=None)
@given(_open(), _money())
def test_the_index_leads_to_what_a_plain_dict_of_keys_leads_to(invoices: list[Invoice], payments: list[Money]) -> None:
    plain = Run(_Plain(invoices, ground_of(invoices))).match(payments)
    assert _told(plain) == _told(_run(invoices, payments))


_WILD = st.lists(
    st.one_of(
        st.from_regex(r"MP-2026-00[0-9]{5}", fullmatch=True),
        st.from_regex(r"[0-9]{1,12}", fullmatch=True),
        st.from_regex(r"user-00[0-9]{5}", fullmatch=True),
        st.text(max_size=12),
    ),
    max_size=60,
).map(" ".join)


@settings(max_examples=80, deadline=None)
@given(_WILD, st.text(max_size=40), st.text(max_size=30), st.text(max_size=40), st.integers(-(10**12), 10**12))
def test_a_payment_asks_for_a_bounded_number_of_keys_whatever_it_says(
    text: str, structured: str, iban: str, name: str, cents: int
) -> None:
    decision = _TOWN.decide(Money("pay", "", cents, name, iban, text, structured))
    assert decision.lookups <= MOST_KEYS + MOST_NAMED
    assert 0 <= decision.score <= 1


_TOWN = Run(Index(crowd(), ground_of(list(crowd()))))


def test_a_text_full_of_numbers_asks_for_no_more_than_the_bound() -> None:
    text = " ".join(f"MP-2026-{at:07d} R{at} user-{at:07d} {at * 7_919}" for at in range(1, 60))
    decision = _TOWN.decide(Money("pay", "", 7, "Aaaa Bbbb Cccc Dddd Eeee Ffff Gggg", ANNAS, text, "RF" + "1" * 20))
    assert MOST_NAMED < decision.lookups <= MOST_KEYS + MOST_NAMED


def test_look_ups_do_not_grow_with_what_is_open() -> None:
    few, many = (Run(Index(crowd(n), ground_of(list(crowd(n))))) for n in (400, 4_000))
    texts = ["MP-2026-0000007", "Rechnung 17", "", "nichts"]
    asked = [Money("pay", "", 501, "Anna Quendel", ANNAS, text) for text in texts]
    assert [few.decide(one).lookups for one in asked] == [many.decide(one).lookups for one in asked]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.text(max_size=60))
def test_any_text_can_be_read(text: str, name: str) -> None:
    reading = Reading(Money("pay", "", 1, name, text[:34], text, text[:25]), _TOWN.index.ground)
    assert isinstance(reading.broken + reading.members + reading.numbers, list)
    assert reading.digits.joined >= set()
