"""SAP S/4HANA's `Journal Entry - Post` (SOAP, synchronous): the message of a batch, and what its answer means.

Each summary line is a G/L item with its tax code. Only the root element is in SAP's name space. Debits are
positive (`S`), credits negative (`H`), and a document adds up to nothing.
"""

from datetime import datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from common.money import decimal_text
from functions.accounting.model.batches import SapAnswer, SapBatch, SummaryLine
from functions.accounting.model.journals import seller

ENVELOPE: Final = "http://schemas.xmlsoap.org/soap/envelope/"
SFIN: Final = "http://sap.com/xi/SAPSCORE/SFIN"
ACTION: Final = f"{SFIN}/JournalEntryCreateRequestConfirmation_In/JournalEntryCreateRequestConfirmation_InRequest"
LONGEST_REASON: Final = 1000
ERROR: Final = 3
"""The severity from which SAP has posted nothing."""


def request(batch: SapBatch, now: datetime) -> bytes:
    """The message that posts a batch; its id lets SAP take it only once."""
    envelope = Element(f"{{{ENVELOPE}}}Envelope")
    root = SubElement(SubElement(envelope, f"{{{ENVELOPE}}}Body"), f"{{{SFIN}}}JournalEntryBulkCreateRequest")
    _message_header(root, batch.message_id, now)
    entry = SubElement(root, "JournalEntryCreateRequest")
    _message_header(entry, batch.message_id, now)
    _journal_entry(SubElement(entry, "JournalEntry"), batch)
    return bytes(tostring(envelope, encoding="utf-8", xml_declaration=True))


def _message_header(parent: Element, message_id: str, now: datetime) -> None:
    header = SubElement(parent, "MessageHeader")
    _text(header, "ID", message_id)
    _text(header, "CreationDateTime", now.strftime("%Y-%m-%dT%H:%M:%SZ"))


def _journal_entry(entry: Element, batch: SapBatch) -> None:
    day = batch.posted_on.isoformat()
    _text(entry, "OriginalReferenceDocumentType", "BKPFF")
    _text(entry, "BusinessTransactionType", "RFBU")
    _text(entry, "AccountingDocumentType", "SA")
    _text(entry, "DocumentReferenceID", f"{day.replace('-', '')}-{batch.entity}-{batch.currency}"[:16])
    _text(entry, "DocumentHeaderText", f"Billing {day}")
    _text(entry, "CreatedByUser", "BILLING")
    _text(entry, "CompanyCode", seller(batch.entity).company_code)
    _text(entry, "DocumentDate", day)
    _text(entry, "PostingDate", day)
    _text(entry, "TaxReportingDate", day)
    sides = [(line, amount) for line in batch.lines for amount in (line.debit_minor, -line.credit_minor) if amount]
    for number, (line, amount) in enumerate(sides, start=1):
        _item(SubElement(entry, "Item"), number, line, amount, batch.currency)


def _item(item: Element, number: int, line: SummaryLine, signed_minor: int, currency: str) -> None:
    _text(item, "ReferenceDocumentItem", str(number))
    _text(item, "GLAccount", line.account)
    amount = _text(item, "AmountInTransactionCurrency", decimal_text(signed_minor, currency))
    amount.set("currencyCode", currency)
    _text(item, "DebitCreditCode", "S" if signed_minor > 0 else "H")
    _text(item, "DocumentItemText", " ".join(filter(None, line.key)))
    if line.tax_code:
        _text(SubElement(item, "Tax"), "TaxCode", line.tax_code)


def _text(parent: Element, name: str, text: str) -> Element:
    child = SubElement(parent, name)
    child.text = text
    return child


def answer(body: bytes) -> SapAnswer:
    """What a confirmation says; read by local names, since releases differ in what else they carry."""
    try:
        root = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError) as fault:
        return SapAnswer(kind="unknown", reason=f"not a confirmation: {fault!r}"[:LONGEST_REASON])
    document = next((text for text in _texts(root, "AccountingDocument") if text.strip("0")), "")
    severity = max((int(text) for text in _texts(root, "MaximumLogItemSeverityCode") if text.isdigit()), default=0)
    notes = "; ".join(_texts(root, "Note"))[:LONGEST_REASON]
    if document and severity < ERROR:
        return SapAnswer(kind="accepted", document=document, reason=notes)
    if severity >= ERROR:
        return SapAnswer(kind="rejected", reason=notes or "SAP gave no reason")
    faults = "; ".join(_texts(root, "faultstring"))
    return SapAnswer(kind="unknown", reason=(faults or "the confirmation names no document")[:LONGEST_REASON])


def _texts(root: Element, name: str) -> list[str]:
    found = [(node.text or "").strip() for node in root.iter() if str(node.tag).rpartition("}")[2] == name]
    return [text for text in found if text]
