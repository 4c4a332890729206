"""Writes business terms as UN/CEFACT Cross Industry Invoice (D22B) in the profile EN 16931 of Factur-X and ZUGFeRD."""

from datetime import date
from functools import lru_cache
from typing import Final

from common.money import decimal_text
from functions.invoicing.einvoice.terms import (
    LINE_OBJECT,
    Breakdown,
    Contact,
    Item,
    Means,
    Party,
    PostalAddress,
    Preceding,
    Terms,
)
from functions.invoicing.einvoice.xml import NOTHING, SEVERAL, Xml, document, group, leaf, percent

_UNECE: Final = "urn:un:unece:uncefact:data:standard"
_NAMESPACES: Final = {
    "rsm": f"{_UNECE}:CrossIndustryInvoice:100",
    "ram": f"{_UNECE}:ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_UNECE}:UnqualifiedDataType:100",
    "qdt": f"{_UNECE}:QualifiedDataType:100",
}
_DAY: Final = "102"
"""UNTDID 2379: CCYYMMDD."""


def written(terms: Terms) -> bytes:
    """The document as CII; elements in the order of its schema."""
    return document(
        "rsm:CrossIndustryInvoice",
        _NAMESPACES,
        group(
            "rsm:ExchangedDocumentContext",
            group("ram:BusinessProcessSpecifiedDocumentContextParameter", leaf("ram:ID", terms.process)),
            group("ram:GuidelineSpecifiedDocumentContextParameter", leaf("ram:ID", terms.specification)),
        ),
        group(
            "rsm:ExchangedDocument",
            leaf("ram:ID", terms.number),
            leaf("ram:TypeCode", terms.type_code),
            _moment("ram:IssueDateTime", terms.issued_on),
            group("ram:IncludedNote", leaf("ram:Content", terms.note)),
        ),
        group(
            "rsm:SupplyChainTradeTransaction",
            *(_item(item, terms.currency) for item in terms.items),
            group(
                "ram:ApplicableHeaderTradeAgreement",
                leaf("ram:BuyerReference", terms.buyer_reference),
                _party("ram:SellerTradeParty", terms.seller),
                _party("ram:BuyerTradeParty", terms.buyer),
            ),
            group(
                "ram:ApplicableHeaderTradeDelivery",
                group("ram:ActualDeliverySupplyChainEvent", _moment("ram:OccurrenceDateTime", terms.delivered_on)),
            ),
            _settlement(terms),
        ),
    )


def _settlement(terms: Terms) -> Xml:
    return group(
        "ram:ApplicableHeaderTradeSettlement",
        leaf("ram:PaymentReference", terms.means.reference),
        leaf("ram:TaxCurrencyCode", terms.vat_currency),
        leaf("ram:InvoiceCurrencyCode", terms.currency),
        _means(terms.means),
        *(_breakdown(part, terms.currency) for part in terms.breakdown),
        _period(terms.starts_on, terms.ends_on),
        group(
            "ram:SpecifiedTradePaymentTerms",
            leaf("ram:Description", terms.payment_terms),
            _moment("ram:DueDateDateTime", terms.due_on),
        ),
        _totals(terms),
        _preceding(terms.preceding),
    )


def _totals(terms: Terms) -> Xml:
    net, own = decimal_text(terms.net_minor, terms.currency), terms.currency
    return group(
        "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
        leaf("ram:LineTotalAmount", net),
        leaf("ram:TaxBasisTotalAmount", net),
        leaf("ram:TaxTotalAmount", decimal_text(terms.vat_minor, own), currencyID=own),
        _accounted(terms),
        leaf("ram:GrandTotalAmount", decimal_text(terms.gross_minor, own)),
        leaf("ram:DuePayableAmount", decimal_text(terms.due_minor, own)),
    )


def _accounted(terms: Terms) -> Xml:
    if terms.vat_accounted_minor is None:
        return NOTHING
    amount = decimal_text(terms.vat_accounted_minor, terms.vat_currency)
    return leaf("ram:TaxTotalAmount", amount, currencyID=terms.vat_currency)


def _party(tag: str, party: Party) -> Xml:
    return group(
        tag,
        leaf("ram:ID", party.identifier),
        leaf("ram:Name", party.name),
        group("ram:SpecifiedLegalOrganization", leaf("ram:ID", party.legal_id)),
        _contact(party.contact),
        _address(party.address),
        group(
            "ram:URIUniversalCommunication",
            leaf("ram:URIID", party.endpoint.address, schemeID=party.endpoint.scheme) if party.endpoint else NOTHING,
        ),
        group("ram:SpecifiedTaxRegistration", leaf("ram:ID", party.vat_id, schemeID="VA")),
    )


def _contact(contact: Contact) -> Xml:
    return group(
        "ram:DefinedTradeContact",
        leaf("ram:PersonName", contact.name),
        group("ram:TelephoneUniversalCommunication", leaf("ram:CompleteNumber", contact.phone)),
        group("ram:EmailURIUniversalCommunication", leaf("ram:URIID", contact.email)),
    )


def _address(address: PostalAddress) -> Xml:
    return group(
        "ram:PostalTradeAddress",
        leaf("ram:PostcodeCode", address.postcode),
        leaf("ram:LineOne", address.line),
        leaf("ram:CityName", address.city),
        leaf("ram:CountryID", address.country),
    )


def _means(means: Means) -> Xml:
    return group(
        "ram:SpecifiedTradeSettlementPaymentMeans",
        leaf("ram:TypeCode", means.code),
        leaf("ram:Information", means.text),
        group(
            "ram:PayeePartyCreditorFinancialAccount",
            leaf("ram:IBANID", means.account),
            leaf("ram:AccountName", means.account_name),
        ),
        group("ram:PayeeSpecifiedCreditorFinancialInstitution", leaf("ram:BICID", means.bic)),
    )


def _breakdown(part: Breakdown, currency: str) -> Xml:
    return group(
        "ram:ApplicableTradeTax",
        leaf("ram:CalculatedAmount", decimal_text(part.vat_minor, currency)),
        leaf("ram:TypeCode", "VAT"),
        leaf("ram:ExemptionReason", part.reason),
        leaf("ram:BasisAmount", decimal_text(part.base_minor, currency)),
        leaf("ram:CategoryCode", part.category),
        leaf("ram:ExemptionReasonCode", part.reason_code),
        leaf("ram:RateApplicablePercent", percent(part.rate)),
    )


def _preceding(preceding: Preceding | None) -> Xml:
    if preceding is None:
        return NOTHING
    return group(
        "ram:InvoiceReferencedDocument",
        leaf("ram:IssuerAssignedID", preceding.number),
        group("ram:FormattedIssueDateTime", leaf("qdt:DateTimeString", _ccyymmdd(preceding.issued_on), format=_DAY)),
    )


def _item(item: Item, currency: str) -> Xml:
    return group(
        "ram:IncludedSupplyChainTradeLineItem",
        group(
            "ram:AssociatedDocumentLineDocument",
            leaf("ram:LineID", item.place),
            group("ram:IncludedNote", leaf("ram:Content", item.note)),
        ),
        group(
            "ram:SpecifiedTradeProduct",
            leaf("ram:SellerAssignedID", item.kind),
            leaf("ram:Name", item.name),
        ),
        group(
            "ram:SpecifiedLineTradeAgreement",
            group("ram:NetPriceProductTradePrice", leaf("ram:ChargeAmount", decimal_text(item.price_minor, currency))),
        ),
        group("ram:SpecifiedLineTradeDelivery", leaf("ram:BilledQuantity", str(item.quantity), unitCode="C62")),
        _line_settlement(item, currency),
    )


def _line_settlement(item: Item, currency: str) -> Xml:
    return group(
        "ram:SpecifiedLineTradeSettlement",
        _line_tax(item.category, item.rate),
        _period(item.starts_on, item.ends_on),
        group(
            "ram:SpecifiedTradeSettlementLineMonetarySummation",
            leaf("ram:LineTotalAmount", decimal_text(item.net_minor, currency)),
        ),
        group(
            "ram:AdditionalReferencedDocument",
            leaf("ram:IssuerAssignedID", item.charge_id),
            leaf("ram:TypeCode", LINE_OBJECT),
        ),
    )


@lru_cache(SEVERAL)
def _line_tax(category: str, rate: int | None) -> Xml:
    return group(
        "ram:ApplicableTradeTax",
        leaf("ram:TypeCode", "VAT"),
        leaf("ram:CategoryCode", category),
        leaf("ram:RateApplicablePercent", percent(rate)),
    )


@lru_cache(SEVERAL)
def _period(first: date, last: date) -> Xml:
    return group("ram:BillingSpecifiedPeriod", _moment("ram:StartDateTime", first), _moment("ram:EndDateTime", last))


def _moment(tag: str, day: date | None) -> Xml:
    return group(tag, leaf("udt:DateTimeString", _ccyymmdd(day), format=_DAY)) if day else NOTHING


def _ccyymmdd(day: date) -> str:
    return day.isoformat().replace("-", "")
