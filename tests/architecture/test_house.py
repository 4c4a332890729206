"""The house is as it is said to be: generated things are fresh, files are small, money is never a float."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.access import ROLES
from common.events import every_event
from common.functions.declared import TASK_FUNCTIONS, Function
from common.tools.areas import AREAS, functions
from common.tools.manifest import ROOT, documents, generated

SHIPPED = [*sorted((ROOT / "functions").rglob("*.py")), *sorted((ROOT / "common").rglob("*.py"))]
EVERYTHING = [*SHIPPED, *sorted((ROOT / "emulators").rglob("*.py")), *sorted((ROOT / "tests").rglob("*.py"))]


@pytest.fixture(scope="module")
def declared() -> list[Function]:
    return functions()


def test_everything_generated_is_fresh() -> None:
    stale = [path.name for path, text in generated() if not path.exists() or path.read_text() != text]
    assert stale == []


def test_every_area_has_its_rooms() -> None:
    for area in AREAS:
        assert (ROOT / "functions" / area / "main.py").exists(), area
        assert (ROOT / "functions" / area / "__init__.py").exists(), area


def test_no_file_grows_past_400_lines() -> None:
    written = {path: lines for path in EVERYTHING if not is_generated(lines := path.read_text().splitlines())}
    assert {str(path.relative_to(ROOT)): len(lines) for path, lines in written.items() if len(lines) > 400} == {}


def is_generated(lines: list[str]) -> bool:
    """Whether a file's head says that nobody writes it by hand."""
    return any(line.startswith("# Generated from ") for line in lines[:5])


def test_every_module_says_what_it_is_for() -> None:
    silent = [str(path.relative_to(ROOT)) for path in SHIPPED if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def money_floats(path: Path) -> Iterator[str]:
    """Names that hold money or call for it, next to a float."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation).startswith("float"):
            name = ast.unparse(node.target)
            if re.search("minor|amount|total|price|fee|vat", name):
                yield f"{path.name}: {name}"
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "float":
            yield f"{path.name}:{node.lineno}: float()"


def test_money_is_never_a_float() -> None:
    assert [found for path in SHIPPED for found in money_floats(path)] == []


def test_every_route_needs_a_scope_or_checks_a_signature(declared: list[Function]) -> None:
    known = frozenset[str]().union(*ROLES.values()) | {f"{name}:write" for name in ("charges", "members", "payments")}
    for function in declared:
        for route in function.routes:
            if route.scope:
                assert route.scope in known, route.path
            else:
                doors = {"upload": "/webhooks/", "page": "/v1/downloads/", "view": "/pay/", "form": "/pay/"}
                door = doors.get(route.kind, "nowhere")
                assert route.path.startswith(door), f"{route.path} is open"


def test_an_auditor_can_change_nothing(declared: list[Function]) -> None:
    changing = [route for f in declared for route in f.routes if route.kind in {"command", "upload"}]
    assert changing
    assert [route.path for route in changing if route.scope in ROLES["auditor"]] == []


def test_every_task_has_one_function(declared: list[Function]) -> None:
    tasks = [f for f in declared if f.kind == "task"]
    assert {f.trigger.name for f in tasks if f.trigger} == set(TASK_FUNCTIONS)
    for function in tasks:
        assert function.trigger is not None
        assert function.trigger.name.startswith(f"{function.area}."), function.name


def test_every_listener_listens_to_an_event_somebody_emits(declared: list[Function]) -> None:
    emitted = {event.name for function in declared for event in function.emits}
    heard = {f.trigger.name for f in declared if f.kind == "event" and f.trigger}
    assert heard <= emitted
    assert emitted <= set(every_event())


def test_each_collection_has_one_owner() -> None:
    owners: dict[str, set[str]] = {}
    for kind in documents():
        owners.setdefault(kind.collection, set()).add(kind.__module__)
    assert {name: modules for name, modules in owners.items() if len(modules) > 1} == {}


def test_nothing_sequential_is_indexed() -> None:
    sequential = re.compile(r"(_at|_on|number|version|cursor)$")
    low_volume = {"sap_batches", "credit_notes"}
    found = [
        f"{kind.collection}.{name}"
        for kind in documents()
        for name in kind.indexed
        if sequential.search(name) and kind.collection not in low_volume
    ]
    assert found == []


def test_names_nobody_understands_are_not_used() -> None:
    vague = re.compile(r"^(utils?|helpers?|managers?|services?|base)\.py$")
    found = [str(p.relative_to(ROOT)) for p in SHIPPED if vague.match(p.name) and "events" not in p.parts]
    assert found == []
