"""Who sells and who buys, frozen as they were: a snapshot never changes with its original."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

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


class Address(BaseModel):
    """A structured postal address (unstructured ones left SEPA on 2026-11-15)."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    street: Annotated[Text, personal()]
    city: Annotated[Text, personal()]
    postcode: Annotated[str, Field(min_length=1, max_length=16), personal()]
    country: Country


class Buyer(BaseModel):
    """A member as a document names them. `vat_id` is set only where it was checked as valid."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    member_id: str
    name: Annotated[Text, personal()]
    business: bool
    address: Address
    vat_id: Annotated[str, personal("")] = ""
    email: Annotated[str, personal("")]
    language: Language = "en"
    payment_method: PaymentMethod = "transfer"
    payment_token: Annotated[str, personal("")] = ""
    terms_days: int = 14

    @property
    def erased(self) -> bool:
        """Whether this is nobody any more: nothing may be issued to them."""
        return self.name == ERASED


class Seller(BaseModel):
    """A legal entity of the marketplace that bills: its name, tax numbers, bank account, SAP company code."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    entity: Annotated[str, Field(pattern="^[A-Z]{2,4}$")]
    name: Text
    address: Annotated[Address, personal(instead=False)]
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
