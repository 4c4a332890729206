"""The legal entities are complete and their numbers are such as registers and banks take."""

from zoneinfo import ZoneInfo

import pytest
from stdnum import iban
from stdnum.ch import vat as swiss_vat
from stdnum.eu import vat

from common.money import EXPONENTS
from common.parties import SELLERS, Seller


@pytest.fixture(params=SELLERS.values(), ids=list(SELLERS))
def seller(request: pytest.FixtureRequest) -> Seller:
    found: Seller = request.param
    return found


def test_its_vat_id_and_accounts_have_the_right_check_digits(seller: Seller) -> None:
    assert (swiss_vat if seller.address.country == "CH" else vat).is_valid(seller.vat_id)
    assert iban.is_valid(seller.iban)
    assert seller.iban[:2] == seller.address.country == seller.bic[4:6]


def test_its_currencies_and_time_zone_are_known(seller: Seller) -> None:
    assert {seller.currency, seller.vat_currency} <= EXPONENTS.keys()
    assert ZoneInfo(seller.time_zone)


def test_it_says_all_that_electronic_invoices_ask_of_a_seller(seller: Seller) -> None:
    assert all((seller.legal_id, seller.contact, seller.phone, seller.email))
    scheme, _, address = seller.endpoint.partition(":")
    assert scheme.isdigit()
    assert address


def test_a_swiss_qr_reference_is_paid_to_a_qr_iban(seller: Seller) -> None:
    assert (seller.transfer_reference == "qrr") == bool(seller.qr_iban)
    if seller.qr_iban:
        assert iban.is_valid(seller.qr_iban)
        assert 30_000 <= int(seller.qr_iban[4:9]) <= 31_999


@pytest.mark.parametrize("name", ["company_code", "iban", "vat_id", "name", "colour"])
def test_no_two_share_what_tells_them_apart(name: str) -> None:
    values = [getattr(seller, name) for seller in SELLERS.values()]
    assert len(set(values)) == len(values)


def test_every_form_of_reference_and_both_vat_areas_are_there() -> None:
    assert {seller.transfer_reference for seller in SELLERS.values()} == {"rf", "ogm", "qrr"}
    assert {"DE", "BE", "CH"} <= {seller.address.country for seller in SELLERS.values()}
