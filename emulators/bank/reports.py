"""What the bank answers to files (pain.002.001.10) and tells of single entries (camt.054.001.08)."""

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree as ET

from emulators.bank import camt

PAIN002 = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"
CAMT054 = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"


def status_report(message: str, kind: str, batches: Sequence[str], refused: Sequence[Any], made: str) -> bytes:
    """All of a file accepted, but for what is refused by its reason."""
    root = ET.Element("Document", xmlns=PAIN002)
    report = ET.SubElement(root, "CstmrPmtStsRpt")
    header = ET.SubElement(report, "GrpHdr")
    _text(header, "MsgId", f"R-{message}"[:35])
    _text(header, "CreDtTm", made)
    original = ET.SubElement(report, "OrgnlGrpInfAndSts")
    _text(original, "OrgnlMsgId", message)
    _text(original, "OrgnlMsgNmId", "pain.008.001.08" if kind == "debits" else "pain.001.001.09")
    _text(original, "GrpSts", "PART" if refused else "ACCP")
    for name in batches:
        mine = [row for row in refused if row["batch"] == name]
        if mine:
            _refusals(ET.SubElement(report, "OrgnlPmtInfAndSts"), name, mine)
    return _written(root)


def notification(statement: camt.Statement) -> bytes:
    """A day's entries as a camt.054: the same entries as in the statement, without balances."""
    whole = ET.fromstring(camt.write(statement))  # noqa: S314 - what we have written ourselves
    space = f"{{{camt.NAMESPACE}}}"
    root = ET.Element("Document", xmlns=CAMT054)
    message = ET.SubElement(root, "BkToCstmrDbtCdtNtfctn")
    old = whole[0]
    message.append(_without(old[0], space))
    told = ET.SubElement(message, "Ntfctn")
    kept = {"Id", "CreDtTm", "FrToDt", "Acct", "TxsSummry", "Ntry"}
    for part in old[1]:
        if part.tag.removeprefix(space) in kept:
            told.append(_without(part, space))
    return _written(root)


def _refusals(at: ET.Element, name: str, refused: Sequence[Any]) -> None:
    _text(at, "OrgnlPmtInfId", name)
    _text(at, "PmtInfSts", "PART")
    for row in refused:
        told = ET.SubElement(at, "TxInfAndSts")
        _text(told, "OrgnlEndToEndId", row["end_to_end"])
        _text(told, "TxSts", "RJCT")
        reason = ET.SubElement(ET.SubElement(told, "StsRsnInf"), "Rsn")
        _text(reason, "Cd", row["refused"])


def _without(element: ET.Element, space: str) -> ET.Element:
    made = ET.Element(element.tag.removeprefix(space), element.attrib)
    made.text = element.text
    made.extend(_without(child, space) for child in element)
    return made


def _text(at: ET.Element, name: str, text: str) -> None:
    ET.SubElement(at, name).text = text


def _written(root: ET.Element) -> bytes:
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"
