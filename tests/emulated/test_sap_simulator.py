"""The SAP simulator judges journal entries as SAP does and posts each message once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from werkzeug.test import Client, TestResponse

from emulators.clock import Clock
from emulators.sap import SapSimulator

LINES = (("Item", "GLAccount", "8400000", "-100.00"), ("DebtorItem", "Debtor", "900001", "119.00"))
TAX = ("ProductTaxItem", "TaxCode", "A1", "-19.00")
HEADER = {
    "OriginalReferenceDocumentType": "BKPFF",
    "BusinessTransactionType": "RFBU",
    "AccountingDocumentType": "DR",
    "DocumentReferenceID": "MP-2026-0000001",
    "CreatedByUser": "BILLING",
    "CompanyCode": "1010",
    "DocumentDate": "2026-11-20",
    "PostingDate": "2026-11-20",
}


def line(kind: str, account: str, value: str, amount: str, more: str = "") -> str:
    side = "H" if amount.startswith("-") else "S"
    number = f'<AmountInTransactionCurrency currencyCode="EUR">{amount}</AmountInTransactionCurrency>'
    return f"<{kind}><{account}>{value}</{account}>{number}<DebitCreditCode>{side}</DebitCreditCode>{more}</{kind}>"


def entry(lines: Any = (*LINES, TAX), inner: str = "SUB-1", **change: str) -> str:
    header = "".join(f"<{name}>{value}</{name}>" for name, value in {**HEADER, **change}.items())
    body = "".join(line(*each) for each in lines)
    heading = f"<MessageHeader><ID>{inner}</ID></MessageHeader>"
    return (
        f"<JournalEntryCreateRequest>{heading}<JournalEntry>{header}{body}</JournalEntry></JournalEntryCreateRequest>"
    )


def message(*entries: str, name: str = "MSG-1") -> str:
    return (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:sfin="http://sap.com/xi/SAPSCORE/SFIN"><soapenv:Header/><soapenv:Body>'
        f"<sfin:JournalEntryBulkCreateRequest><MessageHeader><ID>{name}</ID>"
        "<CreationDateTime>2026-11-20T10:00:00Z</CreationDateTime></MessageHeader>"
        f"{''.join(entries)}</sfin:JournalEntryBulkCreateRequest></soapenv:Body></soapenv:Envelope>"
    )


class Sap:
    def __init__(self, path: Path | None) -> None:
        self.simulator = SapSimulator(path, clock=Clock(None))
        self.http = Client(self.simulator.wsgi)

    def send(self, content: str) -> TestResponse:
        return self.http.post("/journal-entries", data=content.encode(), content_type="text/xml")

    def confirmed(self, content: str) -> list[Element]:
        answer = self.send(content)
        assert answer.status_code == 200, answer.text
        return [each for each in fromstring(answer.data).iter("JournalEntryCreateConfirmation") if each.find("Log")]

    def documents(self) -> list[dict[str, Any]]:
        return list((self.http.get("/documents").json or {})["documents"])

    def script(self, *steps: str) -> None:
        assert self.http.post("/admin/behaviour", json={"behaviour": steps}).status_code == 200


@pytest.fixture
def sap() -> Iterator[Sap]:
    standing = Sap(None)
    yield standing
    standing.simulator.close()


def number(confirmation: Element) -> str:
    return (confirmation.findtext("JournalEntryCreateConfirmation/AccountingDocument") or "").strip()


def kinds(confirmation: Element) -> list[str | None]:
    return [item.findtext("TypeID") for item in confirmation.findall("Log/Item")]


def test_a_balanced_entry_becomes_a_document(sap: Sap) -> None:
    (confirmation,) = sap.confirmed(message(entry()))
    assert number(confirmation) == "1800000000"
    assert confirmation.findtext("JournalEntryCreateConfirmation/CompanyCode") == "1010"
    assert confirmation.findtext("JournalEntryCreateConfirmation/FiscalYear") == "2026"
    assert confirmation.findtext("Log/MaximumLogItemSeverityCode") == "1"
    assert confirmation.findtext("MessageHeader/ReferenceID") == "SUB-1"
    assert kinds(confirmation) == ["605(RW)"]
    assert sap.documents()[0]["header"]["DocumentReferenceID"] == "MP-2026-0000001"


def test_only_the_root_of_a_confirmation_is_qualified(sap: Sap) -> None:
    root = fromstring(sap.send(message(entry())).data)[1][0]
    assert root.tag == "{http://sap.com/xi/SAPSCORE/SFIN}JournalEntryBulkCreateConfirmation"
    assert next(child.tag for child in root) == "MessageHeader"
    assert root.findtext("MessageHeader/ReferenceID") == "MSG-1"


def test_a_repeated_message_gets_the_document_it_got_before(sap: Sap) -> None:
    first, again, other = (number(sap.confirmed(message(entry(), name=name))[0]) for name in ("A", "A", "B"))
    assert first == again
    assert int(other) == int(first) + 1
    assert len(sap.documents()) == 2


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (entry(LINES), "702(F5)"),
        (entry((("Item", "GLAccount", "1", "-1"), *[("Item", "GLAccount", "1", "0.001")] * 1000)), "727(F5)"),
        (entry(PostingDate="2026-02-30"), "089(RW)"),
        (entry().replace("<CompanyCode>1010</CompanyCode>", ""), "808(F5)"),
        (entry().replace("<DebitCreditCode>S", "<DebitCreditCode>H"), "609(RW)"),
        (entry(()), "400(RW)"),
    ],
)
def test_a_business_error_is_told_in_the_log_with_status_200(sap: Sap, content: str, kind: str) -> None:
    (confirmation,) = sap.confirmed(message(content))
    assert number(confirmation) == ""
    assert confirmation.findtext("JournalEntryCreateConfirmation/FiscalYear") == "0000"
    assert confirmation.findtext("Log/MaximumLogItemSeverityCode") == "3"
    assert kinds(confirmation)[0] == "609(RW)"
    assert kind in kinds(confirmation)[1:]
    assert sap.documents() == []


def test_999_lines_are_posted(sap: Sap) -> None:
    lines = [("Item", "GLAccount", "1", "-998"), *[("Item", "GLAccount", "1", "1")] * 998]
    assert number(sap.confirmed(message(entry(lines)))[0])


def test_one_wrong_entry_does_not_keep_the_others_from_being_posted(sap: Sap) -> None:
    wrong, right = entry(LINES, "SUB-1"), entry(inner="SUB-2")
    first = sap.confirmed(message(wrong, right))
    corrected = sap.confirmed(message(entry(inner="SUB-1"), right))
    assert [bool(number(each)) for each in first] == [False, True]
    assert number(corrected[1]) == number(first[1])
    assert len({number(each) for each in corrected}) == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("<a>", "cannot be read"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "cannot be read"),
        (message(entry(DocumentReferenceID="x" * 17)), "DocumentReferenceID is longer than 16"),
        (message(entry(DocumentHeaderText="")), "DocumentHeaderText is empty"),
        (message(entry()).replace("<CompanyCode>", "<sfin:CompanyCode>").replace("</Co", "</sfin:Co"), "qualified"),
        (message(entry(), name="x" * 36), "ID is longer than 35"),
        (message(), "JournalEntryCreateRequest"),
        (message(entry()).replace(' currencyCode="EUR"', ""), "currencyCode"),
    ],
)
def test_a_message_that_breaks_the_schema_is_a_fault(sap: Sap, content: str, words: str) -> None:
    answer = sap.send(content)
    assert answer.status_code == 500
    assert words in (fromstring(answer.data).findtext(".//faultstring") or "")


def test_scripted_disorder_comes_in_turn_and_posts_once(sap: Sap) -> None:
    sap.script("down", "reject:507(F5)", "timeout", "repeat")
    assert sap.send(message(entry())).status_code == 503
    assert kinds(sap.confirmed(message(entry()))[0]) == ["609(RW)", "507(F5)"]
    with pytest.raises(ConnectionAbortedError):
        sap.send(message(entry()))
    twice = sap.confirmed(message(entry()))
    assert [number(each) for each in twice] == ["1800000000", "1800000000"]
    assert len(sap.documents()) == 1


def test_the_page_escapes_what_a_message_carries(sap: Sap) -> None:
    sap.send(message(entry(DocumentHeaderText="&lt;script&gt;x")))
    page = sap.http.get("/").text
    assert "&lt;script&gt;x" in page
    assert "<script>" not in page


def test_documents_are_still_there_after_a_restart(tmp_path: Path) -> None:
    before = Sap(tmp_path)
    first = number(before.confirmed(message(entry()))[0])
    before.simulator.close()
    after = Sap(tmp_path)
    assert number(after.confirmed(message(entry()))[0]) == first
    after.simulator.close()
