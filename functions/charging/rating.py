"""Rating: what a case costs by a schedule, step by step."""

from itertools import accumulate
from typing import Final

from common.failures import Rejected
from common.money import LARGEST, share
from functions.charging.explaining import (
    Flat,
    Graduated,
    Limited,
    Prorated,
    Rating,
    Share,
    Slice,
    Step,
    Volume,
    exactly,
)
from functions.charging.proration import Period
from functions.charging.schedules import Case, FeeRule, Tier, Version


def no_schedule(case: Case) -> Rejected:
    """The refusal of a case that no version is for."""
    return Rejected("no_fee_schedule", f"{case.entity} has no fees in {case.currency} on {case.on}")


def rate(case: Case, by: Version, period: Period | None = None) -> Rating:
    """What a case costs by this version; the most specific rule wins.

    Rejected `no_fee_rule` where it has none for the case, `no_basis` where the rule needs a price and there is none.
    """
    schedule = by.schedule
    rule = by.rule_for(case)
    if rule.form != "flat" and case.basis_minor <= 0:
        raise Rejected("no_basis", f"the fee for {rule.scope} is taken from a price, and there is none")
    steps = [_RECKONED[rule.form](rule, case)]
    if rule.form != "flat":
        steps.append(_limited(rule, steps[-1].amount_minor))
    if period is not None and not period.whole:
        steps.append(prorated(period, steps[-1].amount_minor))
    return Rating(
        schedule_id=by.schedule_id,
        schedule=schedule.name,
        version=schedule.version,
        valid_from=schedule.valid_from,
        digest=by.digest,
        scope=rule.scope,
        country=case.country,
        segment=case.segment,
        turnover_minor=case.turnover_minor,
        gross=schedule.gross if rule.gross is None else rule.gross,
        steps=tuple(steps),
    )


def prorated(period: Period, whole_minor: int) -> Prorated:
    """The charged days' part of a period's fee."""
    return Prorated(
        amount_minor=period.part(whole_minor),
        whole_minor=whole_minor,
        days=period.days,
        of_days=period.of_days,
        active_from=period.active_from,
        active_to=period.active_to,
    )


def graduated(amount_minor: int, tiers: tuple[Tier, ...]) -> int:
    """The fee of an amount by graduated tiers, exactly, in ten-thousandths of a minor unit."""
    return sum(one.on_minor * one.basis_points for one in slices(0, amount_minor, tiers))


def slices(above_minor: int, up_to_minor: int, tiers: tuple[Tier, ...]) -> list[Slice]:
    """What of the amounts over `above` up to `up_to` lies in each band."""
    ends = [LARGEST * LARGEST if tier.up_to_minor is None else tier.up_to_minor for tier in tiers]
    parts = zip(tiers, [0, *ends], ends, strict=False)
    cut = [(tier, max(start, above_minor), min(end, up_to_minor)) for tier, start, end in parts]
    return [Slice(on_minor=end - start, basis_points=tier.basis_points) for tier, start, end in cut if end > start]


def _flat(rule: FeeRule, _: Case) -> Step:
    return Flat(amount_minor=rule.flat_minor or 0)


def _percentage(rule: FeeRule, case: Case) -> Step:
    points = rule.basis_points or 0
    return Share(
        amount_minor=share(case.basis_minor, points),
        on_minor=case.basis_minor,
        basis_points=points,
        exact=exactly(case.basis_minor * points, case.currency),
    )


def _graduated(rule: FeeRule, case: Case) -> Step:
    before = case.turnover_minor if rule.by == "turnover" else 0
    after = before + case.basis_minor
    owed = [graduated(amount, rule.graduated) for amount in (before, after)]
    return Graduated(
        amount_minor=_rounded(owed[1]) - _rounded(owed[0]),
        by=rule.by,
        before_minor=before,
        slices=tuple(slices(before, after, rule.graduated)),
        exact=exactly(owed[1] - owed[0], case.currency),
    )


def _volume(rule: FeeRule, case: Case) -> Step:
    reached = case.basis_minor + (case.turnover_minor if rule.by == "turnover" else 0)
    starts = [0, *accumulate((tier.up_to_minor or 0 for tier in rule.volume), max)]
    above, tier = next(
        (start, tier)
        for start, tier in zip(starts, rule.volume, strict=False)
        if tier.up_to_minor is None or reached <= tier.up_to_minor
    )
    exact = case.basis_minor * tier.basis_points + tier.flat_minor * 10_000
    return Volume(
        amount_minor=_rounded(exact),
        by=rule.by,
        reached_minor=reached,
        above_minor=above,
        up_to_minor=tier.up_to_minor,
        on_minor=case.basis_minor,
        basis_points=tier.basis_points,
        flat_minor=tier.flat_minor,
        exact=exactly(exact, case.currency),
    )


_RECKONED: Final = {"flat": _flat, "percentage": _percentage, "graduated": _graduated, "volume": _volume}


def _limited(rule: FeeRule, amount_minor: int) -> Limited:
    after = min(max(amount_minor, rule.minimum_minor), rule.cap_minor)
    return Limited(
        amount_minor=after,
        minimum_minor=rule.minimum_minor,
        cap_minor=None if rule.cap_minor == LARGEST else rule.cap_minor,
        applied="" if after == amount_minor else "minimum" if after > amount_minor else "cap",
    )


def _rounded(ten_thousandths: int) -> int:
    return (ten_thousandths + 5_000) // 10_000
