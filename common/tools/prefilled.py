"""A new platform begins with the warehouse as it was made before: making it takes seconds, copying it a moment."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from common.tools.warehouse import digest_of, make_labelled
from functions.reporting.provision import reporting_setup

ROOT: Final = Path(__file__).parents[2]
KEPT: Final = ROOT / ".billing" / "warehouses"
FILE: Final = "bigquery.duckdb"


def prefill(data: Path, project: str) -> None:
    """Puts the made warehouse into the directory of a BigQuery emulator that is not started yet.

    One that has a database already is left alone. The first time the warehouse is made, in a process of its own, and
    kept under its definitions and the emulator's own code: another one of either is made anew.
    """
    if (data / FILE).exists():
        return
    kept = KEPT / f"{_name(project)}.duckdb"
    if not kept.exists():
        _make(kept, project)
    data.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(kept, data / FILE)


def _name(project: str) -> str:
    code = hashlib.sha256()
    for file in sorted((ROOT / "emulators" / "bigquery").glob("*.*")):
        code.update(file.read_bytes())
    return f"{digest_of(reporting_setup(project))}-{code.hexdigest()[:16]}"


def _make(kept: Path, project: str) -> None:
    """Makes it beside, then moves it: who makes it at the same time does no harm."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=kept.parent) as folder:
        _fill(Path(folder), project)
        (Path(folder) / FILE).replace(kept)


def _fill(data: Path, project: str) -> None:
    command = [sys.executable, "-m", "emulators.bigquery", "--data", str(data)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:  # noqa: S603
        if running.stdin is None or running.stdout is None:
            raise RuntimeError("the emulator has no input or no output")
        port = json.loads(running.stdout.readline())["port"]
        client = bigquery.Client(
            project=project,
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": f"http://127.0.0.1:{port}"},
        )
        make_labelled(client, project)
        running.stdin.close()
        if running.wait():
            raise RuntimeError(f"the emulator ended with {running.returncode}")
