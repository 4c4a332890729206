"""The retry brain: what follows a failed collection, always with its reasons, and never more than the policy allows."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.dates import is_bank_day
from functions.payments.declines import is_soft
from functions.payments.retries.brain import ACTIONS, Case, Decision, decide, planned
from functions.payments.retries.policies import every_policy, policy_on
from functions.payments.retries.reasons import CLASSES, _known, reason_of

DAY_ONE = datetime(2026, 10, 1, 8, tzinfo=UTC)
POLICY = policy_on(DAY_ONE.date())
CODES = {
    (method, provider): sorted(_known(method, provider))
    for method, provider in (
        ("card", "stripe"), ("card", "adyen"), ("card", "mollie"), ("direct_debit", "sepa"),
        ("direct_debit", "gocardless"), ("direct_debit", "stripe"),
    )
}  # fmt: skip


def case(code: str = "insufficient_funds", **changes: Any) -> Case:
    """A card's first attempt over 119.00 EUR that failed on 1 October."""
    usual = {"provider": "stripe", "method": "card", "code": code, "soft": True, "tries": 1}
    more = {"first_at": DAY_ONE, "failed_at": DAY_ONE, "owed_minor": 11_900, "currency": "EUR"}
    return Case.model_validate({**usual, **more, **changes})


def debit(code: str, **changes: Any) -> Case:
    """The same by direct debit."""
    return case(code, provider="sepa", method="direct_debit", **changes)


def days(decisions: list[Decision]) -> list[str]:
    return [one.at.isoformat()[:16] for one in decisions if one.at is not None]


def test_a_card_without_money_is_asked_at_exactly_the_documented_days() -> None:
    found = planned(case())
    assert days(found) == ["2026-10-04T05:00", "2026-10-09T05:00", "2026-10-16T05:00"]
    assert (found[-1].action, found[-1].reasons[-1]) == (
        "ask_method", "4 of at most 4 attempts for this reason were made",
    )  # fmt: skip


def test_a_debit_without_money_is_asked_at_exactly_the_documented_days() -> None:
    assert days(planned(debit("AM04"))) == ["2026-10-05T05:00", "2026-10-16T05:00"]
    assert days(planned(debit("MS03"))) == ["2026-10-06T05:00"]


def test_the_day_after_wages_is_worth_waiting_for_when_it_is_near() -> None:
    failed = datetime(2026, 10, 10, 9, tzinfo=UTC)
    [decision] = planned(case(first_at=failed, failed_at=failed))[:1]
    assert days([decision]) == ["2026-10-16T05:00"]
    assert "wages have come by 2026-10-16" in decision.reasons


def test_wages_that_have_just_come_are_not_waited_for_again() -> None:
    failed = datetime(2026, 10, 14, 9, tzinfo=UTC)
    assert days(planned(case(first_at=failed, failed_at=failed))[:1]) == ["2026-10-17T05:00"]


def test_a_disturbed_bank_is_asked_again_the_next_day_whatever_day_wages_come() -> None:
    assert days(planned(case("issuer_not_available"))) == ["2026-10-02T05:00", "2026-10-04T05:00", "2026-10-08T05:00"]


@pytest.mark.parametrize(
    ("method", "provider", "code", "action"),
    [
        ("card", "stripe", "authentication_required", "ask_authentication"),
        ("card", "adyen", "38", "ask_authentication"),
        ("card", "adyen", "RedirectShopper", "ask_authentication"),
        ("card", "mollie", "authentication_failed", "ask_authentication"),
        ("card", "stripe", "lost_card", "ask_method"),
        ("card", "adyen", "Expired Card", "ask_method"),
        ("card", "mollie", "card_expired", "ask_method"),
        ("card", "stripe", "fraudulent", "stop"),
        ("card", "adyen", "20", "stop"),
        ("card", "adyen", "12", "retry"),
        ("card", "adyen", "insufficient_funds", "retry"),
        ("card", "mollie", "refused_by_issuer", "retry"),
        ("direct_debit", "sepa", "AM04", "retry"),
        ("direct_debit", "sepa", "MS03", "retry"),
        ("direct_debit", "sepa", "AC01", "ask_mandate"),
        ("direct_debit", "sepa", "AC04", "ask_mandate"),
        ("direct_debit", "mollie", "AC06", "ask_method"),
        ("direct_debit", "sepa", "AG01", "ask_method"),
        ("direct_debit", "sepa", "AG02", "stop"),
        ("direct_debit", "sepa", "MD01", "ask_mandate"),
        ("direct_debit", "sepa", "MD06", "stop"),
        ("direct_debit", "sepa", "MD07", "stop"),
        ("direct_debit", "sepa", "MS02", "stop"),
        ("direct_debit", "sepa", "RC01", "ask_mandate"),
        ("direct_debit", "sepa", "SL01", "ask_method"),
        ("direct_debit", "sepa", "RR04", "stop"),
        ("direct_debit", "gocardless", "insufficient_funds", "retry"),
        ("direct_debit", "gocardless", "mandate_cancelled", "ask_mandate"),
        ("direct_debit", "gocardless", "bank_account_closed", "ask_mandate"),
        ("direct_debit", "gocardless", "refund_requested", "stop"),
    ],
)
def test_each_code_has_its_consequence(method: str, provider: str, code: str, action: str) -> None:
    assert decide(case(code, method=method, provider=provider)).action == action


def test_an_issuer_that_advises_against_it_is_not_asked_again() -> None:
    decision = decide(case(soft=False))
    assert (decision.action, decision.at) == ("ask_method", None)
    assert decision.reasons == ("insufficient_funds: no further try is advised",)


def test_a_code_nobody_listed_counts_by_what_its_adapter_says() -> None:
    assert decide(case("new_in_2030")).action == "retry"
    assert decide(case("new_in_2030", soft=False)).action == "ask_method"
    assert decide(case("", soft=False)).reasons == ("no code: not listed, is not worth another try",)


def test_a_few_cents_are_not_worth_what_an_attempt_costs() -> None:
    decision = decide(debit("AM04", owed_minor=700))
    assert (decision.action, decision.at) == ("ask_method", None)
    assert decision.reasons[-1] == "an attempt costs 300 and is expected to bring 280 EUR (minor units)"
    assert decide(debit("AM04", owed_minor=750)).action == "retry"


def test_what_an_attempt_costs_in_a_currency_nobody_priced_is_said_and_does_not_stop_it() -> None:
    decision = decide(case(currency="ISK"))
    assert decision.action == "retry"
    assert "what an attempt in ISK costs is not known" in decision.reasons


def test_a_debit_whose_mandate_has_ended_wants_another_one() -> None:
    decision = decide(debit("AM04", mandate="ended"))
    assert (decision.action, decision.reasons[-1]) == ("ask_mandate", "the mandate has ended")


def test_nothing_is_retried_for_nothing() -> None:
    assert decide(case(owed_minor=0)).action == "stop"


def test_no_attempt_is_made_long_after_the_first() -> None:
    late = decide(case(failed_at=DAY_ONE + timedelta(days=27)))
    assert late.action == "ask_method"
    assert "more than 28 days after the first attempt" in late.reasons[-1]


def test_the_adapters_and_the_brain_agree_on_what_is_soft() -> None:
    for (method, provider), codes in CODES.items():
        for code in codes:
            soft = CLASSES[_known(method, provider)[code]] == "soft"
            assert is_soft(code, provider=provider, method=method) == soft
            assert not is_soft(code, "do_not_try_again", provider=provider, method=method)


def test_every_policy_has_a_gap_and_a_chance_for_each_further_attempt() -> None:
    for policy in every_policy():
        for rail in policy.rails.values():
            for budget in rail.groups.values():
                assert len(budget.gap_days) == budget.attempts - 1
                assert len(rail.chance_basis_points) >= budget.attempts - 1
                assert budget.attempts <= rail.network_attempts
            assert set(rail.groups) == {group for group, kind in CLASSES.items() if kind == "soft"}


def test_a_policy_holds_from_its_day_on() -> None:
    assert policy_on(date(2030, 1, 1)).version == every_policy()[-1].version
    assert policy_on(date(2020, 1, 1)).version == every_policy()[0].version


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any failure of any method, at any time, with codes that are known or not."""
    method, provider = draw(st.sampled_from(sorted(CODES)))
    code = draw(st.sampled_from(CODES[method, provider]) | st.text(max_size=12))
    first = draw(st.datetimes(datetime(2026, 1, 1), datetime(2031, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001 - st.just gives the zone
    failed = first + draw(st.timedeltas(timedelta(0), timedelta(days=60)))
    return case(
        code,
        method=method,
        provider=provider,
        soft=draw(st.booleans()),
        tries=draw(st.integers(1, 20)),
        first_at=first,
        failed_at=failed,
        owed_minor=draw(st.integers(0, 10_000_000)),
        currency=draw(st.sampled_from(["EUR", "PLN", "ISK"])),
        mandate=draw(st.sampled_from(["active", "ended", "at_provider"])),
    )


@given(cases())
def test_a_reason_that_is_not_soft_is_never_retried(failed: Case) -> None:
    reason = reason_of(failed.provider, failed.method, failed.code, soft=failed.soft)
    if reason.reason_class != "soft":
        decision = decide(failed)
        assert (decision.action, decision.at) == (ACTIONS[reason.reason_class], None)


@given(cases())
def test_every_decision_explains_itself(failed: Case) -> None:
    decision = decide(failed)
    assert decision.reasons
    assert all(reason.strip() for reason in decision.reasons)
    assert decision.policy == policy_on(failed.failed_at.date()).version
    assert (decision.action == "retry") == (decision.at is not None)


@given(cases())
def test_no_plan_exceeds_its_budget_or_its_window(failed: Case) -> None:
    found = planned(failed)
    retries = [one for one in found if one.at is not None]
    if not retries:
        return
    policy = policy_on(failed.failed_at.date())
    budget = policy.rails[failed.method].groups[retries[0].group]
    assert failed.tries + len(retries) <= budget.attempts
    last = retries[-1].at
    assert last is not None
    assert last.date() <= failed.first_at.date() + timedelta(days=policy.window_days)
    assert found[-1].action != "retry"


@given(cases())
def test_no_attempt_is_made_before_its_gap_nor_when_banks_sleep_nor_after_the_reminders_hour(failed: Case) -> None:
    previous = failed.failed_at
    for tries, decision in enumerate(planned(failed), start=failed.tries):
        if decision.at is None:
            break
        policy = policy_on(previous.date())
        rail = policy.rails[failed.method]
        gap = rail.groups[decision.group].gap_days[tries - 1]
        assert (decision.at.date() - previous.date()).days >= max(gap, rail.notice_days)
        assert (decision.at.hour, decision.at.minute) == (policy.hour_utc, 0)
        assert decision.at > previous
        if rail.calendar == "bank":
            assert is_bank_day(decision.at.date())
        previous = decision.at
