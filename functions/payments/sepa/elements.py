"""Parts that every ISO 20022 message of ours is made of."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from common.money import decimal_text
from functions.payments.sepa import charset
from functions.payments.sepa.messages import Account, Remittance

Grow = Callable[..., Any]
NO_BANK = "NOTPROVIDED"


def document(namespace: str) -> tuple[Any, Grow]:
    """An empty document, and what grows it: `grow(at, "GrpHdr/MsgId", text)` adds a path and gives its last element."""
    from lxml import etree

    def grow(at: Any, path: str, text: str | None = None) -> Any:
        for part in path.split("/"):
            at = etree.SubElement(at, f"{{{namespace}}}{part}")
        at.text = text
        return at

    return etree.Element(f"{{{namespace}}}Document", nsmap={None: namespace}), grow


def written(root: Any) -> bytes:
    """The document's bytes, the same for the same content."""
    from lxml import etree

    made: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return made


def moment(at: datetime) -> str:
    """An instant as messages write it, without fractions."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def totals(grow: Grow, at: Any, amounts: Iterable[int]) -> None:
    """The number of transactions and their control sum."""
    counted = list(amounts)
    grow(at, "NbOfTxs", str(len(counted)))
    grow(at, "CtrlSum", decimal_text(sum(counted), "EUR"))


def amount(grow: Grow, at: Any, path: str, minor: int) -> None:
    """An instructed amount in euro."""
    grow(at, path, decimal_text(minor, "EUR")).set("Ccy", "EUR")


def party(grow: Grow, at: Any, role: str, account: Account) -> None:
    """Name, and the address where there is one."""
    element = grow(at, role)
    grow(element, "Nm", charset.name(account.name))
    if account.address is not None:
        place = grow(element, "PstlAdr")
        grow(place, "StrtNm", charset.latin(account.address.street, 70))
        grow(place, "PstCd", charset.latin(account.address.postcode, 16))
        grow(place, "TwnNm", charset.latin(account.address.city, 35))
        grow(place, "Ctry", account.address.country)


def bank(grow: Grow, at: Any, role: str, account: Account) -> None:
    """The bank by its BIC; without one, by the account's IBAN."""
    institution = grow(at, f"{role}/FinInstnId")
    if account.bic:
        grow(institution, "BICFI", account.bic)
    else:
        grow(institution, "Othr/Id", NO_BANK)


def remittance(grow: Grow, at: Any, told: Remittance) -> None:
    """One of both forms, never both (SDD and SCT guidelines, AT-22)."""
    if told.reference:
        info = grow(at, "RmtInf/Strd/CdtrRefInf")
        kind = grow(info, "Tp")
        grow(kind, "CdOrPrtry/Cd", "SCOR")
        grow(kind, "Issr", told.issuer)
        grow(info, "Ref", told.reference)
    elif told.text:
        grow(at, "RmtInf/Ustrd", charset.latin(told.text))
