"""Checking a VAT id without asking anybody: its country and its checksum."""

from common.failures import Rejected
from functions.members.checks import VatState
from functions.members.countries import EU, VAT_PREFIXES


def check_vat_id(vat_id: str, country: str) -> VatState:
    """What is known of a compact VAT id of a member in `country` before anybody is asked.

    `unknown`: its checksum is right, or it is from a country whose ids can't be checked; `invalid`: its checksum is
    wrong; `none`: there is none. Rejected `vat_id_of_another_country` where its first letters name another country.
    """
    if not vat_id:
        return "none"
    of = VAT_PREFIXES.get(vat_id[:2])
    if of is not None and of != country:
        raise Rejected("vat_id_of_another_country", f"the VAT id is of {of}, the address in {country}")
    if not is_registered_in_the_union(vat_id, country):
        return "unknown"
    return "unknown" if _checksum_holds(vat_id) else "invalid"


def is_registered_in_the_union(vat_id: str, country: str) -> bool:
    """Whether the Commission's service knows such ids: those of member states, and of Northern Ireland (XI)."""
    return bool(vat_id) and (country in EU or vat_id.startswith("XI"))


def _checksum_holds(vat_id: str) -> bool:
    from stdnum.eu import vat

    return bool(vat.is_valid(vat_id))
