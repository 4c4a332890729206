"""Reads CII and UBL back to business terms, by the paths that EN 16931-3 publishes; it shares nothing with a writer."""

from collections.abc import Callable
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


def read(written: bytes) -> Terms:
    """The business terms of a document of either syntax."""
    root = etree.fromstring(written)
    return _cii(root) if etree.QName(root).localname == "CrossIndustryInvoice" else _ubl(root)


def text(node: Any, path: str) -> str:
    """The text at a path; empty where nothing is there, AssertionError where there are several."""
    found = node.xpath(path, namespaces=NAMES)
    assert len(found) <= 1, f"{path} is there {len(found)} times"
    return "" if not found else str(found[0] if isinstance(found[0], str) else found[0].text)


def minor(amount: str, currency: str) -> int:
    """An amount in minor units; AssertionError where it has more decimals than its currency."""
    scaled = Decimal(amount).scaleb(EXPONENTS[currency])
    assert scaled == int(scaled), amount
    return int(scaled)


def points(percent: str) -> int:
    scaled = Decimal(percent).scaleb(2)
    assert scaled == int(scaled), percent
    return int(scaled)


def _cii(root: Any) -> Terms:
    header, trade = "//rsm:ExchangedDocument", "//rsm:SupplyChainTradeTransaction"
    settlement = f"{trade}/ram:ApplicableHeaderTradeSettlement"
    sums = f"{settlement}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"
    currency, other = (
        text(root, f"{settlement}/ram:InvoiceCurrencyCode"),
        text(root, f"{settlement}/ram:TaxCurrencyCode"),
    )

    def amount(path: str) -> int:
        return minor(text(root, path), currency)

    def day(path: str) -> date | None:
        said = text(root, f"{path}/*[@format='102']")
        return date(int(said[:4]), int(said[4:6]), int(said[6:])) if said else None

    net = amount(f"{sums}/ram:LineTotalAmount")
    assert net == amount(f"{sums}/ram:TaxBasisTotalAmount")
    accounted = text(root, f"{sums}/ram:TaxTotalAmount[@currencyID='{other}']") if other else ""
    assert len(root.xpath(f"{sums}/ram:TaxTotalAmount", namespaces=NAMES)) == (2 if other else 1)
    return Terms(
        number=text(root, f"{header}/ram:ID"),
        issued_on=_some(day(f"{header}/ram:IssueDateTime")),
        type_code=text(root, f"{header}/ram:TypeCode"),
        currency=currency,
        vat_currency=other,
        due_on=day(f"{settlement}/ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime"),
        buyer_reference=text(root, f"{trade}/ram:ApplicableHeaderTradeAgreement/ram:BuyerReference"),
        payment_terms=text(root, f"{settlement}/ram:SpecifiedTradePaymentTerms/ram:Description"),
        note=text(root, f"{header}/ram:IncludedNote/ram:Content"),
        process=text(root, "//ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID"),
        specification=text(root, "//ram:GuidelineSpecifiedDocumentContextParameter/ram:ID"),
        preceding=_cii_preceding(root, day),
        seller=_cii_party(root.xpath("//ram:SellerTradeParty", namespaces=NAMES)[0]),
        buyer=_cii_party(root.xpath("//ram:BuyerTradeParty", namespaces=NAMES)[0]),
        delivered_on=_some(day(f"{trade}/ram:ApplicableHeaderTradeDelivery//ram:OccurrenceDateTime")),
        starts_on=_some(day(f"{settlement}/ram:BillingSpecifiedPeriod/ram:StartDateTime")),
        ends_on=_some(day(f"{settlement}/ram:BillingSpecifiedPeriod/ram:EndDateTime")),
        means=_cii_means(root, settlement),
        net_minor=net,
        vat_minor=amount(f"{sums}/ram:TaxTotalAmount[@currencyID='{currency}']"),
        vat_accounted_minor=minor(accounted, other) if accounted else None,
        gross_minor=amount(f"{sums}/ram:GrandTotalAmount"),
        due_minor=amount(f"{sums}/ram:DuePayableAmount"),
        breakdown=tuple(
            _cii_breakdown(one, currency)
            for one in root.xpath(f"{settlement}/ram:ApplicableTradeTax", namespaces=NAMES)
        ),
        items=tuple(
            _cii_item(one, currency) for one in root.xpath("//ram:IncludedSupplyChainTradeLineItem", namespaces=NAMES)
        ),
    )


def _cii_preceding(root: Any, day: Callable[[str], date | None]) -> Preceding | None:
    number = text(root, "//ram:InvoiceReferencedDocument/ram:IssuerAssignedID")
    return (
        Preceding(number, _some(day("//ram:InvoiceReferencedDocument/ram:FormattedIssueDateTime"))) if number else None
    )


def _cii_party(party: Any) -> Party:
    where, uri = "ram:PostalTradeAddress", "ram:URIUniversalCommunication/ram:URIID"
    contact = "ram:DefinedTradeContact"
    endpoint = Endpoint(text(party, f"{uri}/@schemeID"), text(party, uri)) if text(party, uri) else None
    return Party(
        name=text(party, "ram:Name"),
        identifier=text(party, "ram:ID"),
        legal_id=text(party, "ram:SpecifiedLegalOrganization/ram:ID"),
        vat_id=text(party, "ram:SpecifiedTaxRegistration/ram:ID[@schemeID='VA']"),
        endpoint=endpoint,
        address=PostalAddress(
            text(party, f"{where}/ram:LineOne"),
            text(party, f"{where}/ram:CityName"),
            text(party, f"{where}/ram:PostcodeCode"),
            text(party, f"{where}/ram:CountryID"),
        ),
        contact=Contact(
            text(party, f"{contact}/ram:PersonName"),
            text(party, f"{contact}/ram:TelephoneUniversalCommunication/ram:CompleteNumber"),
            text(party, f"{contact}/ram:EmailURIUniversalCommunication/ram:URIID"),
        ),
    )


def _cii_means(root: Any, settlement: str) -> Means:
    means = f"{settlement}/ram:SpecifiedTradeSettlementPaymentMeans"
    return Means(
        code=text(root, f"{means}/ram:TypeCode"),
        text=text(root, f"{means}/ram:Information"),
        reference=text(root, f"{settlement}/ram:PaymentReference"),
        account=text(root, f"{means}/ram:PayeePartyCreditorFinancialAccount/ram:IBANID"),
        account_name=text(root, f"{means}/ram:PayeePartyCreditorFinancialAccount/ram:AccountName"),
        bic=text(root, f"{means}/ram:PayeeSpecifiedCreditorFinancialInstitution/ram:BICID"),
    )


def _cii_breakdown(one: Any, currency: str) -> Breakdown:
    assert text(one, "ram:TypeCode") == "VAT"
    return Breakdown(
        base_minor=minor(text(one, "ram:BasisAmount"), currency),
        vat_minor=minor(text(one, "ram:CalculatedAmount"), currency),
        category=text(one, "ram:CategoryCode"),
        rate=points(text(one, "ram:RateApplicablePercent")),
        reason=text(one, "ram:ExemptionReason"),
        reason_code=text(one, "ram:ExemptionReasonCode"),
    )


def _cii_item(one: Any, currency: str) -> Item:
    settled = "ram:SpecifiedLineTradeSettlement"
    rate = text(one, f"{settled}/ram:ApplicableTradeTax/ram:RateApplicablePercent")
    days = [text(one, f"{settled}/ram:BillingSpecifiedPeriod/ram:{end}DateTime/*") for end in ("Start", "End")]
    starts_on, ends_on = (date.fromisoformat(f"{day[:4]}-{day[4:6]}-{day[6:]}") for day in days)
    assert text(one, "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity/@unitCode") == "C62"
    assert text(one, f"{settled}/ram:AdditionalReferencedDocument/ram:TypeCode") == "130"
    return Item(
        place=text(one, "ram:AssociatedDocumentLineDocument/ram:LineID"),
        note=text(one, "ram:AssociatedDocumentLineDocument/ram:IncludedNote/ram:Content"),
        charge_id=text(one, f"{settled}/ram:AdditionalReferencedDocument/ram:IssuerAssignedID"),
        quantity=int(text(one, "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity")),
        net_minor=minor(text(one, f"{settled}//ram:LineTotalAmount"), currency),
        starts_on=starts_on,
        ends_on=ends_on,
        price_minor=minor(text(one, "ram:SpecifiedLineTradeAgreement//ram:ChargeAmount"), currency),
        category=text(one, f"{settled}/ram:ApplicableTradeTax/ram:CategoryCode"),
        rate=points(rate) if rate else None,
        name=text(one, "ram:SpecifiedTradeProduct/ram:Name"),
        kind=text(one, "ram:SpecifiedTradeProduct/ram:SellerAssignedID"),
    )


def _ubl(root: Any) -> Terms:
    currency, other = text(root, "cbc:DocumentCurrencyCode"), text(root, "cbc:TaxCurrencyCode")

    def amount(path: str) -> int:
        assert text(root, f"{path}/@currencyID") == currency
        return minor(text(root, path), currency)

    def day(path: str) -> date | None:
        return date.fromisoformat(text(root, path)) if text(root, path) else None

    net = amount("cac:LegalMonetaryTotal/cbc:LineExtensionAmount")
    assert net == amount("cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount")
    accounted = text(root, f"cac:TaxTotal/cbc:TaxAmount[@currencyID='{other}']") if other else ""
    assert len(root.xpath("cac:TaxTotal", namespaces=NAMES)) == (2 if other else 1)
    kind = etree.QName(root).localname
    preceding = text(root, "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID")
    return Terms(
        number=text(root, "cbc:ID"),
        issued_on=_some(day("cbc:IssueDate")),
        type_code=text(root, f"cbc:{kind}TypeCode"),
        currency=currency,
        vat_currency=other,
        due_on=day("cbc:DueDate"),
        buyer_reference=text(root, "cbc:BuyerReference"),
        payment_terms=text(root, "cac:PaymentTerms/cbc:Note"),
        note=text(root, "cbc:Note"),
        process=text(root, "cbc:ProfileID"),
        specification=text(root, "cbc:CustomizationID"),
        preceding=Preceding(preceding, _some(day("cac:BillingReference/cac:InvoiceDocumentReference/cbc:IssueDate")))
        if preceding
        else None,
        seller=_ubl_party(root.xpath("cac:AccountingSupplierParty/cac:Party", namespaces=NAMES)[0]),
        buyer=_ubl_party(root.xpath("cac:AccountingCustomerParty/cac:Party", namespaces=NAMES)[0]),
        delivered_on=_some(day("cac:Delivery/cbc:ActualDeliveryDate")),
        starts_on=_some(day("cac:InvoicePeriod/cbc:StartDate")),
        ends_on=_some(day("cac:InvoicePeriod/cbc:EndDate")),
        means=_ubl_means(root.xpath("cac:PaymentMeans", namespaces=NAMES)[0]),
        net_minor=net,
        vat_minor=amount(f"cac:TaxTotal/cbc:TaxAmount[@currencyID='{currency}']"),
        vat_accounted_minor=minor(accounted, other) if accounted else None,
        gross_minor=amount("cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount"),
        due_minor=amount("cac:LegalMonetaryTotal/cbc:PayableAmount"),
        breakdown=tuple(
            _ubl_breakdown(one, currency) for one in root.xpath("cac:TaxTotal/cac:TaxSubtotal", namespaces=NAMES)
        ),
        items=tuple(_ubl_item(one, currency) for one in root.xpath(f"cac:{kind}Line", namespaces=NAMES)),
    )


def _ubl_party(party: Any) -> Party:
    endpoint = text(party, "cbc:EndpointID")
    return Party(
        name=text(party, "cac:PartyLegalEntity/cbc:RegistrationName"),
        identifier=text(party, "cac:PartyIdentification/cbc:ID"),
        legal_id=text(party, "cac:PartyLegalEntity/cbc:CompanyID"),
        vat_id=text(party, "cac:PartyTaxScheme[cac:TaxScheme/cbc:ID='VAT']/cbc:CompanyID"),
        endpoint=Endpoint(text(party, "cbc:EndpointID/@schemeID"), endpoint) if endpoint else None,
        address=PostalAddress(
            text(party, "cac:PostalAddress/cbc:StreetName"),
            text(party, "cac:PostalAddress/cbc:CityName"),
            text(party, "cac:PostalAddress/cbc:PostalZone"),
            text(party, "cac:PostalAddress/cac:Country/cbc:IdentificationCode"),
        ),
        contact=Contact(
            text(party, "cac:Contact/cbc:Name"),
            text(party, "cac:Contact/cbc:Telephone"),
            text(party, "cac:Contact/cbc:ElectronicMail"),
        ),
    )


def _ubl_means(means: Any) -> Means:
    return Means(
        code=text(means, "cbc:PaymentMeansCode"),
        text=text(means, "cbc:PaymentMeansCode/@name"),
        reference=text(means, "cbc:PaymentID"),
        account=text(means, "cac:PayeeFinancialAccount/cbc:ID"),
        account_name=text(means, "cac:PayeeFinancialAccount/cbc:Name"),
        bic=text(means, "cac:PayeeFinancialAccount/cac:FinancialInstitutionBranch/cbc:ID"),
    )


def _ubl_breakdown(one: Any, currency: str) -> Breakdown:
    assert text(one, "cac:TaxCategory/cac:TaxScheme/cbc:ID") == "VAT"
    return Breakdown(
        base_minor=minor(text(one, "cbc:TaxableAmount"), currency),
        vat_minor=minor(text(one, "cbc:TaxAmount"), currency),
        category=text(one, "cac:TaxCategory/cbc:ID"),
        rate=points(text(one, "cac:TaxCategory/cbc:Percent")),
        reason=text(one, "cac:TaxCategory/cbc:TaxExemptionReason"),
        reason_code=text(one, "cac:TaxCategory/cbc:TaxExemptionReasonCode"),
    )


def _ubl_item(one: Any, currency: str) -> Item:
    quantity = "cbc:InvoicedQuantity | cbc:CreditedQuantity"
    rate = text(one, "cac:Item/cac:ClassifiedTaxCategory/cbc:Percent")
    assert one.xpath(quantity, namespaces=NAMES)[0].get("unitCode") == "C62"
    assert text(one, "cac:DocumentReference/cbc:DocumentTypeCode") == "130"
    return Item(
        place=text(one, "cbc:ID"),
        note=text(one, "cbc:Note"),
        charge_id=text(one, "cac:DocumentReference/cbc:ID"),
        quantity=int(text(one, quantity)),
        net_minor=minor(text(one, "cbc:LineExtensionAmount"), currency),
        starts_on=date.fromisoformat(text(one, "cac:InvoicePeriod/cbc:StartDate")),
        ends_on=date.fromisoformat(text(one, "cac:InvoicePeriod/cbc:EndDate")),
        price_minor=minor(text(one, "cac:Price/cbc:PriceAmount"), currency),
        category=text(one, "cac:Item/cac:ClassifiedTaxCategory/cbc:ID"),
        rate=points(rate) if rate else None,
        name=text(one, "cac:Item/cbc:Name"),
        kind=text(one, "cac:Item/cac:SellersItemIdentification/cbc:ID"),
    )


def _some(day: date | None) -> date:
    assert day is not None
    return day
