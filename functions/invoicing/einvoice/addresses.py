"""Where electronic documents reach a party: the address they gave, else one their VAT id is, else their mailbox."""

from typing import Final

from common.parties import Buyer, Seller
from functions.invoicing.einvoice.profiles import Profile
from functions.invoicing.einvoice.terms import Endpoint
from functions.invoicing.einvoice.xml import clean

MAIL: Final = "EM"

VAT_SCHEMES: Final = {
    "AT": "9914", "BE": "0208", "BG": "9926", "CY": "9928", "CZ": "9929", "DE": "9930", "DK": "0184", "EE": "9931",
    "EL": "9933", "ES": "9920", "FI": "0213", "FR": "9957", "GB": "9932", "HR": "9934", "HU": "9910", "IE": "9935",
    "IT": "0211", "LT": "9937", "LU": "9938", "LV": "9939", "MT": "9943", "NL": "9944", "PL": "9945", "PT": "9946",
    "RO": "9947", "SE": "0007", "SI": "9949", "SK": "9950",
}  # fmt: skip
"""The scheme (EAS code list) in which a VAT id is an electronic address, by the id's prefix."""

REGISTERED: Final = {"BE": slice(2, None), "SE": slice(2, 12)}
"""Where the address is the number of the company register within the VAT id."""


def endpoint_of(party: Buyer | Seller, profile: Profile) -> Endpoint | None:
    """The party's electronic address that the profile's network can reach; None where there is none."""
    mail = Endpoint(MAIL, clean(party.email)) if party.email else None
    if profile.by_mail:
        return _given(party) or mail
    given = _given(party)
    return given if given and given.scheme != MAIL else _of_vat_id(party.vat_id)


def _given(party: Buyer | Seller) -> Endpoint | None:
    scheme, _, address = clean(party.endpoint).partition(":")
    return Endpoint(scheme, address) if scheme and address else None


def _of_vat_id(vat_id: str) -> Endpoint | None:
    prefix, number = vat_id[:2], clean(vat_id)
    if prefix not in VAT_SCHEMES:
        return None
    return Endpoint(VAT_SCHEMES[prefix], number[REGISTERED.get(prefix, slice(None))])
