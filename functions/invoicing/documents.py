"""Invoices and credit notes as PDF/A-3b, in the member's language, the same bytes for the same document."""

import json
import re
import unicodedata
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

from common.events.invoicing import Line, VatTotal
from common.money import decimal_text
from common.parties import Address, Buyer, Seller
from functions.invoicing.model.credit_notes import CreditNote
from functions.invoicing.model.invoices import Invoice

HERE: Final = Path(__file__).parent
UNPRINTABLE: Final = re.compile(
    "[^ -~\u00a0-\u02ff\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u03ff\u0400-\u04ff"
    "\u1e00-\u1eff\u200b\u2010-\u2027\u2030-\u2040\u20a0-\u20bf\u2190-\u2193\u2212]"
)
"""What the built-in font lacks, or what steers the text's direction; PDF/A allows no missing glyph."""
LONG_WORD: Final = re.compile(r"(\S{6})(?=\S{8})")
_TYPESETTING: Final = Lock()

Paper = dict[str, Any]
"""A page's texts as the template wants them; it holds no rule and does no sums."""


class NotRendered(Exception):
    """A document can't be set."""


def pdf(paper: Paper, issued_on: date) -> bytes:
    """The document as PDF/A-3b, dated by its day of issue; NotRendered where it can't be set."""
    made: bytes = _typeset(paper, issued_on, format="pdf", pdf_standards="a-3b")
    return made


def pictures(paper: Paper, issued_on: date) -> list[bytes]:
    """The document's pages as PNG."""
    made = _typeset(paper, issued_on, format="png")
    return made if isinstance(made, list) else [made]


def paper_of_invoice(invoice: Invoice) -> Paper:
    """An invoice as the template wants it."""
    words = Words(invoice.buyer.language)
    facts = {
        "number": invoice.number,
        "issued_on": words.day(invoice.issued_on),
        "due_on": words.day(invoice.due_on),
    }
    return _paper(invoice, words, "invoice", facts) | {
        "total": _row(words["total"], words.money(invoice.total_minor, invoice.currency)),
        "payment": _payment(invoice, words),
        "remark": "",
        "reason": "",
    }


def paper_of_credit_note(note: CreditNote) -> Paper:
    """A credit note as the template wants it; it names its invoice (Directive 2006/112/EC, art. 219)."""
    words = Words(note.buyer.language)
    facts = {"number": note.number, "issued_on": words.day(note.issued_on), "corrects": note.invoice_number}
    remark = words.fill(
        "credit_text", invoice_number=note.invoice_number, invoice_issued_on=words.day(note.invoice_issued_on)
    )
    return _paper(note, words, "credit_note", facts) | {
        "total": _row(words["credited"], words.money(note.total_minor, note.currency)),
        "payment": None,
        "remark": f"{remark} {words['credit_effect']}",
        "reason": f"{words['reason']}: {breakable(note.reason)}",
    }


class Words:
    """How one language names, counts and dates things; English where we don't speak it."""

    def __init__(self, language: str) -> None:
        self.language = language if language in texts() else "en"
        self._texts = texts()[self.language]

    def __getitem__(self, name: str) -> str:
        return self._texts[name]

    def fill(self, name: str, **values: str) -> str:
        """A sentence with its gaps filled."""
        return self[name].format(**values)

    def day(self, day: date) -> str:
        """A day as people write it."""
        return day.strftime(self["day"])

    def period(self, first: date, last: date) -> str:
        """The days from the first to the last; one alone where they are the same."""
        return self.day(first) if first == last else f"{self.day(first)} – {self.day(last)}"

    def country(self, code: str) -> str:
        """A country's name; its code where it has none."""
        from babel import Locale

        return str(Locale.parse(self.language).territories.get(code, code))

    def money(self, amount_minor: int, currency: str) -> str:
        """An amount with its currency: `1,234.50 EUR`."""
        return f"{self.amount(amount_minor, currency)} {currency}"

    def amount(self, amount_minor: int, currency: str) -> str:
        """An amount alone: `1,234.50`."""
        whole, _, part = decimal_text(abs(amount_minor), currency).partition(".")
        grouped = f"{int(whole):,}".replace(",", self["thousands"])
        return ("−" if amount_minor < 0 else "") + grouped + (self["decimal"] + part if part else "")

    def rate(self, basis_points: int) -> str:
        """A rate: `25.5 %`."""
        whole, part = divmod(basis_points, 100)
        decimals = f"{part:02d}".rstrip("0")
        return f"{whole}{self['decimal'] + decimals if decimals else ''} %"


def printable(value: Any) -> Any:
    """The same value with texts that can be set: on one line, strange characters as boxes."""
    if isinstance(value, str):
        return UNPRINTABLE.sub("□", unicodedata.normalize("NFC", " ".join(value.split())))
    if isinstance(value, dict):
        return {key: printable(part) for key, part in value.items()}
    return [printable(part) for part in value] if isinstance(value, list) else value


def breakable(text: str) -> str:
    """A text whose long words may go on in the next line; never for what is to be copied."""
    return LONG_WORD.sub("\\1\u200b", text)


@cache
def texts() -> dict[str, dict[str, str]]:
    """Every label and sentence, by language."""
    found: dict[str, dict[str, str]] = json.loads((HERE / "texts.json").read_text("utf-8"))
    return found


def _typeset(paper: Paper, issued_on: date, **output: str) -> Any:
    import typst

    compiler, source = _compiler()
    moment = datetime(issued_on.year, issued_on.month, issued_on.day, tzinfo=UTC)
    data = json.dumps(printable(paper), ensure_ascii=False)
    try:
        with _TYPESETTING:
            return compiler.compile(input=source, sys_inputs={"paper": data}, timestamp=moment, **output)
    except typst.TypstError as fault:
        raise NotRendered(str(fault)) from fault


@cache
def _compiler() -> tuple[Any, bytes]:
    """One compiler a process: its fonts are read once. It takes one document at a time."""
    import typst

    return typst.Compiler(ignore_system_fonts=True), (HERE / "invoice.typ").read_bytes()


def _paper(document: Invoice | CreditNote, words: Words, title: str, facts: dict[str, str]) -> Paper:
    days = sorted(line.occurred_on for line in document.lines)
    facts |= {"period": words.period(days[0], days[-1]), "member": document.member_id}
    return {
        "language": words.language,
        "title": words[title],
        "number": document.number,
        "words": {name: words[name] for name in WORDS},
        "facts": [_row(words[name], value) for name, value in facts.items()],
        "seller": _party(document.seller, words),
        "buyer": _party(document.buyer, words),
        "lines": [_line(line, document.currency, words) for line in document.lines],
        "vat": [_vat(total, document.currency, words) for total in document.vat],
        "notes": _notes(document.vat, words),
        "net": _row(words["net"], words.money(document.net_minor, document.currency)),
        "vat_total": _row(words["vat"], words.money(document.vat_minor, document.currency)),
    }


WORDS: Final = (
    "from", "bill_to", "date", "service", "rate", "amount", "vat_summary", "percent", "base", "vat_amount", "page",
    "of", "continued", "payment",
)  # fmt: skip
"""The labels that the template places itself."""


def _row(label: str, value: str) -> dict[str, str]:
    return {"label": label, "value": value}


def _party(party: Seller | Buyer, words: Words) -> dict[str, Any]:
    vat_id = f"{words['vat_id']} {party.vat_id}" if party.vat_id else ""
    return {
        "name": breakable(party.name),
        "address": _address(party.address, words),
        "vat_id": vat_id,
        "email": party.email,
    }


def _address(address: Address, words: Words) -> list[str]:
    city = f"{address.postcode} {address.city}"
    return [breakable(address.street), breakable(city), words.country(address.country)]


def _line(line: Line, currency: str, words: Words) -> dict[str, str]:
    return {
        "day": words.day(line.occurred_on),
        "text": breakable(line.description),
        "rule": breakable(basis(line.rule)),
        "rate": words.rate(line.rate_basis_points) if line.category == "S" else "–",
        "amount": words.amount(line.amount_minor, currency),
    }


def basis(rule: str) -> str:
    """How the amount was reckoned, without which version of which rule was chosen: staff see the whole."""
    return rule.partition("): ")[2] or rule


def _vat(total: VatTotal, currency: str, words: Words) -> dict[str, str]:
    return {
        "label": words.fill(total.scheme, country=words.country(total.country)),
        "rate": words.rate(total.rate_basis_points) if total.category == "S" else "–",
        "base": words.amount(total.base_minor, currency),
        "vat": words.amount(total.vat_minor, currency),
    }


def _notes(vat: tuple[VatTotal, ...], words: Words) -> list[str]:
    schemes = dict.fromkeys(total.scheme for total in vat if total.note)
    return [words[f"{scheme}_note"] for scheme in schemes]


def _payment(invoice: Invoice, words: Words) -> dict[str, Any]:
    """How it is paid. Where to is said only to who is to transfer it: else some would pay twice."""
    seller, method = invoice.seller, invoice.buyer.payment_method
    rows = {"reference": invoice.reference}
    if method == "transfer":
        account = " ".join(re.findall(".{1,4}", seller.iban))
        rows |= {"account": account, "bic": seller.bic, "holder": seller.name}
    return {
        "text": words.fill(method, due_on=words.day(invoice.due_on)),
        "rows": [_row(words[name], value) for name, value in rows.items()],
    }
