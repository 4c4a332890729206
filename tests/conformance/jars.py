"""Google's own emulators as a second target, where a Cloud SDK and Java are present; never a need."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Final

_PATIENCE_S: Final = 30.0
_PACKAGED: Final = Path("/usr/lib/google-cloud-sdk")


@dataclass(frozen=True)
class Jar:
    """One emulator below the SDK's `platform` folder; without a main class the jar names its own."""

    pattern: str
    main: str = ""
    arguments: Sequence[str] = ()

    def command(self, file: Path) -> list[str]:
        """How it is started, but for its address."""
        how = ["-cp", str(file), self.main] if self.main else ["-jar", str(file)]
        return ["java", "-Duser.language=en", *how, *self.arguments]


JARS: Final[Mapping[str, Jar]] = {
    "firestore": Jar(
        "cloud-firestore-emulator/cloud-firestore-emulator*.jar",
        "com.google.cloud.datastore.emulator.firestore.CloudFirestore",
        ("start",),
    ),
    "pubsub": Jar("pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar"),
}


def jar_of(name: str) -> Path | None:
    """The file of an emulator; nothing where it, or Java, is missing."""
    if name not in JARS or shutil.which("java") is None:
        return None
    found = (file for sdk in _sdks() for file in sorted((sdk / "platform").glob(JARS[name].pattern)))
    return next(found, None)


@contextmanager
def google(name: str) -> Iterator[str]:
    """The address of Google's emulator of a service, which ends with the block."""
    file = jar_of(name)
    if file is None:
        raise FileNotFoundError(f"there is no Cloud SDK with Google's {name} emulator here, or no Java")
    port = _free_port()
    command = [*JARS[name].command(file), "--host=127.0.0.1", f"--port={port}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()


def _sdks() -> Iterator[Path]:
    if root := os.environ.get("CLOUDSDK_ROOT"):
        yield Path(root)
    if gcloud := shutil.which("gcloud"):
        yield Path(gcloud).resolve().parent.parent
    yield _PACKAGED


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = monotonic() + _PATIENCE_S
    while process.poll() is None and monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        sleep(0.1)
    raise RuntimeError(f"Google's emulator did not open port {port}")
