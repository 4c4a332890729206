"""What Peppol BIS Billing 3.0 demands beyond EN 16931 and can apply to us (OpenPeppol, PEPPOL-EN16931-UBL.sch)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Final

from lxml import etree

from tests.unit.invoicing.einvoice import rules
from tests.unit.invoicing.einvoice.rules import BUYER, SELLER, Rule, each, found, like, never, said
from tests.unit.invoicing.einvoice.rules_german import GERMAN

_PROCESS: Final = r"urn:fdc:peppol\.eu:2017:poacc:billing:[0-9]{2}:1\.0"
_SPECIFICATION: Final = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
_SCHEMES: Final = (
    "0002 0007 0009 0037 0060 0088 0096 0097 0106 0130 0135 0142 0147 0151 0154 0158 0170 0177 0183 0184 0188 0190 "
    "0191 0192 0193 0194 0195 0196 0198 0199 0200 0201 0202 0203 0204 0205 0208 0209 0210 0211 0212 0213 0215 0216 "
    "0217 0218 0221 0225 0230 0235 0240 0242 0244 0245 9910 9913 9914 9915 9918 9919 9920 9922 9923 9924 9925 9926 "
    "9927 9928 9929 9930 9931 9932 9933 9934 9935 9936 9937 9938 9939 9940 9941 9942 9943 9944 9945 9946 9947 9948 "
    "9949 9950 9951 9952 9953 9957 9959"
)
"""Peppol's own list of address schemes: without e-mail (EM)."""
_LINES: Final = "cac:InvoiceLine | cac:CreditNoteLine"
_DAYS: Final = "cbc:IssueDate | //cbc:DueDate | //cbc:StartDate | //cbc:EndDate | //cbc:ActualDeliveryDate"
_MEANT: Final = {"VATEX-EU-G": "G", "VATEX-EU-O": "O", "VATEX-EU-IC": "K", "VATEX-EU-AE": "AE"}
_AMOUNTS: Final = "//*[@currencyID][not(self::cbc:TaxAmount[not(../cac:TaxSubtotal) and not(../cbc:TaxableAmount)])]"


def _currency(root: Any) -> str:
    return str(found(root, "cbc:DocumentCurrencyCode")[0].text)


def _same_currency(root: Any) -> bool:
    return all(one.get("currencyID") == _currency(root) for one in found(root, _AMOUNTS))


def _accounted_once(root: Any) -> bool:
    expected = 1 if found(root, "cbc:TaxCurrencyCode") else 0
    return len(found(root, "cac:TaxTotal[not(cac:TaxSubtotal)]")) == expected


def _same_sign(root: Any) -> bool:
    amounts = [Decimal(one.text) for one in found(root, "cac:TaxTotal/cbc:TaxAmount")]
    return all(one >= 0 for one in amounts) or all(one <= 0 for one in amounts)


def _other_currency(root: Any) -> bool:
    return all(one.text != _currency(root) for one in found(root, "cbc:TaxCurrencyCode"))


def _within(end: str, right: Callable[[date, date], bool]) -> rules.Holds:
    def holds(root: Any) -> bool:
        whole = found(root, f"cac:InvoicePeriod/cbc:{end}")
        if not whole:
            return True
        of_lines = found(root, f"({_LINES})/cac:InvoicePeriod/cbc:{end}")
        return all(right(date.fromisoformat(line.text), date.fromisoformat(whole[0].text)) for line in of_lines)

    return holds


def _multiplied(line: Any) -> bool:
    quantity, net, price = (
        Decimal(found(line, path)[0].text)
        for path in (
            "cbc:InvoicedQuantity | cbc:CreditedQuantity",
            "cbc:LineExtensionAmount",
            "cac:Price/cbc:PriceAmount",
        )
    )
    return abs(quantity * price - net) <= Decimal("0.02")


def _belgian(node: Any) -> bool:
    number = node.text
    return len(number) == 10 and number.isdecimal() and int(number[8:]) == 97 - int(number[:8]) % 97


def _swedish(node: Any) -> bool:
    digits = [int(digit) * (2 - place % 2) for place, digit in enumerate(node.text)]
    return len(digits) == 10 and sum(digit // 10 + digit % 10 for digit in digits) % 10 == 0


SHARED: Final = (
    Rule("PEPPOL-EN16931-R001", said("cbc:ProfileID")),
    Rule("PEPPOL-EN16931-R005", _other_currency),
    Rule("PEPPOL-EN16931-R008", never("//*[not(*) and not(normalize-space())]")),
    Rule("PEPPOL-EN16931-R010", said(f"{BUYER}/cbc:EndpointID")),
    Rule("PEPPOL-EN16931-R020", said(f"{SELLER}/cbc:EndpointID")),
    Rule("PEPPOL-EN16931-R053", lambda root: len(found(root, "cac:TaxTotal[cac:TaxSubtotal]")) == 1),
    Rule("PEPPOL-EN16931-R054", _accounted_once),
    Rule("PEPPOL-EN16931-R055", _same_sign),
    Rule(
        "PEPPOL-EN16931-R061",
        never(
            "cac:PaymentMeans[cbc:PaymentMeansCode='49' or cbc:PaymentMeansCode='59'][not(cac:PaymentMandate/cbc:ID)]"
        ),
    ),
    Rule("PEPPOL-EN16931-R101", never("//cac:DocumentReference[not(cbc:DocumentTypeCode='130')]")),
    Rule("PEPPOL-EN16931-R110", _within("StartDate", lambda line, whole: line >= whole)),
    Rule("PEPPOL-EN16931-R111", _within("EndDate", lambda line, whole: line <= whole)),
    Rule("PEPPOL-EN16931-R120", each(_LINES, _multiplied)),
)
"""The rules of Peppol that XRechnung took over. R040 to R046, R121 and R130 are about terms that we never write."""

RULES: Final = (
    *SHARED,
    Rule("PEPPOL-EN16931-R002", lambda root: len(found(root, "cbc:Note")) <= 1),
    Rule("PEPPOL-EN16931-R003", said("cbc:BuyerReference")),
    Rule("PEPPOL-EN16931-R004", like("cbc:CustomizationID", _SPECIFICATION)),
    Rule("PEPPOL-EN16931-R007", like("cbc:ProfileID", _PROCESS)),
    Rule("PEPPOL-EN16931-R051", _same_currency),
    Rule("PEPPOL-EN16931-R100", each(_LINES, lambda line: len(found(line, "cac:DocumentReference")) <= 1)),
    Rule("PEPPOL-EN16931-P0100", like("cbc:InvoiceTypeCode", "380")),
    Rule("PEPPOL-EN16931-P0101", like("cbc:CreditNoteTypeCode", "381")),
    Rule("PEPPOL-EN16931-F001", like(_DAYS, "[0-9]{4}-[0-9]{2}-[0-9]{2}")),
    Rule("PEPPOL-EN16931-CL008", each("//cbc:EndpointID", lambda one: one.get("schemeID") in _SCHEMES.split())),
    Rule(
        "PEPPOL-EN16931-P0104..P0107",
        each(
            "//cac:TaxCategory[cbc:TaxExemptionReasonCode]",
            lambda one: _MEANT.get(found(one, "cbc:TaxExemptionReasonCode")[0].text) == found(one, "cbc:ID")[0].text,
        ),
    ),
    Rule("PEPPOL-COMMON-R042", like("//cbc:EndpointID[@schemeID='0184']", "DK[0-9]{8}")),
    Rule("PEPPOL-COMMON-R043", each("//cbc:EndpointID[@schemeID='0208']", _belgian)),
    Rule("PEPPOL-COMMON-R047", like("//cbc:EndpointID[@schemeID='0211']", "IT[0-9]{11}")),
    Rule("PEPPOL-COMMON-R049", each("//cbc:EndpointID[@schemeID='0007']", _swedish)),
)


def broken(written: bytes) -> list[str]:
    """The rules of Peppol that a document breaks; between Germans, the German rules (DE-R) apply as well."""
    german = countries(written) == {"DE"}
    return rules.broken(written, (*RULES, *GERMAN) if german else RULES)


def countries(written: bytes) -> set[str]:
    """The countries of both parties."""
    return {one.text for one in found(etree.fromstring(written), "//cac:PostalAddress//cbc:IdentificationCode")}
