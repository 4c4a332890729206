"""The packages an area is deployed with: those its imports reach, pinned and hashed as in `requirements.lock`."""

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from common.tools.needs import Needs

ROOT: Final = Path(__file__).parents[2]
CLOUD: Final = {"platform_system": "Linux", "sys_platform": "linux", "os_name": "posix", "python_version": "3.11"}
"""Where the functions run, for the conditions in requirements."""
HIDDEN: Final = {"jwt": ("cryptography",)}
"""What a package imports only when it is there, and we can't do without: the keys that sign tokens."""
ON_DEMAND: Final = ("google.cloud.bigquery", "google.cloud.storage", "google.pubsub_v1", "google.cloud.tasks_v2")
"""Clients that `common.google.channels` imports on first use; who never uses them is deployed without them."""


class Missing(RuntimeError):
    """Something is imported that no locked package has."""


def exported(sources: Mapping[str, bytes], needed: Needs) -> str:
    """A `requirements.txt` with hashes for an archive's files, by name; Missing where a package is not locked."""
    pins = locked()
    names = closure({*_packages(imports(sources), needed), "functions-framework"})
    if unknown := sorted(names - set(pins)):
        raise Missing(f"not in requirements.lock: {', '.join(unknown)}")
    return "".join(pins[name] for name in sorted(names))


def names_of(text: str) -> set[str]:
    """The packages a `requirements.txt` names."""
    return {canonicalize_name(found) for found in re.findall(r"^([A-Za-z0-9][\w.-]*)==", text, re.MULTILINE)}


@cache
def locked() -> dict[str, str]:
    """Each locked package's pin and hashes, as they stand in the lock file, without the comments."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    kept = "".join(line for line in text.splitlines(keepends=True) if not line.lstrip().startswith("#"))
    pins = re.split(r"^(?=[A-Za-z0-9])", kept, flags=re.MULTILINE)
    return {canonicalize_name(pin.partition("==")[0]): pin for pin in pins if "==" in pin}


# -- what is imported ------------------------------------------------------------------------------


def imports(sources: Mapping[str, bytes]) -> set[str]:
    """Every package's module that is imported on the way from the area's own files through `common`."""
    found = {name for named in reached(sources).values() for name in named}
    return {name for name in found if name.partition(".")[0] not in {"common", "functions", *sys.stdlib_module_names}}


def reached(sources: Mapping[str, bytes]) -> dict[str, set[str]]:
    """The files on the way from the area's own through `common`, and what each imports, wherever in it."""
    waiting = [path for path in sources if path == "main.py" or path.startswith("functions/")]
    seen: dict[str, set[str]] = {}
    while waiting:
        path = waiting.pop()
        if path in seen or not path.endswith(".py"):
            continue
        seen[path] = set(imported(sources[path]))
        waiting += [file for name in seen[path] for file in _files(name, sources)]
    return seen


def imported(source: bytes) -> Iterator[str]:
    """The modules a file imports; of `from a import b` both `a.b` and `a`, as `b` may be either."""
    skipped: set[ast.AST] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            skipped |= set(node.body)
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _files(name: str, sources: Mapping[str, bytes]) -> list[str]:
    """A module's file and those of the packages around it."""
    parts = name.split(".")
    around = ["/".join(parts[:n]) for n in range(1, len(parts) + 1)]
    return [file for path in around for file in (f"{path}.py", f"{path}/__init__.py") if file in sources]


# -- whose it is -----------------------------------------------------------------------------------


def _packages(names: Iterable[str], needed: Needs) -> set[str]:
    without = tuple(unused(needed))
    wanted = [name for name in names if not name.startswith(without)]
    found = {owner for name in wanted if (owner := owner_of(name))}
    return found | {hidden for name in wanted for hidden in HIDDEN.get(name, ())}


def unused(needed: Needs) -> list[str]:
    """The clients an area is deployed without."""
    files = needed.reads_files or needed.writes_files
    used = (needed.writes_rows or needed.reads_rows, files, needed.commits, needed.commits)
    return [client for client, use in zip(ON_DEMAND, used, strict=True) if not use]


def owner_of(module: str) -> str:
    """The package whose files hold a module; empty for a mere namespace. Missing where no package does."""
    known = _owners()
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        if owner := known.get(".".join(parts[:length])):
            return owner
    if parts[0] in {name.partition(".")[0] for name in known}:
        return ""
    raise Missing(f"no locked package has {module}")


@cache
def _owners() -> dict[str, str]:
    return {module: name for name in locked() for module in _modules(_installed().get(name))}


@cache
def _installed() -> dict[str, Distribution]:
    return {canonicalize_name(one.metadata["Name"]): one for one in distributions()}


def _modules(package: Distribution | None) -> Iterator[str]:
    for file in (package.files or []) if package else []:
        if file.suffix == ".py" and ".." not in file.parts:
            parts = file.parts[:-1] if file.name == "__init__.py" else (*file.parts[:-1], file.stem)
            yield ".".join(parts)


def closure(names: Iterable[str]) -> set[str]:
    """These packages and all they require where the functions run."""
    found: dict[str, set[str]] = {}
    waiting = [Requirement(name) for name in names]
    while waiting:
        asked = waiting.pop()
        name = canonicalize_name(asked.name)
        extras = {"", *asked.extras}
        if name in found and extras <= found[name]:
            continue
        found[name] = found.get(name, set()) | extras
        waiting += [one for one in _required(name) if _applies(one, found[name])]
    return set(found)


def direct(name: str) -> set[str]:
    """What a package itself requires where the functions run, without extras."""
    return {canonicalize_name(asked.name) for asked in _required(name) if _applies(asked, {""})}


@cache
def _required(name: str) -> tuple[Requirement, ...]:
    return tuple(Requirement(text) for text in distribution(name).requires or ())


def _applies(asked: Requirement, extras: set[str]) -> bool:
    return asked.marker is None or any(asked.marker.evaluate({**CLOUD, "extra": extra}) for extra in extras)


# -- a look at nothing but these -------------------------------------------------------------------


def lay_view(names: Iterable[str], folder: Path) -> Path:
    """Fills a folder with links to the installed files of these packages alone; returns it for a search path.

    A folder that belongs to one of them wholly is one link; one that others share is made anew, and linked within.
    """
    wanted = set(names)
    ours = {path for name in wanted for path in _paths(name)}
    others = {path for name in _installed() if name not in wanted for path in _paths(name)}
    shared = {parent for path in others for parent in path.parents}
    for path in sorted({_top(path, shared) for path in ours}):
        target = folder / path.relative_to(_site(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(path)
    return folder


@cache
def _paths(name: str) -> tuple[Path, ...]:
    package = _installed()[name]
    site = Path(str(package.locate_file("")))
    return tuple(site / file for file in package.files or () if not {"..", "__pycache__"} & set(file.parts))


def _top(path: Path, shared: set[Path]) -> Path:
    """The highest folder above a file that holds nothing of others."""
    whole = [parent for parent in path.parents if parent not in shared and parent.is_relative_to(_site(path))]
    return [path, *whole][-1] if whole and whole[-1] != _site(path) else path


def _site(path: Path) -> Path:
    return next(parent for parent in path.parents if parent.name == "site-packages")
