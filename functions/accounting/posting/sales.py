"""What invoices and credit notes book, and the revenue of later months that is set free month by month."""

from collections import Counter
from collections.abc import Iterable, Sequence

from common.events.accounting import Conversion, Posting, RevenueReleased
from common.events.invoicing import CreditNoteIssued, Exchange, InvoiceIssued, VatTotal
from common.failures import Rejected
from functions.accounting.posting.charts import Chart
from functions.accounting.posting.deferring import deferred
from functions.accounting.posting.entries import Entry, Part, balanced, journal_id, line

Key = tuple[str, str]
"""VAT scheme and country: what of revenue is kept apart."""


def invoice(event: InvoiceIssued, chart: Chart) -> Entry:
    """Receivable against revenue and VAT; Rejected where the totals of the invoice don't add up.

    Revenue of days after its month is a contract liability, where the entity defers (IFRS 15.106; § 250 (2) HGB).
    """
    later = deferred(event, chart)
    return Entry(
        event=event.name,
        causes=("invoice", event.invoice_id),
        document_type="DR",
        document=event.number,
        entity=event.entity,
        currency=event.currency,
        member_id=event.member_id,
        effective_on=event.issued_on,
        postings=_sale(event.total_minor, event.vat, chart, later, sign=1),
        conversion=_conversion(event.exchange),
        deferred=later,
    )


def credit_note(event: CreditNoteIssued, chart: Chart, unreleased: Sequence[Part] = ()) -> Entry:
    """The reverse of an invoice's postings, for what the credit note takes back.

    Of its revenue `unreleased` parts are taken from the contract liability. What of it was paid already, matching
    takes back from the match: that is `unmatch`.
    """
    return Entry(
        event=event.name,
        causes=("credit_note", event.credit_note_id),
        document_type="DG",
        document=event.number,
        entity=event.entity,
        currency=event.currency,
        member_id=event.member_id,
        effective_on=event.issued_on,
        postings=_sale(event.total_minor, event.vat, chart, unreleased, sign=-1),
        reverses=journal_id("invoice", event.invoice_id),
        conversion=_conversion(event.exchange),
    )


def released(event: RevenueReleased, chart: Chart) -> Entry:
    """The revenue of a month that has come: no longer a contract liability. It bears no VAT: the invoice did."""
    sums: Counter[Key] = Counter()
    for part in event.parts:
        sums[part.scheme, part.country] += part.amount_minor
    lines = [line(chart, "contract_liability", sum(sums.values()))]
    lines += [line(chart, f"revenue.{scheme}", -minor, "", country) for (scheme, country), minor in sums.items()]
    return Entry(
        event=event.name,
        causes=("release", event.invoice_id, event.month),
        document_type="SA",
        document=event.release_id,
        entity=event.entity,
        currency=event.currency,
        member_id=event.member_id,
        effective_on=event.released_on,
        postings=balanced(lines),
    )


def _tax_code(total: VatTotal, chart: Chart) -> str:
    """The tax code of VAT of one scheme and country; Rejected `no_tax_code` where the chart has none."""
    codes = chart.tax_codes[total.scheme]
    code = codes.get(total.country) or codes.get("*")
    if code is None:
        raise Rejected(
            "no_tax_code", f"the chart has no tax code for {total.scheme} in {total.country or 'no country'}"
        )
    return code


def _sale(
    total_minor: int, vat: Sequence[VatTotal], chart: Chart, apart: Iterable[Part], *, sign: int
) -> tuple[Posting, ...]:
    """Lines of a sale, of its revenue `apart` from the contract liability."""
    lines = [line(chart, "receivables", sign * total_minor)]
    later = _by_key(apart)
    for total in vat:
        code = _tax_code(total, chart)
        deferred_minor = later.pop((total.scheme, total.country), 0)
        lines += _revenue(total, code, deferred_minor, chart, sign)
    if later:
        raise Rejected("unbalanced", f"revenue of later months that is not on the document: {sorted(later)}")
    return balanced(lines)


def _revenue(total: VatTotal, code: str, deferred_minor: int, chart: Chart, sign: int) -> list[Posting]:
    now = total.base_minor - deferred_minor
    lines = [line(chart, f"revenue.{total.scheme}", -sign * now, code, total.country)]
    if deferred_minor:
        lines.append(line(chart, "contract_liability", -sign * deferred_minor, code, total.country))
    if total.vat_minor:
        if total.scheme not in chart.vat_payable:
            raise Rejected("no_account", f"no VAT is payable under the scheme {total.scheme}")
        lines.append(line(chart, f"vat.{total.scheme}", -sign * total.vat_minor, code, total.country))
    return lines


def _by_key(parts: Iterable[Part]) -> dict[Key, int]:
    found: Counter[Key] = Counter()
    for part in parts:
        found[part.scheme, part.country] += part.amount_minor
    return {key: minor for key, minor in found.items() if minor}


def _conversion(exchange: Exchange | None) -> Conversion | None:
    if exchange is None:
        return None
    return Conversion(currency=exchange.currency, rate=exchange.rate, on=exchange.on, source=exchange.source)
