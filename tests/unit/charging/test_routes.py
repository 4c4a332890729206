"""Every path of `charging` leads to its handler, with its scope and a description for callers."""

import pytest

from common.functions.serving import _found
from functions.charging import api, main


@pytest.mark.parametrize(
    ("method", "path", "handler"),
    [
        ("POST", "/v1/charges", "take_charge"),
        ("POST", "/v1/charges/batch", "take_charges"),
        ("POST", "/v1/charges/credit", "give_credit"),
        ("POST", "/v1/charges/preview", "preview_charges"),
        ("POST", "/v1/charges/rate-parked", "rate_parked"),
        ("POST", "/v1/charges/c-1/reverse", "reverse_charge"),
        ("POST", "/v1/charges/c-1/rate", "rate_charge"),
        ("POST", "/v1/charges/c-1/approve", "approve_credit"),
        ("POST", "/v1/charges/c-1/change", "change_plan"),
        ("GET", "/v1/charges", "search_charges"),
        ("GET", "/v1/charges/parked", "list_parked"),
        ("GET", "/v1/charges/c-1", "show_charge"),
        ("GET", "/v1/charges/c-1/explanation", "explain_charge"),
        ("POST", "/v1/fee-schedules", "draft_fees"),
        ("PUT", "/v1/fee-schedules/fee_1", "change_draft"),
        ("POST", "/v1/fee-schedules/fee_1/activate", "activate_fees"),
        ("POST", "/v1/fee-schedules/fee_1/withdraw", "end_fees"),
        ("GET", "/v1/fee-schedules", "search_fees"),
        ("GET", "/v1/fee-schedules/fee_1", "show_fees"),
        ("GET", "/v1/fee-schedules/fee_1/diff", "compare_fees"),
    ],
)
def test_each_path_leads_to_its_handler(method: str, path: str, handler: str) -> None:
    route, _ = _found(main.api, method, path)
    assert route.action.__name__ == handler


def test_what_changes_something_needs_another_scope_than_what_asks() -> None:
    asking = {route.scope for route in api.ROUTES if route.kind == "query"}
    changing = {route.scope for route in api.ROUTES if route.kind == "command"}
    assert asking == {"charges:read", "fees:read"}
    assert changing == {"charges:write", "charges:credit", "fees:write"}


def test_every_route_can_be_described_to_callers() -> None:
    for route in api.ROUTES:
        assert route.takes is not None
        assert route.gives is not None
        assert set(route.parameters) <= set(route.takes.model_json_schema()["properties"])
        assert route.gives.model_json_schema(mode="serialization")["properties"]
        assert route.summary.endswith(".")
