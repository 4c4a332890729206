"""What callers ask of `notifications` and are told."""

from typing import Annotated

from pydantic import Field

from common.functions.routes import Input, Limit, Output
from functions.notifications.model import Notification


class OfMember(Input):
    """A member's notifications."""

    member_id: Annotated[str, Field(min_length=1, max_length=64)]
    limit: Limit = 50
    page_token: Annotated[str, Field(max_length=64)] = ""


class ById(Input):
    """One notification."""

    notification_id: str


class NotificationAnswer(Output):
    """A notification and what became of it."""

    id: str
    member_id: str
    template: str
    to: str
    number: str
    amount_minor: int
    currency: str
    state: str
    created_at: str
    sent_at: str
    sha256: str
    reason: str

    @classmethod
    def of(cls, one: Notification) -> "NotificationAnswer":
        """What a caller is told of it."""
        return cls(
            id=one.id,
            member_id=one.member_id,
            template=one.template,
            to=one.to,
            number=one.words.number,
            amount_minor=one.words.amount_minor,
            currency=one.words.currency,
            state=one.state,
            created_at=one.created_at.isoformat(),
            sent_at=one.sent_at.isoformat() if one.sent_at else "",
            sha256=one.sha256,
            reason=one.reason,
        )


class NotificationPage(Output):
    """Some notifications; `next_page_token` is empty at the end."""

    items: list[NotificationAnswer]
    next_page_token: str
