"""A platform for each test."""

import pytest

from tests.kit import Platform


@pytest.fixture
def platform() -> Platform:
    """Matching alone; other areas are what a test tells."""
    return Platform("matching")
