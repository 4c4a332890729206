"""The API keeps its own description: schemathesis sends what it allows and what it does not; nothing gives a 5xx."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error

from common.tools.areas import functions
from common.tools.local import Local
from common.tools.openapi import describe

SCHEMA = schemathesis.openapi.from_dict(describe(functions()))


@pytest.fixture(scope="module")
def scopes(caller: Any) -> str:
    return str(caller.http.headers["Authorization"])


@SCHEMA.parametrize()  # type: ignore[untyped-decorator]  # schemathesis is not typed here
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_no_request_gives_a_server_error(case: Any, platform: Local, scopes: str) -> None:
    answer = case.call(base_url=platform.url, headers={"Authorization": scopes})
    case.validate_response(answer, checks=(not_a_server_error,))
