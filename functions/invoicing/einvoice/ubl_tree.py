"""Writes business terms as UBL 2.1 (ISO/IEC 19845), an Invoice or a CreditNote: EN 16931, XRechnung, Peppol BIS."""

from datetime import date
from functools import lru_cache
from typing import Final

from common.money import decimal_text
from functions.invoicing.einvoice.statement import CREDIT_NOTE
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

_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd"
_COMPONENTS: Final = {"cac": f"{_UBL}:CommonAggregateComponents-2", "cbc": f"{_UBL}:CommonBasicComponents-2"}


def written(terms: Terms) -> bytes:
    """The document as UBL; elements in the order of its schema."""
    credit = terms.type_code == CREDIT_NOTE
    root = "CreditNote" if credit else "Invoice"
    return document(
        root,
        {"": f"{_UBL}:{root}-2", **_COMPONENTS},
        leaf("cbc:CustomizationID", terms.specification),
        leaf("cbc:ProfileID", terms.process),
        leaf("cbc:ID", terms.number),
        _day("cbc:IssueDate", terms.issued_on),
        _day("cbc:DueDate", terms.due_on),
        leaf(f"cbc:{root}TypeCode", terms.type_code),
        leaf("cbc:Note", terms.note),
        leaf("cbc:DocumentCurrencyCode", terms.currency),
        leaf("cbc:TaxCurrencyCode", terms.vat_currency),
        leaf("cbc:BuyerReference", terms.buyer_reference),
        _period(terms.starts_on, terms.ends_on),
        _preceding(terms.preceding),
        group("cac:AccountingSupplierParty", _party(terms.seller)),
        group("cac:AccountingCustomerParty", _party(terms.buyer)),
        group("cac:Delivery", _day("cbc:ActualDeliveryDate", terms.delivered_on)),
        _means(terms.means),
        group("cac:PaymentTerms", leaf("cbc:Note", terms.payment_terms)),
        _vat(terms),
        _vat_accounted(terms),
        _totals(terms),
        *(_item(item, terms.currency, credit=credit) for item in terms.items),
    )


def _preceding(preceding: Preceding | None) -> Xml:
    if preceding is None:
        return NOTHING
    return group(
        "cac:BillingReference",
        group(
            "cac:InvoiceDocumentReference",
            leaf("cbc:ID", preceding.number),
            _day("cbc:IssueDate", preceding.issued_on),
        ),
    )


def _party(party: Party) -> Xml:
    endpoint = party.endpoint
    return group(
        "cac:Party",
        leaf("cbc:EndpointID", endpoint.address, schemeID=endpoint.scheme) if endpoint else NOTHING,
        group("cac:PartyIdentification", leaf("cbc:ID", party.identifier)),
        _address(party.address),
        _tax_scheme("cac:PartyTaxScheme", leaf("cbc:CompanyID", party.vat_id)) if party.vat_id else NOTHING,
        group(
            "cac:PartyLegalEntity",
            leaf("cbc:RegistrationName", party.name),
            leaf("cbc:CompanyID", party.legal_id),
        ),
        _contact(party.contact),
    )


def _address(address: PostalAddress) -> Xml:
    return group(
        "cac:PostalAddress",
        leaf("cbc:StreetName", address.line),
        leaf("cbc:CityName", address.city),
        leaf("cbc:PostalZone", address.postcode),
        group("cac:Country", leaf("cbc:IdentificationCode", address.country)),
    )


def _contact(contact: Contact) -> Xml:
    return group(
        "cac:Contact",
        leaf("cbc:Name", contact.name),
        leaf("cbc:Telephone", contact.phone),
        leaf("cbc:ElectronicMail", contact.email),
    )


def _means(means: Means) -> Xml:
    return group(
        "cac:PaymentMeans",
        leaf("cbc:PaymentMeansCode", means.code, name=means.text),
        leaf("cbc:PaymentID", means.reference),
        group(
            "cac:PayeeFinancialAccount",
            leaf("cbc:ID", means.account),
            leaf("cbc:Name", means.account_name),
            group("cac:FinancialInstitutionBranch", leaf("cbc:ID", means.bic)),
        ),
    )


def _vat(terms: Terms) -> Xml:
    return group(
        "cac:TaxTotal",
        _amount("cbc:TaxAmount", terms.vat_minor, terms.currency),
        *(_breakdown(part, terms.currency) for part in terms.breakdown),
    )


def _vat_accounted(terms: Terms) -> Xml:
    if terms.vat_accounted_minor is None:
        return NOTHING
    return group("cac:TaxTotal", _amount("cbc:TaxAmount", terms.vat_accounted_minor, terms.vat_currency))


def _breakdown(part: Breakdown, currency: str) -> Xml:
    return group(
        "cac:TaxSubtotal",
        _amount("cbc:TaxableAmount", part.base_minor, currency),
        _amount("cbc:TaxAmount", part.vat_minor, currency),
        _tax_scheme(
            "cac:TaxCategory",
            leaf("cbc:ID", part.category),
            leaf("cbc:Percent", percent(part.rate)),
            leaf("cbc:TaxExemptionReasonCode", part.reason_code),
            leaf("cbc:TaxExemptionReason", part.reason),
        ),
    )


def _totals(terms: Terms) -> Xml:
    return group(
        "cac:LegalMonetaryTotal",
        _amount("cbc:LineExtensionAmount", terms.net_minor, terms.currency),
        _amount("cbc:TaxExclusiveAmount", terms.net_minor, terms.currency),
        _amount("cbc:TaxInclusiveAmount", terms.gross_minor, terms.currency),
        _amount("cbc:PayableAmount", terms.due_minor, terms.currency),
    )


def _item(item: Item, currency: str, *, credit: bool) -> Xml:
    line, quantity = ("CreditNoteLine", "Credited") if credit else ("InvoiceLine", "Invoiced")
    return group(
        f"cac:{line}",
        leaf("cbc:ID", item.place),
        leaf("cbc:Note", item.note),
        leaf(f"cbc:{quantity}Quantity", str(item.quantity), unitCode="C62"),
        _amount("cbc:LineExtensionAmount", item.net_minor, currency),
        _period(item.starts_on, item.ends_on),
        group("cac:DocumentReference", leaf("cbc:ID", item.charge_id), leaf("cbc:DocumentTypeCode", LINE_OBJECT)),
        group(
            "cac:Item",
            leaf("cbc:Name", item.name),
            group("cac:SellersItemIdentification", leaf("cbc:ID", item.kind)),
            _line_tax(item.category, item.rate),
        ),
        group("cac:Price", _amount("cbc:PriceAmount", item.price_minor, currency)),
    )


@lru_cache(SEVERAL)
def _line_tax(category: str, rate: int | None) -> Xml:
    return _tax_scheme("cac:ClassifiedTaxCategory", leaf("cbc:ID", category), leaf("cbc:Percent", percent(rate)))


def _tax_scheme(tag: str, *facts: Xml) -> Xml:
    return group(tag, *facts, group("cac:TaxScheme", leaf("cbc:ID", "VAT")))


@lru_cache(SEVERAL)
def _period(first: date, last: date) -> Xml:
    return group("cac:InvoicePeriod", _day("cbc:StartDate", first), _day("cbc:EndDate", last))


def _amount(tag: str, minor: int, currency: str) -> Xml:
    return leaf(tag, decimal_text(minor, currency), currencyID=currency)


def _day(tag: str, day: date | None) -> Xml:
    return leaf(tag, day.isoformat()) if day else NOTHING
