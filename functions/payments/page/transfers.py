"""How an invoice is paid by bank transfer: the account, what to quote, and the QR code a banking app reads."""

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from common.codes import epc, picture, swiss
from common.money import decimal_text
from common.parties import SELLERS, Seller
from common.references import printed
from functions.payments.model.payables import Payable
from functions.payments.page.words import PageWords

LONGEST_TEXT: Final = 140
"""Characters of remittance information in SEPA (EPC rulebook, AT-T009)."""


class Transfer(NamedTuple):
    """One transfer to be made; several invoices by one where their numbers alone say what is paid."""

    payables: tuple[Payable, ...]
    amount_minor: int
    reference: str

    @property
    def seller(self) -> Seller:
        """Whom it goes to."""
        return SELLERS[self.payables[0].entity]

    @property
    def currency(self) -> str:
        """In which."""
        return self.payables[0].currency

    @property
    def iban(self) -> str:
        """A QR reference goes with a QR-IBAN alone."""
        return self.seller.qr_iban if self.by_slip else self.seller.iban

    @property
    def by_slip(self) -> bool:
        """Whether it is paid the Swiss way."""
        seller = self.seller
        return seller.transfer_reference == "qrr" and bool(seller.qr_iban) and self.currency in {"CHF", "EUR"}


def transfers_for(chosen: Sequence[tuple[Payable, int]]) -> list[Transfer]:
    """The transfers for these invoices and amounts: one for all where they are paid whole and one text can name them.

    Each of the others has its own, with its structured reference: so every one finds its invoice.
    """
    text = " ".join(payable.number for payable, _ in chosen)
    sellers = {(payable.entity, payable.currency) for payable, _ in chosen}
    whole = all(amount == payable.open_minor for payable, amount in chosen)
    free = len(sellers) == 1 and SELLERS[chosen[0][0].entity].transfer_reference == "rf"
    if len(chosen) > 1 and whole and free and len(text) <= LONGEST_TEXT:
        return [Transfer(tuple(payable for payable, _ in chosen), sum(amount for _, amount in chosen), text)]
    return [Transfer((payable,), amount, payable.reference) for payable, amount in chosen]


def code_of(transfer: Transfer) -> str:
    """The contents of its QR code; empty where the schemes have none for it."""
    seller = transfer.seller
    if transfer.by_slip:
        number = transfer.payables[0].number
        return swiss(seller, None, transfer.amount_minor, transfer.currency, transfer.reference, number)
    return epc(seller, transfer.amount_minor, transfer.currency, transfer.reference)


def shown(transfer: Transfer, words: PageWords) -> dict[str, Any]:
    """What the template needs of one."""
    from markupsafe import Markup

    contents = code_of(transfer)
    amount = words.money(transfer.amount_minor, transfer.currency)
    reference = printed(transfer.reference)
    seller = transfer.seller
    copied = decimal_text(transfer.amount_minor, transfer.currency)
    rows = [
        _row(words["holder"], seller.name, seller.name),
        _row(words["iban"], _fours(transfer.iban), transfer.iban),
        _row(words["bic"], seller.bic, seller.bic),
        _row(words["amount"], amount, copied),
        _row(words["reference"], reference, reference if reference.startswith("+") else transfer.reference),
    ]
    alt = words.fill("qr_alt", amount=amount, holder=seller.name, reference=reference)
    return {
        "title": f"{', '.join(one.number for one in transfer.payables)}: {amount}",
        "code": Markup(picture(contents)) if contents else "",  # noqa: S704 - drawn by us, no text in it
        "alt": alt,
        "rows": rows,
    }


def _row(label: str, shown: str, value: str) -> dict[str, str]:
    return {"label": label, "shown": shown, "value": value}


def _fours(text: str) -> str:
    return " ".join(re.findall(".{1,4}", text))
