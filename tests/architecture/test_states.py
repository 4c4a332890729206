"""State tables are whole, drawn, and the only way a state changes."""

import ast
from collections.abc import Iterator
from typing import Any, Final, get_args

import pytest

from common.documents import Document
from common.machine import Machine
from common.tools.areas import functions
from common.tools.manifest import ROOT, documents, machines

DERIVED: Final = {"item_state": "items", "receipt_state": "receipts", "state_of": "payments"}
"""Functions that tell a state from amounts or attempts, and the collection they are for: nothing to move there."""
SHIPPED: Final = [
    path
    for folder in ("functions", "common")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "tools" not in path.parts
]


@pytest.fixture(scope="module")
def tables() -> list[Machine[Any]]:
    functions()
    return [machine for _, machine in machines()]


def called(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).partition("[")[0].split(".")[-1] == name


def states_set(node: ast.Call) -> Iterator[ast.expr]:
    """What a call that changes a document gives its state."""
    yield from (keyword.value for keyword in node.keywords if keyword.arg == "state")
    for keyword in node.keywords:
        if keyword.arg in {None, "update"} and isinstance(keyword.value, ast.Dict):
            named = zip(keyword.value.keys, keyword.value.values, strict=True)
            yield from (value for key, value in named if isinstance(key, ast.Constant) and key.value == "state")


def by_move(value: ast.expr, known: set[str]) -> bool:
    if isinstance(value, ast.IfExp):
        return by_move(value.body, known) and (
            by_move(value.orelse, known) or ast.unparse(value.orelse).endswith(".state")
        )
    if isinstance(value, ast.Name):
        return value.id in known
    return called(value, "move") or any(called(value, name) for name in DERIVED)


def set_by_hand(source: str) -> list[str]:
    """Where a function changes a state without asking its table."""
    found = []
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef):
            continue
        assigned = [node for node in ast.walk(function) if isinstance(node, ast.Assign) and by_move(node.value, set())]
        known = {target.id for node in assigned for target in node.targets if isinstance(target, ast.Name)}
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and (called(node, "but") or called(node, "model_copy")):
                found += [ast.unparse(node) for value in states_set(node) if not by_move(value, known)]
    return found


def test_a_state_changes_only_by_a_move_of_its_table() -> None:
    found = {str(path.relative_to(ROOT)): set_by_hand(path.read_text()) for path in SHIPPED}
    assert {path: calls for path, calls in found.items() if calls} == {}


@pytest.mark.parametrize(
    ("line", "fine"),
    [
        ("return case.but(state='closed')", False),
        ("return case.but(**{'state': 'closed'})", False),
        ("return case.model_copy(update={'state': 'closed'})", False),
        ("state = 'closed'; return case.but(state=state)", False),
        ("return case.but(state='closed' if case.paid else case.state)", False),
        ("return case.but(state=CASES.move(case.state, 'close'))", True),
        ("state = CASES.move(case.state, 'close'); return case.but(state=state)", True),
        ("return case.but(state=CASES.move(case.state, 'close') if case.paid else case.state)", True),
        ("return item.but(state=item_state(0))", True),
    ],
)
def test_a_state_set_by_hand_is_found(line: str, *, fine: bool) -> None:
    assert (not set_by_hand(f"def change(case):\n    {line}\n")) == fine


def test_every_table_is_drawn_in_the_readme(tables: list[Machine[Any]]) -> None:
    made = [
        f"{path.relative_to(ROOT)}: {ast.unparse(node)}"
        for path in SHIPPED
        for node in ast.walk(ast.parse(path.read_text()))
        if called(node, "Machine")
    ]
    assert len(made) == len(tables), made
    readme = (ROOT / "README.md").read_text()
    assert [machine.name for machine in tables if machine.diagram() not in readme] == []


def test_every_move_leads_to_a_state_that_can_be_reached_and_left_by_the_table(tables: list[Machine[Any]]) -> None:
    for machine in tables:
        reached = {target for row in machine.moves.values() for target in row.values()}
        assert reached <= set(machine.moves), machine.name


def states_of(kind: type[Document]) -> set[str]:
    return set(get_args(kind.model_fields["state"].annotation))


def test_every_document_with_a_state_has_a_table_of_exactly_its_states(tables: list[Machine[Any]]) -> None:
    known = [set(machine.moves) for machine in tables]
    kinds = [kind for kind in documents() if "state" in kind.model_fields]
    assert kinds
    untold = [kind.collection for kind in kinds if states_of(kind) not in known]
    assert sorted(set(untold) - set(DERIVED.values())) == []
