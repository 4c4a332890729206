"""What SAP's confirmations mean, however they are made up."""

import pytest

from emulators.sap.confirmation import Outcome, confirm
from functions.accounting.sap.confirmation import answer
from tests.unit.accounting.sap.test_message import NOW

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


def told(*outcomes: Outcome) -> bytes:
    return confirm("MSG", SOAP, outcomes, NOW)


def wrapped(inner: str) -> bytes:
    return (
        f'<e:Envelope xmlns:e="{SOAP}"><e:Body><x:C xmlns:x="urn:x"><JournalEntryCreateConfirmation>{inner}'
        "</JournalEntryCreateConfirmation></x:C></e:Body></e:Envelope>"
    ).encode()


GOOD = "<Log><MaximumLogItemSeverityCode>1</MaximumLogItemSeverityCode></Log>"
BAD = "<Log><MaximumLogItemSeverityCode>3</MaximumLogItemSeverityCode><Item><Note>no</Note></Item></Log>"
DOCUMENT = "<AccountingDocument>1800000007</AccountingDocument><FiscalYear>2026</FiscalYear>"


def test_a_document_number_and_no_error_is_accepted() -> None:
    found = answer(told(Outcome("MSG", "1800000000", "1000", "2026")), "MSG")
    assert (found.kind, found.document, found.year) == ("accepted", "1800000000", "2026")


def test_a_refusal_names_its_cause_and_what_to_do() -> None:
    found = answer(told(Outcome("MSG", objections=[("201(F5)", "Period 010/2026 is not open")])), "MSG")
    assert found.kind == "rejected"
    assert found.reason.startswith("Period 010/2026 is not open [201(F5)]: open the posting period")


def test_the_same_confirmation_twice_is_one() -> None:
    twice = Outcome("MSG", "1800000000", "1000", "2026")
    assert answer(told(twice, twice), "MSG").document == "1800000000"


def test_two_numbers_for_one_message_are_nobodys_knowledge() -> None:
    found = answer(told(Outcome("MSG", "1", "1000", "2026"), Outcome("MSG", "2", "1000", "2026")), "MSG")
    assert (found.kind, "1, 2" in found.reason) == ("unknown", True)


def test_what_is_said_of_another_message_is_not_taken() -> None:
    body = told(Outcome("OTHER", "1800000000", "1000", "2026"), Outcome("MSG", objections=[("102(F5)", "no customer")]))
    assert answer(body, "MSG").kind == "rejected"
    assert answer(told(Outcome("OTHER", "1800000000", "1000", "2026")), "MSG").kind == "unknown"


@pytest.mark.parametrize(
    ("inner", "kind"),
    [
        (DOCUMENT + GOOD, "accepted"),
        (BAD, "rejected"),
        (DOCUMENT + BAD, "unknown"),
        (GOOD, "unknown"),
        ("<AccountingDocument>0000000000</AccountingDocument>" + GOOD, "unknown"),
        (DOCUMENT + "<Log/>", "accepted"),
        (DOCUMENT, "unknown"),
        (f'<a:AccountingDocument xmlns:a="urn:n">17</a:AccountingDocument>{GOOD}', "accepted"),
        (f"<AccountingDocument>17</AccountingDocument><New><Field>1</Field></New>{GOOD}", "accepted"),
        (DOCUMENT + "<Log><MaximumLogItemSeverityCode>²</MaximumLogItemSeverityCode></Log>", "accepted"),
    ],
)
def test_it_is_read_by_local_names(inner: str, kind: str) -> None:
    assert answer(wrapped(inner), "MSG").kind == kind


@pytest.mark.parametrize("body", [b"", b"<html>", b"<a/>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b"\xff\xfe"])
def test_an_answer_that_says_nothing_is_unknown(body: bytes) -> None:
    assert answer(body, "MSG").kind == "unknown"


def test_a_soap_fault_is_unknown_with_its_words() -> None:
    body = (
        f'<e:Envelope xmlns:e="{SOAP}"><e:Body><e:Fault><faultstring>no</faultstring></e:Fault></e:Body></e:Envelope>'
    )
    found = answer(body.encode(), "MSG")
    assert (found.kind, found.reason) == ("unknown", "no")
