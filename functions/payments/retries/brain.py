"""Deciding what follows a failed collection: when it is tried again, or who is asked for what, and why."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final, Literal

from pydantic import Field

from common.dates import is_bank_day, next_bank_day
from common.values import Exact
from functions.payments.retries.policies import Budget, Policy, Rail, policy_on
from functions.payments.retries.reasons import Group, Reason, ReasonClass, reason_of

Method = Literal["card", "direct_debit"]
Action = Literal["retry", "ask_authentication", "ask_method", "ask_mandate", "stop"]
ACTIONS: Final[dict[ReasonClass, Action]] = {
    "needs_member": "ask_authentication",
    "new_method": "ask_method",
    "new_mandate": "ask_mandate",
    "stop": "stop",
}
TEN_THOUSAND: Final = 10_000


class Case(Exact):
    """A failed attempt, as far as it matters for the next one."""

    provider: str
    method: Method
    code: str
    soft: bool
    """What the provider's adapter says: whether later may be better."""
    tries: Annotated[int, Field(ge=1)]
    """Attempts made with this card or account so far, this one included."""
    first_at: datetime
    failed_at: datetime
    owed_minor: Annotated[int, Field(ge=0)]
    currency: str
    mandate: Literal["active", "ended", "at_provider"] = "at_provider"
    """Of a direct debit: whether its mandate still holds; most providers keep it themselves."""


class Decision(Exact):
    """What follows, with every reason for it in words; kept with the attempt."""

    action: Action
    at: datetime | None = None
    """When the next attempt is made; only for `retry`."""
    reason_class: ReasonClass
    group: Group
    reasons: tuple[str, ...]
    policy: str
    """The version of the rules that decided."""


def decide(case: Case, policy: Policy | None = None) -> Decision:
    """What follows a failed attempt, by the policy of that day unless another is given."""
    policy = policy or policy_on(case.failed_at.date())
    reason = reason_of(case.provider, case.method, case.code, soft=case.soft)
    if reason.reason_class != "soft":
        return _decided(ACTIONS[reason.reason_class], reason, (reason.says,), policy)
    rail = policy.rails[case.method]
    budget = rail.groups[reason.group]
    against = next(_against(case, policy, rail, budget), None)
    if against is not None:
        return _decided(against[0], reason, (reason.says, against[1]), policy)
    day, why = _day(case, policy, rail, budget)
    if day > case.first_at.date() + timedelta(days=policy.window_days):
        late = f"{day} is more than {policy.window_days} days after the first attempt"
        return _decided("ask_method", reason, (reason.says, *why, late), policy)
    at = datetime.combine(day, time(policy.hour_utc, tzinfo=UTC))
    return _decided("retry", reason, (reason.says, *_for(case, rail, budget), *why), policy, at)


def planned(case: Case, policy: Policy | None = None) -> list[Decision]:
    """Every decision to come if each further attempt fails in the same way; the last one ends it."""
    found = [decide(case, policy)]
    while (at := found[-1].at) is not None:
        case = case.model_copy(update={"tries": case.tries + 1, "failed_at": at})
        found.append(decide(case, policy))
    return found


def _decided(
    action: Action, reason: Reason, reasons: tuple[str, ...], policy: Policy, at: datetime | None = None
) -> Decision:
    return Decision(
        action=action,
        at=at,
        reason_class=reason.reason_class,
        group=reason.group,
        reasons=reasons,
        policy=policy.version,
    )


def _against(case: Case, policy: Policy, rail: Rail, budget: Budget) -> Iterator[tuple[Action, str]]:
    """Each rule that forbids another attempt, and what is done instead."""
    if case.method == "direct_debit" and case.mandate == "ended":
        yield "ask_mandate", "the mandate has ended"
    if case.owed_minor == 0:
        yield "stop", "nothing is owed"
    if case.tries >= budget.attempts:
        yield "ask_method", f"{case.tries} of at most {budget.attempts} attempts for this reason were made"
    since_days = (case.failed_at - case.first_at).days
    if case.tries >= rail.network_attempts and since_days <= rail.network_days:
        yield "ask_method", f"{case.tries} of {rail.network_attempts} attempts in {rail.network_days} days were made"
    cost, expected = _cost(case, rail), _expected(case, rail)
    if cost is not None and expected < cost:
        yield "ask_method", f"an attempt costs {cost} and is expected to bring {expected} {case.currency} (minor units)"
    if case.failed_at.date() > case.first_at.date() + timedelta(days=policy.window_days):
        yield "ask_method", f"the first attempt was more than {policy.window_days} days ago"


def _for(case: Case, rail: Rail, budget: Budget) -> Iterator[str]:
    yield f"attempt {case.tries + 1} of at most {budget.attempts} for this reason"
    cost, expected = _cost(case, rail), _expected(case, rail)
    if cost is None:
        yield f"what an attempt in {case.currency} costs is not known"
    else:
        yield f"it costs {cost} and is expected to bring {expected} of {case.owed_minor} {case.currency} (minor units)"
    if case.method == "direct_debit":
        kept = "the mandate is active" if case.mandate == "active" else "the provider keeps the mandate"
        yield f"{kept}; the payer is told at least {rail.notice_days} days before"


def _cost(case: Case, rail: Rail) -> int | None:
    return rail.cost_minor.get(case.currency)


def _expected(case: Case, rail: Rail) -> int:
    chances = rail.chance_basis_points
    return case.owed_minor * chances[min(case.tries, len(chances)) - 1] // TEN_THOUSAND


def _day(case: Case, policy: Policy, rail: Rail, budget: Budget) -> tuple[date, list[str]]:
    """The day of the next attempt: after the gap, told in time, when wages are there, when banks work."""
    gap = budget.gap_days[min(case.tries, len(budget.gap_days)) - 1]
    day = case.failed_at.date() + timedelta(days=max(gap, rail.notice_days))
    why = [f"at least {gap} days after a failure: {day}"]
    if budget.payday and (better := _after_payday(day, policy)):
        why.append(f"wages have come by {better}")
        day = better
    if rail.calendar == "bank" and not is_bank_day(day):
        day = next_bank_day(day)
        why.append(f"banks work on {day}")
    return day, why


def _after_payday(day: date, policy: Policy) -> date | None:
    """The day after the next payday within reach; None where one is fresh, or none is near."""
    paydays = [next_bank_day(payday) + timedelta(days=1) for payday in _paydays_around(day, policy.paydays)]
    if any(0 <= (day - one).days <= policy.payday_fresh_days for one in paydays):
        return None
    return next((one for one in paydays if 0 < (one - day).days <= policy.payday_reach_days), None)


def _paydays_around(day: date, paydays: tuple[int, ...]) -> list[date]:
    first = day.replace(day=1)
    months = [(first - timedelta(days=1)).replace(day=1), first, (first + timedelta(days=32)).replace(day=1)]
    return sorted(month.replace(day=number) for month in months for number in paydays)
