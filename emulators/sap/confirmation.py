"""SAP's answers to journal entries: confirmations with their log, and SOAP faults."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from emulators.sap.reading import NAMESPACE, Objection

_SYSTEM = "SIM"
_GOOD, _BAD = "1", "3"
_SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"


@dataclass(frozen=True)
class Outcome:
    """What became of one entry: a document, or the objections to it."""

    message: str
    number: str = ""
    company: str = ""
    year: str = "0000"
    objections: Sequence[Objection] = ()


def confirm(message: str, soap: str, outcomes: Sequence[Outcome], moment: datetime) -> bytes:
    """The confirmation of a bulk message, one part for each outcome."""
    root = ET.Element(f"{{{NAMESPACE}}}JournalEntryBulkCreateConfirmation")
    _header(root, message, moment, system=True)
    ET.SubElement(root, "ConfirmationInterfaceOrignName")
    for outcome in outcomes:
        _outcome(ET.SubElement(root, "JournalEntryCreateConfirmation"), outcome, moment)
    ET.SubElement(root, "Log")
    return _enveloped(root, soap)


def fault(words: str, soap: str = _SOAP_11) -> bytes:
    """A SOAP fault."""
    root = ET.Element(f"{{{soap}}}Fault")
    if soap == _SOAP_11:
        ET.SubElement(root, "faultcode").text = "soap-env:Client"
        ET.SubElement(root, "faultstring").text = words
    else:
        ET.SubElement(ET.SubElement(root, f"{{{soap}}}Code"), f"{{{soap}}}Value").text = "soap-env:Sender"
        ET.SubElement(ET.SubElement(root, f"{{{soap}}}Reason"), f"{{{soap}}}Text").text = words
    return _enveloped(root, soap)


def _outcome(at: ET.Element, outcome: Outcome, moment: datetime) -> None:
    _header(at, outcome.message, moment, system=False)
    document = ET.SubElement(at, "JournalEntryCreateConfirmation")
    # SAP leaves a blank where it made no document.
    ET.SubElement(document, "AccountingDocument").text = outcome.number or " "
    ET.SubElement(document, "CompanyCode").text = outcome.company or " "
    ET.SubElement(document, "FiscalYear").text = outcome.year
    log = ET.SubElement(at, "Log")
    ET.SubElement(log, "MaximumLogItemSeverityCode").text = _GOOD if outcome.number else _BAD
    for kind, words in _notes(outcome):
        item = ET.SubElement(log, "Item")
        ET.SubElement(item, "TypeID").text = kind
        ET.SubElement(item, "SeverityCode").text = _GOOD if outcome.number else _BAD
        ET.SubElement(item, "Note").text = words


def _notes(outcome: Outcome) -> list[Objection]:
    if outcome.number:
        key = f"{outcome.number}{outcome.company}{outcome.year}"
        return [("605(RW)", f"Document posted successfully: BKPFF {key} {_SYSTEM}")]
    return [("609(RW)", f"Error in document: BKPFF $ {_SYSTEM}"), *outcome.objections]


def _header(at: ET.Element, answered: str, moment: datetime, *, system: bool) -> None:
    header = ET.SubElement(at, "MessageHeader")
    ET.SubElement(header, "UUID").text = str(uuid.uuid4())
    if answered:
        ET.SubElement(header, "ReferenceID").text = answered
    ET.SubElement(header, "CreationDateTime").text = f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    if system:
        ET.SubElement(header, "SenderBusinessSystemID").text = _SYSTEM


def _enveloped(root: ET.Element, soap: str) -> bytes:
    ET.register_namespace("soap-env", soap)
    ET.register_namespace("n0", NAMESPACE)
    envelope = ET.Element(f"{{{soap}}}Envelope")
    ET.SubElement(envelope, f"{{{soap}}}Header")
    ET.SubElement(envelope, f"{{{soap}}}Body").append(root)
    return bytes(ET.tostring(envelope, encoding="utf-8", xml_declaration=True))
