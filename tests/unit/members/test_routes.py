"""Every path of `members` leads to its handler, with its scope and a description for callers."""

import pytest

from common.access import ROLES
from common.functions.serving import _found
from functions.members import api, main


@pytest.mark.parametrize(
    ("method", "path", "handler"),
    [
        ("PUT", "/v1/members/m-1", "upsert_member"),
        ("POST", "/v1/members/batch", "upsert_members"),
        ("POST", "/v1/members/mem_1/erasure", "erase_member"),
        ("GET", "/v1/members", "search_members"),
        ("GET", "/v1/members/m-1", "show_member"),
        ("GET", "/v1/members/by-id/mem_1", "show_member_by_id"),
    ],
)
def test_each_path_leads_to_its_handler(method: str, path: str, handler: str) -> None:
    route, _ = _found(main.api, method, path)
    assert route.action.__name__ == handler


def test_reading_writing_and_erasing_need_their_scopes() -> None:
    scopes = {route.scope for route in api.ROUTES if route.method == "GET"}
    assert scopes == {"members:read"}
    assert {route.scope for route in api.ROUTES} - scopes == {"members:write", "members:erase"}
    assert [route.path for route in api.ROUTES if route.scope == "members:erase"] == ["/v1/members/{member_id}/erasure"]
    assert [role for role, held in ROLES.items() if "members:erase" in held] == ["administrator"]


def test_every_route_can_be_described_to_callers() -> None:
    for route in api.ROUTES:
        assert route.takes is not None
        assert route.gives is not None
        assert set(route.parameters) <= set(route.takes.model_json_schema()["properties"])
        assert route.gives.model_json_schema(mode="serialization")["properties"]
        assert route.summary.endswith(".")
