"""Checking a VAT id without asking anybody: its country and its checksum."""

from typing import Literal

from common.failures import Rejected
from functions.members.countries import EU, VAT_PREFIXES

VatState = Literal["valid", "invalid", "unknown", "none"]


def check_vat_id(vat_id: str, country: str) -> VatState:
    """What is known of a compact VAT id of a member in `country`.

    `valid`: its checksum is right; `invalid`: it is not; `unknown`: from a country whose ids can't be checked here;
    `none`: there is none. Rejected `vat_id_of_another_country` where its first letters name another country.
    """
    if not vat_id:
        return "none"
    of = VAT_PREFIXES.get(vat_id[:2])
    if of is not None and of != country:
        raise Rejected("vat_id_of_another_country", f"the VAT id is of {of}, the address in {country}")
    if country not in EU and not vat_id.startswith("XI"):
        return "unknown"
    return "valid" if _checksum_holds(vat_id) else "invalid"


def _checksum_holds(vat_id: str) -> bool:
    from stdnum.eu import vat

    return bool(vat.is_valid(vat_id))
