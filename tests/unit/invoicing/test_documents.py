"""Documents: archived once, the same bytes again, whatever anybody is called."""

import hashlib
from datetime import date
from typing import Any

import pytest

from common.events.invoicing import DocumentArchived
from common.failures import Rejected
from common.parking import Parked
from common.parties import SELLERS, Buyer
from functions.invoicing import documents, main
from functions.invoicing.documents import Words, breakable, paper_of_credit_note, paper_of_invoice, pdf, printable
from functions.invoicing.drafts import draft
from functions.invoicing.handlers import credits as credit_notes
from functions.invoicing.handlers import queries
from functions.invoicing.issuing import credit_note_of, invoices_of
from functions.invoicing.model.archive import ArchiveEntry
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.model.runs import Page
from functions.invoicing.requests.credit_notes import CreditInvoice, ShowCreditNote
from functions.invoicing.requests.invoices import ShowInvoice
from functions.invoicing.tasks import RenderInvoice
from tests.unit.invoicing.given import bill, billed, buyer, charge, message, platform

TODAY = date(2026, 10, 1)


def invoice(someone: Buyer, lines: int = 3, **facts: Any) -> Invoice:
    owed = bill(*(charge(f"c{n}", **facts) for n in range(lines)))
    made = draft(owed, owed.lines, someone, SELLERS["MP"], TODAY)
    page = Page(id="p", run_id="r", entity="MP", issued_on=TODAY, offset=0, drafts=(made,), skipped=(), totals=())
    return invoices_of(page, 1, SELLERS["MP"])[0]


def test_an_issued_invoice_is_archived_with_the_hash_of_its_bytes() -> None:
    here = platform(members=2)
    billed(here)
    entries = here.all(ArchiveEntry)
    assert {entry.document_id for entry in entries} == {one.id for one in here.all(Invoice)}
    for entry in entries:
        content = here.engine.files[entry.file]
        assert content.startswith(b"%PDF")
        assert hashlib.sha256(content).hexdigest() == entry.sha256
        assert entry.file == f"invoices/{entry.number}.pdf"
        assert entry.size_bytes == len(content)
    assert len(here.events(DocumentArchived)) == 2


def test_a_credit_note_is_archived_too() -> None:
    here = platform(members=1)
    billed(here)
    note = here.do(
        credit_notes.credit_invoice, CreditInvoice(invoice_id=here.all(Invoice)[0].id, reason="charged twice")
    )
    here.settle()
    shown = queries.credit_note_pdf(ShowCreditNote(credit_note_id=note["id"]), here.runtime.world)
    assert shown.startswith(b"%PDF")


def test_a_document_is_shown_from_the_archive_and_not_found_before() -> None:
    here = platform(members=1)
    billed(here)
    found = here.all(Invoice)[0]
    assert queries.invoice_pdf(ShowInvoice(invoice_id=found.id), here.runtime.world).startswith(b"%PDF")
    with pytest.raises(Rejected) as refused:
        queries.invoice_pdf(ShowInvoice(invoice_id="inv_0"), here.runtime.world)
    assert refused.value.status == 404


def test_archiving_costs_one_write_an_invoice_and_one_record_a_slice() -> None:
    here = platform(members=60)
    billed(here)
    assert here.engine.counts.by_collection["archive_entries"] == 60
    assert len({entry.head for entry in here.all(ArchiveEntry)}) == 1


def test_the_same_invoice_always_gives_the_same_bytes() -> None:
    one = invoice(buyer())
    assert pdf(paper_of_invoice(one), TODAY) == pdf(paper_of_invoice(one), TODAY)


def test_the_document_says_that_it_is_pdf_a_3b() -> None:
    content = pdf(paper_of_invoice(invoice(buyer())), TODAY)
    assert b"<pdfaid:part>3</pdfaid:part>" in content
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in content


def test_an_invoice_that_can_not_be_set_is_parked_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    here = platform(members=3)
    real = documents.pdf

    def fails_for_the_second(paper: documents.Paper, issued_on: date) -> bytes:
        if paper["number"].endswith("2"):
            raise documents.NotRendered("no glyph")
        return real(paper, issued_on)

    monkeypatch.setattr("functions.invoicing.providers.pdf", fails_for_the_second)
    billed(here)
    assert sorted(entry.number[-1] for entry in here.all(ArchiveEntry)) == ["1", "3"]
    assert [parked.code for parked in here.all(Parked)] == ["not_rendered"]


def test_a_document_rendered_again_is_archived_and_told_once() -> None:
    here = platform(members=1)
    billed(here)
    told = message("again", RenderInvoice(invoice_id=here.all(Invoice)[0].id))
    files = dict(here.engine.files)
    here.runtime.deliver(main.render_invoices, told)
    assert here.engine.files == files
    assert len(here.events(DocumentArchived)) == 1


HOSTILE = [
    '#panic("x") #import "@preview/x:1.0.0": * $x$ `y` <z> @q',
    '"; DROP TABLE invoices; --',
    "<script>alert(1)</script>",
    "a\x00b\x1b[31m\x07c",
    "\u202egnirts\u2066 \u200f",
    "名前 😀 한국 ﷺ",
    "Z̷̢̛a̸̡l̵g̴o",
    "W" * 200,
    "\ufffd\ue000\u2028x",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_set_as_text(name: str) -> None:
    someone = buyer(name=name[:200])
    content = pdf(paper_of_invoice(invoice(someone, description=name, rule=name)), TODAY)
    assert content.startswith(b"%PDF")
    assert pdf(paper_of_credit_note(credit_note_of(invoice(someone), "MP-C26-0000001", TODAY, name)), TODAY)


@pytest.mark.parametrize("text", ["Łódź, Čapek, Őrség", "Ελλάδα", "Пловдив", "Ħal Għaxaq", "Þórr & Søn", "12 € – “so”"])
def test_the_letters_of_every_language_of_the_union_stay_as_they_are(text: str) -> None:
    assert printable(text) == text


def test_letters_the_font_lacks_become_boxes() -> None:
    assert printable("日本 a\u202eb") == "□□ a□b"


def test_every_letter_that_is_let_through_can_be_set() -> None:
    letters = "".join(letter for code in range(0x20, 0x2300) if printable(letter := chr(code)) == letter)
    paper = paper_of_invoice(invoice(buyer(), description=" ".join(letters)))
    assert len(letters) > 1_000
    assert pdf(paper, TODAY)


def test_only_long_words_may_be_broken() -> None:
    assert breakable("Donaudampfer") == "Donaudampfer"
    assert "\u200b" in breakable("W" * 40)
    assert breakable("W" * 40).replace("\u200b", "") == "W" * 40


def test_what_is_copied_by_hand_has_no_hidden_letters() -> None:
    paper = paper_of_invoice(invoice(buyer()))
    assert "\u200b" not in str(printable(paper["payment"]))
    assert paper["payment"]["rows"][0]["value"] == "RF79MP20260000001"


def test_a_long_invoice_goes_on_over_many_pages() -> None:
    paper = paper_of_invoice(invoice(buyer(), lines=300))
    made = documents.pictures(paper, TODAY)
    assert len(made) > 8
    assert all(page.startswith(b"\x89PNG") for page in made)


def test_a_german_reads_german_and_everybody_else_english() -> None:
    german, greek = paper_of_invoice(invoice(buyer(language="de"))), paper_of_invoice(invoice(buyer(language="el")))
    assert (german["title"], german["total"]["value"]) == ("Rechnung", "35,70 EUR")
    assert (greek["title"], greek["total"]["value"]) == ("Invoice", "35.70 EUR")


def test_every_language_has_every_text() -> None:
    assert len({frozenset(words) for words in documents.texts().values()}) == 1


def test_reverse_charge_is_said_with_both_vat_ids() -> None:
    paper = paper_of_invoice(invoice(buyer(country="FR", business=True, vat_id="FR40303265045")))
    assert "Reverse charge" in paper["notes"][0]
    assert paper["buyer"]["vat_id"] == "VAT ID FR40303265045"
    assert paper["seller"]["vat_id"] == "VAT ID DE136695976"


def test_a_credit_note_names_its_invoice_and_asks_for_no_money() -> None:
    note = credit_note_of(invoice(buyer()), "MP-C26-0000001", date(2026, 10, 5), "charged twice")
    paper = paper_of_credit_note(note)
    assert paper["payment"] is None
    assert "MP-2026-0000001 of 01 Oct 2026" in paper["remark"]
    assert "charged twice" in paper["reason"]


def test_who_is_to_transfer_is_told_where_to_by_when_and_with_which_reference() -> None:
    payment = paper_of_invoice(invoice(buyer()))["payment"]
    assert "15 Oct 2026" in payment["text"]
    assert {row["label"]: row["value"] for row in payment["rows"]} == {
        "Reference": "RF79MP20260000001",
        "IBAN": "DE89 3704 0044 0532 0130 00",
        "BIC": "COBADEFFXXX",
        "Account holder": "Marketplace Europe GmbH",
    }


@pytest.mark.parametrize(("method", "word"), [("card", "card"), ("direct_debit", "direct debit")])
def test_who_is_collected_from_is_told_so_and_not_given_an_account_to_pay_twice(method: Any, word: str) -> None:
    payment = paper_of_invoice(invoice(buyer(payment_method=method)))["payment"]
    assert word in payment["text"]
    assert [row["label"] for row in payment["rows"]] == ["Reference"]


def test_addresses_end_with_the_country_in_the_language_of_the_document() -> None:
    german = paper_of_invoice(invoice(buyer(country="GR", language="de")))
    assert german["buyer"]["address"] == ["Lindenweg 3", "54290 Trier", "Griechenland"]
    assert german["vat"][0]["label"] == "Regelsatz, Griechenland (One-Stop-Shop)"
    english = paper_of_invoice(invoice(buyer(country="CH")))
    assert english["buyer"]["address"][-1] == "Switzerland"
    assert english["seller"]["address"][-1] == "Germany"


def test_the_days_of_supply_are_a_period_or_the_one_day() -> None:
    words = Words("en")
    assert words.period(date(2026, 9, 1), date(2026, 9, 30)) == "01 Sep 2026 – 30 Sep 2026"
    assert words.period(date(2026, 9, 1), date(2026, 9, 1)) == "01 Sep 2026"


def test_a_line_says_how_it_was_reckoned_but_not_which_version_of_which_rule_was_chosen() -> None:
    rule = "fees version 2, valid from 2026-01-01; commission (category any): 10.5 % of 52.51 EUR = 5.51 EUR"
    line = paper_of_invoice(invoice(buyer(), rule=rule))["lines"][0]
    assert line["rule"].replace("\u200b", "") == "10.5 % of 52.51 EUR = 5.51 EUR"
    assert documents.basis("rated by the marketplace: 0.99 EUR net") == "rated by the marketplace: 0.99 EUR net"


@pytest.mark.parametrize(
    ("facts", "note"),
    [
        ({"country": "FR", "business": True, "vat_id": "FR40303265045"}, "Art. 44 and 196"),
        ({"country": "CH"}, "Art. 44 and 59"),
        ({"country": "AT"}, ""),
        ({}, ""),
    ],
)
def test_an_invoice_has_everything_article_226_asks_for(facts: dict[str, Any], note: str) -> None:
    paper = paper_of_invoice(invoice(buyer(**facts)))
    told = {row["label"]: row["value"] for row in paper["facts"]}
    assert set(told) == {"Number", "Date of issue", "Due date", "Services supplied", "Member"}
    assert all(told.values())
    for party in ("seller", "buyer"):
        assert len([part for part in paper[party]["address"] if part]) == 3
    assert paper["seller"]["vat_id"]
    assert paper["lines"]
    assert all(line["text"] and line["day"] and line["rate"] and line["amount"] for line in paper["lines"])
    assert all(total["label"] and total["rate"] and total["base"] and total["vat"] for total in paper["vat"])
    assert " ".join(paper["notes"]).count("Directive 2006/112/EC") == bool(note)
    assert note in " ".join(paper["notes"])


@pytest.mark.parametrize(
    ("minor", "currency", "english", "german"),
    [
        (123_456_789, "EUR", "1,234,567.89", "1.234.567,89"),
        (-50, "EUR", "−0.50", "−0,50"),
        (0, "EUR", "0.00", "0,00"),
        (1_234, "ISK", "1,234", "1.234"),
        (1_234_567, "KWD", "1,234.567", "1.234,567"),
    ],
)
def test_amounts_are_written_as_the_language_does(minor: int, currency: str, english: str, german: str) -> None:
    assert Words("en").amount(minor, currency) == english
    assert Words("de").amount(minor, currency) == german


def test_rates_are_written_without_needless_zeros() -> None:
    assert [Words("en").rate(points) for points in (1_900, 2_550, 0, 1_905)] == ["19 %", "25.5 %", "0 %", "19.05 %"]


def test_a_fault_of_the_typesetter_is_told_as_one() -> None:
    paper = paper_of_invoice(invoice(buyer()))
    del paper["facts"]
    with pytest.raises(documents.NotRendered):
        pdf(paper, TODAY)
