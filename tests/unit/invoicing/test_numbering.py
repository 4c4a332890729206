"""Numbers without gaps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.invoicing.numbering import (
    credit_number,
    invoice_number,
    invoice_series,
    place_of,
)


def test_an_invoice_number_names_entity_year_and_place() -> None:
    assert invoice_number("MP", 2026, 1) == "MP-2026-0000001"
    assert credit_number("MP", 2026, 12) == "MP-C26-0000012"


def test_each_entity_and_year_has_its_own_series() -> None:
    assert len({invoice_series(entity, year) for entity in ("MP", "MX") for year in (2026, 2027)}) == 4


@pytest.mark.parametrize("entity", ["MP", "MPX", "MPXY"])
def test_a_number_fits_saps_reference_field(entity: str) -> None:
    assert len(invoice_number(entity, 2026, 999_999)) <= 16


def test_a_number_that_does_not_fit_is_never_made() -> None:
    with pytest.raises(ValueError, match="longer"):
        invoice_number("MP", 2026, 10**8)


@given(st.integers(1, 10**7), st.integers(0, 99))
def test_the_places_of_a_page_follow_each_other(first: int, index: int) -> None:
    assert place_of(first, index + 1) - place_of(first, index) == 1
