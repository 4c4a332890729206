"""Starts the emulators in a process of their own, which ends with the one that started it."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PATIENCE_S = 30.0
SPARING: Final = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}
"""glibc takes memory from one place instead of from one a thread, and gives back what large messages took."""


class NotStarted(RuntimeError):
    """The process ended, or took too long, before it was ready."""


@dataclass(frozen=True)
class Launched:
    """A running process of emulators; `environment` leads the clients there."""

    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """Ends the process as a crash would (SIGKILL)."""
        self.process.kill()
        self.process.wait()


@contextmanager
def launch(
    data: Path | None, *, grpc_port: int = 0, http_port: int = 0, arguments: Sequence[str] = ()
) -> Iterator[Launched]:
    """The emulators over a directory (None: memory only) for as long as the context lasts.

    `arguments` are further ones of `python -m emulators`. The process watches a pipe from this one, so that it ends
    even when this one is killed. NotStarted if it can't be.
    """
    command = [sys.executable, "-m", "emulators", "--until-stdin-ends"]
    command += ["--grpc-port", str(grpc_port), "--http-port", str(http_port)]
    command += ["--data", str(data)] if data else []
    command += arguments
    process = subprocess.Popen(  # noqa: S603 - the command is made here
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
        start_new_session=True,
    )
    try:
        yield Launched(json.loads(first_line(process)), process)
    finally:
        end(process)


def environment() -> dict[str, str]:
    """This process's variables, so that another one finds the emulators and is sparing with memory."""
    root = str(Path(__file__).parent.parent)
    path = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**SPARING, **os.environ, "PYTHONPATH": os.pathsep.join(path)}


def first_line(process: subprocess.Popen[bytes]) -> bytes:
    """What a process says when it is ready; NotStarted where it ends, or takes too long, before that."""
    assert process.stdout is not None  # noqa: S101 - it was made with a pipe
    too_late = threading.Timer(_PATIENCE_S, process.kill)
    too_late.start()
    line = process.stdout.readline()
    too_late.cancel()
    if not line:
        raise NotStarted("the process didn't start; what it said is on standard error")
    return line


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process that watches its standard input, by force if it takes too long."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
