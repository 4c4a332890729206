"""The HTTP routes of `members`."""

from typing import Final

from common.functions import Route, command, query
from functions.members import handlers, requests

READ: Final = "members:read"
WRITE: Final = "members:write"
ERASE: Final = "members:erase"

ROUTES: Final[list[Route]] = [
    command(
        "PUT",
        "/v1/members/{external_id}",
        handlers.upsert_member,
        requests.UpsertMember,
        requests.Upserted,
        scope=WRITE,
    ),
    command("POST", "/v1/members/batch", handlers.upsert_members, requests.Batch, requests.BatchAnswer, scope=WRITE),
    command(
        "POST",
        "/v1/members/{member_id}/erasure",
        handlers.erase_member,
        requests.EraseMember,
        requests.Erased,
        scope=ERASE,
    ),
    command(
        "POST",
        "/v1/members/{member_id}/merge",
        handlers.merge_member,
        requests.MergeMember,
        requests.Merged,
        scope=WRITE,
    ),
    command(
        "POST",
        "/v1/members/{member_id}/vat-check",
        handlers.check_vat_id,
        requests.CheckVat,
        requests.MemberAnswer,
        scope=WRITE,
    ),
    query(
        "/v1/members/{member_id}/history",
        handlers.show_history,
        requests.HistoryOf,
        requests.HistoryAnswer,
        scope=READ,
    ),
    query("/v1/members", handlers.search_members, requests.Search, requests.Page, scope=READ),
    query(
        "/v1/members/by-id/{member_id}", handlers.show_member_by_id, requests.ById, requests.MemberAnswer, scope=READ
    ),
    query("/v1/members/{external_id}", handlers.show_member, requests.ByExternalId, requests.MemberAnswer, scope=READ),
]
