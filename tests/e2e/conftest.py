"""The whole platform over real HTTP, real clients and the emulators, once for each file."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from common.client import Billing
from common.tools.local import Local, local


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    with local(Path(tmp_path_factory.mktemp("state"))) as running:
        yield running


class Caller:
    """A marketplace machine with some scopes."""

    def __init__(self, platform: Local, *scopes: str) -> None:
        self.keys = 0
        self.http = httpx.Client(
            base_url=platform.url, headers={"Authorization": f"Bearer {platform.token(*scopes)}"}, timeout=60
        )

    def post(self, path: str, body: object, *, key: str = "") -> httpx.Response:
        self.keys += 1
        return self.http.post(path, json=body, headers={"Idempotency-Key": key or f"{id(self)}-{self.keys}"})

    def put(self, path: str, body: object) -> httpx.Response:
        self.keys += 1
        return self.http.put(path, json=body, headers={"Idempotency-Key": f"{id(self)}-{self.keys}"})

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path)


EVERYTHING = (
    "members:read", "members:write", "charges:read", "charges:write", "charges:credit", "fees:read", "fees:write",
    "invoices:read", "invoices:run",
    "invoices:credit",
    "payments:read", "payments:write", "items:read", "items:write", "journals:read", "parked:read", "parked:write",
    "audit:read", "dunning:read", "notifications:read",
)  # fmt: skip


@pytest.fixture(scope="module")
def billing(platform: Local) -> Iterator[Billing]:
    """The API as the marketplace's engineers see it."""
    with Billing(platform.url, platform.token(*EVERYTHING)) as found:
        yield found


@pytest.fixture(scope="module")
def caller(platform: Local) -> Iterator[Caller]:
    found = Caller(platform, *EVERYTHING)
    with found.http:
        yield found
