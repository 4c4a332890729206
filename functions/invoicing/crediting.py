"""What a credit note may take back: never more than is left, by line, VAT group and in total, to the last minor unit.

VAT is taken back in step with the base: after each note the VAT of all notes together is the rate of their base
together, rounded half up once, and the invoice's own VAT once its whole base is taken back. So the sum of the notes
is the invoice exactly, and no note is more than a rounding beside its own rate (decision 0010). A line whose price
includes VAT is taken back by its price; its net amount follows, never more than it was billed with.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from common.failures import Rejected
from common.money import share
from functions.invoicing.apportioning import Bounds, clamped, fitted, spread
from functions.invoicing.model.credit_notes import InvoiceCredits
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.tax.amounts import WHOLE, net_within


@dataclass(frozen=True, slots=True)
class Part:
    """What a credit note takes: by line of the invoice net and as priced, by VAT group the VAT."""

    nets: tuple[int, ...]
    prices: tuple[int, ...]
    vat: tuple[int, ...]

    @property
    def total_minor(self) -> int:
        """With VAT."""
        return sum(self.nets) + sum(self.vat)


@dataclass(frozen=True, slots=True)
class Pot:
    """The lines of one VAT group that are priced alike, all net or all with VAT, in whole and what is left."""

    group: int
    priced: bool
    """Whether prices include VAT."""
    rate: int
    lines: tuple[int, ...]
    nets: tuple[int, ...]
    """Left of each line, net."""
    prices: tuple[int, ...]
    """Left of each line, as it is priced."""
    whole: tuple[int, ...]
    """Each line's price on the invoice."""
    base: int
    """Of the invoice."""
    vat: int
    """Of the invoice."""
    vat_left: int

    @property
    def base_left(self) -> int:
        """Of the base, what no note has taken."""
        return sum(self.nets)

    @property
    def gross_left(self) -> int:
        """With VAT, what no note has taken."""
        return self.base_left + self.vat_left

    def vat_for(self, base: int) -> int:
        """The VAT that goes with so much of the base, given all that was taken before."""
        taken = self.base - self.base_left + base
        due = self.vat if taken == self.base else share(taken, self.rate)
        return due - (self.vat - self.vat_left)

    def base_for(self, price: int) -> int:
        """The base that goes with so much of prices with VAT, given all that was taken before."""
        before = sum(self.whole) - sum(self.prices)
        return net_within(before + price, self.rate) - net_within(before, self.rate)


@dataclass(frozen=True)
class Sheet:
    """An invoice as its credit notes have left it."""

    invoice: Invoice
    credits: InvoiceCredits | None

    @cached_property
    def left(self) -> Part:
        """All that is left."""
        lines, vat = self.invoice.lines, self.invoice.vat
        prices = tuple(line.price_minor for line in lines)
        if self.credits is None:
            return Part(tuple(line.amount_minor for line in lines), prices, tuple(one.vat_minor for one in vat))
        taken = self.credits
        return Part(
            _less((line.amount_minor for line in lines), taken.lines),
            _less(prices, taken.prices),
            _less((one.vat_minor for one in vat), taken.vat),
        )

    @cached_property
    def pots(self) -> tuple[Pot, ...]:
        """The VAT groups, each in one or two parts: prices with VAT, and net prices."""
        found: dict[tuple[int, bool], list[int]] = {}
        groups = {(vat.category, vat.rate_basis_points): at for at, vat in enumerate(self.invoice.vat)}
        for place, line in enumerate(self.invoice.lines):
            at = groups[line.category, line.rate_basis_points]
            found.setdefault((at, line.quoted_minor is not None), []).append(place)
        return tuple(self._pot(at, priced, lines, found) for (at, priced), lines in sorted(found.items()))

    def _pot(self, at: int, priced: bool, lines: Sequence[int], all_pots: Mapping[tuple[int, bool], list[int]]) -> Pot:
        beside = [] if priced else all_pots.get((at, True), [])
        included, included_left = self._vat_in(beside)
        own, own_left = self._vat_in(lines)
        group = self.invoice.vat[at]
        return Pot(
            group=at,
            priced=priced,
            rate=group.rate_basis_points,
            lines=tuple(lines),
            nets=tuple(self.left.nets[place] for place in lines),
            prices=tuple(self.left.prices[place] for place in lines),
            whole=tuple(self.invoice.lines[place].price_minor for place in lines),
            base=sum(self.invoice.lines[place].amount_minor for place in lines),
            vat=own if priced else group.vat_minor - included,
            vat_left=own_left if priced else self.left.vat[at] - included_left,
        )

    def _vat_in(self, lines: Sequence[int]) -> tuple[int, int]:
        """The VAT that the prices of these lines include: on the invoice, and what is left of it."""
        whole = sum(line.price_minor - line.amount_minor for line in (self.invoice.lines[place] for place in lines))
        return whole, sum(self.left.prices[place] - self.left.nets[place] for place in lines)

    # -- the kinds of credit note ----------------------------------------------------------------

    def everything(self) -> Part:
        """All that is left; Rejected `nothing_left` (409) where that is nothing."""
        if self.left.total_minor <= 0:
            raise Rejected("nothing_left", f"all of {self.invoice.number} is credited already", status=409)
        return self.left

    def some_lines(self, wanted: Mapping[int, int | None]) -> Part:
        """Lines by their place from 0, each whole (None: what is left of it) or so much of its price.

        Rejected `more_than_line`, `more_than_vat_group` or `more_than_left` (409) where it is beyond what is left,
        `nothing_to_credit` where it adds up to nothing or less.
        """
        prices = [0] * len(self.left.prices)
        for place, amount in wanted.items():
            prices[place] = self._of_line(place, amount)
        taken = [self._by_prices(pot, [prices[place] for place in pot.lines]) for pot in self.pots]
        return self._fit(self._joined(taken))

    def amount_with_vat(self, amount: int) -> Part:
        """So much, VAT included, spread over everything that is left in proportion.

        Rejected `more_than_left` (409), or `not_divisible` where the last units can only be taken together.
        """
        if amount >= self.left.total_minor:
            return self._all_of(amount, self.left.total_minor)
        shares = self._divisible(spread(amount, [pot.gross_left for pot in self.pots]))
        return self._fit(self._joined([_with_vat(pot, one) for pot, one in zip(self.pots, shares, strict=True)]))

    def amount_net(self, amount: int) -> Part:
        """So much net, and the VAT that goes with it; Rejected `more_than_left` (409)."""
        net_left = sum(self.left.nets)
        if amount >= net_left:
            return self._all_of(amount, net_left)
        shares = spread(amount, [pot.base_left for pot in self.pots])
        return self._fit(self._joined([_net(pot, one) for pot, one in zip(self.pots, shares, strict=True)]))

    def _all_of(self, amount: int, left: int) -> Part:
        if amount > left or left <= 0:
            raise Rejected("more_than_left", f"only {left} is left of {self.invoice.number}", status=409)
        return self.everything()

    def _of_line(self, place: int, amount: int | None) -> int:
        left = self.left.prices[place]
        wanted = left if amount is None else amount
        if not _within(wanted, left) or not wanted:
            says = f"only {left} is left of line {place + 1} of {self.invoice.number}"
            raise Rejected("more_than_line", says, status=409)
        return wanted

    def _by_prices(self, pot: Pot, prices: Sequence[int]) -> "Taken":
        if pot.priced:
            return _with_vat_by_line(pot, prices)
        base = sum(prices)
        return Taken(pot, tuple(prices), tuple(prices), pot.vat_for(base)) if any(prices) else _nothing(pot)

    def _divisible(self, shares: list[int]) -> list[int]:
        """Shares that can each be parted into base and VAT: one that can't goes to a part that can take it as well."""
        stray = 0
        for at, pot in enumerate(self.pots):
            if not _can_part(pot, shares[at]):
                stray, shares[at] = stray + shares[at], 0
        for at, pot in enumerate(self.pots) if stray else ():
            if _can_part(pot, shares[at] + stray):
                shares[at] += stray
                return shares
        if stray:
            raise Rejected("not_divisible", "so small a part has no base and VAT of its own: credit a little more")
        return shares

    def _joined(self, taken: Sequence["Taken"]) -> Part:
        nets, prices = [0] * len(self.invoice.lines), [0] * len(self.invoice.lines)
        vat = [0] * len(self.invoice.vat)
        for one in map(_rounded_off, taken):
            vat[one.pot.group] += one.vat
            for place, net, price in zip(one.pot.lines, one.nets, one.prices, strict=True):
                nets[place], prices[place] = net, price
        return Part(tuple(nets), tuple(prices), tuple(vat))

    def _fit(self, part: Part) -> Part:
        """The part, or all that is left where what would stay adds up to nothing."""
        for at, vat in enumerate(self.invoice.vat):
            base = sum(part.nets[place] for pot in self.pots if pot.group == at for place in pot.lines)
            left = sum(pot.base_left for pot in self.pots if pot.group == at)
            if not _within(base, left) or not _within(part.vat[at], self.left.vat[at]):
                says = f"only {left} is left at {vat.rate_basis_points / 100:g} % VAT ({vat.category})"
                raise Rejected("more_than_vat_group", says, status=409)
        if part.total_minor > self.left.total_minor:
            raise Rejected("more_than_left", f"only {self.left.total_minor} is left", status=409)
        if part.total_minor <= 0:
            raise Rejected("nothing_to_credit", "what is taken back adds up to nothing")
        return self.left if part.total_minor == self.left.total_minor else part


@dataclass(frozen=True, slots=True)
class Taken:
    """What a note takes of one pot."""

    pot: Pot
    nets: tuple[int, ...]
    prices: tuple[int, ...]
    vat: int


def _less(whole: Iterable[int], taken: Sequence[int]) -> tuple[int, ...]:
    return tuple(one - other for one, other in zip(whole, taken, strict=True))


def _between(amount: int) -> Bounds:
    """From nothing to the amount, whichever sign it has."""
    return min(amount, 0), max(amount, 0)


def _within(amount: int, left: int) -> bool:
    return clamped(amount, _between(left)) == amount


def _with_vat(pot: Pot, gross: int) -> Taken:
    """So much of a pot, VAT included."""
    if not gross:
        return _nothing(pot)
    if pot.priced:
        return _with_vat_by_line(pot, spread(gross, pot.prices))
    base = _base_in(pot, gross)
    nets = tuple(spread(base, pot.nets))
    return Taken(pot, nets, nets, gross - base)


def _with_vat_by_line(pot: Pot, prices: Sequence[int]) -> Taken:
    """So much of the prices with VAT of a pot's lines; what is left of each line keeps a net amount and VAT."""
    if not any(prices):
        return _nothing(pot)
    bounds = [_net_within(*line) for line in zip(pot.nets, pot.prices, prices, strict=True)]
    nets = fitted(pot.base_for(sum(prices)), prices, bounds)
    return Taken(pot, tuple(nets), tuple(prices), sum(prices) - sum(nets))


def _net(pot: Pot, base: int) -> Taken:
    """So much of a pot's base, and the VAT that goes with it."""
    if not base:
        return _nothing(pot)
    nets = spread(base, pot.nets)
    if not pot.priced:
        return Taken(pot, tuple(nets), tuple(nets), pot.vat_for(base))
    bounds = [_price_within(*line) for line in zip(pot.nets, pot.prices, nets, strict=True)]
    prices = fitted(base + pot.vat_for(base), pot.prices, bounds)
    return Taken(pot, tuple(nets), tuple(prices), sum(prices) - base)


def _nothing(pot: Pot) -> Taken:
    none = (0,) * len(pot.lines)
    return Taken(pot, none, none, 0)


def _net_within(left: int, price_left: int, price: int) -> Bounds:
    """Between which amounts the net part of a line lies, so that its VAT, taken and left, stays on its side."""
    if price_left < 0:
        low, high = _net_within(-left, -price_left, -price)
        return -high, -low
    least = max(0, left - (price_left - price))
    return least, max(least, min(left, price))


def _price_within(left: int, price_left: int, net: int) -> Bounds:
    """The same for the price of a line, of which so much net is taken."""
    low, high = sorted((net, net + price_left - left))
    return low, high


def _base_in(pot: Pot, gross: int) -> int:
    """The largest base that makes no more than this with its VAT."""
    sign = -1 if gross < 0 else 1
    limit = max(sign * pot.base_left, 0)

    def makes(size: int) -> int:
        return size + abs(pot.vat_for(sign * size))

    base = clamped(abs(gross) * WHOLE // (WHOLE + pot.rate), (0, limit))
    while base < limit and makes(base + 1) <= abs(gross):
        base += 1
    while base and makes(base) > abs(gross):
        base -= 1
    return sign * base


def _can_part(pot: Pot, gross: int) -> bool:
    """Whether so much of a pot is base and VAT, and so is what stays."""
    if pot.priced or gross in {0, pot.gross_left}:
        return True
    base = _base_in(pot, gross)
    return 0 < abs(base) < abs(pot.base_left) and _within(gross - base, pot.vat_left)


def _rounded_off(taken: Taken) -> Taken:
    """With what stays of a pot where that adds up to nothing: a charge and its reversal, say."""
    pot = taken.pot
    if not any(taken.prices) or (sum(taken.nets), taken.vat) != (pot.base_left, pot.vat_left):
        return taken
    return Taken(pot, pot.nets, pot.prices, pot.vat_left)
