"""What XRechnung 3.0 demands beyond EN 16931 and can apply to us (KoSIT's Schematron, XRechnung-UBL-validation.sch)."""

from typing import Final

from tests.unit.invoicing.einvoice import rules
from tests.unit.invoicing.einvoice.rules import Rule, like
from tests.unit.invoicing.einvoice.rules_german import GERMAN
from tests.unit.invoicing.einvoice.rules_peppol import SHARED

_SPECIFICATION: Final = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"

RULES: Final = (Rule("BR-DE-21", like("cbc:CustomizationID", _SPECIFICATION)), *GERMAN, *SHARED)


def broken(written: bytes) -> list[str]:
    """The rules of XRechnung that a document breaks."""
    return rules.broken(written, RULES)
