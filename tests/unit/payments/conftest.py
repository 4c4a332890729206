"""A stage for each test."""

from collections.abc import Iterator

import pytest

from functions.payments.providers import asking
from tests.unit.payments.stage import Stage


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Payments and a provider, ended after the test."""
    made = Stage()
    monkeypatch.setattr(asking, "provider_named", lambda _: lambda _: made.provider)
    yield made
    made.close()
