"""What stands on a document: all that the law wants, in the reader's language, whatever anybody is called."""

import resource
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from common.events.invoicing import Exchange
from common.parties import SELLERS
from common.wording import REGIONS
from functions.invoicing.documents import pages_of, pdf_of
from functions.invoicing.paper.content import basis, paper_of
from functions.invoicing.paper.parts import parts_of
from functions.invoicing.paper.typesetting import NotRendered, Typesetter, pdf
from functions.invoicing.paper.words import printable, slip_texts
from tests.unit.invoicing.given import buyer
from tests.unit.invoicing.given_documents import (
    TODAY,
    belgian_business,
    credit_note,
    german_business,
    greek_business,
    invoice,
    italian_consumer,
    replacing,
    swiss_business,
)

HOSTILE = [
    '#panic("x") #import "@preview/x:1.0.0": * $x$ `y` <z> @q',
    '"; DROP TABLE invoices; --',
    "<script>alert(1)</script>",
    "a\x00b\x1b[31m\x07c",
    "\u202egnirts\u2066 \u200f",
    "名前 😀 한국 ﷺ",
    "שלום עולם مرحبا",
    "Z̷̢̛a̸̡l̵g̴o",
    "W" * 200,
    "\ufffd\ue000\u2028x",
    "-" * 200,
    "\\u{1F600} \\ // /* */",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_set_as_text(name: str) -> None:
    someone = buyer(name=name[:200], reference=name[:200])
    document = invoice(someone, description=name, rule=name)
    assert pdf_of(document, b"<x/>").startswith(b"%PDF")
    assert pdf_of(credit_note(document, reason=name), b"<x/>")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_does_not_break_a_swiss_payment_part(name: str) -> None:
    someone = swiss_business().model_copy(update={"name": name})
    assert len(pages_of(invoice(someone, entity="MS"))) == 2


def test_a_reference_longer_than_its_column_goes_on_in_the_next_line_and_a_usual_one_stays_in_one_piece() -> None:
    def shown(reference: str) -> str:
        facts = paper_of(invoice(buyer(reference=reference)))["facts"]
        return str(facts[-1]["value"])

    assert shown("A" * 34) == "A" * 34
    assert shown("A" * 40) == "\u200b".join(["AAAAAA"] * 6 + ["AAAA"])


def test_reverse_charge_is_said_with_both_vat_ids() -> None:
    paper = paper_of(invoice(buyer(country="FR", business=True, vat_id="FR40303265045")))
    assert "Reverse charge" in paper["notes"][0]
    assert paper["buyer"]["vat_id"] == "VAT ID FR40303265045"
    assert paper["seller"]["vat_id"] == "VAT ID DE136695976"


@pytest.mark.parametrize(
    ("language", "term"),
    {
        "en": "Reverse charge", "de": "Steuerschuldnerschaft des Leistungsempfängers", "fr": "Autoliquidation",
        "nl": "Btw verlegd", "it": "Inversione contabile", "es": "Inversión del sujeto pasivo",
        "pl": "Odwrotne obciążenie", "el": "Αντίστροφη επιβάρυνση", "bg": "Обратно начисляване",
    }.items(),
)  # fmt: skip
def test_reverse_charge_is_said_in_the_words_of_the_directive(language: str, term: str) -> None:
    """Directive 2006/112/EC, art. 226 no. 11a, as each language of it has the term."""
    paper = paper_of(invoice(buyer(country="FR", business=True, vat_id="FR40303265045", language=language)))
    assert paper["notes"][0].startswith(term)


@pytest.mark.parametrize(
    ("language", "titles"),
    {
        "en": ("Invoice", "Credit note"), "de": ("Rechnung", "Rechnungskorrektur"),
        "fr": ("Facture", "Facture d’avoir"), "nl": ("Factuur", "Creditnota"), "it": ("Fattura", "Nota di credito"),
        "es": ("Factura", "Factura rectificativa"), "pl": ("Faktura", "Faktura korygująca"),
        "el": ("Τιμολόγιο", "Πιστωτικό τιμολόγιο"), "bg": ("Фактура", "Кредитно известие"),
        "fi": ("Invoice", "Credit note"),
    }.items(),
)  # fmt: skip
def test_documents_are_called_what_the_law_calls_them(language: str, titles: tuple[str, str]) -> None:
    document = invoice(buyer(language=language))
    assert (paper_of(document)["title"], paper_of(credit_note(document))["title"]) == titles


def test_a_credit_note_names_its_invoice_and_its_reason() -> None:
    told = paper_of(credit_note())["remarks"]
    assert told[0].startswith("This credit note takes back the whole of invoice MP-2026-0000001 of 1 Oct 2026.")
    assert told[1] == "Reason: charged twice"


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"kind": "lines"}, "corrects the lines below of invoice"),
        ({"kind": "amount"}, "reduces invoice"),
        ({"kind": "full", "sequence": 2}, "takes back all that was left of invoice"),
        ({"rest": "credit"}, "stays to your credit"),
        ({"rest": "refund"}, "is paid back to you"),
    ],
)
def test_a_credit_note_says_what_it_takes_back_and_what_becomes_of_it(facts: dict[str, Any], sentence: str) -> None:
    assert sentence in paper_of(credit_note(**facts))["remarks"][0]


def test_a_subscriptions_line_says_the_days_it_is_for_beside_its_tax_point() -> None:
    days: dict[str, Any] = {"service_from": date(2026, 9, 16), "service_to": date(2026, 10, 15)}
    for document in (made := invoice(lines=1, **days), credit_note(made)):
        paper = paper_of(document)
        (line,) = paper["lines"]
        assert (line["day"], line["rule"]) == ("15 Sept 2026", "16 Sept 2026 – 15 Oct 2026 · flat 10.00 EUR")
        assert {"label": "Services supplied", "value": "16 Sept 2026 – 15 Oct 2026"} in paper["facts"]
    assert paper_of(invoice())["lines"][0]["rule"] == "flat 10.00 EUR"


def test_an_invoice_in_the_place_of_another_document_says_so() -> None:
    assert paper_of(replacing("invoice"))["remarks"] == [
        "This invoice replaces invoice MP-2026-0000009 of 1 Sept 2026."
    ]
    assert "claims anew what credit note" in paper_of(replacing("credit_note"))["remarks"][0]
    assert paper_of(invoice())["remarks"] == []


def test_addresses_end_with_the_country_in_the_language_of_the_document() -> None:
    german = paper_of(invoice(buyer(country="GR", language="de")))
    assert german["buyer"]["address"] == ["Lindenweg 3", "54290 Trier", "Griechenland"]
    assert german["vat"][0]["label"] == "Umsatzsteuer, Griechenland (One-Stop-Shop)"
    english = paper_of(invoice(buyer(country="CH")))
    assert english["buyer"]["address"][-1] == "Switzerland"
    assert english["seller"]["address"][-1] == "Germany"


def test_a_line_says_how_it_was_reckoned_but_not_which_version_of_which_rule_was_chosen() -> None:
    rule = "fees version 2, valid from 2026-01-01; commission (category any): 10.5 % of 52.51 EUR = 5.51 EUR"
    line = paper_of(invoice(buyer(), rule=rule))["lines"][0]
    assert line["rule"] == "10.5 % of 52.51 EUR = 5.51 EUR"
    assert basis("rated by the marketplace: 0.99 EUR net") == "rated by the marketplace: 0.99 EUR net"


def test_prices_with_vat_stand_beside_what_they_have_in_them() -> None:
    paper = paper_of(invoice(italian_consumer(), gross=True))
    assert paper["quoted"]
    assert [line["quoted"] for line in paper["lines"]] == ["10,00", "10,01", "10,02"]
    assert paper["total"]["value"] == "30,03\u00a0EUR", "exactly what they add up to"
    assert any("IVA inclusa" in note for note in paper["notes"])
    assert not paper_of(invoice(italian_consumer()))["quoted"]


def test_vat_in_another_tax_currency_is_shown_with_its_rate_day_and_source() -> None:
    exchange = Exchange(currency="EUR", rate="1.0512", on=date(2026, 9, 30), source="ECB", vat_minor=600)
    document = invoice(swiss_business(), entity="MS").model_copy(update={"exchange": exchange})
    assert paper_of(document)["exchange"] == {
        "label": "Mehrwertsteuer in EUR",
        "value": "EUR\u00a06.00",
        "rate": "1 CHF = 1.0512 EUR (ECB, 30.09.2026)",
    }
    assert pdf_of(document, b"<x/>")


@pytest.mark.parametrize(
    ("facts", "note"),
    [
        ({"country": "FR", "business": True, "vat_id": "FR40303265045"}, "Art. 44 and 196, Directive 2006/112/EC"),
        ({"country": "CH"}, "Art. 44 and 59, Directive 2006/112/EC"),
        ({"country": "AT"}, "Austria is declared through the One-Stop-Shop"),
        ({}, ""),
    ],
)
def test_an_invoice_has_everything_article_226_asks_for(facts: dict[str, Any], note: str) -> None:
    paper = paper_of(invoice(buyer(**facts)))
    told = {row["label"]: row["value"] for row in paper["facts"]}
    assert set(told) == {"Number", "Date of issue", "Due date", "Services supplied", "Member"}
    assert all(told.values())
    for party in ("seller", "buyer"):
        assert len([part for part in paper[party]["address"] if part]) == 3
    assert paper["seller"]["vat_id"]
    assert paper["lines"]
    assert all(line["text"] and line["day"] and line["rate"] and line["amount"] for line in paper["lines"])
    assert all(total["label"] and total["rate"] and total["base"] and total["vat"] for total in paper["vat"])
    assert len(paper["notes"]) == bool(note)
    assert note in " ".join(paper["notes"])


def test_what_a_buyer_wants_quoted_is_quoted() -> None:
    told = {row["label"]: row["value"] for row in paper_of(invoice(german_business()))["facts"]}
    assert told["Ihre Referenz"] == "04011000-12345-03"


def test_the_foot_names_registers_and_whom_to_ask_in_the_sellers_colour() -> None:
    paper = paper_of(invoice(belgian_business(), entity="MB"))
    assert paper["seller"]["registers"] == ["Btw-nummer BE0999999922", "Handelsregister 0999999922"]
    assert paper["seller"]["contact"][0] == "Vragen: Billing"
    assert paper["colour"] == SELLERS["MB"].colour != SELLERS["MP"].colour


def test_a_swiss_reader_reads_mwst_and_no_sharp_s() -> None:
    swiss, german = paper_of(invoice(swiss_business(), entity="MS")), paper_of(invoice(german_business()))
    assert (swiss["words"]["rate"], german["words"]["rate"]) == ("MWST", "USt.")
    assert "ß" not in str({name: swiss[name] for name in ("words", "notes", "facts", "vat")})


def test_a_seller_without_register_or_contact_has_a_foot_all_the_same() -> None:
    bare = SELLERS["MP"].model_copy(update={"legal_id": "", "contact": "", "phone": "", "email": "", "vat_id": ""})
    document = invoice().model_copy(update={"seller": bare})
    assert pdf_of(document, b"<x/>")


@pytest.mark.parametrize("language", REGIONS)
def test_every_language_can_be_set_on_every_kind_of_document(language: str) -> None:
    for document in (invoice(buyer(language=language)), replacing("invoice"), credit_note(invoice(greek_business()))):
        spoken = document.model_copy(update={"buyer": document.buyer.model_copy(update={"language": language})})
        assert pdf_of(spoken, b"<x/>")
        paper = paper_of(spoken)
        assert printable(paper) == paper, "nothing of our own becomes a box"


def test_the_words_of_the_payment_part_can_be_set() -> None:
    for language in REGIONS:
        words = slip_texts(language)
        assert printable(dict(words)) == words


# -- the typesetter --------------------------------------------------------------------------------


def test_a_fault_of_the_typesetter_is_told_as_one() -> None:
    paper = paper_of(invoice())
    del paper["facts"]
    with pytest.raises(NotRendered):
        pdf(paper, TODAY, b"<x/>")


def test_xml_that_is_no_text_is_not_taken() -> None:
    with pytest.raises(RuntimeError, match="UTF-8"):
        pdf(paper_of(invoice()), TODAY, b"\xff")


def test_long_documents_are_forgotten_before_they_fill_the_memory() -> None:
    """Sets as many lines as would take 250 MB more if all were remembered."""
    setter = Typesetter()
    (paper,) = parts_of(paper_of(invoice(lines=300)), setter.placed, 300)
    setter.typeset(paper, TODAY, b"", format="pdf")
    before = resident_mb()
    for number in range(8):
        setter.typeset(paper | {"number": str(number)}, TODAY, b"", format="pdf")
    assert resident_mb() - before < 80


def resident_mb() -> int:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() // 1_048_576
