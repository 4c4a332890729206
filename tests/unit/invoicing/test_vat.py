"""Where a service is taxed, and at what rate."""

from datetime import date

import pytest

from common.failures import Rejected
from common.parties import SELLERS
from functions.invoicing.vat import decide, rates, standard_rate
from tests.unit.invoicing.given import buyer

MP = SELLERS["MP"]
DAY = date(2026, 9, 15)


@pytest.mark.parametrize("business", [True, False])
def test_a_buyer_in_the_sellers_state_pays_the_domestic_rate(business: bool) -> None:
    decision = decide(MP, buyer(country="DE", business=business, vat_id="DE811115368" if business else ""), DAY)
    assert (decision.scheme, decision.category, decision.country) == ("domestic", "S", "DE")
    assert decision.rate_basis_points == 1_900


def test_a_business_of_another_state_with_a_valid_vat_id_owes_the_vat_itself() -> None:
    decision = decide(MP, buyer(country="FR", business=True, vat_id="FR40303265045"), DAY)
    assert (decision.scheme, decision.category, decision.rate_basis_points) == ("reverse_charge", "AE", 0)
    assert decision.note == "Reverse charge"
    assert any("FR40303265045" in ground for ground in decision.evidence)


def test_greek_vat_ids_start_with_el() -> None:
    assert decide(MP, buyer(country="GR", business=True, vat_id="EL094259216"), DAY).scheme == "reverse_charge"


def test_a_business_without_a_valid_vat_id_is_taxed_like_a_consumer() -> None:
    decision = decide(MP, buyer(country="FR", business=True), DAY)
    assert (decision.scheme, decision.country, decision.rate_basis_points) == ("oss", "FR", 2_000)


def test_a_vat_id_of_the_sellers_own_state_is_no_ground_for_reverse_charge() -> None:
    assert decide(MP, buyer(country="FR", business=True, vat_id="DE811115368"), DAY).scheme == "oss"


def test_a_vat_id_makes_no_business_of_a_private_person() -> None:
    assert decide(MP, buyer(country="FR", vat_id="FR40303265045"), DAY).scheme == "oss"


def test_a_consumer_in_another_state_pays_their_own_states_rate() -> None:
    decision = decide(MP, buyer(country="FI"), DAY)
    assert (decision.scheme, decision.country, decision.rate_basis_points) == ("oss", "FI", 2_550)


@pytest.mark.parametrize("country", ["GB", "CH", "NO", "US"])
@pytest.mark.parametrize("vat_id", ["", "XI123456789"])
def test_outside_the_union_there_is_no_vat_of_the_union(country: str, vat_id: str) -> None:
    decision = decide(MP, buyer(country=country, business=True, vat_id=vat_id), DAY)
    assert (decision.scheme, decision.category, decision.country, decision.rate_basis_points) == (
        "outside_scope",
        "O",
        "",
        0,
    )


@pytest.mark.parametrize(
    ("country", "changed_on", "before", "after"),
    [
        ("EE", date(2024, 1, 1), 2_000, 2_200),
        ("EE", date(2025, 7, 1), 2_200, 2_400),
        ("RO", date(2025, 8, 1), 1_900, 2_100),
        ("SK", date(2025, 1, 1), 2_000, 2_300),
        ("FI", date(2024, 9, 1), 2_400, 2_550),
    ],
)
def test_a_rate_changes_at_midnight_of_its_day(country: str, changed_on: date, before: int, after: int) -> None:
    assert standard_rate(country, date.fromordinal(changed_on.toordinal() - 1)) == before
    assert standard_rate(country, changed_on) == after


def test_every_member_state_has_a_rate_the_directive_allows() -> None:
    assert len(rates()) == 27
    assert all(1_500 <= rate <= 2_700 for history in rates().values() for _, rate in history)


def test_a_day_before_the_table_begins_is_refused() -> None:
    with pytest.raises(Rejected, match="no_vat_rate"):
        decide(MP, buyer(country="FR"), date(2015, 12, 31))
