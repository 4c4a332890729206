"""The variance guard: what a run must not issue before a person has looked, by the limits of its policy."""

from collections.abc import Sequence
from typing import Literal

from functions.invoicing.model.manifests import Figure
from functions.invoicing.model.run_policies import Limits, limit_in
from functions.invoicing.model.runs import GroupHold

MOST_HOLDS = 50
"""A run that differs everywhere is told by its largest differences."""
WHOLE = 10_000


def groups_out_of_line(
    now: Sequence[Figure], earlier: Sequence[Sequence[Figure]], limits: Limits
) -> tuple[GroupHold, ...]:
    """Groups whose net differs from the mean of the runs before by more than the limits, the largest first.

    A group that was never there before counts as nothing before; one that is gone as nothing now.
    Without runs before there is nothing to compare.
    """
    if not earlier:
        return ()
    usual: dict[str, int] = {}
    known = {figure.name: figure.model_copy(update={"count": 0, "net_minor": 0}) for run in earlier for figure in run}
    for figure in (figure for run in earlier for figure in run):
        usual[figure.name] = usual.get(figure.name, 0) + figure.net_minor
    known |= {figure.name: figure for figure in now}
    means = {name: usual.get(name, 0) // len(earlier) for name in known}
    found = [
        GroupHold(id=name, figure=figure, usual_minor=means[name])
        for name, figure in sorted(known.items())
        if _differs(figure, means[name], limits)
    ]
    found.sort(key=lambda hold: -abs(hold.figure.net_minor - hold.usual_minor))
    return tuple(found[:MOST_HOLDS])


def _differs(figure: Figure, usual: int, limits: Limits) -> bool:
    difference = abs(figure.net_minor - usual)
    floor = limit_in(limits.group_floor_minor, figure.currency)
    return floor is not None and difference > floor and difference * WHOLE > abs(usual) * limits.group_basis_points


def bill_out_of_line(
    total: int, currency: str, earlier: Sequence[int], limits: Limits
) -> tuple[Literal["above_limit", "unlike_before"], int] | None:
    """Why a bill is held, and the total it would have passed at; None where it passes.

    `earlier` are the totals of the member's last bills in this currency.
    """
    largest = max(earlier, default=0)
    by_times = largest * limits.bill_times
    most, floor = limit_in(limits.bill_most_minor, currency), limit_in(limits.bill_floor_minor, currency)
    if most is not None and total > most and total > 2 * largest:
        return "above_limit", max(most, 2 * largest)
    if earlier and floor is not None and total > max(floor, by_times):
        return "unlike_before", max(floor, by_times)
    return None
