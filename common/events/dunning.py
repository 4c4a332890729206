"""What `dunning` tells."""

from datetime import date
from typing import Annotated, Literal

from common.events.base import Event
from common.parties import personal


class ReminderDue(Event, name="reminder.due"):
    """The member is to be reminded of an overdue item, once for each level."""

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


class CaseClosed(Event, name="dunning_case.closed"):
    """Nothing is owed on the item any more: no further step."""

    case_id: str
    item_id: str
    invoice_number: str
    reached: str
    """The last step that was taken."""
