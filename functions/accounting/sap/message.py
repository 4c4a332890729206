"""SAP S/4HANA's `Journal Entry - Post` (SOAP, synchronous): the message that posts one journal entry.

Only the root element is in SAP's name space; elements stand in the order of the service's schema, none is empty.
Debits are positive (`S`), credits negative (`H`), and a document adds up to nothing.
Source: service `JournalEntryCreateRequestConfirmation_In` of communication scenario SAP_COM_0002,
https://api.sap.com/api/JOURNALENTRYCREATEREQUESTCONFI/overview
"""

from datetime import UTC, datetime
from typing import Any, Final

from common.failures import Rejected
from common.money import decimal_text
from functions.accounting.sap.entries import Item, JournalEntry

ENVELOPE: Final = "http://schemas.xmlsoap.org/soap/envelope/"
SFIN: Final = "http://sap.com/xi/SAPSCORE/SFIN"
ACTION: Final = f"{SFIN}/JournalEntryCreateRequestConfirmation_In/JournalEntryCreateRequestConfirmation_InRequest"
LENGTHS: Final = {
    "ID": 35,
    "AccountingDocumentType": 2,
    "DocumentReferenceID": 16,
    "CreatedByUser": 12,
    "CompanyCode": 4,
    "Reference1InDocumentHeader": 20,
    "ReferenceDocumentItem": 10,
    "GLAccount": 10,
    "Debtor": 10,
    "AltvRecnclnAccts": 10,
    "AssignmentReference": 18,
    "TaxCode": 2,
    "TaxItemGroup": 6,
}
"""The most characters of what identifies something: a longer one is refused, for cut it would say something else."""
CUT: Final = {"DocumentHeaderText": 25, "DocumentItemText": 50, "ProductiveTaxText": 50}
"""The most characters of what people read: a longer one is cut."""


def message(entry: JournalEntry, now: datetime) -> bytes:
    """The message's bytes; its id lets SAP take it only once. Rejected `too_long` where an identifier has no room."""
    from lxml import etree

    envelope = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"soapenv": ENVELOPE, "sfin": SFIN})
    body = etree.SubElement(envelope, f"{{{ENVELOPE}}}Body")
    root = etree.SubElement(body, f"{{{SFIN}}}JournalEntryBulkCreateRequest")
    _header(root, entry.message_id, now)
    request = _grow(root, "JournalEntryCreateRequest")
    _header(request, entry.message_id, now)
    _entry(_grow(request, "JournalEntry"), entry)
    made: bytes = etree.tostring(envelope, encoding="UTF-8", xml_declaration=True)
    return made


def _header(parent: Any, message_id: str, now: datetime) -> None:
    header = _grow(parent, "MessageHeader")
    _say(header, "ID", message_id)
    _say(header, "CreationDateTime", now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def _entry(at: Any, entry: JournalEntry) -> None:
    day = entry.posted_on.isoformat()
    _say(at, "OriginalReferenceDocumentType", "BKPFF")
    _say(at, "BusinessTransactionType", "RFBU")
    _say(at, "AccountingDocumentType", entry.document_type)
    _say(at, "DocumentReferenceID", entry.reference)
    _say(at, "DocumentHeaderText", entry.header_text)
    _say(at, "CreatedByUser", entry.created_by)
    _say(at, "CompanyCode", entry.company_code)
    for name in ("DocumentDate", "PostingDate", "TaxReportingDate"):
        _say(at, name, day)
    _say(at, "Reference1InDocumentHeader", entry.batch_id.removeprefix("sap_")[:20])
    for number, item in enumerate(entry.items, start=1):
        WRITERS[item.kind](at, number, item, entry.currency)


def _gl_item(at: Any, number: int, item: Item, currency: str) -> None:
    element = _grow(at, "Item")
    _say(element, "ReferenceDocumentItem", str(number))
    _say(element, "GLAccount", item.account)
    _amount(element, "AmountInTransactionCurrency", item.amount_minor, currency)
    _say(element, "DebitCreditCode", _side(item))
    _say(element, "DocumentItemText", item.text)
    if item.tax_code:
        tax = _grow(element, "Tax")
        _say(tax, "TaxCode", item.tax_code)
        _say(tax, "TaxItemGroup", str(item.tax_group))


def _debtor_item(at: Any, number: int, item: Item, currency: str) -> None:
    element = _grow(at, "DebtorItem")
    _say(element, "ReferenceDocumentItem", str(number))
    _say(element, "Debtor", item.debtor)
    _amount(element, "AmountInTransactionCurrency", item.amount_minor, currency)
    _say(element, "DebitCreditCode", _side(item))
    _say(element, "AltvRecnclnAccts", item.account)
    _say(element, "DocumentItemText", item.text)


def _tax_item(at: Any, number: int, item: Item, currency: str) -> None:
    element = _grow(at, "ProductTaxItem")
    _say(element, "ReferenceDocumentItem", str(number))
    _say(element, "TaxCode", item.tax_code)
    _say(element, "TaxItemClassification", "MWS")
    _say(element, "ConditionType", "MWAS")
    _say(element, "TaxItemGroup", str(item.tax_group))
    _amount(element, "AmountInTransactionCurrency", item.amount_minor, currency)
    _say(element, "DebitCreditCode", _side(item))
    _say(element, "ProductiveTaxText", item.text)
    _amount(element, "TaxBaseAmountInTransCrcy", item.base_minor, currency)


WRITERS: Final = {"gl": _gl_item, "debtor": _debtor_item, "tax": _tax_item}


def _side(item: Item) -> str:
    return "S" if item.debit else "H"


def _amount(at: Any, name: str, minor: int, currency: str) -> None:
    _say(at, name, decimal_text(minor, currency)).set("currencyCode", currency)


def _grow(at: Any, name: str) -> Any:
    from lxml import etree

    return etree.SubElement(at, name)


def _say(at: Any, name: str, text: str) -> Any:
    element = _grow(at, name)
    element.text = fitted(name, text)
    return element


def fitted(name: str, text: str) -> str:
    """The text as the field takes it: cut where people read it, Rejected `too_long` or `empty` where it identifies."""
    clean = "".join(each for each in text if each.isprintable())[: CUT.get(name)].strip()
    if not clean:
        raise Rejected("empty", f"SAP's field {name} has nothing in it")
    if len(clean) > LENGTHS.get(name, len(clean)):
        raise Rejected("too_long", f"SAP's field {name} has room for {LENGTHS[name]} characters, not for {clean!r}")
    return clean
