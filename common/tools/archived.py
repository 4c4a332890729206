"""Running built archives instead of the source tree: a process an area, which sees its archive and packages only."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from shutil import rmtree
from threading import Lock
from types import TracebackType
from typing import Any, Final, Self

import httpx
from flask import Request, Response

from common.functions.declared import Function
from common.functions.problems import problem
from common.tools.archive import contents, zipped
from common.tools.areas import AREAS
from common.tools.needs import needs
from common.tools.requirements import lay_view, names_of, unused

LAUNCHER: Final = Path(__file__).with_name("serve_archive.py")
HOP: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "content-length", "host"})
"""Headers that belong to one connection, not to the message."""
PATIENCE_S: Final = 60


class NotStarted(RuntimeError):
    """An archive's functions don't start: what is missing is told."""


class Archive:
    """One area's archive, unpacked into a folder beside links to the packages that it requires."""

    def __init__(self, area: str, folder: Path, packed: Mapping[str, bytes] | None = None) -> None:
        self.area = area
        self.code = folder / area / "code"
        self.packages = folder / area / "packages"
        self.size = 0
        self._unpack(zipped(packed if packed is not None else contents(area)))

    def _unpack(self, content: bytes) -> None:
        rmtree(self.code.parent, ignore_errors=True)
        self.code.mkdir(parents=True)
        with zipfile.ZipFile(BytesIO(content)) as archive:
            archive.extractall(self.code)
        self.size = len(content)
        lay_view(self.requirements, self.packages)

    @property
    def requirements(self) -> set[str]:
        """The packages its `requirements.txt` names."""
        return names_of((self.code / "requirements.txt").read_text(encoding="utf-8"))

    @property
    def search_path(self) -> list[str]:
        """Where its process finds modules, beside Python's own."""
        return [str(self.code), str(self.packages)]


class Served:
    """The process that serves an archive's functions, on a port of its own."""

    def __init__(
        self, archive: Archive, functions: Sequence[Function], environment: Mapping[str, str], clock: Path | None
    ) -> None:
        self.archive = archive
        self.process = subprocess.Popen(  # noqa: S603 - the command is made here
            [sys.executable, "-I", "-S", str(LAUNCHER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={name: value for name, value in environment.items() if not name.startswith("PYTHON")},
            start_new_session=True,
        )
        self._ask(functions, clock)
        self._http = httpx.Client(timeout=PATIENCE_S, trust_env=False)

    def _ask(self, functions: Sequence[Function], clock: Path | None) -> None:
        assert self.process.stdin is not None  # noqa: S101 - it was made with a pipe
        asked = {
            "archive": str(self.archive.code),
            "packages": str(self.archive.packages),
            "functions": {function.name: function.variable for function in functions},
            "public": next((function.name for function in functions if function.kind == "http"), ""),
            "clock": str(clock) if clock else "",
            "without": unused(needs(self.archive.area, functions)),
        }
        self.process.stdin.write(json.dumps(asked).encode() + b"\n")
        self.process.stdin.flush()

    def wait(self) -> None:
        """Until it answers; NotStarted with its reason when it can't."""
        assert self.process.stdout is not None  # noqa: S101 - it was made with a pipe
        told: dict[str, Any] = json.loads(self.process.stdout.readline() or '{"fault": "it ended without a word"}')
        if "fault" in told:
            raise NotStarted(f"the archive of {self.archive.area} does not start: {told['fault']}")
        self._http.base_url = httpx.URL(f"http://127.0.0.1:{told['port']}")

    def answer(self, request: Request) -> Response:
        """Hands a request on; 503 when the process is gone, so that whoever asks tries again."""
        path = request.full_path if request.query_string else request.path
        kept = [(name, value) for name, value in request.headers if name.lower() not in HOP]
        headers = [(name.encode(), value.encode("latin-1")) for name, value in [*kept, ("Host", request.host)]]
        try:
            given = self._http.request(request.method, path, content=request.get_data(), headers=headers)
        except httpx.HTTPError as fault:
            return problem(503, "try_later", repr(fault))
        back = [(name, value) for name, value in given.headers.multi_items() if name not in HOP | {"content-encoding"}]
        return Response(given.content, given.status_code, back)

    def close(self) -> None:
        """Ends the process."""
        self._http.close()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Archives:
    """All areas from their archives, for a host that routes requests to functions."""

    def __init__(self, folder: Path, functions: Sequence[Function]) -> None:
        self._functions = functions
        self._archives = [Archive(area, folder) for area in AREAS if any(f.area == area for f in functions)]
        self._served: dict[str, Served] = {}
        self._told: tuple[Mapping[str, str], Path | None] = ({}, None)
        self._lock = Lock()

    def start(self, environment: Mapping[str, str], clock: Path | None = None) -> Self:
        """Starts every process and waits for all; NotStarted where an archive lacks something."""
        self._told = (environment, clock)
        starting = {archive.area: self._begun(archive) for archive in self._archives}
        try:
            for served in starting.values():
                served.wait()
        finally:
            self._served = starting
        return self

    def _begun(self, archive: Archive) -> Served:
        own = [function for function in self._functions if function.area == archive.area]
        return Served(archive, own, *self._told)

    def answer(self, function: Function, request: Request) -> Response:
        """A function's answer, from its archive; 503 before it has started. A process that fell over is replaced."""
        with self._lock:
            served = self._living(function.area)
        return served.answer(request) if served else problem(503, "try_later", "its archive is still starting")

    def _living(self, area: str) -> Served | None:
        served = self._served.get(area)
        if served is not None and served.process.poll() is not None:
            served.close()
            served = self._served[area] = self._begun(served.archive)
            served.wait()
        return served

    def process_of(self, area: str) -> "subprocess.Popen[bytes]":
        """The process an area runs in."""
        return self._served[area].process

    def __enter__(self) -> Self:
        """Ready to start."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends every process."""
        with self._lock:
            ended, self._served = self._served, {}
        for served in ended.values():
            served.close()
