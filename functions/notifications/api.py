"""The HTTP routes of `notifications`."""

from typing import Final

from common.functions import Route, page, query
from functions.notifications import queries, requests

READ: Final = "notifications:read"
PLAIN: Final = "text/plain; charset=utf-8"

ROUTES: Final[list[Route]] = [
    query("/v1/notifications", queries.list_notifications, requests.OfMember, requests.NotificationPage, scope=READ),
    query(
        "/v1/notifications/{notification_id}",
        queries.show_notification,
        requests.ById,
        requests.NotificationAnswer,
        scope=READ,
    ),
    page("/v1/notifications/{notification_id}/copy", queries.show_copy, requests.ById, scope=READ, media=PLAIN),
]
