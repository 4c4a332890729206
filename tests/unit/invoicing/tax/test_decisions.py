"""Where a service is taxed, at what rate and on what grounds: every case of a German, a Belgian and a Swiss seller."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.failures import Rejected
from common.parties import SELLERS, Buyer, Location, Seller
from functions.invoicing.tax.decisions import VatDecision, decide
from functions.invoicing.tax.natures import services
from functions.invoicing.tax.notes import NOTES
from functions.invoicing.tax.territories import member_states
from tests.unit.invoicing.given import buyer

MP, MB, MS = (SELLERS[entity] for entity in ("MP", "MB", "MS"))
DAY = date(2026, 9, 15)


def someone(country: str, postcode: str = "1000", **facts: Any) -> Buyer:
    """A buyer at a postcode."""
    made = buyer(country=country, **facts)
    return made.model_copy(update={"address": made.address.model_copy(update={"postcode": postcode})})


def on_a_listing(seller: Seller, who: Buyer, day: date = DAY) -> VatDecision:
    return decide(seller, who, "listing", day)


def short(decision: VatDecision) -> tuple[str, str, int, str]:
    return decision.scheme, decision.category, decision.rate_basis_points, decision.country


# -- a seller in the Union ------------------------------------------------------------------------


@pytest.mark.parametrize("business", [True, False])
def test_a_buyer_in_the_sellers_state_pays_the_domestic_rate(business: bool) -> None:
    who = buyer(country="DE", business=business, vat_id="DE811115368" if business else "")
    assert short(on_a_listing(MP, who)) == ("domestic", "S", 1_900, "DE")


def test_a_business_of_another_state_with_a_valid_vat_id_owes_the_vat_itself() -> None:
    decision = on_a_listing(MP, buyer(country="FR", business=True, vat_id="FR40303265045"))
    assert short(decision) == ("reverse_charge", "AE", 0, "FR")
    assert (decision.note, decision.exemption_code) == ("Reverse charge", "VATEX-EU-AE")
    assert "VAT id of FR checked as valid, no consultation number" in decision.evidence


def test_the_grounds_say_whether_the_proof_of_a_vat_id_is_kept() -> None:
    decision = on_a_listing(MP, buyer(country="FR", business=True, vat_id="FR40303265045", vat_proof="WAPIAAAAX1"))
    assert "VAT id of FR checked as valid, consultation number kept" in decision.evidence
    assert not any("WAPIAAAAX1" in ground for ground in decision.evidence)


def test_greek_vat_ids_start_with_el() -> None:
    assert short(on_a_listing(MP, buyer(country="GR", business=True, vat_id="EL094259216")))[0] == "reverse_charge"


def test_a_business_without_a_valid_vat_id_is_taxed_like_a_consumer() -> None:
    assert short(on_a_listing(MP, buyer(country="FR", business=True))) == ("oss", "S", 2_000, "FR")


def test_a_vat_id_of_the_sellers_own_state_is_no_ground_for_reverse_charge() -> None:
    assert on_a_listing(MP, buyer(country="FR", business=True, vat_id="DE811115368")).scheme == "oss"


def test_a_vat_id_makes_no_business_of_a_private_person() -> None:
    assert on_a_listing(MP, buyer(country="FR", vat_id="FR40303265045")).scheme == "oss"


def test_a_business_owes_the_vat_in_the_state_that_gave_its_vat_id() -> None:
    assert on_a_listing(MP, buyer(country="FR", business=True, vat_id="IT00743110157")).country == "IT"


def test_a_business_in_the_sellers_state_is_domestic_whoever_gave_its_vat_id() -> None:
    assert on_a_listing(MP, buyer(country="DE", business=True, vat_id="FR40303265045")).scheme == "domestic"


def test_a_consumer_in_another_state_pays_their_own_states_rate() -> None:
    assert short(on_a_listing(MP, buyer(country="FI"))) == ("oss", "S", 2_550, "FI")


@pytest.mark.parametrize(("postcode", "rate"), [("9000-123", 2_200), ("9500-321", 1_600), ("1000-001", 2_300)])
def test_a_region_has_its_own_rate(postcode: str, rate: int) -> None:
    decision = on_a_listing(MP, someone("PT", postcode))
    assert short(decision) == ("oss", "S", rate, "PT")


def test_monaco_is_taxed_as_france() -> None:
    assert short(on_a_listing(MP, someone("MC", "98000"))) == ("oss", "S", 2_000, "FR")


@pytest.mark.parametrize("country", ["GB", "CH", "NO", "US", "XI", "IM", "LI"])
@pytest.mark.parametrize(
    ("business", "vat_id"), [(False, ""), (True, ""), (True, "XI123456789"), (True, "FR40303265045")]
)
def test_outside_the_union_there_is_no_vat_of_the_union(country: str, business: bool, vat_id: str) -> None:
    decision = on_a_listing(MP, buyer(country=country, business=business, vat_id=vat_id))
    assert short(decision) == ("outside_scope", "O", 0, "")
    assert (decision.note, decision.exemption_code) == ("Outside the scope of EU VAT", "VATEX-EU-O")


@pytest.mark.parametrize(
    ("country", "postcode"),
    [
        ("ES", "35001"), ("ES", "38001"), ("ES", "51001"), ("ES", "52001"), ("FR", "97410"), ("FI", "22100"),
        ("DE", "78266"), ("DE", "27498"), ("IT", "23041"), ("IT", "22061"), ("GR", "63086"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("business", [True, False])
def test_neither_is_there_in_the_parts_of_states_outside_its_area(country: str, postcode: str, business: bool) -> None:
    vat_id = "ESA28015865" if business else ""
    assert short(on_a_listing(MP, someone(country, postcode, business=business, vat_id=vat_id)))[:2] == (
        "outside_scope",
        "O",
    )


def test_before_an_entity_joins_the_one_stop_shop_consumers_elsewhere_pay_its_own_vat() -> None:
    joins = MP.model_copy(update={"oss_from": date(2026, 9, 15)})
    assert short(on_a_listing(joins, buyer(country="FR"), date(2026, 9, 14))) == ("home_rate", "S", 1_900, "DE")
    assert short(on_a_listing(joins, buyer(country="FR"), date(2026, 9, 15))) == ("oss", "S", 2_000, "FR")


def test_an_entity_outside_the_one_stop_shop_taxes_consumers_elsewhere_at_home() -> None:
    decision = on_a_listing(MB, buyer(country="NL"))
    assert short(decision) == ("home_rate", "S", 2_100, "BE")
    assert any("art. 59c" in ground for ground in decision.evidence)
    assert on_a_listing(MB, buyer(country="BE")).scheme == "domestic"


# -- a seller in Switzerland ----------------------------------------------------------------------


@pytest.mark.parametrize(("country", "postcode"), [("CH", "8001"), ("LI", "9490"), ("DE", "78266")])
@pytest.mark.parametrize(("day", "rate"), [(date(2023, 12, 31), 770), (date(2024, 1, 1), 810)])
def test_swiss_vat_holds_in_switzerland_liechtenstein_and_busingen(
    country: str, postcode: str, day: date, rate: int
) -> None:
    assert short(on_a_listing(MS, someone(country, postcode), day)) == ("domestic", "S", rate, "CH")


def test_a_swiss_seller_charges_a_business_abroad_no_vat() -> None:
    decision = on_a_listing(MS, buyer(country="DE", business=True, vat_id="DE811115368"))
    assert short(decision) == ("outside_scope", "O", 0, "")
    assert decision.note_key == "outside_swiss_vat"


@pytest.mark.parametrize("country", ["GB", "US"])
def test_a_swiss_seller_charges_consumers_outside_the_union_no_vat(country: str) -> None:
    assert short(on_a_listing(MS, buyer(country=country))) == ("outside_scope", "O", 0, "")


def test_a_swiss_seller_taxes_consumers_in_the_union_where_they_are() -> None:
    assert short(on_a_listing(MS, buyer(country="IT"))) == ("oss", "S", 2_200, "IT")
    assert short(on_a_listing(MS, buyer(country="FR", business=True))) == ("oss", "S", 2_000, "FR")


def test_a_swiss_seller_that_is_not_registered_may_not() -> None:
    with pytest.raises(Rejected, match="no_vat_registration"):
        on_a_listing(MS.model_copy(update={"oss_from": None}), buyer(country="IT"))


def test_a_seller_anywhere_else_is_refused() -> None:
    address = MP.address.model_copy(update={"country": "US"})
    with pytest.raises(Rejected, match="unknown_tax_area"):
        on_a_listing(MP.model_copy(update={"address": address}), buyer())


# -- kinds of service -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["compensation", "dunning_fee", "interest"])
@pytest.mark.parametrize("seller", [MP, MB, MS])
@pytest.mark.parametrize("country", ["DE", "FR", "CH"])
def test_what_is_no_supply_is_outside_the_scope_everywhere(kind: str, seller: Seller, country: str) -> None:
    decision = decide(seller, buyer(country=country), kind, DAY)
    assert short(decision) == ("outside_scope", "O", 0, "")
    assert decision.note_key == "no_supply"


def test_a_financial_service_is_exempt_with_its_code() -> None:
    decision = decide(MP, buyer(country="DE"), "financing", DAY)
    assert short(decision) == ("exempt", "E", 0, "DE")
    assert (decision.exemption_code, decision.note_key) == ("VATEX-EU-135-1", "exempt_financial")


def test_an_exempt_service_is_supplied_where_a_business_is_and_to_consumers_at_the_sellers() -> None:
    assert decide(MP, buyer(country="FR", business=True), "financing", DAY).country == "FR"
    assert decide(MP, buyer(country="FR"), "financing", DAY).country == "DE"
    assert decide(MP, buyer(country="CH"), "financing", DAY).category == "O"
    assert decide(MS, buyer(country="CH"), "financing", DAY).exemption_code == ""


def test_a_kind_nobody_has_described_is_refused() -> None:
    with pytest.raises(Rejected, match="unknown_service"):
        decide(MP, buyer(), "gift", DAY)


# -- where a consumer is --------------------------------------------------------------------------


def at(*items: tuple[Any, str]) -> dict[str, Any]:
    return {"locations": tuple(Location(kind=kind, country=country) for kind, country in items)}


def test_one_item_decides_and_is_marked() -> None:
    assert "a single item of evidence" in on_a_listing(MP, buyer(country="FR")).evidence[0]


def test_two_items_that_agree_are_kept_as_the_grounds() -> None:
    decision = on_a_listing(MP, buyer(country="FR", **at(("ip", "FR"))))
    assert decision.evidence[0] == "consumer in FR by address, ip (art. 24b and 24f, Regulation 282/2011)"


def test_two_items_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(Rejected, match="location_contradictory"):
        on_a_listing(MP, buyer(country="FR", **at(("ip", "IT"))))


def test_what_most_items_say_decides_and_the_others_are_named() -> None:
    decision = on_a_listing(MP, buyer(country="FR", **at(("ip", "IT"), ("bank", "FR"))))
    assert decision.country == "FR"
    assert "against ip (IT)" in decision.evidence[0]


def test_the_majority_may_be_against_the_address_and_then_its_postcode_says_nothing() -> None:
    decision = on_a_listing(MP, someone("ES", "35001", **at(("ip", "PT"), ("bank", "PT"))))
    assert short(decision) == ("oss", "S", 2_300, "PT")


def test_two_against_two_is_no_majority() -> None:
    with pytest.raises(Rejected, match="location_contradictory"):
        on_a_listing(MP, buyer(country="FR", **at(("ip", "IT"), ("bank", "FR"), ("phone", "IT"))))


def test_the_same_item_twice_is_one_item() -> None:
    with pytest.raises(Rejected, match="location_contradictory"):
        on_a_listing(MP, buyer(country="FR", **at(("ip", "IT"), ("ip", "IT"))))


def test_a_bank_of_france_does_not_contradict_an_address_in_monaco_or_on_reunion() -> None:
    assert on_a_listing(MP, someone("MC", "98000", **at(("bank", "FR")))).country == "FR"
    assert on_a_listing(MP, someone("RE", "97400", **at(("bank", "FR")))).category == "O"


def test_where_a_proven_business_is_needs_no_such_items() -> None:
    who = buyer(country="FR", business=True, vat_id="FR40303265045", **at(("ip", "IT")))
    assert on_a_listing(MP, who).scheme == "reverse_charge"


def test_what_is_no_supply_needs_no_place() -> None:
    assert decide(MP, buyer(country="FR", **at(("ip", "IT"))), "compensation", DAY).category == "O"


# -- anything -------------------------------------------------------------------------------------

letters = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2)
places = st.one_of(st.sampled_from(sorted(member_states() | {"CH", "GB", "MC", "AX", "EL"})), letters)
located_at = st.lists(
    st.builds(Location, kind=st.sampled_from(["payment", "bank", "ip", "phone"]), country=places), max_size=4
)


@given(
    st.sampled_from([MP, MB, MS]),
    places,
    st.text(min_size=1, max_size=16),
    st.booleans(),
    st.one_of(st.just(""), st.builds(lambda state, rest: state + rest, letters, st.text(max_size=10))),
    located_at,
    st.sampled_from([*services(), "gift", ""]),
    st.dates(),
)
def test_whoever_buys_whatever_gets_a_decision_or_a_refusal(
    seller: Seller,
    country: str,
    postcode: str,
    business: bool,
    vat_id: str,
    locations: list[Location],
    kind: str,
    day: date,
) -> None:
    who = someone(country, postcode, business=business, vat_id=vat_id, locations=tuple(locations))
    try:
        decision = decide(seller, who, kind, day)
    except Rejected:
        return
    assert (decision.rate_basis_points > 0) == (decision.category == "S")
    assert (decision.country == "") == (decision.category == "O")
    assert (decision.exemption_code != "") == (
        decision.category in {"AE", "O"} or (seller is not MS and decision.category == "E")
    )
    assert decision.evidence
    assert decision.note_key in NOTES
    assert (decision.note == "") == (decision.category == "S")
    assert not any(vat_id in ground for ground in decision.evidence if len(vat_id) > 4)
