"""What the law wants said on an invoice (Directive 2006/112/EC, art. 226 nos. 11 and 11a), by key, in English.

Documents in other languages find their own text by the key.
"""

from typing import Final

NOTES: Final = {
    "": "",
    "reverse_charge": "Reverse charge",
    "outside_scope": "Outside the scope of EU VAT",
    "outside_swiss_vat": "Not subject to Swiss VAT: the place of supply is abroad",
    "no_supply": "Outside the scope of VAT: no consideration for a supply",
    "exempt_financial": "Exempt from VAT: financial service, Directive 2006/112/EC, art. 135(1)",
}
