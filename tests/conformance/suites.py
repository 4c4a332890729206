"""Google's own system tests, one row a suite: where they come from, how they run, how many have to pass."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

# Newer ones give each asynchronous test a loop of its own, which the clients' tests can't bear.
TOOLS: Final = (
    "google-cloud-testutils",
    "mock",
    "pytest==8.4.2",
    "pytest-asyncio==0.21.2",
    "pytest-subtests",
    "pytest-timeout",
    "pyyaml",
    "six",
)
_PROJECT: Final = "demo-conformance"
_ANONYMOUS: Final = f"""\
import google.auth
from google.auth.credentials import AnonymousCredentials

google.auth.default = lambda *args, **named: (AnonymousCredentials(), "{_PROJECT}")
"""


@dataclass(frozen=True)
class Suite:
    """The tests of one client package, run once in every mode against `python -m emulators`.

    `modes` are the arguments of the emulators by the mode's name; `conftest` is put beside the tests.
    """

    package: str
    files: Sequence[str]
    modes: Mapping[str, Sequence[str]]
    least: int
    of: int
    tools: Sequence[str] = ()
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] | None = None
    conftest: str = ""
    timeout_s: int = 60


SUITES: Final[Mapping[str, Suite]] = {
    "firestore": Suite(
        package="google-cloud-firestore",
        files=("tests/system/test_system.py", "tests/system/test_system_async.py"),
        modes={
            "pessimistic": ("--concurrency", "pessimistic"),
            "optimistic": ("--concurrency", "optimistic"),
        },
        least=224,
        of=227,
        environment={"GCLOUD_PROJECT": _PROJECT},
    ),
    "pubsub": Suite(
        package="google-cloud-pubsub",
        files=("tests/system.py",),
        modes={"default": ()},
        least=14,
        of=16,
        tools=("flaky", "psutil"),
        arguments=("-k", "not rest"),  # the REST transport can't be combined with the emulator's variable
        environment={"GOOGLE_CLOUD_PROJECT": _PROJECT},
        conftest=_ANONYMOUS,
        timeout_s=300,
    ),
}
