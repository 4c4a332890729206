"""Where each business term stands in CII and in UBL: the paths that EN 16931-3 publishes, side by side."""

from typing import Final

_HEADER: Final = "//rsm:ExchangedDocument"
_DELIVERY: Final = "//ram:ApplicableHeaderTradeDelivery"
_SETTLEMENT: Final = "//ram:ApplicableHeaderTradeSettlement"
_SUMS: Final = f"{_SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"
_MEANS: Final = f"{_SETTLEMENT}/ram:SpecifiedTradeSettlementPaymentMeans"
_PERIOD: Final = "ram:BillingSpecifiedPeriod"
_BEFORE: Final = "//ram:InvoiceReferencedDocument"
_LINE: Final = "ram:SpecifiedLineTradeSettlement"
_DAY: Final = "*[@format='102']"
_PAYEE: Final = "cac:PaymentMeans/cac:PayeeFinancialAccount"
_TOTAL: Final = "cac:LegalMonetaryTotal"
_REFERRED: Final = "cac:BillingReference/cac:InvoiceDocumentReference"

GROUPS: Final = {
    "BG-4": ("//ram:SellerTradeParty", "cac:AccountingSupplierParty/cac:Party"),
    "BG-7": ("//ram:BuyerTradeParty", "cac:AccountingCustomerParty/cac:Party"),
    "BG-23": (f"{_SETTLEMENT}/ram:ApplicableTradeTax", "cac:TaxTotal/cac:TaxSubtotal"),
    "BG-25": ("//ram:IncludedSupplyChainTradeLineItem", "cac:InvoiceLine | cac:CreditNoteLine"),
    "VAT totals": (f"{_SUMS}/ram:TaxTotalAmount", "cac:TaxTotal/cbc:TaxAmount"),
}
"""What may be there several times; the terms within are told from there."""

TERMS: Final = {
    "BT-1": (f"{_HEADER}/ram:ID", "cbc:ID"),
    "BT-2": (f"{_HEADER}/ram:IssueDateTime/{_DAY}", "cbc:IssueDate"),
    "BT-3": (f"{_HEADER}/ram:TypeCode", "cbc:InvoiceTypeCode | cbc:CreditNoteTypeCode"),
    "BT-5": (f"{_SETTLEMENT}/ram:InvoiceCurrencyCode", "cbc:DocumentCurrencyCode"),
    "BT-6": (f"{_SETTLEMENT}/ram:TaxCurrencyCode", "cbc:TaxCurrencyCode"),
    "BT-9": (f"{_SETTLEMENT}/ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime/{_DAY}", "cbc:DueDate"),
    "BT-10": ("//ram:ApplicableHeaderTradeAgreement/ram:BuyerReference", "cbc:BuyerReference"),
    "BT-20": (f"{_SETTLEMENT}/ram:SpecifiedTradePaymentTerms/ram:Description", "cac:PaymentTerms/cbc:Note"),
    "BT-22": (f"{_HEADER}/ram:IncludedNote/ram:Content", "cbc:Note"),
    "BT-23": ("//ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID", "cbc:ProfileID"),
    "BT-24": ("//ram:GuidelineSpecifiedDocumentContextParameter/ram:ID", "cbc:CustomizationID"),
    "BT-25": (f"{_BEFORE}/ram:IssuerAssignedID", f"{_REFERRED}/cbc:ID"),
    "BT-26": (f"{_BEFORE}/ram:FormattedIssueDateTime/{_DAY}", f"{_REFERRED}/cbc:IssueDate"),
    "BT-72": (
        f"{_DELIVERY}/ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime/{_DAY}",
        "cac:Delivery/cbc:ActualDeliveryDate",
    ),
    "BT-73": (f"{_SETTLEMENT}/{_PERIOD}/ram:StartDateTime/{_DAY}", "cac:InvoicePeriod/cbc:StartDate"),
    "BT-74": (f"{_SETTLEMENT}/{_PERIOD}/ram:EndDateTime/{_DAY}", "cac:InvoicePeriod/cbc:EndDate"),
    "BT-81": (f"{_MEANS}/ram:TypeCode", "cac:PaymentMeans/cbc:PaymentMeansCode"),
    "BT-82": (f"{_MEANS}/ram:Information", "cac:PaymentMeans/cbc:PaymentMeansCode/@name"),
    "BT-83": (f"{_SETTLEMENT}/ram:PaymentReference", "cac:PaymentMeans/cbc:PaymentID"),
    "BT-84": (f"{_MEANS}/ram:PayeePartyCreditorFinancialAccount/ram:IBANID", f"{_PAYEE}/cbc:ID"),
    "BT-85": (f"{_MEANS}/ram:PayeePartyCreditorFinancialAccount/ram:AccountName", f"{_PAYEE}/cbc:Name"),
    "BT-86": (
        f"{_MEANS}/ram:PayeeSpecifiedCreditorFinancialInstitution/ram:BICID",
        f"{_PAYEE}/cac:FinancialInstitutionBranch/cbc:ID",
    ),
    "BT-106": (f"{_SUMS}/ram:LineTotalAmount", f"{_TOTAL}/cbc:LineExtensionAmount"),
    "BT-109": (f"{_SUMS}/ram:TaxBasisTotalAmount", f"{_TOTAL}/cbc:TaxExclusiveAmount"),
    "BT-112": (f"{_SUMS}/ram:GrandTotalAmount", f"{_TOTAL}/cbc:TaxInclusiveAmount"),
    "BT-115": (f"{_SUMS}/ram:DuePayableAmount", f"{_TOTAL}/cbc:PayableAmount"),
    # within BG-4 and BG-7, by the seller's numbers
    "BT-27": ("ram:Name", "cac:PartyLegalEntity/cbc:RegistrationName"),
    "BT-29": ("ram:ID", "cac:PartyIdentification/cbc:ID"),
    "BT-30": ("ram:SpecifiedLegalOrganization/ram:ID", "cac:PartyLegalEntity/cbc:CompanyID"),
    "BT-31": (
        "ram:SpecifiedTaxRegistration/ram:ID[@schemeID='VA']",
        "cac:PartyTaxScheme[cac:TaxScheme/cbc:ID='VAT']/cbc:CompanyID",
    ),
    "BT-34": ("ram:URIUniversalCommunication/ram:URIID", "cbc:EndpointID"),
    "BT-34 scheme": ("ram:URIUniversalCommunication/ram:URIID/@schemeID", "cbc:EndpointID/@schemeID"),
    "BT-35": ("ram:PostalTradeAddress/ram:LineOne", "cac:PostalAddress/cbc:StreetName"),
    "BT-37": ("ram:PostalTradeAddress/ram:CityName", "cac:PostalAddress/cbc:CityName"),
    "BT-38": ("ram:PostalTradeAddress/ram:PostcodeCode", "cac:PostalAddress/cbc:PostalZone"),
    "BT-40": ("ram:PostalTradeAddress/ram:CountryID", "cac:PostalAddress/cac:Country/cbc:IdentificationCode"),
    "BT-41": ("ram:DefinedTradeContact/ram:PersonName", "cac:Contact/cbc:Name"),
    "BT-42": (
        "ram:DefinedTradeContact/ram:TelephoneUniversalCommunication/ram:CompleteNumber",
        "cac:Contact/cbc:Telephone",
    ),
    "BT-43": ("ram:DefinedTradeContact/ram:EmailURIUniversalCommunication/ram:URIID", "cac:Contact/cbc:ElectronicMail"),
    # within BG-23
    "BT-116": ("ram:BasisAmount", "cbc:TaxableAmount"),
    "BT-117": ("ram:CalculatedAmount", "cbc:TaxAmount"),
    "BT-118": ("ram:CategoryCode", "cac:TaxCategory/cbc:ID"),
    "BT-118 scheme": ("ram:TypeCode", "cac:TaxCategory/cac:TaxScheme/cbc:ID"),
    "BT-119": ("ram:RateApplicablePercent", "cac:TaxCategory/cbc:Percent"),
    "BT-120": ("ram:ExemptionReason", "cac:TaxCategory/cbc:TaxExemptionReason"),
    "BT-121": ("ram:ExemptionReasonCode", "cac:TaxCategory/cbc:TaxExemptionReasonCode"),
    # within BG-25
    "BT-126": ("ram:AssociatedDocumentLineDocument/ram:LineID", "cbc:ID"),
    "BT-127": ("ram:AssociatedDocumentLineDocument/ram:IncludedNote/ram:Content", "cbc:Note"),
    "BT-128": (f"{_LINE}/ram:AdditionalReferencedDocument/ram:IssuerAssignedID", "cac:DocumentReference/cbc:ID"),
    "BT-128 type": (
        f"{_LINE}/ram:AdditionalReferencedDocument/ram:TypeCode",
        "cac:DocumentReference/cbc:DocumentTypeCode",
    ),
    "BT-129": ("ram:SpecifiedLineTradeDelivery/ram:BilledQuantity", "cbc:InvoicedQuantity | cbc:CreditedQuantity"),
    "BT-130": (
        "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity/@unitCode",
        "cbc:InvoicedQuantity/@unitCode | cbc:CreditedQuantity/@unitCode",
    ),
    "BT-131": (
        f"{_LINE}/ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount",
        "cbc:LineExtensionAmount",
    ),
    "BT-134": (f"{_LINE}/{_PERIOD}/ram:StartDateTime/{_DAY}", "cac:InvoicePeriod/cbc:StartDate"),
    "BT-135": (f"{_LINE}/{_PERIOD}/ram:EndDateTime/{_DAY}", "cac:InvoicePeriod/cbc:EndDate"),
    "BT-146": (
        "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice/ram:ChargeAmount",
        "cac:Price/cbc:PriceAmount",
    ),
    "BT-151": (f"{_LINE}/ram:ApplicableTradeTax/ram:CategoryCode", "cac:Item/cac:ClassifiedTaxCategory/cbc:ID"),
    "BT-152": (
        f"{_LINE}/ram:ApplicableTradeTax/ram:RateApplicablePercent",
        "cac:Item/cac:ClassifiedTaxCategory/cbc:Percent",
    ),
    "BT-153": ("ram:SpecifiedTradeProduct/ram:Name", "cac:Item/cbc:Name"),
    "BT-155": (
        "ram:SpecifiedTradeProduct/ram:SellerAssignedID",
        "cac:Item/cac:SellersItemIdentification/cbc:ID",
    ),
}  # fmt: skip
"""Each with its path in CII and in UBL."""
