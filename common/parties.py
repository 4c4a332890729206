"""Who sells and who buys, frozen as they were: a snapshot never changes with its original."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Country = Annotated[str, Field(pattern="^[A-Z]{2}$", examples=["DE"])]
Language = Annotated[str, Field(pattern="^[a-z]{2}$", examples=["de"])]
Text = Annotated[str, Field(min_length=1, max_length=200)]
PaymentMethod = Literal["transfer", "card", "direct_debit"]


class Address(BaseModel):
    """A structured postal address (unstructured ones left SEPA on 2026-11-15)."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    street: Text
    city: Text
    postcode: Annotated[str, Field(min_length=1, max_length=16)]
    country: Country


class Buyer(BaseModel):
    """A member as a document names them. `vat_id` is set only where it was checked as valid."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    member_id: str
    name: Text
    business: bool
    address: Address
    vat_id: str = ""
    email: str
    language: Language = "en"
    payment_method: PaymentMethod = "transfer"
    payment_token: str = ""
    terms_days: int = 14


class Seller(BaseModel):
    """A legal entity of the marketplace that bills: its name, tax numbers, bank account, SAP company code."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    entity: Annotated[str, Field(pattern="^[A-Z]{2,4}$")]
    name: Text
    address: Address
    vat_id: str
    currency: str
    time_zone: str
    iban: str
    bic: str
    company_code: Annotated[str, Field(min_length=4, max_length=4)]
    email: str


SELLERS = {
    "MP": Seller(
        entity="MP",
        name="Marketplace Europe GmbH",
        address=Address(street="Speicherstraße 1", city="Hamburg", postcode="20457", country="DE"),
        vat_id="DE136695976",
        currency="EUR",
        time_zone="Europe/Berlin",
        iban="DE89370400440532013000",
        bic="COBADEFFXXX",
        company_code="1000",
        email="billing@marketplace.example",
    )
}
"""The legal entities, by code. Their codes start invoice numbers."""
