"""Both engines behind one fixture: the memory engine, and the Google engine over the emulators."""

import os
from collections.abc import Iterator

import pytest

from common.documents import id_from
from common.google.engine import GoogleEngine
from common.ports import Engine
from common.settings import Settings
from common.tools.local import INDEXES
from emulators.memory import MemoryEngine
from emulators.process import Emulators


@pytest.fixture(scope="module")
def emulators() -> Iterator[Emulators]:
    with Emulators(None, indexes=INDEXES) as running:
        os.environ.update(running.environment())
        yield running


@pytest.fixture
def project(request: pytest.FixtureRequest) -> str:
    """A project of the test's own."""
    return id_from("p", request.node.nodeid).replace("_", "-")


@pytest.fixture(params=["memory", pytest.param("google", marks=pytest.mark.emulated)])
def engine(request: pytest.FixtureRequest, project: str) -> Engine:
    if request.param == "memory":
        return MemoryEngine()
    request.getfixturevalue("emulators")
    return GoogleEngine(Settings(project=project))
