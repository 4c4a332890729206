"""What a payer quotes, made from the invoice's number, in the form their country's banks check; and back again.

Each form is kept as it travels in payment messages (no spaces, no frame) and printed as people are used to see it:

* ISO 11649 creditor reference, `RF79MP20260000001`: everywhere in SEPA;
* Belgian structured communication (OGM-VCS), `260000000170`, printed `+++260/0000/00170+++`: twelve digits;
* Swiss QR reference (QRR), 27 digits, the last one by modulo 10 recursive: with a QR-IBAN only.
"""

import re
from typing import Final, Literal

from common.parties import Seller

Form = Literal["rf", "ogm", "qrr"]
NUMBER: Final = re.compile(r"([A-Z]{2,4})-(\d{4})-(\d{1,8})")
"""An invoice number: entity, year, place in the series."""
PLACE: Final = 8
"""Digits of a place in a Belgian reference; those of a year are two: its banks leave ten."""
LONGEST: Final = 25
"""Characters of a creditor reference (ISO 11649)."""
_RF: Final = re.compile(r"RF\d\d0*([A-Z]{2,4})(20\d\d)(\d{5,8})")
_QRR: Final = re.compile(r"\d{6}((?:\d\d){4})(20\d\d)(\d{8})\d")
"""Its first six digits are left to the bank, which may tell its customers apart by them."""


class NoReference(ValueError):
    """A number from which no reference of that form can be made."""


def reference_of(number: str, seller: Seller) -> str:
    """The reference payers of this seller's invoice quote, as it travels; NoReference where the number has no such."""
    return {"rf": creditor_reference, "ogm": structured_communication, "qrr": qr_reference}[seller.transfer_reference](
        number
    )


def creditor_reference(number: str) -> str:
    """ISO 11649: `RF79MP20260000001` for `MP-2026-0000001`; at most 25 characters."""
    body = number.replace("-", "")
    checked = f"RF{98 - _mod97(body + 'RF00'):02d}{body}"
    if len(checked) > LONGEST or not (body.isascii() and body.isalnum()):
        raise NoReference(f"{number} gives no creditor reference")
    return checked


def structured_communication(number: str) -> str:
    """The Belgian one: year and place in ten digits, then these modulo 97 (97 for 0): `260000000170`."""
    _, year, place = _parts(number)
    if year // 100 != 20 or place >= 10**PLACE:  # noqa: PLR2004 - the century is not written
        raise NoReference(f"{number} has no room in a structured communication")
    body = f"{year % 100:02d}{place:0{PLACE}d}"
    return f"{body}{int(body) % 97 or 97:02d}"


def qr_reference(number: str) -> str:
    """The Swiss one: entity (two digits a letter), year and place, filled up to 26 digits, and the check digit."""
    from stdnum.ch import esr

    entity, year, place = _parts(number)
    letters = "".join(f"{ord(letter) - 64:02d}" for letter in entity)
    body = f"{letters:0>8}{year}{place:08d}".zfill(26)
    return body + str(esr.calc_check_digit(body))


def form_of(reference: str) -> Form | None:
    """Which form a reference has, check digits and all; None where it has none."""
    from stdnum import iso11649
    from stdnum.be import ogm_vcs
    from stdnum.ch import esr

    compact = canonical(reference)
    if compact.startswith("RF"):
        return "rf" if compact.isascii() and iso11649.is_valid(compact) else None
    if not (compact.isascii() and compact.isdigit()):
        return None
    if len(compact) == 27:  # noqa: PLR2004 - Swiss Implementation Guidelines for the QR-bill, 3.5
        return "qrr" if compact.strip("0") and esr.is_valid(compact) else None
    return "ogm" if len(compact) == 12 and ogm_vcs.is_valid(compact) else None  # noqa: PLR2004 - Febelfin


def canonical(reference: str) -> str:
    """A reference as it travels: in capitals, without spaces and without what frames a Belgian one."""
    return re.sub(r"[\s+*/.]", "", reference).upper()


def number_of(reference: str, entity: str = "") -> str:
    """The invoice number a reference was made from; empty where it is none of ours or its check digits are wrong.

    A Belgian reference does not say of which legal entity it is: the one whose account was paid (`entity`).
    """
    form, compact = form_of(reference), canonical(reference)
    number = ""
    if form == "rf":
        number = _from_creditor_reference(compact)
    elif form == "qrr":
        number = _from_qr_reference(compact)
    elif form == "ogm" and entity:
        number = _number(entity, int(f"20{compact[:2]}"), int(compact[2:10]))
    return number


def printed(reference: str) -> str:
    """A reference as people read and type it: `RF79 MP20 2600 0000 1`, `+++260/0000/00170+++`, groups of five."""
    compact, form = canonical(reference), form_of(reference)
    if form == "ogm":
        return f"+++{compact[:3]}/{compact[3:7]}/{compact[7:]}+++"
    if form == "qrr":
        return " ".join([compact[:2], *re.findall(".{5}", compact[2:])])
    return " ".join(re.findall(".{1,4}", compact)) if form == "rf" else reference


def _parts(number: str) -> tuple[str, int, int]:
    match = NUMBER.fullmatch(number)
    if match is None:
        raise NoReference(f"{number} is no invoice number")
    return match[1], int(match[2]), int(match[3])


def _from_creditor_reference(compact: str) -> str:
    match = _RF.fullmatch(compact)
    return f"{match[1]}-{match[2]}-{match[3]}" if match else ""


def _from_qr_reference(compact: str) -> str:
    match = _QRR.fullmatch(compact)
    if match is None:
        return ""
    codes = [int(pair) for pair in re.findall("..", match[1])]
    entity = "".join(chr(64 + code) for code in codes if code)
    return _number(entity, int(match[2]), int(match[3])) if re.fullmatch("[A-Z]{2,4}", entity) else ""


def _number(entity: str, year: int, place: int) -> str:
    """As `numbering` writes it: seven digits, where they fit into sixteen characters."""
    prefix = f"{entity}-{year}-"
    return f"{prefix}{place:0{min(7, 16 - len(prefix))}d}"


def _mod97(text: str) -> int:
    """ISO 7064: letters count from A = 10 to Z = 35."""
    return int("".join(str(int(character, 36)) for character in text)) % 97
