"""What callers may look at: a member's notifications, and the exact copy of each."""

from common.failures import Rejected
from common.world import World
from functions.notifications.model import Notification
from functions.notifications.providers.mailing import copy_name
from functions.notifications.requests import ById, NotificationAnswer, NotificationPage, OfMember


def list_notifications(asked: OfMember, world: World) -> NotificationPage:
    """A member's notifications, in order of id."""
    found = world.read.select(Notification, member_id=asked.member_id, limit=asked.limit, after=asked.page_token)
    more = found[-1].id if len(found) == asked.limit else ""
    return NotificationPage(items=[NotificationAnswer.of(one) for one in found], next_page_token=more)


def show_notification(asked: ById, world: World) -> NotificationAnswer:
    """One notification."""
    found = world.read.find(Notification, asked.notification_id)
    if found is None:
        raise Rejected("not_found", "no such notification", status=404)
    return NotificationAnswer.of(found)


def show_copy(asked: ById, world: World) -> bytes:
    """The exact copy of the mail that was sent."""
    content = world.get_file(copy_name(asked.notification_id))
    if content is None:
        raise Rejected("not_found", "nothing was sent", status=404)
    return content
