"""The functions of `members`."""

from common.events.members import MemberChanged, MemberErased
from common.functions import on_http
from functions.members import api as routes

api = on_http(routes.ROUTES, emits=[MemberChanged, MemberErased])
