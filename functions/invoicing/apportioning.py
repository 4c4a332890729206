"""Whole amounts shared out in proportion, to the last minor unit, and within bounds where there are some."""

from collections.abc import Sequence


def spread(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """An amount in proportion to weights of either sign (largest remainder).

    Where the amount lies between nothing and the weights' sum, each part lies between nothing and its weight, and so
    does what is left of it. Weights that add up to nothing take nothing.
    """
    total = sum(weights)
    if total == 0:
        return [0] * len(weights)
    if total < 0:
        return [-part for part in spread(-amount_minor, [-weight for weight in weights])]
    parts = [amount_minor * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount_minor * weights[i] % total), i))
    for index in by_remainder[: amount_minor - sum(parts)]:
        parts[index] += 1
    return parts


Bounds = tuple[int, int]
"""The least and the most, both included."""


def fitted(amount_minor: int, weights: Sequence[int], bounds: Sequence[Bounds]) -> list[int]:
    """The same, each part within its bounds; the amount itself is moved to what all bounds together allow."""
    amount_minor = clamped(amount_minor, (sum(low for low, _ in bounds), sum(high for _, high in bounds)))
    parts = [clamped(part, bound) for part, bound in zip(spread(amount_minor, weights), bounds, strict=True)]
    missing = amount_minor - sum(parts)
    for index, (low, high) in enumerate(bounds):
        step = clamped(missing, (low - parts[index], high - parts[index]))
        parts[index] += step
        missing -= step
    return parts


def clamped(amount_minor: int, bounds: Bounds) -> int:
    """The amount, or the bound it is beyond."""
    return min(max(amount_minor, bounds[0]), bounds[1])
