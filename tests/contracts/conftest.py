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
from tests.conformance.jars import google, jar_of


@pytest.fixture(scope="module")
def emulators() -> Iterator[Emulators]:
    with Emulators(None, indexes=INDEXES) as running:
        os.environ.update(running.environment())
        yield running


@pytest.fixture
def project(request: pytest.FixtureRequest) -> str:
    """A project of the test's own."""
    return id_from("p", request.node.nodeid).replace("_", "-")


@pytest.fixture(scope="module")
def jar(emulators: Emulators) -> Iterator[None]:
    """Google's own Firestore emulator in the place of ours, where it is installed."""
    if jar_of("firestore") is None:
        pytest.skip("no Cloud SDK with Google's Firestore emulator, or no Java")
    with google("firestore") as address:
        os.environ["FIRESTORE_EMULATOR_HOST"] = address
        yield
        os.environ.update(emulators.environment())


ENGINES = [
    "memory",
    pytest.param("google", marks=pytest.mark.emulated),
    pytest.param("jar", marks=[pytest.mark.emulated, pytest.mark.long]),
]
"""The third is for comparing: the same promises by Google's own emulator, with `make long`."""
SMALL_MESSAGES = "Google's emulator takes messages of 4 MiB at most, production 10 MiB"
DIFFERENCES = {
    "test_a_commit_over_ten_mebibytes_is_refused_whole[jar-11-True]": SMALL_MESSAGES,
    "test_a_long_record_goes_on_in_parts_and_reads_back_whole[jar]": SMALL_MESSAGES,
}
"""Where Google's emulator keeps another promise than ours."""


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, project: str) -> Engine:
    if request.param == "memory":
        return MemoryEngine()
    if request.node.name in DIFFERENCES:
        request.applymarker(pytest.mark.xfail(reason=DIFFERENCES[request.node.name], strict=True))
    request.getfixturevalue("emulators" if request.param == "google" else "jar")
    return GoogleEngine(Settings(project=project))
