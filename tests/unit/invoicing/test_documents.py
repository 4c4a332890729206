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
from functions.invoicing.model import ArchiveEntry, Invoice, Page
from functions.invoicing.requests import CreditInvoice, ShowCreditNote, ShowInvoice
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
    assert "MP-2026-0000001 of 01/10/2026" in paper["remark"]
    assert "charged twice" in paper["remark"]


@pytest.mark.parametrize("method", ["transfer", "card", "direct_debit"])
def test_the_document_says_how_it_will_be_paid(method: Any) -> None:
    paper = paper_of_invoice(invoice(buyer(payment_method=method)))
    assert paper["payment"]["text"]


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
