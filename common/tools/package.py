"""Packing every area for deployment: archives, their bills of materials, and size and cold start of each."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from common.tools.archive import contents, zipped
from common.tools.archived import Archive
from common.tools.areas import AREAS
from common.tools.sbom import bill_of_materials

RUNS: Final = 3
COLD: Final = """
import json, os, resource, sys, time
sys.path[:0] = json.loads(sys.argv[1])
os.chdir(sys.path[0])
began = time.perf_counter()
import functions_framework, main
entry = time.perf_counter()
import common.google.engine
if sys.argv[2]: import google.pubsub_v1
took = time.perf_counter()
print(json.dumps({
    "import_ms": round((entry - began) * 1000),
    "with_clients_ms": round((took - began) * 1000),
    "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
}))
"""


def package(target: Path, told: Console) -> dict[str, dict[str, Any]]:
    """Writes `<area>.zip` and its bill of materials, `<area>.cdx.json`, for each area into a folder.

    Returns what each archive weighs and costs to start, and where its bill is.
    """
    target.mkdir(parents=True, exist_ok=True)
    found = {}
    for area in AREAS:
        told.print(area)
        packed = contents(area)
        archive, bill = zipped(packed), target / f"{area}.cdx.json"
        (target / f"{area}.zip").write_bytes(archive)
        bill.write_bytes(bill_of_materials(area, archive, packed["requirements.txt"].decode()))
        found[area] = {**cold_start(area, packed), "sbom": bill.name}
    return found


def cold_start(area: str, packed: dict[str, bytes]) -> dict[str, Any]:
    """Size, number of packages, and the quickest start of a process that sees the archive and its packages only."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Archive(area, Path(folder), packed)
        _started(archive)  # the packages' bytecode is there when a container is made of them
        runs = [_started(archive) for _ in range(RUNS)]
        starts = {name: min(run[name] for run in runs) for name in runs[0]}
        return {"size_kb": archive.size // 1024, "packages": len(archive.requirements), **starts}


def _started(archive: Archive) -> dict[str, int]:
    clients = "yes" if "google-cloud-pubsub" in archive.requirements else ""
    command = [sys.executable, "-I", "-S", "-c", COLD, json.dumps(archive.search_path), clients]
    ran = subprocess.run(command, capture_output=True, check=False, timeout=120)  # noqa: S603 - our own code
    if ran.returncode:
        raise RuntimeError(f"the archive of {archive.area} does not start: {ran.stderr.decode()}")
    found: dict[str, int] = json.loads(ran.stdout)
    return found
