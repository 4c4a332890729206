"""Who sells and who buys, frozen as they were: a snapshot never changes with its original."""

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from common.values import Exact

ERASED: Final = "[erased]"
"""What stands in place of a name or an address after erasure."""


def personal(instead: Any = ERASED) -> Any:
    """Declares a field as personal data, in its annotation.

    `email: Annotated[str, personal("")]`: commit records keep it beside the hash chain, and erasure puts `instead`
    in its place. `False` says that nothing in an object is personal.
    """
    return Field(json_schema_extra={"x-personal": instead})


Country = Annotated[str, Field(pattern="^[A-Z]{2}$", examples=["DE"])]
Language = Annotated[str, Field(pattern="^[a-z]{2}$", examples=["de"])]
Text = Annotated[str, Field(min_length=1, max_length=200)]
PaymentMethod = Literal["transfer", "card", "direct_debit"]
PaymentProvider = Literal["stripe", "adyen", "gocardless", "mollie", "sepa"]
"""Who collects; `sepa`: our own direct debit files, under our own creditor identifier."""


class Address(Exact):
    """A structured postal address (unstructured ones left SEPA on 2026-11-15)."""

    street: Annotated[Text, personal()]
    city: Annotated[Text, personal()]
    postcode: Annotated[str, Field(min_length=1, max_length=16), personal()]
    country: Country


class Location(Exact):
    """One item of evidence of where a customer is (Regulation (EU) 282/2011, art. 24f); the address is another."""

    kind: Literal["payment", "bank", "ip", "phone"]
    country: Country


class Buyer(Exact):
    """A member as a document names them. `vat_id` is set only where it was checked as valid."""

    member_id: str
    account: Annotated[str, personal("")] = ""
    """The marketplace's own id of them, which payers quote; empty where nobody said."""
    name: Annotated[Text, personal()]
    business: bool
    address: Address
    vat_id: Annotated[str, personal("")] = ""
    vat_proof: Annotated[str, personal("")] = ""
    """The tax authorities' own number of the check (VIES, `requestIdentifier`); empty where nobody was asked."""
    locations: tuple[Location, ...] = ()
    reference: Annotated[str, personal("")] = ""
    """What a public or large buyer wants quoted (EN 16931, BT-10; in Germany the Leitweg-ID)."""
    endpoint: Annotated[str, personal("")] = ""
    """Where electronic invoices go (BT-49): the scheme (EAS) and the address, `0208:0202239951`."""
    email: Annotated[str, personal("")]
    language: Language = "en"
    payment_method: PaymentMethod = "transfer"
    payment_provider: PaymentProvider = "stripe"
    """Who collects, where the method collects by itself."""
    payment_token: Annotated[str, personal("")] = ""
    terms_days: int = 14

    @property
    def erased(self) -> bool:
        """Whether this is nobody any more: nothing may be issued to them."""
        return self.name == ERASED


class Seller(Exact):
    """A legal entity of the marketplace that bills: its name, tax numbers, bank account, SAP company code."""

    entity: Annotated[str, Field(pattern="^[A-Z]{2,4}$")]
    name: Text
    address: Annotated[Address, personal(instead=False)]
    vat_id: str
    legal_id: str = ""
    """Its number in the commercial register (BT-30)."""
    currency: str
    vat_currency: str = "EUR"
    """In which it tells the tax office what it owes (BT-6)."""
    oss_from: date | None = None
    """From when on it takes part in the One-Stop-Shop; before, consumers elsewhere pay its own VAT (art. 59c)."""
    time_zone: str
    iban: str
    bic: str
    creditor_id: Annotated[str, Field(pattern=r"^([A-Z]{2}\d{2}[A-Z0-9]{3}[A-Z0-9]{1,28})?$")] = ""
    """Under which it collects by SEPA direct debit (creditor identifier, AT-02); empty where it does not."""
    qr_iban: str = ""
    """Where a Swiss QR reference may be paid to."""
    transfer_reference: Literal["rf", "ogm", "qrr"] = "rf"
    """What payers quote: ISO 11649, the Belgian structured communication, the Swiss QR reference."""
    company_code: Annotated[str, Field(min_length=4, max_length=4)]
    email: str
    phone: str = ""
    contact: str = ""
    """Whom to ask about an invoice (BT-41), a department."""
    endpoint: str = ""
    """Its own electronic address (BT-34)."""
    colour: Annotated[str, Field(pattern="^#[0-9a-f]{6}$")] = "#0b5c6b"
    """Of its documents."""


SELLERS: Final = {
    seller["entity"]: Seller.model_validate(seller)
    for seller in json.loads(Path(__file__).with_name("sellers.json").read_text("utf-8"))
}
"""The legal entities, by code. Their codes start invoice numbers."""
