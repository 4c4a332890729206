"""Nobody compares a signature with `==`: it takes the longer the more of it is right, and tells so how to forge one."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.tools.manifest import ROOT

DOORS = sorted((ROOT / "functions" / "payments" / "webhooks").rglob("*.py"))
SECRET_WORDS = ("sign", "digest", "hmac", "mac", "wanted", "secret", "token", "fitting")
"""What the things are called that must not be compared by their first difference."""
TELLING = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)


def leaking(source: str) -> Iterator[str]:
    """Comparisons that end at the first difference, of anything that is called, or computed as, a signature."""
    for node in ast.walk(ast.parse(source)):
        if (isinstance(node, ast.Compare) and tells(node)) or (isinstance(node, ast.Call) and begins(node.func)):
            yield f"line {node.lineno}: {ast.unparse(node)}"


def tells(node: ast.Compare) -> bool:
    """Whether a comparison of a signature ends at the first difference."""
    sides = (node.left, *node.comparators)
    return any(isinstance(op, TELLING) for op in node.ops) and any(is_secret(side) for side in sides)


def begins(called: ast.expr) -> bool:
    """Whether a text's method compares a signature so."""
    if not isinstance(called, ast.Attribute):
        return False
    return called.attr in {"startswith", "endswith", "__eq__"} and is_secret(called.value)


def is_secret(node: ast.expr) -> bool:
    """Whether an expression is named as a signature is, or ends in a digest."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Attribute) and node.func.attr in {"digest", "hexdigest"}
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return any(word in name.lower() for word in SECRET_WORDS)


@pytest.mark.parametrize("path", DOORS, ids=lambda path: path.name)
def test_no_signature_is_compared_by_its_first_difference(path: Path) -> None:
    assert list(leaking(path.read_text())) == []


@pytest.mark.parametrize(
    "bad",
    [
        "signature == wanted",
        "hmac.new(key, body, sha256).hexdigest() == given",
        "given != self.digest",
        "given in wanted",
        "token.startswith(given)",
        "given == hashlib.sha256(body).digest()",
    ],
)
def test_the_rule_finds_what_it_forbids(bad: str) -> None:
    assert len(list(leaking(bad))) == 1


def test_each_door_with_a_signature_compares_in_constant_time() -> None:
    used = {path.name for path in DOORS if "compare_digest" in path.read_text() or "must_fit(" in path.read_text()}
    computing = {path.name for path in DOORS if "hmac.new(" in path.read_text()}
    assert computing <= used
    assert {"signed.py", "gocardless.py", "stripe.py"} <= used
