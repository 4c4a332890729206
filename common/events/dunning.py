"""What `dunning` tells."""

from datetime import date
from typing import Annotated, Literal

from common.events.base import Event, Fact
from common.parties import personal


class OfReminder(Fact):
    """A reminder, on its way from the case to the mail: who owns a fact it stands on says whether that is so by now."""

    case_id: str
    item_id: str
    invoice_id: str
    invoice_number: str
    reference: str
    entity: str
    level: Literal["reminder", "second_reminder", "final_notice"]
    open_minor: int
    item_version: int = 0
    """The item's version that says what is open: newer news of it goes over this."""
    currency: str
    due_on: date
    pay_by: date
    email: Annotated[str, personal("")]
    language: str
    buyer_name: Annotated[str, personal()]
    round: int = 0
    """How often it was put off and asked for anew: each round is a notification of its own."""
    days_to_pay: int = 0
    """From the day it is passed on; 0: until `pay_by`, whenever that is."""


class ReminderDue(OfReminder, Event, name="reminder.due"):
    """The member is to be reminded of an overdue item, once for each level, unless an owner of the facts objects."""


class ReminderDoubted(OfReminder, Event, name="reminder.doubted"):
    """A reminder is not passed on as it is: it is to be asked for anew. Told by whoever was to pass it on."""

    why: str
    again_on: date
    """Not before noon of that day."""


class CaseClosed(Event, name="dunning_case.closed"):
    """Nothing is owed on the item any more: no further step."""

    case_id: str
    item_id: str
    invoice_number: str
    reached: str
    """The last step that was taken."""
