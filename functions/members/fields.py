"""What the fields of a member may hold: nothing that breaks a mail, a document or a log."""

import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from common.parties import Address
from functions.members.countries import KNOWN

UNPRINTABLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories of characters that control, hide or turn text."""
ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+"
LABEL: Final = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL: Final = rf"^{ATOM}(\.{ATOM})*@({LABEL}\.)+[A-Za-z][A-Za-z0-9-]{{0,61}}[A-Za-z0-9]$"
"""An ASCII dot-atom address (RFC 5321, without quoted parts), matched in linear time by pydantic's engine."""
CARD_DIGITS: Final = range(12, 20)


def printable(text: str) -> str:
    """The text without outer spaces; refuses control characters, line breaks and text without any content."""
    if any(unicodedata.category(letter) in UNPRINTABLE for letter in text):
        raise PydanticCustomError("control_character", "no control characters or line breaks")
    if not text.strip():
        raise PydanticCustomError("empty", "it must not be empty")
    return text.strip()


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


def _no_card_number(token: str) -> str:
    """Refuses a card number in place of a provider's token: none may ever reach us (PCI DSS)."""
    from stdnum import luhn

    digits = token.replace("-", "").replace(".", "")
    if digits.isdigit() and len(digits) in CARD_DIGITS and luhn.is_valid(digits):
        raise PydanticCustomError("card_number", "send the provider's token, never a card number")
    return token


def _compact(vat_id: str) -> str:
    return vat_id.upper().replace(" ", "").replace(".", "").replace("-", "")


ExternalId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@-]*$", max_length=100, examples=["m-1"])]
"""The marketplace's own id of a member."""
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(printable)]
Email = Annotated[str, Field(pattern=EMAIL, max_length=254), AfterValidator(_email)]
PostalAddress = Annotated[Address, AfterValidator(_address)]
VatId = Annotated[str, Field(pattern=r"^[A-Za-z0-9 .+*-]*$", max_length=24), AfterValidator(_compact)]
Token = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]*$", max_length=200), AfterValidator(_no_card_number)]
