"""Which places lie outside the VAT area of the state they belong to, and which count as another's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.invoicing.tax.territories import Territory, member_states, parent_of, state_of_vat_id, territory_of


@pytest.mark.parametrize(
    ("country", "postcode", "name"),
    [
        ("ES", "35001", "the Canary Islands"),
        ("ES", "38999", "the Canary Islands"),
        ("ES", "E-38001", "the Canary Islands"),
        ("ES", "51001", "Ceuta"),
        ("ES", "52001", "Melilla"),
        ("FR", "97100", "the French overseas departments"),
        ("FR", "97 400", "the French overseas departments"),
        ("FR", "97600", "the French overseas departments"),
        ("FI", "22100", "Åland"),
        ("FI", "FI-22 100", "Åland"),
        ("DE", "27498", "Helgoland"),
        ("DE", "D-27498", "Helgoland"),
        ("IT", "23041", "Livigno"),
        ("IT", "22061", "Campione d'Italia"),
        ("GR", "630 86", "Mount Athos"),
        ("EL", "63086", "Mount Athos"),
        ("AX", "22100", "Åland"),
        ("RE", "97400", "Réunion"),
        ("IC", "35001", "the Canary Islands"),
    ],
)
def test_these_parts_of_member_states_lie_outside_the_vat_area(country: str, postcode: str, name: str) -> None:
    found = territory_of(country, postcode)
    assert (found.area, found.name) == ("", name)
    assert found.country in member_states()


@pytest.mark.parametrize(
    ("country", "postcode"),
    [
        ("ES", "34999"), ("ES", "36001"), ("ES", "08001"), ("ES", "50001"), ("ES", "53001"), ("FR", "97000"),
        ("FR", "97700"), ("FR", "75001"), ("FI", "21999"), ("FI", "23001"), ("DE", "27497"), ("DE", "27499"),
        ("DE", "78265"), ("DE", "78267"), ("IT", "23040"), ("IT", "22060"), ("GR", "63085"), ("NL", "3511 AB"),
        ("ES", "3500"), ("ES", "350011"), ("ES", ""), ("IE", "D02 X285"),
    ],
)  # fmt: skip
def test_their_neighbours_and_what_only_looks_like_them_lie_inside(country: str, postcode: str) -> None:
    assert territory_of(country, postcode) == Territory(country, "EU")


@pytest.mark.parametrize(
    ("postcode", "region"),
    [
        ("9000-123", "PT-30"),
        ("9499", "PT-30"),
        ("9500-321", "PT-20"),
        ("9999", "PT-20"),
        ("8999-999", ""),
        ("1000", ""),
    ],
)
def test_madeira_and_the_azores_lie_inside_with_rates_of_their_own(postcode: str, region: str) -> None:
    found = territory_of("PT", postcode)
    assert (found.country, found.area, found.region) == ("PT", "EU", region)


@pytest.mark.parametrize(
    ("country", "postcode", "counted", "area"),
    [
        ("MC", "98000", "FR", "EU"),
        ("IM", "IM1 1AA", "GB", ""),
        ("GB", "BT1 1AA", "GB", ""),
        ("XI", "BT1 1AA", "GB", ""),
        ("UK", "SW1A 1AA", "GB", ""),
        ("EL", "10431", "GR", "EU"),
        ("LI", "9490", "CH", "CH"),
        ("CH", "8001", "CH", "CH"),
        ("DE", "78266", "CH", "CH"),
        ("NO", "0001", "NO", ""),
        ("SM", "47890", "SM", ""),
        ("ZZ", "", "ZZ", ""),
    ],
)
def test_some_places_count_as_another_country(country: str, postcode: str, counted: str, area: str) -> None:
    found = territory_of(country, postcode)
    assert (found.country, found.area) == (counted, area)


@pytest.mark.parametrize(
    ("vat_id", "state"),
    [
        ("EL094259216", "GR"),
        ("GR094259216", ""),
        ("FR40303265045", "FR"),
        ("XI123456789", ""),
        ("CHE123", ""),
        ("", ""),
    ],
)
def test_a_vat_id_tells_the_member_state_that_gave_it(vat_id: str, state: str) -> None:
    assert state_of_vat_id(vat_id) == state


@pytest.mark.parametrize(("country", "parent"), [("AX", "FI"), ("MC", "FR"), ("EL", "GR"), ("DE", "DE"), ("GP", "FR")])
def test_evidence_from_a_part_of_a_country_speaks_for_the_country(country: str, parent: str) -> None:
    assert parent_of(country) == parent


@given(st.text(max_size=3), st.text(max_size=20))
def test_any_country_and_postcode_lie_somewhere(country: str, postcode: str) -> None:
    assert territory_of(country, postcode).area in {"EU", "CH", ""}
