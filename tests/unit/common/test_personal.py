"""Nobody forgets to declare what is personal: every field that sounds so is declared, or named here with its reason."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, get_args

import pytest
from pydantic import BaseModel

from common.documents import PERSONAL, Document, shape_of
from common.events import every_event
from common.events.base import TASKS
from common.parties import ERASED, Buyer, Seller, personal
from common.tools.areas import functions
from common.tools.manifest import documents
from tests.unit import told

SOUNDS = re.compile(r"(^|_)(name|email|street|city|postcode|iban|phone|vat_id|token|to|buyer_name|payer)($|_)")
NOT_PERSONAL = {
    "Alias.iban_ending": "four digits, to know an account by",
    "Amendment.original_creditor_name": "a company's, whose mandate we took over",
    "BankAccount.account_iban": "our own account",
    "BankArrival.account_iban": "our own account",
    "Asked.days_to_pay": "a number of days",
    "CheckReminder.days_to_pay": "a number of days",
    "ReminderConfirmed.days_to_pay": "a number of days",
    "ReminderDoubted.days_to_pay": "a number of days",
    "ReminderDue.days_to_pay": "a number of days",
    "ReminderOwed.days_to_pay": "a number of days",
    "BankEntry.account_iban": "our own account",
    "BankEntryBooked.account_iban": "our own account",
    "Bill.moved_to": "a member's id",
    "BillLine.service_to": "a day",
    "ChargeAccepted.service_to": "a day",
    "Debit.end_to_end_id": "an invoice's number, or a refund's id",
    "DebitAnnounced.creditor_name": "ours",
    "DebitOrder.end_to_end_id": "an invoice's number, or a refund's id",
    "Given.active_to": "a day",
    "Given.period_to": "a day",
    "Line.service_to": "a day",
    "MandateChanged.creditor_name": "ours",
    "Parked.name": "the name of an event",
    "PaymentReceived.account_iban": "our own account",
    "PayoutArrived.account_iban": "our own account",
    "Prices.name": "of a fee schedule",
    "Prorated.active_to": "a day",
    "Receipt.iban_ending": "four digits, to find money by",
    "RejectDebits.end_to_end_ids": "an invoice's number, or a refund's id",
    "Seller.email": "our own address",
    "Seller.iban": "our own account",
    "Seller.name": "ours",
    "Seller.phone": "our own number",
    "Seller.qr_iban": "our own account",
    "Seller.vat_id": "ours",
    "Statement.account_iban": "our own account",
    "TakeArrival.account_iban": "our own account",
    "TakeDebitBooking.account_iban": "our own account",
    "TakeDebitBooking.end_to_end_id": "an invoice's number, or a refund's id",
    "Tier.up_to_minor": "an amount",
    "TransferBooking.end_to_end_id": "an invoice's number, or a refund's id",
    "Volume.up_to_minor": "an amount",
}


def models(kind: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    if kind in seen:
        return
    seen.add(kind)
    yield kind
    for field in kind.model_fields.values():
        for inner in inside(field.annotation):
            yield from models(inner, seen)


def inside(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from inside(part)


def undeclared() -> Iterator[str]:
    functions()
    seen: set[type[BaseModel]] = set()
    for root in [*documents(), *every_event().values(), *TASKS.values()]:
        for model in models(root, seen):
            for name, field in model.model_fields.items():
                extra = field.json_schema_extra
                declared = isinstance(extra, dict) and PERSONAL in extra
                if SOUNDS.search(name) and not declared and not any(inside(field.annotation)):
                    yield f"{model.__name__}.{name}"


def test_every_field_that_sounds_personal_is_declared() -> None:
    assert sorted(set(undeclared())) == sorted(NOT_PERSONAL)


def test_a_buyer_is_personal_wherever_they_stand_and_a_seller_is_not() -> None:
    assert shape_of(Buyer) is not None
    assert shape_of(Seller) is None


def test_a_declaration_is_part_of_the_published_schema() -> None:
    schema = every_event()["item.overdue"].model_json_schema()
    assert schema["properties"]["buyer_name"][PERSONAL] == ERASED


def test_personal_data_below_a_dictionary_is_refused_because_it_could_not_be_found() -> None:
    class Book(Document):
        collection = "books"

        buyers: dict[str, Buyer]

    with pytest.raises(TypeError, match="dictionary"):
        shape_of(Book)


def test_a_forgotten_document_keeps_all_but_the_person() -> None:
    class Card(Document):
        collection = "cards"

        number: int
        note: Annotated[str, personal("")] = ""
        holders: tuple[Buyer, ...]

    card = Card(id="c", number=7, note="Erika's", holders=(told.buyer(), told.buyer(country="AT")))
    after = card.forgotten()
    assert "Erika" not in after.model_dump_json()
    assert (after.number, [holder.address.country for holder in after.holders]) == (7, ["DE", "AT"])
    assert [holder.erased for holder in after.holders] == [True, True]
    assert after.forgotten() is after
