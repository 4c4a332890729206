"""A stage for each test."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from functions.payments.handlers import recording
from functions.payments.providers import asking
from tests.unit.payments.stage import Stage


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is due is asked for at once: no half hour passes first in which credit is used."""
    monkeypatch.setattr(recording, "NET_AHEAD", timedelta(0))


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Payments and a provider, ended after the test."""
    made = Stage()
    monkeypatch.setattr(asking, "provider_named", lambda _: lambda _: made.provider)
    yield made
    made.close()
