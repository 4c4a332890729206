"""QR codes that a payer's bank understands: their contents by the schemes' guidelines, and their picture."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from common.money import decimal_text
from common.parties import Buyer, Seller
from common.references import printed

EPC_BYTES: Final = 331
"""EPC069-12: at most version 13 at error correction M holds so many."""
EPC_MOST: Final = 99_999_999_999
"""Its largest amount, in cents."""
MASK: Final = 3
"""Each of the eight patterns reads as well; trying all of them costs six times as much as the code itself."""
DARK: Final = re.compile(b"\x01+")
NAME: Final = 70
"""Characters of a name or a street in both schemes."""
TOWN: Final = 35


def epc(seller: Seller, amount_minor: int, currency: str, reference: str) -> str:
    """The contents of an EPC QR code (EPC069-12, version 002) for a transfer in euro; empty where it can't be one.

    A creditor reference goes where it is structured; any other one is information, as people write it: a Belgian bank
    knows its structured communication by the frame around it.
    """
    if currency != "EUR" or not 0 < amount_minor <= EPC_MOST:
        return ""
    structured, text = (reference, "") if reference.startswith("RF") else ("", printed(reference))
    amount = f"EUR{decimal_text(amount_minor, currency)}"
    name = line(seller.name, NAME)
    told = ["BCD", "002", "1", "SCT", seller.bic, name, seller.iban, amount, "", structured, text]
    contents = "\n".join(told).rstrip("\n")
    return contents if len(contents.encode()) <= EPC_BYTES else ""


def swiss(seller: Seller, buyer: Buyer | None, amount_minor: int, currency: str, reference: str, message: str) -> str:
    """The contents of a Swiss QR code (SIX Implementation Guidelines for the QR-bill, 2.3, `SPC` 0200).

    Addresses are structured, the street with its number in one field; the reference is a QR reference. Who pays may
    be left out.
    """
    told = ["SPC", "0200", "1", seller.qr_iban, *_party(seller)]
    told += [""] * 7  # the ultimate creditor: reserved
    told += [decimal_text(amount_minor, currency), currency, *(_party(buyer) if buyer else [""] * 7)]
    told += ["QRR", reference, latin(line(message, 140)), "EPD"]
    return "\n".join(told)


def picture(contents: str) -> str:
    """A QR code as SVG, at error correction M as both schemes want it, without the quiet zone: the page has it."""
    import segno

    code = segno.make(
        contents, mode="byte", encoding="utf-8", error="m", boost_error=False, micro=False, mask=MASK, eci=False
    )
    rows = [bytes(row) for row in code.matrix]
    dark = "".join(f"M{x} {y}h{width}v1h-{width}z" for y, row in enumerate(rows) for x, width in _runs(row))
    size = len(rows)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><path d="{dark}"/></svg>'


def _runs(row: bytes) -> Iterator[tuple[int, int]]:
    """Where dark modules follow each other in a row: their place and number."""
    return ((found.start(), len(found[0])) for found in DARK.finditer(row))


def line(text: str, longest: int) -> str:
    """A text on one line, cut to what its field holds."""
    return " ".join(text.split())[:longest].strip()


def latin(text: str) -> str:
    """A text in the characters Swiss payments know: Latin, with what Latin-1 and Latin Extended-A have; else dots."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(letter if _is_latin(letter) else "." for letter in composed)


def _is_latin(letter: str) -> bool:
    return " " <= letter <= "~" or "\u00a0" <= letter <= "\u017f" or letter in "ȘșȚț€"


def _party(party: Seller | Buyer) -> list[str]:
    address = party.address
    street, postcode, town = line(address.street, NAME), line(address.postcode, 16), line(address.city, TOWN)
    return ["S", latin(line(party.name, NAME)), latin(street), "", latin(postcode), latin(town), address.country]
