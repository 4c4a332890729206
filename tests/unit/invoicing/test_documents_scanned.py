"""A payer's phone reads what is printed: each code on a page, scanned from its picture."""

import io

import pytest
import zxingcpp
from PIL import Image

from common.codes import epc, swiss
from common.references import printed
from functions.invoicing.documents import pages_of
from functions.invoicing.model.invoices import Invoice
from tests.unit.invoicing.given import buyer
from tests.unit.invoicing.given_documents import credit_note, invoice, swiss_business


def scanned(document: Invoice) -> list[str]:
    pages = [Image.open(io.BytesIO(page)) for page in pages_of(document)]
    return [code.text for page in pages for code in zxingcpp.read_barcodes(page)]


@pytest.mark.parametrize("entity", ["MP", "MB"])
def test_a_transfer_in_euro_is_scanned_as_the_guidelines_want_it(entity: str) -> None:
    made = invoice(buyer(name="Zoë Ångström"), entity=entity)
    wanted = epc(made.seller, made.total_minor, "EUR", made.reference)
    assert scanned(made) == [wanted]
    assert (made.reference if entity == "MP" else printed(made.reference)) in wanted


def test_a_swiss_payment_part_is_scanned_through_its_cross() -> None:
    made = invoice(swiss_business(), entity="MS")
    [read] = scanned(made)
    assert read == swiss(made.seller, made.buyer, made.total_minor, "CHF", made.reference, made.number)


def test_nothing_is_scanned_where_nothing_is_to_be_transferred() -> None:
    assert scanned(invoice(buyer().model_copy(update={"payment_method": "card"}))) == []
    assert [zxingcpp.read_barcodes(Image.open(io.BytesIO(page))) for page in pages_of(credit_note())] == [[]]
