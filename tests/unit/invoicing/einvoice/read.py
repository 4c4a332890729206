"""Reads CII and UBL back to business terms, by the paths that EN 16931-3 publishes; it shares nothing with a writer."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from lxml import etree

from common.money import EXPONENTS
from functions.invoicing.einvoice.terms import (
    Breakdown,
    Contact,
    Endpoint,
    Item,
    Means,
    Party,
    PostalAddress,
    Preceding,
    Terms,
)
from tests.unit.invoicing.einvoice.bindings import GROUPS, TERMS

_U: Final = "urn:un:unece:uncefact:data:standard:"
_O: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
NAMES: Final = {
    "ram": _U + "ReusableAggregateBusinessInformationEntity:100",
    "rsm": _U + "CrossIndustryInvoice:100",
    "udt": _U + "UnqualifiedDataType:100",
    "qdt": _U + "QualifiedDataType:100",
    "cac": _O + "CommonAggregateComponents-2",
    "cbc": _O + "CommonBasicComponents-2",
}
CII, UBL = 0, 1


def read(written: bytes) -> Terms:
    """The business terms of a document of either syntax."""
    root = etree.fromstring(written)
    syntax = CII if etree.QName(root).localname == "CrossIndustryInvoice" else UBL
    return _terms(Group(root, syntax, Group(root, syntax, "")["BT-5"]))


def minor(amount: str, currency: str) -> int:
    """An amount in minor units; AssertionError where it has more decimals than its currency."""
    scaled = Decimal(amount).scaleb(EXPONENTS[currency])
    assert scaled == int(scaled), amount
    return int(scaled)


def points(percent: str) -> int:
    scaled = Decimal(percent).scaleb(2)
    assert scaled == int(scaled), percent
    return int(scaled)


@dataclass(frozen=True)
class Group:
    """A group of business terms, or the whole document, in one of the syntaxes."""

    node: Any
    syntax: int
    currency: str

    def __getitem__(self, term: str) -> str:
        """What a term says; empty where it is not there, AssertionError where it is there several times."""
        found = self.node.xpath(TERMS[term][self.syntax], namespaces=NAMES)
        assert len(found) <= 1, f"{term} is there {len(found)} times"
        return "" if not found else str(found[0] if isinstance(found[0], str) else found[0].text)

    def each(self, group: str) -> list["Group"]:
        found = self.node.xpath(GROUPS[group][self.syntax], namespaces=NAMES)
        return [Group(node, self.syntax, self.currency) for node in found]

    def amount(self, term: str) -> int:
        """In UBL each amount names its currency, in CII only a total of VAT does."""
        (node,) = self.node.xpath(TERMS[term][self.syntax], namespaces=NAMES)
        assert node.get("currencyID") == (self.currency if self.syntax == UBL else None), term
        return minor(node.text, self.currency)

    def day(self, term: str) -> date | None:
        return date.fromisoformat(self[term]) if self[term] else None

    def must(self, term: str) -> date:
        day = self.day(term)
        assert day is not None, term
        return day


def _terms(document: Group) -> Terms:
    currency, other = document["BT-5"], document["BT-6"]
    vat = {one.node.get("currencyID"): one.node.text for one in document.each("VAT totals")}
    assert list(vat) == ([currency, other] if other else [currency])
    net = document.amount("BT-106")
    assert net == document.amount("BT-109")
    return Terms(
        number=document["BT-1"],
        issued_on=document.must("BT-2"),
        type_code=document["BT-3"],
        currency=currency,
        vat_currency=other,
        due_on=document.day("BT-9"),
        buyer_reference=document["BT-10"],
        payment_terms=document["BT-20"],
        note=document["BT-22"],
        process=document["BT-23"],
        specification=document["BT-24"],
        preceding=Preceding(document["BT-25"], document.must("BT-26")) if document["BT-25"] else None,
        seller=_party(*document.each("BG-4")),
        buyer=_party(*document.each("BG-7")),
        delivered_on=document.must("BT-72"),
        starts_on=document.must("BT-73"),
        ends_on=document.must("BT-74"),
        means=Means(*(document[f"BT-{term}"] for term in range(81, 87))),
        net_minor=net,
        vat_minor=minor(vat[currency], currency),
        vat_accounted_minor=minor(vat[other], other) if other else None,
        gross_minor=document.amount("BT-112"),
        due_minor=document.amount("BT-115"),
        breakdown=tuple(_breakdown(one) for one in document.each("BG-23")),
        items=tuple(_item(one) for one in document.each("BG-25")),
    )


def _party(party: Group) -> Party:
    return Party(
        name=party["BT-27"],
        identifier=party["BT-29"],
        legal_id=party["BT-30"],
        vat_id=party["BT-31"],
        endpoint=Endpoint(party["BT-34 scheme"], party["BT-34"]) if party["BT-34"] else None,
        address=PostalAddress(party["BT-35"], party["BT-37"], party["BT-38"], party["BT-40"]),
        contact=Contact(party["BT-41"], party["BT-42"], party["BT-43"]),
    )


def _breakdown(part: Group) -> Breakdown:
    assert part["BT-118 scheme"] == "VAT"
    return Breakdown(
        base_minor=part.amount("BT-116"),
        vat_minor=part.amount("BT-117"),
        category=part["BT-118"],
        rate=points(part["BT-119"]),
        reason=part["BT-120"],
        reason_code=part["BT-121"],
    )


def _item(line: Group) -> Item:
    assert (line["BT-130"], line["BT-128 type"]) == ("C62", "130")
    return Item(
        place=line["BT-126"],
        note=line["BT-127"],
        charge_id=line["BT-128"],
        quantity=int(line["BT-129"]),
        net_minor=line.amount("BT-131"),
        starts_on=line.must("BT-134"),
        ends_on=line.must("BT-135"),
        price_minor=line.amount("BT-146"),
        category=line["BT-151"],
        rate=points(line["BT-152"]) if line["BT-152"] else None,
        name=line["BT-153"],
        kind=line["BT-155"],
    )
