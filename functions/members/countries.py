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

ASSIGNED: Final = frozenset(
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "  # noqa: SIM905 - a table
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO "
    "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE "
    "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO "
    "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW "
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM "
    "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW".split()
)
"""Every country there is (ISO 3166-1, and XK): where somebody may be seen, though not everybody there is served."""
