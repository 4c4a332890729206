"""How the members of a generated month pay: the same for the same seed, every way among the first of them."""

from collections import Counter

import pytest

from common.tools.month.means import CAST, METHODS, Means, means
from common.tools.month.outside import PROVIDERS
from common.tools.month.people import people
from emulators.adyen.payments import BEHAVIOURS as ADYEN
from emulators.gocardless.behaviours import BEHAVIOURS as GOCARDLESS
from emulators.mollie.payments import BEHAVIOURS as MOLLIE
from emulators.stripe.behaviours import BEHAVIOURS as STRIPE
from emulators.world.script import parse

KNOWN = {"stripe": STRIPE, "adyen": ADYEN, "gocardless": GOCARDLESS, "mollie": MOLLIE}


def test_the_same_seed_gives_the_same_members_and_another_seed_others() -> None:
    assert people(60, 1) == people(60, 1)
    assert people(60, 1)[len(CAST) :] != people(60, 2)[len(CAST) :]


def test_more_members_are_the_same_ones_and_more() -> None:
    assert people(200, 3)[:50] == people(50, 3)


def test_the_cast_pays_by_every_road_and_provider_and_fails_in_every_way() -> None:
    cast = [person.means for person in people(len(CAST), 1)]
    assert {one.road for one in cast} == {"debit", "card", "wallet", "instant", "transfer"}
    assert {one.provider for one in cast} == {"", "sepa", *PROVIDERS}
    assert {one.fate for one in cast} == {"pays", "soft", "hard", "late_soft", "refused", "refunded", "disputed"}
    assert {one.net for one in cast} == {"", "part", "whole"}


def test_every_provider_is_disturbed_in_a_small_month() -> None:
    disturbed = {person.means.provider for person in people(7, 1) if person.means.disorder}
    assert disturbed == set(PROVIDERS)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_a_provider_is_told_is_in_words_it_knows(provider: str) -> None:
    drawn = [means(number, country, "private", 5) for number in range(100, 2000) for country in ("DE", "FR")]
    told = {step for one in drawn if one.provider == provider for step in one.steps()}
    assert len(told) > 5
    for step in told:
        parse(step, KNOWN[provider])


def test_the_shares_of_each_country_are_those_of_the_table() -> None:
    drawn = [means(number, "NL", "private", 11) for number in range(100, 4100)]
    shares = Counter(one.road for one in drawn)
    for road, percent in METHODS["roads"]["NL"].items():
        assert abs(100 * shares[road] / len(drawn) - percent) < 3


def test_who_pays_at_the_second_attempt_is_declined_at_the_first() -> None:
    declined = Means(road="card", provider="stripe", fate="soft", recovers=True)
    assert declined.steps() == ["decline:insufficient_funds", "succeed"]
    assert Means(road="card", provider="stripe", fate="soft").steps() == ["decline:insufficient_funds"]


def test_a_call_that_was_cut_before_it_charged_is_made_again() -> None:
    cut = Means(road="debit", provider="gocardless", disorder=("cut_before", "twice"))
    assert cut.steps() == ["timeout_before", "succeed"]
