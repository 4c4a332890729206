"""The countries a member may live in, and whose VAT ids begin how."""

from typing import Final

EU: Final = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905 - a table
)
"""The 27 member states (ISO 3166-1)."""

OTHERS = (
    "AD AE AL AM AR AU AZ BA BR CA CH CL CN CO CR EG FO GB GE GG GI GL HK IL IM IN IS JE JP KE KR LI MA MC "
    "MD ME MK MX MY NG NO NZ PE PH RS SA SG SM TH TN TR TW UA US UY VA VN XK ZA"
)
KNOWN: Final = EU | frozenset(OTHERS.split())
"""Countries we serve: European and common others. XK is Kosovo's code until ISO gives one."""

VAT_PREFIXES: Final = {country: country for country in EU | {"GB", "CH", "NO"}} | {"EL": "GR", "XI": "GB"}
"""How a VAT id begins and its holder's country (Directive 2006/112/EC, art. 215; XI is Northern Ireland)."""
