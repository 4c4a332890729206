"""A stage for each test."""

from collections.abc import Iterator

import pytest

from functions.payments import providers
from tests.unit.payments.stage import Stage


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Payments and a provider, ended after the test."""
    made = Stage()
    monkeypatch.setattr(providers, "provider_of", lambda _: made.provider)
    yield made
    made.close()
