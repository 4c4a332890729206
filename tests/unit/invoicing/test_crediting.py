"""Whatever is taken back of an invoice, and in whatever order: never more than it, and in the end exactly it."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.events.invoicing import CreditKind, Line, VatTotal
from common.failures import Rejected
from functions.invoicing.apportioning import fitted, spread
from functions.invoicing.crediting import Part, Sheet
from functions.invoicing.model.credit_notes import CreditNote, InvoiceCredits
from functions.invoicing.model.invoices import Invoice, invoice_id, seller_of
from functions.invoicing.noting import account, credit_note_of
from functions.invoicing.tax.amounts import amounts_of, nets_within
from tests.unit.invoicing.given import buyer

DAY = date(2026, 10, 1)
NUMBER = "MP-2026-0000001"
Priced = tuple[int, int, bool]
"""Price, rate and whether the price includes VAT."""


def invoice_over(*prices: Priced) -> Invoice:
    """An invoice over these prices, with the VAT that follows from them."""
    lines = [line for rate in sorted({rate for _, rate, _ in prices}) for line in lines_at(rate, prices)]
    vat = tuple(vat_at(rate, lines) for rate in sorted({rate for _, rate, _ in prices}))
    net_minor, vat_minor = sum(one.base_minor for one in vat), sum(one.vat_minor for one in vat)
    facts: dict[str, Any] = {"entity": "MP", "member_id": "anna", "run_id": "run_1", "evidence": ()}
    return Invoice(
        id=invoice_id(NUMBER),
        number=NUMBER,
        reference="RF79MP20260000001",
        seller=seller_of("MP"),
        buyer=buyer(),
        currency="EUR",
        issued_on=DAY,
        due_on=DAY,
        lines=tuple(lines),
        vat=vat,
        net_minor=net_minor,
        vat_minor=vat_minor,
        total_minor=net_minor + vat_minor,
        **facts,
    )


def lines_at(rate: int, prices: Sequence[Priced]) -> list[Line]:
    quoted = [price for price, its, gross in prices if its == rate and gross]
    within = iter(nets_within(quoted, rate))
    return [
        Line(
            charge_id=f"chg_{place}",
            kind="listing",
            description="Listing fee",
            occurred_on=DAY,
            amount_minor=next(within) if gross else price,
            rule="flat",
            category="S",
            rate_basis_points=rate,
            quoted_minor=price if gross else None,
        )
        for place, (price, its, gross) in enumerate(prices)
        if its == rate
    ]


def vat_at(rate: int, lines: Sequence[Line]) -> VatTotal:
    due = amounts_of([line for line in lines if line.rate_basis_points == rate], rate)
    return VatTotal(
        category="S",
        country="DE",
        rate_basis_points=rate,
        base_minor=due.base_minor,
        vat_minor=due.vat_minor,
        scheme="domestic",
        quoted_minor=due.quoted_minor,
    )


class Credited:
    """An invoice and the credit notes it gets."""

    def __init__(self, invoice: Invoice) -> None:
        self.invoice = invoice
        self.account: InvoiceCredits | None = None
        self.notes: list[CreditNote] = []

    @property
    def sheet(self) -> Sheet:
        """What the notes so far have left."""
        return Sheet(self.invoice, self.account)

    def take(self, part: Part, kind: CreditKind = "amount") -> CreditNote:
        """The next note."""
        number = f"MP-C26-{len(self.notes) + 1:07d}"
        note = credit_note_of(self.invoice, number, DAY, "wrong", part, self.account, kind)
        self.account = account(self.sheet, part, note)
        self.notes.append(note)
        return note

    def sums(self) -> tuple[dict[str, tuple[int, int]], dict[int, tuple[int, int]], int]:
        """What the notes add up to, from the notes themselves: by charge, by rate, in total."""
        lines: dict[str, tuple[int, int]] = {}
        groups: dict[int, tuple[int, int]] = {}
        for note in self.notes:
            for line in note.lines:
                net, price = lines.get(line.charge_id, (0, 0))
                lines[line.charge_id] = net + line.amount_minor, price + (line.quoted_minor or line.amount_minor)
            for vat in note.vat:
                base, tax = groups.get(vat.rate_basis_points, (0, 0))
                groups[vat.rate_basis_points] = base + vat.base_minor, tax + vat.vat_minor
        return lines, groups, sum(note.total_minor for note in self.notes)


positive = st.tuples(st.integers(1, 30_000), st.sampled_from([0, 700, 1900, 2100, 2700]), st.booleans())
small = st.tuples(st.integers(1, 12), st.sampled_from([700, 1900, 2700]), st.booleans())
either = st.tuples(st.integers(-5_000, 30_000).filter(bool), st.sampled_from([0, 1900, 2700]), st.booleans())
invoices = st.one_of(
    st.lists(positive, min_size=1, max_size=7), st.lists(small, min_size=1, max_size=9), st.lists(either, min_size=1)
).map(lambda prices: invoice_over(*prices))
steps = st.lists(
    st.tuples(st.sampled_from(["gross", "net", "lines"]), st.lists(st.integers(0, 10_000), min_size=1, max_size=4)),
    max_size=6,
)


def part_of(credited: Credited, kind: str, numbers: Sequence[int]) -> Part:
    """Something of what is left: so many ten-thousandths of it, of some lines or of the whole."""
    sheet = credited.sheet
    if kind == "gross":
        return sheet.amount_with_vat(max(1, sheet.left.total_minor * numbers[0] // 10_000))
    if kind == "net":
        return sheet.amount_net(max(1, sum(sheet.left.nets) * numbers[0] // 10_000))
    wanted: dict[int, int | None] = {}
    for number in numbers:
        place = number % len(sheet.left.prices)
        wanted[place] = None if number % 3 == 0 else sheet.left.prices[place] * number // 10_000
    return sheet.some_lines(wanted)


def within(amount: int, whole: int) -> bool:
    return min(0, whole) <= amount <= max(0, whole)


def must_be_within(credited: Credited) -> None:
    """Never more than the invoice: by line, by VAT group (base and VAT), in total."""
    invoice = credited.invoice
    lines, groups, total = credited.sums()
    for line in invoice.lines:
        net, price = lines.get(line.charge_id, (0, 0))
        assert within(net, line.amount_minor)
        assert within(price, line.quoted_minor or line.amount_minor)
    for vat in invoice.vat:
        base, tax = groups.get(vat.rate_basis_points, (0, 0))
        assert within(base, vat.base_minor)
        assert within(tax, vat.vat_minor)
    assert 0 <= total <= invoice.total_minor


@settings(max_examples=400, deadline=None)
@given(invoices.filter(lambda invoice: invoice.net_minor > 0 and invoice.total_minor > 0), steps)
def test_any_credit_notes_stay_within_the_invoice_and_the_rest_ends_at_nothing(
    invoice: Invoice, wanted: list[tuple[str, list[int]]]
) -> None:
    credited = Credited(invoice)
    for kind, numbers in wanted:
        before = credited.account
        try:
            note = credited.take(part_of(credited, kind, numbers))
        except Rejected:
            assert credited.account == before
            continue
        assert note.total_minor > 0
        assert note.lines
        must_be_within(credited)
    if credited.account is None or not credited.account.complete:
        credited.take(credited.sheet.everything(), "full")
    lines, groups, total = credited.sums()
    must_be_within(credited)
    assert total == invoice.total_minor
    assert {rate: sums for rate, sums in groups.items() if any(sums)} == {
        vat.rate_basis_points: (vat.base_minor, vat.vat_minor) for vat in invoice.vat if vat.base_minor or vat.vat_minor
    }
    assert {charge: sums for charge, sums in lines.items() if any(sums)} == {
        line.charge_id: (line.amount_minor, line.quoted_minor or line.amount_minor)
        for line in invoice.lines
        if line.amount_minor or line.quoted_minor
    }
    with pytest.raises(Rejected, match="nothing_left"):
        credited.sheet.everything()


@settings(max_examples=400, deadline=None)
@given(st.lists(positive, min_size=1, max_size=7), st.lists(st.integers(1, 40_000), min_size=1, max_size=5))
def test_an_amount_is_credited_to_the_last_minor_unit(prices: list[Priced], amounts: list[int]) -> None:
    gross, net = Credited(invoice_over(*prices)), Credited(invoice_over(*prices))
    for amount in amounts:
        if amount <= gross.sheet.left.total_minor:
            assert taken(gross, amount, "gross").total_minor == amount
        if amount < sum(net.sheet.left.nets):
            assert taken(net, amount, "net").net_minor == amount


def taken(credited: Credited, amount: int, basis: str) -> CreditNote:
    """The note over an amount; one so small that it can't be parted is passed over."""
    sheet = credited.sheet
    asked = sheet.amount_with_vat if basis == "gross" else sheet.amount_net
    if amount < 3 or sheet.left.total_minor - amount < 10:
        with suppress(Rejected):
            return credited.take(asked(amount))
        return credited.take(sheet.everything()).model_copy(update={"total_minor": amount})
    return credited.take(asked(amount))


@settings(max_examples=300, deadline=None)
@given(st.lists(positive, min_size=1, max_size=7), st.lists(st.integers(1, 20_000), min_size=1, max_size=6))
def test_vat_keeps_step_with_the_base(prices: list[Priced], amounts: list[int]) -> None:
    """After each note the VAT of all notes is within two minor units of the rate of their base."""
    credited = Credited(invoice_over(*[(price, rate, False) for price, rate, _ in prices]))
    for amount in amounts:
        if amount >= sum(credited.sheet.left.nets):
            break
        credited.take(credited.sheet.amount_net(amount))
        for rate, (base, tax) in credited.sums()[1].items():
            due = (2 * base * rate + 10_000) // 20_000
            assert tax == due


def test_the_last_of_many_small_notes_takes_no_vat_that_is_not_there() -> None:
    """A hundred lines of 3 cents: a note of each alone would round to 1.00 EUR of VAT; the invoice has 0.57."""
    credited = Credited(invoice_over(*[(3, 1900, False)] * 100))
    for place in range(100):
        credited.take(credited.sheet.some_lines({place: None}))
    assert credited.invoice.vat_minor == 57
    assert [note.vat_minor for note in credited.notes[:5]] == [1, 0, 1, 0, 1]
    assert sum(note.vat_minor for note in credited.notes) == 57
    assert credited.account is not None
    assert credited.account.complete


def test_a_line_whose_price_includes_vat_is_credited_at_that_price() -> None:
    credited = Credited(invoice_over((1190, 1900, True), (595, 1900, True)))
    note = credited.take(credited.sheet.some_lines({1: None}))
    assert (note.total_minor, note.net_minor, note.vat_minor) == (595, 500, 95)
    assert note.vat[0].quoted_minor == 595
    half = credited.take(credited.sheet.some_lines({0: 595}))
    assert (half.total_minor, half.lines[0].quoted_minor, half.places) == (595, 595, (1,))


def test_nothing_goes_beyond_a_line_a_vat_group_or_the_whole() -> None:
    credited = Credited(invoice_over((1000, 1900, False), (-300, 1900, False), (500, 700, False)))
    sheet = credited.sheet
    places = {line.amount_minor: place for place, line in enumerate(credited.invoice.lines)}
    for wanted, code in (
        ({places[1000]: 1001}, "more_than_line"),
        ({places[1000]: -1}, "more_than_line"),
        ({places[-300]: 300}, "more_than_line"),
        ({places[1000]: None}, "more_than_vat_group"),
        ({places[-300]: None}, "more_than_vat_group"),
        ({places[1000]: 0}, "more_than_line"),
    ):
        with pytest.raises(Rejected, match=code):
            sheet.some_lines(wanted)
    with pytest.raises(Rejected, match="more_than_left"):
        sheet.amount_with_vat(credited.invoice.total_minor + 1)
    with pytest.raises(Rejected, match="more_than_left"):
        sheet.amount_net(credited.invoice.net_minor + 1)


def test_what_adds_up_to_nothing_does_not_stay_behind() -> None:
    """A charge and its reversal: once all that counts is taken back, both go with it."""
    credited = Credited(invoice_over((1000, 1900, False), (300, 1900, False), (-300, 1900, False)))
    note = credited.take(credited.sheet.some_lines({0: None}))
    assert (note.net_minor, len(note.lines)) == (1000, 3)
    assert credited.account is not None
    assert credited.account.complete


@given(st.integers(0, 10**9), st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=30))
def test_a_share_lies_between_nothing_and_its_weight(amount: int, weights: list[int]) -> None:
    total = sum(weights)
    amount = amount % (abs(total) + 1) * (-1 if total < 0 else 1)
    parts = spread(amount, weights)
    assert sum(parts) == amount
    assert all(within(part, weight) for part, weight in zip(parts, weights, strict=True))


def test_what_fits_is_what_the_bounds_allow() -> None:
    assert fitted(10, [1, 1], [(0, 3), (0, 20)]) == [3, 7]
    assert fitted(100, [1, 1], [(0, 3), (0, 20)]) == [3, 20]
    assert fitted(-100, [1, 1], [(-2, 3), (0, 20)]) == [-2, 0]


def test_the_numbers_of_credit_notes_of_one_invoice_follow_each_other() -> None:
    credited = Credited(invoice_over((1000, 1900, False)))
    for amount in (100, 200, 300):
        credited.take(credited.sheet.amount_with_vat(amount))
    assert [note.sequence for note in credited.notes] == [1, 2, 3]
    assert all(one.id != other.id for one, other in pairwise(credited.notes))
