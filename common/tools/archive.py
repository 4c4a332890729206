"""What is deployed of an area, as one archive: its folder, what all areas share, `main.py`, packages, bytecode.

The same source gives the same bytes, whenever and wherever it is packed, with the same Python.
"""

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from common.tools.areas import functions
from common.tools.needs import needs
from common.tools.requirements import exported, reached

ROOT: Final = Path(__file__).parents[2]
PYTHON: Final = (3, 11)
"""What the functions run on. Bytecode is of use to that version alone, so no other one packs."""
RUNTIME: Final = f"python{PYTHON[0]}{PYTHON[1]}"
MAIN: Final = '''"""The entry points of `{area}`, as functions-framework wants them."""

from common.functions.framework import entry_points
from functions.{area} import main

globals().update(entry_points(main))
'''
LOCAL: Final = (
    "common/client", "common/tools", "common/decisions", "common/examples.json", "common/events/schemas",
    "common/openapi.json", "functions/console/screenshot.png",
)  # fmt: skip
"""What serves people and checks, and is left at home."""
COMPILE: Final = """
import json, marshal, sys, importlib.util as u
from pathlib import Path
from importlib._bootstrap_external import _code_to_hash_pyc
root = Path(sys.argv[1])
for name in json.loads(sys.argv[2]):
    source = (root / name).read_bytes()
    code = compile(source, name, "exec", dont_inherit=True)
    target = root / u.cache_from_source(name)
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(_code_to_hash_pyc(code, u.source_hash(source), checked=False))
"""
"""Runs in a process of its own: what else a process has done shows in the bytes that Python's marshal writes."""


class OtherPython(RuntimeError):
    """This is not the Python the functions run on."""


def files(area: str, root: Path = ROOT) -> dict[str, bytes]:
    """The source files of an area's archive by their path in it, in order of path."""
    found = {"main.py": MAIN.format(area=area).encode(), "functions/__init__.py": _read(root, "functions/__init__.py")}
    for folder in ("common", f"functions/{area}"):
        found |= {path: _read(root, path) for path in _below(root, folder) if not path.startswith(LOCAL)}
    wanted = reached(found)
    return {path: found[path] for path in sorted(found) if path in wanted or not _on_request(path)}


def _on_request(path: str) -> bool:
    """A module straight in `common`: areas that never import it do without it, and without the packages it needs."""
    return path.startswith("common/") and path.count("/") == 1 and path.endswith(".py") and "__" not in path


def requirements(area: str, sources: Mapping[str, bytes]) -> bytes:
    """The `requirements.txt` of an area's archive."""
    return exported(sources, needs(area, functions())).encode()


def contents(area: str, root: Path = ROOT) -> dict[str, bytes]:
    """Everything in an area's archive: source, `requirements.txt`, bytecode. OtherPython where that can't be had."""
    sources = files(area, root)
    packed = {**sources, "requirements.txt": requirements(area, sources), **compiled(sources)}
    return dict(sorted(packed.items()))


def compiled(sources: Mapping[str, bytes]) -> dict[str, bytes]:
    """The bytecode of each source file, marked as never to be compared with it; by path."""
    if sys.version_info[:2] != PYTHON:
        raise OtherPython(f"the functions run on Python {PYTHON[0]}.{PYTHON[1]}: pack with that one")
    names = sorted(name for name in sources if name.endswith(".py"))
    with TemporaryDirectory() as folder:
        write({name: sources[name] for name in names}, Path(folder))
        command = [sys.executable, "-I", "-S", "-c", COMPILE, folder, json.dumps(names)]
        subprocess.run(command, check=True, timeout=120)  # noqa: S603 - our own code
        found = {path: _read(Path(folder), path) for path in _below(Path(folder), "", cached=True)}
    return {path: content for path, content in found.items() if path.endswith(".pyc")}


def zipped(packed: Mapping[str, bytes]) -> bytes:
    """An archive's files as a zip, stored as they are: a compressor's version would show in the bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for path, content in sorted(packed.items()):
            entry = zipfile.ZipInfo(path, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content)
    return made.getvalue()


def write(packed: Mapping[str, bytes], folder: Path) -> Path:
    """Writes an archive's files into a folder, as Cloud Build unpacks them; returns its `main.py`."""
    for path, content in packed.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return folder / "main.py"


def lay_out(area: str, folder: Path) -> Path:
    """Writes an area's source files into a folder; returns its `main.py`."""
    return write(files(area), folder)


def _below(root: Path, folder: str, *, cached: bool = False) -> list[str]:
    found = [path for path in (root / folder).rglob("*") if path.is_file()]
    names = [path.relative_to(root) for path in found if cached or "__pycache__" not in path.parts]
    return sorted(name.as_posix() for name in names)


def _read(root: Path, path: str) -> bytes:
    return (root / path).read_bytes()
