"""How a document is paid: the account with its reference and QR code, a Swiss payment part, or that it is collected."""

import re
from datetime import date
from typing import Any, Final, Protocol

from common.codes import epc, latin, line, picture, swiss
from common.parties import Buyer, Seller
from common.references import printed
from functions.invoicing.paper.words import Words, breakable, slip_texts

SLIP_MOST: Final = 99_999_999_999
"""The largest amount of a Swiss payment part, in minor units (SIX Implementation Guidelines for the QR-bill)."""


class Payable(Protocol):
    """What payment needs to know of an invoice."""

    @property
    def number(self) -> str:
        """Of the invoice."""

    @property
    def reference(self) -> str:
        """What the payer quotes."""

    @property
    def seller(self) -> Seller:
        """Who is paid."""

    @property
    def buyer(self) -> Buyer:
        """Who pays."""

    @property
    def currency(self) -> str:
        """Of the amount."""

    @property
    def total_minor(self) -> int:
        """What is paid."""

    @property
    def due_on(self) -> date:
        """By when."""


def payment(invoice: Payable, words: Words) -> dict[str, Any]:
    """How it is paid. Where to is said only to who is to transfer it: else some would pay twice."""
    method = invoice.buyer.payment_method
    if method != "transfer":
        rows = [_row(words["reference"], printed(invoice.reference))]
        return {"text": words[method], "rows": rows, "code": "", "alt": "", "slip": None}
    slip = _slip(invoice, words)
    sentences = [words.fill("transfer", due_on=words.day(invoice.due_on)), *([words["slip"]] if slip else [])]
    code = "" if slip else epc(invoice.seller, invoice.total_minor, invoice.currency, invoice.reference)
    return {
        "text": " ".join(sentences),
        "rows": _account(invoice, words),
        "code": picture(code) if code else "",
        "alt": _alt(invoice, words),
        "slip": slip,
    }


def pays_by_slip(invoice: Payable) -> bool:
    """Whether a Swiss payment part belongs to it: a QR-IBAN takes Swiss francs and euro with a QR reference alone."""
    seller = invoice.seller
    return (
        seller.transfer_reference == "qrr"
        and bool(seller.qr_iban)
        and invoice.currency in {"CHF", "EUR"}
        and 0 < invoice.total_minor <= SLIP_MOST
    )


def _account(invoice: Payable, words: Words) -> list[dict[str, str]]:
    seller = invoice.seller
    iban = seller.qr_iban if pays_by_slip(invoice) else seller.iban
    rows = {
        "reference": printed(invoice.reference),
        "account": _fours(iban),
        "bic": seller.bic,
        "holder": seller.name,
    }
    return [_row(words[name], value) for name, value in rows.items()]


def _alt(invoice: Payable, words: Words) -> str:
    return words.fill(
        "qr_alt",
        amount=words.money(invoice.total_minor, invoice.currency),
        holder=invoice.seller.name,
        reference=printed(invoice.reference),
    )


def _slip(invoice: Payable, words: Words) -> dict[str, Any] | None:
    """A Swiss payment part with receipt; None where it doesn't apply."""
    if not pays_by_slip(invoice):
        return None
    seller, buyer = invoice.seller, invoice.buyer
    whole, part = divmod(invoice.total_minor, 100)
    contents = swiss(seller, buyer, invoice.total_minor, invoice.currency, invoice.reference, invoice.number)
    return {
        "words": slip_texts(words.language),
        "code": picture(contents),
        "account": [_fours(seller.qr_iban), *_lines(seller)],
        "reference": printed(invoice.reference),
        "information": invoice.number,
        "payer": _lines(buyer),
        "currency": invoice.currency,
        "amount": f"{whole:,}".replace(",", " ") + f".{part:02d}",
    }


def _lines(party: Seller | Buyer) -> list[str]:
    """Name and address as the code has them, the country before the postcode where it is not Switzerland."""
    address = party.address
    abroad = f"{address.country}-" if address.country not in {"CH", "LI"} else ""
    town = f"{abroad}{line(address.postcode, 16)} {line(address.city, 35)}"
    return [breakable(latin(part)) for part in (line(party.name, 70), line(address.street, 70), town)]


def _fours(text: str) -> str:
    return " ".join(re.findall(".{1,4}", text))


def _row(label: str, value: str) -> dict[str, str]:
    return {"label": label, "value": value}
