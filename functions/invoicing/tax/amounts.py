"""What lines of one VAT category and rate come to: prices with VAT and without, to the last minor unit.

A line is priced net, or *quoted*: its price includes the VAT of the member's case (none, where none is due, so that the
price is then the net amount). In each group, with rate r:

* quoted prices add up to Q exactly; their base is Q / (1 + r), rounded half up once; their VAT is what is left of Q;
* net prices add up to N exactly; their VAT is N x r, rounded half up once (EN 16931, BR-CO-17);
* the group's base and VAT are the sums of both. Members pay Q and N and the VAT on N, whatever else is on the bill.

The VAT of a group is never further from base x r than 0.5 for its net part and 0.5 x (1 + r) for its quoted part (half
a unit of base, with its VAT): less than 1.14 minor units at the Union's highest rate, 27 %.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from common.events.invoicing import Line
from common.money import share

WHOLE = 10_000
"""Basis points."""


@dataclass(frozen=True, slots=True)
class GroupAmounts:
    """What a group of lines comes to, and the two parts it is made of."""

    base_minor: int
    vat_minor: int
    quoted_minor: int | None
    """What its quoted lines add up to; None where there are none."""
    quoted_base_minor: int
    net_minor: int
    """What its other lines add up to."""


def net_within(quoted_minor: int, basis_points: int) -> int:
    """The net amount within a price that includes VAT, rounded half up (away from zero)."""
    whole = WHOLE + basis_points
    net = (2 * abs(quoted_minor) * WHOLE + whole) // (2 * whole)
    return net if quoted_minor >= 0 else -net


def group_amounts(prices: Iterable[tuple[int, bool]], basis_points: int) -> GroupAmounts:
    """What prices of one rate come to: (minor units, whether they include VAT) each."""
    net, quoted, any_quoted = 0, 0, False
    for price, gross in prices:
        if gross:
            quoted += price
            any_quoted = True
        else:
            net += price
    return _amounts(net, quoted if any_quoted else None, basis_points)


def amounts_of(lines: Iterable[Line], basis_points: int) -> GroupAmounts:
    """What lines of one group come to."""
    net, quoted, any_quoted = 0, 0, False
    for line in lines:
        price = line.quoted_minor
        if price is None:
            net += line.amount_minor
        else:
            quoted += price
            any_quoted = True
    return _amounts(net, quoted if any_quoted else None, basis_points)


def _amounts(net: int, quoted: int | None, basis_points: int) -> GroupAmounts:
    base = net_within(quoted or 0, basis_points)
    vat = (quoted or 0) - base + share(net, basis_points)
    return GroupAmounts(base + net, vat, quoted, base, net)


def nets_within(quoted: Sequence[int], basis_points: int) -> list[int]:
    """The net amount of each quoted price; they add up to the base of their sum (largest remainder).

    Each is its exact net cut off, or one minor unit further from zero where its remainder is among the largest.
    """
    whole = WHOLE + basis_points
    cut = [divmod(abs(price) * WHOLE, whole) for price in quoted]
    nets = [net if price >= 0 else -net for price, (net, _) in zip(quoted, cut, strict=True)]
    missing = net_within(sum(quoted), basis_points) - sum(nets)
    step = 1 if missing > 0 else -1
    fitting = [i for i, price in enumerate(quoted) if cut[i][1] and (price > 0) == (step > 0)]
    for index in sorted(fitting, key=lambda i: (-cut[i][1], i))[: abs(missing)]:
        nets[index] += step
    return nets
