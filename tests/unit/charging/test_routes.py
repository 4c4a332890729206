"""Every path of `charging` leads to its handler, with its scope and a description for callers."""

import pytest

from common.functions.serving import _found
from functions.charging import api, main


@pytest.mark.parametrize(
    ("method", "path", "handler"),
    [
        ("POST", "/v1/charges", "take_charge"),
        ("POST", "/v1/charges/batch", "take_charges"),
        ("POST", "/v1/charges/c-1/reverse", "reverse_charge"),
        ("POST", "/v1/charges/c-1/rate", "rate_charge"),
        ("GET", "/v1/charges", "search_charges"),
        ("GET", "/v1/charges/c-1", "show_charge"),
    ],
)
def test_each_path_leads_to_its_handler(method: str, path: str, handler: str) -> None:
    route, _ = _found(main.api, method, path)
    assert route.action.__name__ == handler


def test_reading_and_writing_need_their_scopes() -> None:
    scopes = {route.scope for route in api.ROUTES if route.method == "GET"}
    assert scopes == {"charges:read"}
    assert {route.scope for route in api.ROUTES} - scopes == {"charges:write"}


def test_every_route_can_be_described_to_callers() -> None:
    for route in api.ROUTES:
        assert route.takes is not None
        assert route.gives is not None
        assert set(route.parameters) <= set(route.takes.model_json_schema()["properties"])
        assert route.gives.model_json_schema(mode="serialization")["properties"]
        assert route.summary.endswith(".")
