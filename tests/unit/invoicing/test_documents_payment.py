"""How documents say they are paid: account, reference and code for who transfers; nothing to pay twice for others."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban
from stdnum.ch import esr

from common.codes import epc, latin, picture, swiss
from common.parties import SELLERS
from functions.invoicing.paper.content import paper_of
from functions.invoicing.paper.payment import pays_by_slip
from tests.unit.invoicing.given import buyer
from tests.unit.invoicing.given_documents import credit_note, invoice, swiss_business

MP, MB, MS = SELLERS["MP"], SELLERS["MB"], SELLERS["MS"]


def test_who_is_to_transfer_is_told_where_to_by_when_and_with_which_reference() -> None:
    payment = paper_of(invoice())["payment"]
    assert "15 Oct 2026" in payment["text"]
    assert {row["label"]: row["value"] for row in payment["rows"]} == {
        "Reference": "RF79 MP20 2600 0000 1",
        "IBAN": "DE89 3704 0044 0532 0130 00",
        "BIC": "COBADEFFXXX",
        "Account holder": "Marketplace Europe GmbH",
    }
    assert payment["code"].startswith("<svg")
    assert payment["alt"] == (
        "QR code for a transfer of EUR\u00a035.74 to Marketplace Europe GmbH, reference RF79 MP20 2600 0000 1"
    )


@pytest.mark.parametrize(("method", "word"), [("card", "card"), ("direct_debit", "direct debit")])
def test_who_is_collected_from_is_told_so_and_not_given_an_account_to_pay_twice(method: Any, word: str) -> None:
    payment = paper_of(invoice(buyer(payment_method=method)))["payment"]
    assert word in payment["text"]
    assert [row["label"] for row in payment["rows"]] == ["Reference"]
    assert (payment["code"], payment["slip"]) == ("", None)


def test_a_credit_note_asks_for_no_money() -> None:
    assert paper_of(credit_note())["payment"] is None


def test_the_epc_code_says_what_the_guidelines_want() -> None:
    assert epc(MP, 3574, "EUR", "RF79MP20260000001").split("\n") == [
        "BCD", "002", "1", "SCT", "COBADEFFXXX", "Marketplace Europe GmbH", "DE89370400440532013000", "EUR35.74", "",
        "RF79MP20260000001",
    ]  # fmt: skip


def test_a_belgian_reference_is_information_with_its_frame() -> None:
    told = epc(MB, 3574, "EUR", "260000000170").split("\n")
    assert told[9:] == ["", "+++260/0000/00170+++"]


@pytest.mark.parametrize(
    ("amount", "currency"), [(0, "EUR"), (-1, "EUR"), (100_000_000_000, "EUR"), (100, "CHF"), (100, "PLN")]
)
def test_there_is_no_epc_code_for_what_the_scheme_does_not_carry(amount: int, currency: str) -> None:
    assert epc(MP, amount, currency, "RF79MP20260000001") == ""


def test_a_foreign_currency_is_transferred_without_a_code() -> None:
    payment = paper_of(invoice(currency="PLN"))["payment"]
    assert (payment["code"], payment["slip"]) == ("", None)
    assert len(payment["rows"]) == 4


def test_a_swiss_code_says_what_the_guidelines_want() -> None:
    document = invoice(swiss_business(), entity="MS")
    told = swiss(MS, document.buyer, 3246, "CHF", document.reference, document.number).split("\n")
    assert told == [
        "SPC", "0200", "1", "CH7030000000300012345",
        "S", "Marketplace Schweiz AG", "Bahnhofstrasse 7", "", "8001", "Zürich", "CH",
        "", "", "", "", "", "", "",
        "32.46", "CHF",
        "S", "Käserei Alpenblick GmbH", "Marktplatz 1", "", "3780", "Gstaad", "CH",
        "QRR", "000000000013192026000000019", "MS-2026-0000001", "EPD",
    ]  # fmt: skip
    assert esr.is_valid(told[28])
    assert iban.is_valid(told[3])
    assert 30_000 <= int(told[3][4:9]) <= 31_999, "a QR reference goes to a QR-IBAN only"


def test_a_swiss_invoice_has_a_payment_part_in_the_words_of_the_guidelines() -> None:
    payment = paper_of(invoice(swiss_business(), entity="MS"))["payment"]
    slip = payment["slip"]
    assert slip["words"]["payment_part"] == "Zahlteil"
    assert slip["account"] == [
        "CH70 3000 0000 3000 1234 5",
        "Marketplace Schweiz AG",
        "Bahnhofstrasse 7",
        "8001 Zürich",
    ]
    assert slip["payer"] == ["Käserei Alpenblick GmbH", "Marktplatz 1", "3780 Gstaad"]
    assert (slip["currency"], slip["amount"]) == ("CHF", "32.46")
    assert payment["code"] == "", "one code on a document"
    assert "letzten Seite" in payment["text"]


@pytest.mark.parametrize(
    ("language", "title"), [("fr", "Section paiement"), ("it", "Sezione pagamento"), ("es", "Payment part")]
)
def test_the_payment_part_speaks_the_languages_of_the_guidelines(language: str, title: str) -> None:
    someone = swiss_business().model_copy(update={"language": language})
    assert paper_of(invoice(someone, entity="MS"))["payment"]["slip"]["words"]["payment_part"] == title


def test_large_amounts_on_a_payment_part_are_grouped_by_spaces() -> None:
    document = invoice(swiss_business(), entity="MS")
    large = document.model_copy(update={"total_minor": 123_456_789_05})
    assert paper_of(large)["payment"]["slip"]["amount"] == "123 456 789.05"


def test_no_payment_part_without_a_qr_iban_or_in_another_currency() -> None:
    document = invoice(swiss_business(), entity="MS")
    assert pays_by_slip(document)
    assert not pays_by_slip(document.model_copy(update={"currency": "USD"}))
    assert not pays_by_slip(document.model_copy(update={"seller": MS.model_copy(update={"qr_iban": ""})}))
    assert not pays_by_slip(invoice())


@given(st.text(max_size=200), st.text(min_size=1, max_size=200))
def test_nothing_anybody_is_called_breaks_out_of_its_field(name: str, street: str) -> None:
    someone = swiss_business()
    address = someone.address.model_copy(update={"street": street})
    told = swiss(MS, someone.model_copy(update={"name": name, "address": address}), 1, "CHF", "0" * 27, "x")
    assert len(told.split("\n")) == 31
    assert max(len(field) for field in told.split("\n")) <= 140
    assert len(told.encode()) <= 997, "the largest Swiss code"


@given(st.text())
def test_swiss_payments_get_latin_letters_alone(text: str) -> None:
    assert re.fullmatch("[ -~\u00a0-\u017fȘșȚț€]*", latin(text))


def test_the_same_contents_give_the_same_picture() -> None:
    assert picture("BCD\n002") == picture("BCD\n002")
    assert picture("BCD\n002") != picture("BCD\n003")
