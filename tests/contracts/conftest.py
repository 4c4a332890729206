"""Both engines behind one fixture: the memory engine, and the Google engine over the emulators."""

import os
from collections.abc import Iterator

import pytest

from common.google.engine import GoogleEngine
from common.ports import Engine
from common.settings import Settings
from emulators.memory import MemoryEngine
from emulators.process import Emulators


@pytest.fixture(scope="session")
def emulators() -> Iterator[Emulators]:
    with Emulators(None) as running:
        os.environ.update(running.environment())
        yield running


@pytest.fixture(params=["memory", pytest.param("google", marks=pytest.mark.emulated)])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "memory":
        return MemoryEngine()
    request.getfixturevalue("emulators")
    named = "".join(c if c.isalnum() else "-" for c in request.node.name.lower())[:24].strip("-")
    return GoogleEngine(Settings(project=f"p-{named}"))
