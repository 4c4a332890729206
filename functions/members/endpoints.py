"""Where a buyer takes electronic invoices (BT-49): a scheme of the CEF's list, and an address that can exist in it."""

import re
from collections.abc import Callable
from importlib import import_module
from typing import Final

EAS: Final = frozenset(
    "0002 0007 0009 0037 0060 0088 0096 0097 0106 0130 0135 0142 0147 0151 0154 0158 0170 0177 0183 0184 0188 0190 "  # noqa: SIM905 - a table
    "0191 0192 0193 0194 0195 0196 0198 0199 0200 0201 0202 0203 0204 0205 0208 0209 0210 0211 0212 0213 0215 0216 "
    "0217 0218 0219 0220 0221 0225 0230 0235 0240 0242 0244 0245 0246 0248 9910 9913 9914 9915 9918 9919 9920 9922 "
    "9923 9924 9925 9926 9927 9928 9929 9930 9931 9932 9933 9934 9935 9936 9937 9938 9939 9940 9941 9942 9943 9944 "
    "9945 9946 9947 9948 9949 9950 9951 9952 9953 9957 9959 AN AQ AS AU EM".split()
)
"""Schemes of electronic addresses (EAS) as the rules of EN 16931 list them (BR-CL-25)."""
CHECKED: Final = {
    "0002": "fr.siren", "0007": "se.orgnr", "0009": "fr.siret", "0088": "ean", "0096": "dk.cvr",
    "0151": "au.abn", "0184": "dk.cvr", "0192": "no.orgnr", "0204": "de.leitweg", "0208": "be.vat",
    "0210": "it.codicefiscale", "0211": "it.iva", "9910": "hu.anum", "9914": "at.uid", "9926": "bg.vat",
    "9928": "cy.vat", "9929": "cz.dic", "9930": "de.vat", "9931": "ee.kmkr", "9933": "gr.vat", "9934": "hr.oib",
    "9935": "ie.vat", "9937": "lt.pvm", "9938": "lu.tva", "9939": "lv.pvn", "9943": "mt.vat", "9944": "nl.btw",
    "9945": "pl.nip", "9946": "pt.nif", "9947": "ro.cf", "9949": "si.ddv", "9950": "sk.dph", "9957": "fr.tva",
}  # fmt: skip
"""Schemes whose addresses have check digits, and whose rule they follow."""
DIGITS_ALONE: Final = {"0088": 13, "0208": 10}
"""Schemes that take no letters (an EAN is a location number, a GLN, only with 13 digits)."""
SHAPE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~@+/:-]{0,79}")


def fault(endpoint: str) -> str:
    """What is wrong with `scheme:address`; empty where nothing is."""
    scheme, colon, address = endpoint.partition(":")
    if not colon or scheme not in EAS:
        return "it begins with a scheme of the EAS list and a colon, like 0208:0202239951"
    if not SHAPE.fullmatch(address):
        return "the address has 1 to 80 letters, digits and . _ ~ @ + / : -"
    if scheme == "EM":
        return "" if re.fullmatch(r"[^@]+@[^@.]+(\.[^@.]+)+", address) else "the address is no e-mail address"
    if (length := DIGITS_ALONE.get(scheme)) and not (address.isdigit() and len(address) == length):
        return f"an address in {scheme} has {length} digits"
    if scheme in CHECKED and not _rule(CHECKED[scheme])(address):
        return f"the check digits of the address do not fit the scheme {scheme}"
    return ""


def _rule(name: str) -> Callable[[str], bool]:
    valid: Callable[[str], bool] = import_module(f"stdnum.{name}").is_valid
    return valid
