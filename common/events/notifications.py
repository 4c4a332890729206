"""What `notifications` tells."""

from common.events.base import Event


class NotificationSent(Event, name="notification.sent"):
    """A message to a member went out; `subject` is what it is about, for instance an invoice number."""

    notification_id: str
    template: str
    channel: str
    subject: str
    sha256: str
    """Of the exact copy that is kept."""


class NotificationSuppressed(Event, name="notification.suppressed"):
    """A message was not sent, and why."""

    notification_id: str
    template: str
    subject: str
    reason: str
