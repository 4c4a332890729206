"""Files of debits and transfers as a bank's door takes them: their structure, sums and ids are looked at, no more."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from stdnum import iban as ibans
from stdnum.eu import at_02

KINDS = {
    "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08": "CstmrDrctDbtInitn",
    "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09": "CstmrCdtTrfInitn",
}


class WrongFileError(ValueError):
    """A file no bank would take; the message says why."""


@dataclass(frozen=True)
class Order:
    """One debit or transfer; `party` is the other side."""

    end_to_end_id: str
    amount: int
    party: str
    iban: str
    mandate: str
    sequence: str
    amended: bool
    reference: str


@dataclass(frozen=True)
class Batch:
    """One payment information."""

    name: str
    on: date
    account: str
    scheme: str
    orders: tuple[Order, ...]

    @property
    def total(self) -> int:
        """In minor units."""
        return sum(order.amount for order in self.orders)


@dataclass(frozen=True)
class Message:
    """One file; debits have a scheme, transfers have none."""

    name: str
    debits: bool
    batches: tuple[Batch, ...]


def read(content: bytes) -> Message:
    """The message; raises WrongFileError."""
    try:
        root = ElementTree.fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise WrongFileError(f"no XML: {error}") from error
    namespace = root.tag[1:].partition("}")[0] if root.tag.startswith("{") else ""
    if namespace not in KINDS or root.tag.partition("}")[2] != "Document":
        raise WrongFileError(f"{namespace or root.tag} is no format we take")
    body = _one(root, KINDS[namespace])
    batches = tuple(_batch(one, debits="pain.008" in namespace) for one in _all(body, "PmtInf"))
    orders = [order for batch in batches for order in batch.orders]
    _must_add_up(_one(body, "GrpHdr"), orders, "the group header")
    _must_be_different([order.end_to_end_id for order in orders], "end-to-end id")
    _must_be_different([batch.name for batch in batches], "payment information id")
    return Message(_text(body, "GrpHdr/MsgId", most=35), "pain.008" in namespace, batches)


def _batch(at: Element, *, debits: bool) -> Batch:
    name = _text(at, "PmtInfId", most=35)
    if debits:
        creditor = _text(at, "CdtrSchmeId/Id/PrvtId/Othr/Id")
        if not at_02.is_valid(creditor):
            raise WrongFileError(f"{creditor} is no creditor identifier")
    orders = tuple(_order(one, at, debits=debits) for one in _all(at, "DrctDbtTxInf" if debits else "CdtTrfTxInf"))
    _must_add_up(at, list(orders), name)
    role = "Cdtr" if debits else "Dbtr"
    day = _text(at, "ReqdColltnDt" if debits else "ReqdExctnDt/Dt")
    try:
        on = date.fromisoformat(day)
    except ValueError as error:
        raise WrongFileError(f"{day} is no day") from error
    scheme = _text(at, "PmtTpInf/LclInstrm/Cd") if debits else ""
    if scheme not in {"CORE", "B2B", ""}:
        raise WrongFileError(f"{scheme} is no scheme")
    return Batch(name, on, _iban(at, f"{role}Acct/Id/IBAN"), scheme, orders)


def _order(at: Element, batch: Element, *, debits: bool) -> Order:
    role = "Dbtr" if debits else "Cdtr"
    if debits:
        _text(at, "DrctDbtTx/MndtRltdInf/DtOfSgntr")
    return Order(
        end_to_end_id=_text(at, "PmtId/EndToEndId", most=35),
        amount=_minor(at, "InstdAmt" if debits else "Amt/InstdAmt"),
        party=_text(at, f"{role}/Nm", most=140),
        iban=_iban(at, f"{role}Acct/Id/IBAN"),
        mandate=_text(at, "DrctDbtTx/MndtRltdInf/MndtId", most=35) if debits else "",
        sequence=_text(batch, "PmtTpInf/SeqTp") if debits else "",
        amended=next(_texts(at, "DrctDbtTx/MndtRltdInf/AmdmntInd"), "") == "true",
        reference=next(_texts(at, "RmtInf/Strd/CdtrRefInf/Ref"), ""),
    )


def _must_add_up(at: Element, orders: list[Order], what: str) -> None:
    count, total = len(orders), sum(order.amount for order in orders)
    if not orders or _text(at, "NbOfTxs") != str(count) or _minor(at, "CtrlSum") != total:
        raise WrongFileError(f"{what} does not add up to {count} payments of {total} minor units")


def _must_be_different(names: list[str], what: str) -> None:
    if len(set(names)) < len(names):
        raise WrongFileError(f"the same {what} twice: {next(name for name in names if names.count(name) > 1)}")


def _minor(at: Element, path: str) -> int:
    text = _text(at, path)
    try:
        minor = Decimal(text) * 100
    except InvalidOperation as error:
        raise WrongFileError(f"{text} is no amount") from error
    if minor != int(minor) or minor <= 0:
        raise WrongFileError(f"{text} is no amount in euro")
    return int(minor)


def _iban(at: Element, path: str) -> str:
    found = _text(at, path)
    if not ibans.is_valid(found, check_country=False):
        raise WrongFileError(f"{found} is no IBAN")
    return found


def _one(at: Element, name: str) -> Element:
    found = _all(at, name)
    if len(found) != 1:
        raise WrongFileError(f"there is no {name}")
    return found[0]


def _all(at: Element, path: str) -> list[Element]:
    return at.findall("/".join(f"{{*}}{name}" for name in path.split("/")))


def _texts(at: Element, path: str) -> Iterator[str]:
    yield from ((one.text or "").strip() for one in _all(at, path))


def _text(at: Element, path: str, most: int = 0) -> str:
    found = next(_texts(at, path), "")
    if not found or (most and len(found) > most):
        raise WrongFileError(f"{path} is missing or too long")
    return found
