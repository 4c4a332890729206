"""References: what each country's banks check, and back to the invoice number."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649
from stdnum.be import ogm_vcs
from stdnum.ch import esr

from common.parties import SELLERS
from common.references import (
    NoReference,
    canonical,
    creditor_reference,
    form_of,
    number_of,
    printed,
    qr_reference,
    reference_of,
    structured_communication,
)
from functions.invoicing.numbering import invoice_number

entities = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=4)
years = st.integers(2020, 2099)
places = st.integers(1, 999_999)


def test_each_seller_has_the_reference_its_bank_checks() -> None:
    assert reference_of("MP-2026-0000001", SELLERS["MP"]) == "RF79MP20260000001"
    assert reference_of("MB-2026-0000001", SELLERS["MB"]) == "260000000170"
    assert reference_of("MS-2026-0000001", SELLERS["MS"]) == "000000000013192026000000019"


def test_references_are_printed_as_people_are_used_to_see_them() -> None:
    assert printed("RF79MP20260000001") == "RF79 MP20 2600 0000 1"
    assert printed("260000000170") == "+++260/0000/00170+++"
    assert printed("000000000013192026000000019") == "00 00000 00013 19202 60000 00019"
    assert printed("what is none") == "what is none"


@given(entities, years, places)
def test_every_number_comes_back_from_each_of_its_references(entity: str, year: int, place: int) -> None:
    number = invoice_number(entity, year, place)
    for made in (creditor_reference(number), structured_communication(number), qr_reference(number)):
        assert number_of(made, entity) == number
        assert number_of(printed(made), entity) == number
        assert canonical(printed(made)) == made


@given(entities, years, places)
def test_the_published_checks_accept_them(entity: str, year: int, place: int) -> None:
    number = invoice_number(entity, year, place)
    assert iso11649.is_valid(creditor_reference(number))
    assert len(creditor_reference(number)) <= 25
    assert ogm_vcs.is_valid(structured_communication(number))
    assert len(qr_reference(number)) == 27
    assert esr.is_valid(qr_reference(number))


@given(entities, years, places, st.data())
def test_one_wrong_digit_is_found(entity: str, year: int, place: int, data: Any) -> None:
    number = invoice_number(entity, year, place)
    for made in (creditor_reference(number), structured_communication(number), qr_reference(number)):
        at = data.draw(st.integers(12, len(made) - 1) if made.startswith("RF") else st.integers(0, len(made) - 1))
        wrong = made[:at] + str((int(made[at]) + data.draw(st.integers(1, 9))) % 10) + made[at + 1 :]
        assert number_of(wrong, entity) == ""


def test_examples_of_the_standards_are_recognised() -> None:
    assert form_of("RF18 5390 0754 7034") == "rf"
    assert form_of("+++010/8068/17183+++") == "ogm"
    assert form_of("***010/8068/17183***") == "ogm"
    assert form_of("21 00000 00003 13947 14300 09017") == "qrr"
    assert number_of("RF18 5390 0754 7034") == ""
    assert number_of("21 00000 00003 13947 14300 09017") == ""


def test_a_belgian_reference_is_of_whose_account_was_paid() -> None:
    assert number_of("+++260/0000/00170+++") == ""
    assert number_of("+++260/0000/00170+++", "MB") == "MB-2026-0000001"


def test_a_creditor_reference_that_a_bank_filled_up_with_zeros_is_ours() -> None:
    assert number_of("RF79000000MP20260000001") == "MP-2026-0000001"


def test_the_first_six_digits_of_a_swiss_reference_are_the_banks() -> None:
    body = "123456" + qr_reference("MS-2026-0000001")[6:26]
    assert number_of(body + esr.calc_check_digit(body)) == "MS-2026-0000001"


@pytest.mark.parametrize(
    "text", ["", "RF", "RFRF", "0" * 27, "0" * 12, "RF79ÄÄ20260000001", "٢٦٠٠٠٠٠٠٠١٧٠", "x" * 500, "-" * 12]
)
def test_what_is_no_reference_is_none(text: str) -> None:
    assert form_of(text) is None
    assert number_of(text, "MP") == ""


@pytest.mark.parametrize("number", ["", "MP-2026", "MPMPMP-2026-0000001", "mp-2026-0000001", "MP-2126-0000001"])
def test_what_is_no_invoice_number_gives_no_belgian_reference(number: str) -> None:
    with pytest.raises(NoReference):
        structured_communication(number)
