"""One stage for each provider that has one: `tests/contracts/providers/<name>.py` with its class `Made`."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest

from functions.payments.model.asking import ProviderName
from tests.contracts.providers.stage import Stage

STAGED = [name for name in get_args(ProviderName) if (Path(__file__).parent / f"{name}.py").exists()]
"""Found by their file's name: a provider is held to the contract as soon as it has a stage."""


@pytest.fixture(params=STAGED)
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A provider's adapter before its simulator, ended after the test."""
    made: Stage = import_module(f"tests.contracts.providers.{request.param}").Made()
    yield made
    made.close()
