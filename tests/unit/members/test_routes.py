"""Every path of `members` leads to its handler, with its scope and a description for callers."""

import pytest
from pydantic import ValidationError

from common.access import ROLES
from common.functions.serving import _found
from functions.members import api, handlers, main, requests
from tests.kit import Platform
from tests.unit.members.given import upsert


@pytest.mark.parametrize(
    ("method", "path", "handler"),
    [
        ("PUT", "/v1/members/m-1", "upsert_member"),
        ("POST", "/v1/members/batch", "upsert_members"),
        ("POST", "/v1/members/mem_1/erasure", "erase_member"),
        ("POST", "/v1/members/mem_1/merge", "merge_member"),
        ("POST", "/v1/members/mem_1/vat-check", "check_vat_id"),
        ("GET", "/v1/members/mem_1/history", "show_history"),
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


@pytest.mark.parametrize("strange", ["", ".", "..", "../x", "a/b", "__x__", "mem_a/b", "\x00", "a" * 101, "é", "mem_ "])
def test_no_id_leads_out_of_the_collection(strange: str) -> None:
    for kind, more in (
        (requests.MergeMember, {"into": "m-1", "reason": "x"}),
        (requests.EraseMember, {"reason": "x"}),
        (requests.CheckVat, {}),
        (requests.HistoryOf, {}),
        (requests.ById, {}),
    ):
        with pytest.raises(ValidationError):
            kind.model_validate({"member_id": strange, **more})
    with pytest.raises(ValidationError):
        requests.MergeMember(member_id="m-1", into=strange, reason="x")


@pytest.mark.parametrize("strange", ["x", "mem_1", "../x", "mem_" + "0" * 26 + "/x", "0" * 65])
def test_a_page_token_is_one_we_gave(strange: str) -> None:
    with pytest.raises(ValidationError):
        requests.Search(page_token=strange)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0", "253402300799"])
def test_no_moment_breaks_the_history(moment: str) -> None:
    platform = Platform("members")
    upsert(platform)
    given = requests.HistoryOf.model_validate({"member_id": "m-1", "at": moment})
    assert handlers.show_history(given, platform.runtime.world).items


def test_every_route_can_be_described_to_callers() -> None:
    for route in api.ROUTES:
        assert route.takes is not None
        assert route.gives is not None
        assert set(route.parameters) <= set(route.takes.model_json_schema()["properties"])
        assert route.gives.model_json_schema(mode="serialization")["properties"]
        assert route.summary.endswith(".")
