"""Journal entries as SAP reads them: a SOAP message parsed safely, and what SAP would object to."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

NAMESPACE = "http://sap.com/xi/SAPSCORE/SFIN"
ROOT = f"{{{NAMESPACE}}}JournalEntryBulkCreateRequest"
SOAP = frozenset({"http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"})
MOST_ITEMS = 999
# The greatest length of each field that has one, as the service's schema gives it.
LENGTHS = {
    "ID": 35,
    "OriginalReferenceDocumentType": 5,
    "OriginalReferenceDocument": 20,
    "OriginalReferenceDocumentLogicalSystem": 10,
    "BusinessTransactionType": 4,
    "AccountingDocumentType": 2,
    "DocumentReferenceID": 16,
    "DocumentHeaderText": 25,
    "CreatedByUser": 12,
    "CompanyCode": 4,
    "Reference1InDocumentHeader": 20,
    "Reference2InDocumentHeader": 20,
    "ReferenceDocumentItem": 10,
    "GLAccount": 10,
    "Debtor": 10,
    "Creditor": 10,
    "DebitCreditCode": 1,
    "DocumentItemText": 50,
    "AssignmentReference": 18,
    "TaxCode": 2,
    "CostCenter": 10,
    "ProfitCenter": 10,
    "Reference1IDByBusinessPartner": 12,
    "Reference2IDByBusinessPartner": 12,
    "Reference3IDByBusinessPartner": 20,
    "SEPAMandate": 35,
    "PaymentReference": 30,
    "PaymentServiceProvider": 4,
    "PaymentByPaymentServicePrvdr": 35,
}
_NEEDED = (
    "OriginalReferenceDocumentType",
    "BusinessTransactionType",
    "AccountingDocumentType",
    "CreatedByUser",
    "CompanyCode",
    "DocumentDate",
    "PostingDate",
)
_ACCOUNTS = {"Item": "GLAccount", "DebtorItem": "Debtor", "CreditorItem": "Creditor", "ProductTaxItem": "TaxCode"}
_AMOUNT = re.compile(r"-?\d{1,23}(\.\d{1,5})?")
Objection = tuple[str, str]  # SAP's message type, and its words


class FaultError(Exception):
    """A message SAP does not get as far as to judge: answered by a SOAP fault."""


@dataclass(frozen=True)
class Item:
    """One line of an entry; debits are positive, credits negative."""

    kind: str
    account: str
    amount: Decimal
    currency: str
    side: str
    number: str
    told: dict[str, str]


@dataclass(frozen=True)
class JournalEntry:
    """One document to be posted: its own message id, its header fields and its lines."""

    message: str
    header: dict[str, str]
    items: tuple[Item, ...] = field(default=())


@dataclass(frozen=True)
class Bulk:
    """A message with one or more journal entries, in the SOAP version it came in."""

    message: str
    soap: str
    entries: tuple[JournalEntry, ...]


def read(raw: bytes) -> Bulk:
    """The message; raises FaultError when it is not XML, not this message or breaks the schema."""
    try:
        envelope = fromstring(raw, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise FaultError(f"XML cannot be read: {error}") from error
    soap, _, name = envelope.tag[1:].partition("}")
    if soap not in SOAP or name != "Envelope":
        raise FaultError("the message is not in a SOAP envelope")
    root = envelope.find(f"{{{soap}}}Body/{ROOT}")
    if root is None:
        raise FaultError(f"the body does not hold {ROOT}")
    _check_fields(root)
    message = root.findtext("MessageHeader/ID")
    if not message or root.find("MessageHeader/CreationDateTime") is None:
        raise FaultError("MessageHeader needs ID and CreationDateTime")
    entries = tuple(_entry(each) for each in root.findall("JournalEntryCreateRequest"))
    if not entries:
        raise FaultError("there is no JournalEntryCreateRequest")
    return Bulk(message, soap, entries)


def objections(entry: JournalEntry) -> list[Objection]:
    """Why SAP would not post the entry; empty when it would."""
    found = [("808(F5)", f"Field {name} is a required field") for name in _NEEDED if not entry.header.get(name)]
    found += [("089(RW)", f"Date in {name} is not valid") for name in _NEEDED[-2:] if _bad_day(entry.header.get(name))]
    if len(entry.items) > MOST_ITEMS:
        found.append(("727(F5)", f"Maximum number of items in FI reached: {len(entry.items)}"))
    if not entry.items:
        found.append(("400(RW)", "Document contains no items"))
    found += [objection for item in entry.items for objection in _of_item(item)]
    return found + list(_of_all(entry.items))


def _of_item(item: Item) -> Iterator[Objection]:
    zero = not item.amount and item.kind != "ProductTaxItem"
    wrong = bool(item.amount) and (item.amount > 0) != (item.side == "S")
    if item.side not in {"S", "H"} or wrong or zero:
        yield "609(RW)", f"Amount {item.amount} and debit/credit code {item.side or 'none'} of {item.account} disagree"
    if not item.account:
        yield "808(F5)", f"Field {_ACCOUNTS[item.kind]} is a required field"


def _of_all(items: tuple[Item, ...]) -> Iterator[Objection]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for item in items:
        sums[item.currency] += item.amount
    if len(sums) > 1:
        yield "040(RW)", f"More than one transaction currency: {', '.join(sorted(sums))}"
    for currency, total in sums.items():
        if total:
            yield "702(F5)", f"Balance in transaction currency is not zero: {total} {currency}"
    numbers = [item.number for item in items if item.number and item.kind != "ProductTaxItem"]
    if len(numbers) != len(set(numbers)):
        yield "057(RW)", "ReferenceDocumentItem is not unique"


def _check_fields(root: Element) -> None:
    for element in root.iter():
        if element is not root and element.tag.startswith("{"):
            raise FaultError(f"{element.tag}: only the root element is qualified")
        text = (element.text or "").strip()
        if not len(element) and not text:
            raise FaultError(f"{element.tag} is empty (minLength 1)")
        if len(text) > LENGTHS.get(element.tag, len(text)):
            raise FaultError(f"{element.tag} is longer than {LENGTHS[element.tag]}: {text[:60]}")


def _entry(request: Element) -> JournalEntry:
    journal = request.find("JournalEntry")
    if journal is None:
        raise FaultError("JournalEntryCreateRequest needs JournalEntry")
    header = {child.tag: (child.text or "").strip() for child in journal if not len(child)}
    items = tuple(_item(child) for child in journal if child.tag in _ACCOUNTS)
    return JournalEntry(request.findtext("MessageHeader/ID") or "", header, items)


def _item(line: Element) -> Item:
    amount = line.find("AmountInTransactionCurrency")
    if amount is None or not _AMOUNT.fullmatch((amount.text or "").strip()):
        raise FaultError(f"{line.tag} needs a number in AmountInTransactionCurrency")
    currency = amount.get("currencyCode", "")
    if not re.fullmatch("[A-Z]{3}", currency):
        raise FaultError("AmountInTransactionCurrency needs a currencyCode")
    told = {part.tag: (part.text or "").strip() for part in line.iter() if not len(part)}
    return Item(
        kind=line.tag,
        account=told.get(_ACCOUNTS[line.tag], ""),
        amount=Decimal((amount.text or "").strip()),
        currency=currency,
        side=told.get("DebitCreditCode", ""),
        number=told.get("ReferenceDocumentItem", ""),
        told=told,
    )


def _bad_day(text: Any) -> bool:
    try:
        return bool(text) and not date.fromisoformat(text)
    except ValueError:
        return True
