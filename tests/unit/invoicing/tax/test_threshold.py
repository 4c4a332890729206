"""How near an entity is to the threshold of art. 59c."""

from functions.invoicing.model.manifests import GroupTotal
from functions.invoicing.tax.threshold import distance


def total(base: int, scheme: str = "home_rate", currency: str = "EUR") -> GroupTotal:
    return GroupTotal(
        currency=currency,
        country="BE",
        scheme=scheme,
        rate_basis_points=2_100,
        invoices=1,
        base_minor=base,
        vat_minor=0,
    )


def test_only_sales_to_consumers_elsewhere_count() -> None:
    found = distance(
        [total(300_000), total(100_000, "oss"), total(5_000_000, "domestic"), total(9, "reverse_charge")], {}
    )
    assert (found.sold_minor, found.left_minor, found.reached) == (400_000, 600_000, False)


def test_ten_thousand_euro_is_not_above_the_threshold_and_a_cent_more_is() -> None:
    assert not distance([total(1_000_000)], {}).reached
    passed = distance([total(1_000_001)], {})
    assert (passed.reached, passed.left_minor) == (True, 0)


def test_other_currencies_count_in_euro_and_one_without_a_rate_is_named() -> None:
    found = distance([total(43_000, currency="PLN"), total(100, currency="SEK")], {"PLN": "4.3"})
    assert (found.sold_minor, found.unconverted) == (10_000, ("SEK",))


def test_what_was_taken_back_no_longer_counts() -> None:
    assert distance([total(1_200_000), total(-300_000)], {}).sold_minor == 900_000
