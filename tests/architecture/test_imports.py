"""The rule of imports: every contract can fail, and what contracts cannot say of single names is said here."""

import ast
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import grimp
import pytest
from importlinter import Contract
from importlinter.api import read_configuration
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.independence import IndependenceContract
from importlinter.contracts.layers import LayersContract
from importlinter.contracts.protected import ProtectedContract

from common.tools.manifest import ROOT

KINDS: Final[dict[str, type[Contract]]] = {
    "forbidden": ForbiddenContract,
    "independence": IndependenceContract,
    "layers": LayersContract,
    "protected": ProtectedContract,
}
BROKEN_BY: Final = {
    "1. Functions stand on common, never the other way round": ("common.runtime", "functions.members.model"),
    "2. Inside common, each layer knows only the layers below it": ("common.failures", "common.documents"),
    "3. Areas never import each other: they talk in events": ("functions.members.model", "functions.charging.model"),
    "4. In every area: entry points, then handlers, then the model": (
        "functions.dunning.model",
        "functions.dunning.handlers",
    ),
    "5. Only handlers see a transaction": ("functions.invoicing.tax.decisions", "common.transaction"),
    "5. Only who asks the world or shows it sees it; the rest of an area is pure": (
        "functions.members.requests",
        "common.world",
    ),
    "5. What talks to the outside is wired in by entry points, not called by rules": (
        "functions.payments.bank.camt",
        "functions.payments.providers",
    ),
    "6. Only entry points declare functions": ("functions.invoicing.handlers.runs", "common.functions"),
    "6. What receives and serves requests is the platform's own": (
        "functions.members.handlers",
        "common.functions.serving",
    ),
    "7. Only common.google knows Google": ("functions.members.handlers", "google"),
}
NETWORK: Final = {"httpx", "http", "requests", "smtplib", "socket", "ssl", "subprocess", "urllib3", "aiohttp", "grpc"}
AREAS: Final = sorted((ROOT / "functions").rglob("*.py"))
FACTS: Final = {"Tick", "DeadLetter"}
"""What triggers of the platform's own tell; a handler has to name them."""
MODELS: Final = {"Input", "Output", "Each", "Limit", "PageToken", "Asked", "Page", "Seen", "Upload"}


@pytest.fixture(scope="module")
def contracts() -> dict[str, dict[str, Any]]:
    options = read_configuration(str(ROOT / "pyproject.toml"))
    return {
        contract["name"]: contract | {"session": options["session_options"]}
        for contract in options["contracts_options"]
    }


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("common", "functions", "emulators", include_external_packages=True, cache_dir=None)


def kept(contract: dict[str, Any], graph: grimp.ImportGraph) -> bool:
    options = {name: value for name, value in contract.items() if name != "session"}
    made = KINDS[contract["type"]](contract["name"], contract["session"], options)
    return bool(made.check(graph=deepcopy(graph), verbose=False).kept)


@pytest.mark.parametrize("name", BROKEN_BY)
def test_a_contract_is_kept_and_one_import_breaks_it(
    name: str, contracts: dict[str, dict[str, Any]], graph: grimp.ImportGraph
) -> None:
    assert kept(contracts[name], graph)
    importer, imported = BROKEN_BY[name]
    assert importer in graph.modules
    broken = deepcopy(graph)
    broken.add_import(importer=importer, imported=imported, line_number=1, line_contents=f"import {imported}")
    assert not kept(contracts[name], broken)


def test_every_contract_is_known_to_fail(contracts: dict[str, dict[str, Any]]) -> None:
    assert set(contracts) == set(BROKEN_BY)


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Module and name of everything a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)


def test_only_providers_talk_to_the_network() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {module}"
        for path in AREAS
        for module, _ in imports(path)
        if (module.partition(".")[0] in NETWORK or module == "urllib.request")
        and "providers" not in (path.stem, *path.relative_to(ROOT).parts)
    }
    assert found == set()


def is_entry_point(path: Path) -> bool:
    """Whether functions may be declared here: `main.py`, `api.py`, and the files of a package `api`."""
    return path.name in {"main.py", "api.py"} or path.parent.name == "api"


def test_a_function_is_declared_in_an_entry_point_only() -> None:
    allowed = {"common.functions.declared": FACTS, "common.functions.routes": MODELS}
    found = {
        f"{path.relative_to(ROOT)}: {name} of {module}"
        for path in AREAS
        for module, name in imports(path)
        if not is_entry_point(path) and name not in allowed.get(module, {name})
    }
    assert found == set()
