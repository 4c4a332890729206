"""A scene for each test."""

import pytest

from tests.unit.payments.sepa.scene import Scene


@pytest.fixture
def scene() -> Scene:
    """Payments at four in the morning of the first of October 2026."""
    return Scene()
