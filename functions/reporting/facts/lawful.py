"""Which personal fields are columns all the same, and by which law: everything else personal is in the events alone."""

from typing import Final

RECAPITULATIVE: Final = (
    "Directive 2006/112/EC, art. 262 to 264: the recapitulative statement names each customer in another member state "
    "by VAT identification number"
)
LAWFUL: Final[dict[str, dict[str, str]]] = {
    "invoice.issued": {"buyer.vat_id": RECAPITULATIVE},
    "credit_note.issued": {"buyer.vat_id": RECAPITULATIVE},
}
"""By event and the way to the field in it: the law that asks for it. What is told by law outlives an erasure, as the
document itself does (Regulation (EU) 2016/679, art. 17 (3) (b))."""
