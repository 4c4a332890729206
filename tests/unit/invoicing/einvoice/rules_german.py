"""The German rules beyond EN 16931 that can apply to us: XRechnung 3.0's (BR-DE, KoSIT), by Peppol's name DE-R."""

from typing import Final

from tests.unit.invoicing.einvoice.rules import (
    BUYER,
    CARDS,
    DEBITS,
    SELLER,
    TRANSFERS,
    Rule,
    each,
    found,
    is_iban,
    like,
    never,
    said,
)

_ATOM: Final = r"[a-zA-Z0-9!#$%&\"*+/=?^_`{|}~-]+"
_LABEL: Final = "[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?"
_MAIL: Final = rf"{_ATOM}(\.{_ATOM})*@({_LABEL}\.)+{_LABEL}"
_SKONTO: Final = r"#(SKONTO)#TAGE=([0-9]+#PROZENT=[0-9]+\.[0-9]{2})(#BASISBETRAG=-?[0-9]+\.[0-9]{2})?#"
_TAXED: Final = {"S", "Z", "E", "AE", "K", "G", "L", "M"}
_CATEGORIES: Final = "(cac:InvoiceLine | cac:CreditNoteLine)/cac:Item/cac:ClassifiedTaxCategory/cbc:ID"
_TYPES: Final = "326|380|384|389|381|875|876|877"

GERMAN: Final = (
    Rule("BR-DE-1", lambda root: bool(found(root, "cac:PaymentMeans"))),
    Rule("BR-DE-2", lambda root: bool(found(root, f"{SELLER}/cac:Contact"))),
    Rule("BR-DE-3", said(f"{SELLER}/cac:PostalAddress/cbc:CityName")),
    Rule("BR-DE-4", said(f"{SELLER}/cac:PostalAddress/cbc:PostalZone")),
    Rule("BR-DE-5", said(f"{SELLER}/cac:Contact/cbc:Name")),
    Rule("BR-DE-6", said(f"{SELLER}/cac:Contact/cbc:Telephone")),
    Rule("BR-DE-7", said(f"{SELLER}/cac:Contact/cbc:ElectronicMail")),
    Rule("BR-DE-8", said(f"{BUYER}/cac:PostalAddress/cbc:CityName")),
    Rule("BR-DE-9", said(f"{BUYER}/cac:PostalAddress/cbc:PostalZone")),
    Rule("BR-DE-14", each("cac:TaxTotal/cac:TaxSubtotal", said("cac:TaxCategory/cbc:Percent"))),
    Rule("BR-DE-15", said("cbc:BuyerReference")),
    Rule(
        "BR-DE-16",
        lambda root: (
            not _TAXED & {one.text for one in found(root, _CATEGORIES)}
            or said(f"{SELLER}/cac:PartyTaxScheme/cbc:CompanyID")(root)
        ),
    ),
    Rule("BR-DE-17", like("cbc:InvoiceTypeCode | cbc:CreditNoteTypeCode", _TYPES)),
    Rule("BR-DE-18", like("cac:PaymentTerms/cbc:Note", rf"((?!#).*|{_SKONTO})(\n((?!#).*|{_SKONTO}))*")),
    Rule("BR-DE-19", each(f"{TRANSFERS}[cbc:PaymentMeansCode='58']/cac:PayeeFinancialAccount/cbc:ID", is_iban)),
    Rule("BR-DE-20", each(f"{DEBITS}/cac:PaymentMandate/cac:PayerFinancialAccount/cbc:ID", is_iban)),
    Rule("BR-DE-23-a", never(f"{TRANSFERS}[not(cac:PayeeFinancialAccount)]")),
    Rule("BR-DE-23-b", never(f"{TRANSFERS}[cac:CardAccount or cac:PaymentMandate]")),
    Rule("BR-DE-24-a", never(f"{CARDS}[not(cac:CardAccount)]")),
    Rule("BR-DE-24-b", never(f"{CARDS}[cac:PayeeFinancialAccount or cac:PaymentMandate]")),
    Rule("BR-DE-25-a", never(f"{DEBITS}[not(cac:PaymentMandate)]")),
    Rule("BR-DE-25-b", never(f"{DEBITS}[cac:PayeeFinancialAccount or cac:CardAccount]")),
    Rule("BR-DE-27", like(f"{SELLER}/cac:Contact/cbc:Telephone", "(.*[0-9]){3,}.*")),
    Rule("BR-DE-28", like(f"{SELLER}/cac:Contact/cbc:ElectronicMail", _MAIL)),
    Rule(
        "BR-DE-30",
        lambda root: (
            not found(root, "cac:PaymentMeans/cac:PaymentMandate")
            or bool(found(root, f"{SELLER}/cac:PartyIdentification/cbc:ID[@schemeID='SEPA']"))
        ),
    ),
    Rule(
        "BR-DE-31",
        never("cac:PaymentMeans/cac:PaymentMandate[not(cac:PayerFinancialAccount/cbc:ID)]"),
    ),
    Rule("BR-DE-TMP-32", lambda root: bool(found(root, "cac:Delivery/cbc:ActualDeliveryDate | cac:InvoicePeriod"))),
)
"""BR-DE-10, -11, -22 and -26 are about deliveries, attachments and type 384, which we never write."""
