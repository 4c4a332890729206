"""What the fields of a member may hold: nothing that breaks a mail, a document or a log."""

import re
import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from common.parties import Address, Location
from functions.members import endpoints
from functions.members.countries import ASSIGNED, KNOWN

UNPRINTABLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories of characters that control, hide or turn text."""
ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+"
LABEL: Final = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL: Final = rf"^{ATOM}(\.{ATOM})*@({LABEL}\.)+[A-Za-z][A-Za-z0-9-]{{0,61}}[A-Za-z0-9]$"
"""An ASCII dot-atom address (RFC 5321, without quoted parts), matched in linear time by pydantic's engine."""
CARD_DIGITS: Final = range(12, 20)


def printable(text: str) -> str:
    """The text in its composed form (NFC) without outer spaces, so that equal names are equal.

    Refuses control characters, line breaks and text without any content.
    """
    if any(unicodedata.category(letter) in UNPRINTABLE for letter in text):
        raise PydanticCustomError("control_character", "no control characters or line breaks")
    if not text.strip():
        raise PydanticCustomError("empty", "it must not be empty")
    return unicodedata.normalize("NFC", text.strip())


def _printable_or_empty(text: str) -> str:
    return printable(text) if text else ""


def _email(text: str) -> str:
    if len(text.partition("@")[0]) > 64:  # noqa: PLR2004 - RFC 5321, 4.5.3.1.1
        raise PydanticCustomError("email_too_long", "at most 64 characters stand before the @")
    return text


def _address(address: Address) -> Address:
    if address.country not in KNOWN:
        raise PydanticCustomError("unknown_country", "the country is no code we know")
    return Address(
        street=printable(address.street),
        city=printable(address.city),
        postcode=printable(address.postcode),
        country=address.country,
    )


def _endpoint(text: str) -> str:
    if text and (fault := endpoints.fault(text)):
        raise PydanticCustomError("endpoint", "{fault}", {"fault": fault})
    return text


def _locations(found: tuple[Location, ...]) -> tuple[Location, ...]:
    """In a fixed order, so that the same evidence in another one changes nothing."""
    if len({location.kind for location in found}) < len(found):
        raise PydanticCustomError("location_twice", "one item of evidence of each kind")
    if any(location.country not in ASSIGNED for location in found):
        raise PydanticCustomError("unknown_country", "a country is no code of ISO 3166-1")
    return tuple(sorted(found, key=lambda location: location.kind))


def _not_ours(text: str) -> str:
    """Refuses an id that looks like ours: wherever either may be given, it would name somebody else."""
    if re.fullmatch(r"mem_[0-9a-f]{26}", text):
        raise PydanticCustomError("our_id", "ids of this form are given by us")
    return text


def _no_card_number(token: str) -> str:
    """Refuses a card number in place of a provider's token: none may ever reach us (PCI DSS)."""
    from stdnum import luhn

    digits = token.replace("-", "").replace(".", "")
    if digits.isdigit() and len(digits) in CARD_DIGITS and luhn.is_valid(digits):
        raise PydanticCustomError("card_number", "send the provider's token, never a card number")
    return token


def _compact(vat_id: str) -> str:
    """Without what people put between; Greek ids begin with EL, whatever Greece's code is (Directive, art. 215)."""
    compact = vat_id.upper().replace(" ", "").replace(".", "").replace("-", "")
    return f"EL{compact[2:]}" if re.fullmatch("GR[0-9]{9}", compact) else compact


ExternalId = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@-]*$", max_length=100, examples=["m-1"]),
    AfterValidator(_not_ours),
]
"""The marketplace's own id of a member."""
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(printable)]
Email = Annotated[str, Field(pattern=EMAIL, max_length=254), AfterValidator(_email)]
PostalAddress = Annotated[Address, AfterValidator(_address)]
VatId = Annotated[str, Field(pattern=r"^[A-Za-z0-9 .+*-]*$", max_length=24), AfterValidator(_compact)]
Token = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:/-]*$", max_length=200), AfterValidator(_no_card_number)]
Reference = Annotated[str, Field(max_length=100), AfterValidator(_printable_or_empty)]
"""What the buyer wants quoted on documents (BT-10); any printable text."""
Endpoint = Annotated[str, Field(max_length=90, examples=["0208:0202239951"]), AfterValidator(_endpoint)]
"""The scheme (EAS) and the address of the buyer's electronic mailbox (BT-49)."""
Locations = Annotated[tuple[Location, ...], Field(max_length=4), AfterValidator(_locations)]
"""Where the marketplace saw the member, beside their address: at most one item of each kind."""
