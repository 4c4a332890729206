"""The arithmetic of a document to the last minor unit: the published rules let VAT be wrong by up to 1.00."""

from collections import defaultdict
from collections.abc import Iterator

from functions.invoicing.einvoice.terms import Breakdown, Terms
from functions.invoicing.model.credit_notes import CreditNote
from functions.invoicing.model.invoices import Invoice


def faults(terms: Terms, document: Invoice | CreditNote) -> list[str]:
    """What is wrong in a document as it was read: within itself, and against the ledger."""
    return [*_within(terms), *_against(terms, document)]


def _within(terms: Terms) -> Iterator[str]:
    for item in terms.items:
        if item.price_minor < 0 or item.quantity * item.price_minor != item.net_minor:
            yield f"line {item.place}: {item.quantity} times {item.price_minor} is not {item.net_minor}"
    if terms.net_minor != sum(item.net_minor for item in terms.items):
        yield "BR-CO-10: the net total is not the sum of the lines"
    if terms.vat_minor != sum(part.vat_minor for part in terms.breakdown):
        yield "BR-CO-14: the VAT total is not the sum of its groups"
    if terms.gross_minor != terms.net_minor + terms.vat_minor:
        yield "BR-CO-15: the gross total is not net and VAT"
    if terms.due_minor != terms.gross_minor:
        yield "BR-CO-16: what is due is not the gross total"
    yield from _groups(terms)


def _groups(terms: Terms) -> Iterator[str]:
    bases: dict[tuple[str, int], int] = defaultdict(int)
    for item in terms.items:
        bases[item.category, item.rate or 0] += item.net_minor
    if bases != {(part.category, part.rate): part.base_minor for part in terms.breakdown}:
        yield "BR-S-08: the bases are not the sums of their lines"
    if len({(part.category, part.rate) for part in terms.breakdown}) != len(terms.breakdown):
        yield "BR-S-01: a category and rate has several groups"


def _against(terms: Terms, document: Invoice | CreditNote) -> Iterator[str]:
    stated = (terms.net_minor, terms.vat_minor, terms.gross_minor)
    if stated != (document.net_minor, document.vat_minor, document.total_minor):
        yield f"{stated} is not what the ledger says"
    if [item.net_minor for item in terms.items] != [line.amount_minor for line in document.lines]:
        yield "the lines are not the ledger's"
    if [(item.starts_on, item.ends_on) for item in terms.items] != [line.served for line in document.lines]:
        yield "the lines' days are not the ledger's"
    if any(item.starts_on < terms.starts_on or item.ends_on > terms.ends_on for item in terms.items):
        yield "PEPPOL-EN16931-R110, R111: a line's days are outside of the document's"
    accounted = (terms.vat_currency, terms.vat_accounted_minor)
    if accounted != ((document.exchange.currency, document.exchange.vat_minor) if document.exchange else ("", None)):
        yield "VAT in the tax office's currency is not the ledger's"
    yield from _rates(terms.breakdown, document)


def _rates(breakdown: tuple[Breakdown, ...], document: Invoice | CreditNote) -> Iterator[str]:
    """BR-CO-17, exactly. Where prices were quoted with VAT, what was quoted is what is to be paid instead.

    The credit notes of an invoice take back its VAT to the cent, so one of them may be a cent beside its own rate.
    """
    for part in breakdown:
        lines = [one for one in document.lines if (one.category, one.rate_basis_points) == (part.category, part.rate)]
        net = sum(one.amount_minor for one in lines if one.quoted_minor is None)
        promised = sum(one.quoted_minor or 0 for one in lines) + net + _half_up(net * part.rate)
        beside = abs(part.base_minor + part.vat_minor - promised)
        if beside > (isinstance(document, CreditNote) and document.kind != "full"):
            yield f"{part.rate}: base and VAT are {part.base_minor + part.vat_minor}, not {promised}"


def _half_up(scaled: int) -> int:
    """Basis points of minor units, rounded half away from zero."""
    amount = (2 * abs(scaled) + 10_000) // 20_000
    return amount if scaled >= 0 else -amount
