"""What a document says in business terms: who pays how, why there is no VAT, where it can be sent."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from common.failures import Rejected
from common.parties import SELLERS
from common.wording import REGIONS
from functions.invoicing import einvoice
from functions.invoicing.einvoice.addresses import VAT_SCHEMES, endpoint_of
from functions.invoicing.einvoice.profiles import CORE, PEPPOL, XRECHNUNG
from functions.invoicing.einvoice.statement import means_texts, terms_of
from functions.invoicing.einvoice.terms import Endpoint, Preceding
from functions.invoicing.einvoice.xml import NOTHING, clean, document, group, leaf
from tests.unit.invoicing.einvoice.cases import CASES, HAMBURG, HOSTILE, Case, Taxed, buyer, credit_note, invoice
from tests.unit.invoicing.einvoice.read import read

GERMAN = CASES["german business"]
SUBSCRIPTION = CASES["subscription in advance"]


def told(case: Case, **facts: Any) -> Case:
    """The case with other facts about the buyer."""
    return replace(case, buyer=case.buyer.model_copy(update=facts))


def test_who_transfers_euro_is_given_the_sepa_account_and_the_reference() -> None:
    means = terms_of(invoice(GERMAN), CORE).means
    assert (means.code, means.reference) == ("58", "RF39MP20260000042")
    assert (means.account, means.bic) == ("DE89370400440532013000", "COBADEFFXXX")


def test_a_transfer_in_another_currency_is_no_sepa_transfer() -> None:
    assert terms_of(invoice(CASES["polish consumer"]), CORE).means.code == "30"


@pytest.mark.parametrize("method", ["card", "direct_debit"])
def test_who_is_collected_from_is_given_no_account_to_pay_twice(method: str) -> None:
    means = terms_of(invoice(told(GERMAN, payment_method=method)), CORE).means
    assert (means.code, means.account, means.bic) == ("68", "", "")
    assert means.text == means_texts()["de"][method]


def test_a_credit_note_asks_for_no_money_and_names_its_invoice() -> None:
    terms = terms_of(credit_note(GERMAN), CORE)
    assert (terms.type_code, terms.means.code, terms.means.account, terms.due_on) == ("381", "97", "", None)
    assert terms.preceding == Preceding("MP-2026-0000042", date(2026, 10, 1))
    assert terms.note == "Grund: charged twice"
    assert terms.gross_minor > 0


def test_a_swiss_qr_reference_is_paid_to_its_own_account() -> None:
    one = invoice(CASES["swiss seller"])
    assert terms_of(one, CORE).means.account == SELLERS["MS"].qr_iban
    other = one.model_copy(update={"reference": "RF79MP20260000001"})
    assert terms_of(other, CORE).means.account == SELLERS["MS"].iban


def test_a_reversal_has_a_negative_quantity_and_no_negative_price() -> None:
    items = terms_of(invoice(CASES["reversals"]), CORE).items
    assert [(item.quantity, item.price_minor) for item in items] == [(1, 1_000), (-1, 1_000), (1, 2_500), (-1, 1)]


def test_the_buyers_reference_is_quoted_and_the_member_stands_in_for_none() -> None:
    assert terms_of(invoice(GERMAN), XRECHNUNG).buyer_reference == "04011000-12345-39"
    assert terms_of(invoice(told(GERMAN, reference=" ")), XRECHNUNG).buyer_reference == "de"


def test_where_nothing_is_subject_to_vat_no_vat_id_and_no_rate_stands() -> None:
    terms = terms_of(invoice(told(CASES["swiss business"], vat_id="CHE123456788MWST")), CORE)
    assert (terms.seller.vat_id, terms.buyer.vat_id) == ("", "")
    assert [item.rate for item in terms.items] == [None] * 3
    assert [(part.category, part.reason_code) for part in terms.breakdown] == [("O", "VATEX-EU-O")]


def test_a_line_says_the_days_it_is_for_and_the_document_covers_them_all() -> None:
    for terms in (terms_of(invoice(SUBSCRIPTION), CORE), terms_of(credit_note(SUBSCRIPTION), CORE)):
        days = [(item.starts_on, item.ends_on) for item in terms.items]
        assert days == [(date(2026, 9, 10), date(2026, 10, 31))] * 2 + [(date(2026, 9, 15), date(2026, 9, 15))]
        assert (terms.starts_on, terms.ends_on) == (date(2026, 9, 10), date(2026, 10, 31))
        assert terms.delivered_on == date(2026, 9, 16), "the last tax point: the rest of the days is paid in advance"


def test_an_exemption_is_said_as_the_tax_decision_said_it() -> None:
    _, exempt = terms_of(invoice(CASES["an exempt fee among others"]), CORE).breakdown
    assert (exempt.category, exempt.reason_code) == ("E", "VATEX-EU-135-1")
    assert exempt.reason.startswith("Exempt from VAT: financial service")
    unknown = replace(CASES["german business"], taxed=(Taxed("E", 0, "DE", "exempt", note="Exempt: art. 132"),))
    assert terms_of(invoice(unknown), CORE).breakdown[0].reason == "Exempt: art. 132"


def test_a_fee_without_a_supply_is_not_said_to_be_supplied_abroad() -> None:
    (part,) = terms_of(invoice(CASES["a fee without a supply"]), CORE).breakdown
    assert part.reason == "Outside the scope of VAT: there is no supply for consideration."


def test_a_new_invoice_names_the_one_in_whose_place_it_stands() -> None:
    terms = terms_of(invoice(CASES["a new invoice in place of another"]), CORE)
    assert (terms.type_code, terms.preceding) == ("380", Preceding("MP-2026-0000041", date(2026, 9, 1)))
    assert "MP-2026-0000041" in terms.note


@pytest.mark.parametrize(
    ("language", "words"),
    [("de", "Steuerschuldnerschaft des Leistungsempfängers"), ("fr", "Autoliquidation"), ("nl", "Btw verlegd"),
     ("it", "Inversione contabile"), ("es", "Inversión del sujeto pasivo"), ("pl", "Odwrotne obciążenie"),
     ("el", "Αντίστροφη επιβάρυνση"), ("bg", "Обратно начисляване"), ("en", "Reverse charge"),
     ("xx", "Reverse charge")],
)  # fmt: skip
def test_reverse_charge_is_said_in_the_words_of_article_226_in_the_buyers_language(language: str, words: str) -> None:
    terms = terms_of(invoice(told(CASES["belgian business"], language=language)), CORE)
    assert terms.breakdown[0].reason.startswith(words)


def test_every_language_of_the_pages_names_every_way_to_pay() -> None:
    assert set(means_texts()) == set(REGIONS)
    assert len({frozenset(one) for one in means_texts().values()}) == 1


def test_vat_is_told_in_the_currency_of_the_tax_office_with_its_rate() -> None:
    terms = terms_of(invoice(CASES["polish consumer"]), CORE)
    assert (terms.vat_currency, terms.vat_accounted_minor) == ("EUR", 557)
    assert terms.note == "1 PLN = 0.2345 EUR (ECB, 30 wrz 2026)"


def test_a_reason_is_never_read_as_a_code() -> None:
    note = credit_note(replace(GERMAN, reason="#AAI# see #REG#"))
    assert "#" not in terms_of(note, CORE).note


def test_a_blank_name_is_the_member() -> None:
    blank = told(GERMAN, name=HOSTILE["blank"])
    assert terms_of(invoice(blank), CORE).buyer.name == "de"
    assert read(einvoice.cii(invoice(blank))).buyer.name == "de"


def test_an_erased_buyer_still_has_a_document_that_can_be_read() -> None:
    erased = invoice(GERMAN).model_copy(
        update={"buyer": GERMAN.buyer.model_copy(update={"name": "[erased]", "email": "", "endpoint": ""})}
    )
    assert read(einvoice.ubl(erased)).buyer.endpoint is None


def test_who_can_not_be_reached_gets_no_document_of_that_network() -> None:
    consumer = invoice(CASES["italian consumer"])
    with pytest.raises(Rejected, match="no_electronic_address"):
        einvoice.ubl(consumer, PEPPOL)
    assert set(einvoice.syntaxes(consumer)) == {"cii.xml", "ubl.xml", "xrechnung.xml"}
    assert set(einvoice.syntaxes(invoice(GERMAN))) == {"cii.xml", "ubl.xml", "xrechnung.xml", "peppol.xml"}
    nowhere = invoice(told(CASES["italian consumer"], email=""))
    assert set(einvoice.syntaxes(nowhere)) == {"cii.xml", "ubl.xml"}


@pytest.mark.parametrize(
    ("facts", "core", "peppol"),
    [
        ({"endpoint": "0208:0202239951"}, ("0208", "0202239951"), ("0208", "0202239951")),
        ({"endpoint": "EM:a@b.example", "vat_id": "BE0202239951"}, ("EM", "a@b.example"), ("0208", "0202239951")),
        ({"endpoint": "nonsense"}, ("EM", "m@example.com"), None),
        ({"endpoint": ":x"}, ("EM", "m@example.com"), None),
        ({"vat_id": "SE556703170801"}, ("EM", "m@example.com"), ("0007", "5567031708")),
        ({"vat_id": "DK13585628"}, ("EM", "m@example.com"), ("0184", "DK13585628")),
        ({"vat_id": "EL094259216"}, ("EM", "m@example.com"), ("9933", "EL094259216")),
        ({"vat_id": "CHE123456788"}, ("EM", "m@example.com"), None),
        ({}, ("EM", "m@example.com"), None),
        ({"email": ""}, None, None),
    ],
)
def test_the_address_is_the_one_given_else_the_vat_ids_else_the_mailbox(
    facts: dict[str, Any], core: tuple[str, str] | None, peppol: tuple[str, str] | None
) -> None:
    someone = buyer("m", "M", HAMBURG, **facts)
    assert endpoint_of(someone, CORE) == (Endpoint(*core) if core else None)
    assert endpoint_of(someone, PEPPOL) == (Endpoint(*peppol) if peppol else None)


def test_every_member_states_vat_id_is_an_address() -> None:
    states = "AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
    assert set(states.split(" ")) <= set(VAT_SCHEMES)


@given(st.text())
def test_any_text_becomes_xml_that_says_it(text: str) -> None:
    content = document("a", {"": "urn:a"}, leaf("b", clean(text) or "x", c=clean(text)))
    found = etree.fromstring(content)[0]
    assert (found.text, found.get("c")) == (clean(text) or "x", clean(text))


@given(st.text(st.characters(codec="utf-8")))
def test_cleaning_changes_nothing_that_is_clean(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize("letters", ["Ж Ω ł ß ﬁ € 名前 한국 שלום 😀", 'O\'Neil & "Söhne" <GmbH>', "a\u200bb\u00adc"])
def test_what_xml_can_say_is_said(letters: str) -> None:
    assert clean(letters) == letters


def test_what_xml_can_not_say_is_replaced_visibly() -> None:
    assert clean("a\x00b\x1bc\x7fd\ufffee\ud800f\u202eg") == "a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf\ufffdg"


def test_nothing_unclean_gets_into_a_document() -> None:
    with pytest.raises(ValueError, match="no place in XML"):
        document("a", {"": "urn:a"}, leaf("b", "\x00"))


def test_an_element_without_content_does_not_exist() -> None:
    assert group("a", leaf("b", ""), group("c", NOTHING)) == NOTHING


def test_two_thousand_lines_are_written_and_read() -> None:
    case = replace(GERMAN, taxed=(Taxed(amounts=range(1, 2_001)),))
    terms = terms_of(invoice(case), CORE)
    assert read(einvoice.ubl(invoice(case))) == terms
    assert len(read(einvoice.cii(invoice(case))).items) == 2_000


def test_a_price_quoted_with_vat_is_what_is_due_though_its_vat_is_a_cent_beside_the_rate() -> None:
    terms = terms_of(invoice(CASES["prices with VAT, a cent beside"]), CORE)
    (part,) = terms.breakdown
    assert (part.base_minor, part.vat_minor, terms.due_minor) == (2_403, 456, 2_859)
    assert round(part.base_minor * 0.19) == 457
