"""What a column means: in the words of the event class that declares its field, or of a reviewed table."""

import ast
import inspect
import re
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from typing import Final

from pydantic import BaseModel

from functions.reporting.facts.shapes import Fold, Leaf
from functions.reporting.facts.words import WORDS


def of_leaf(leaf: Leaf) -> str:
    """What a field's column means; empty where nobody says, which a test finds."""
    text = _of_field(leaf.owner, leaf.path[-1])
    return f"{text} A JSON list." if leaf.listed and text else text


def of_fold(fold: Fold) -> str:
    """What a list holds: the words of its field, or of the class of its entries."""
    return documented(fold.owner).get(fold.path[-1], "") if fold.owner else ""


def _of_field(owner: type[BaseModel] | None, field: str) -> str:
    own = documented(owner).get(field) if owner else None
    named = f"{owner.__name__}.{field}" if owner else field
    return own or WORDS.get(named) or WORDS.get(field, "")


@cache
def documented(kind: type[BaseModel]) -> Mapping[str, str]:
    """The fields of a class that have a docstring of their own, those of its bases included."""
    found: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        if issubclass(one, BaseModel) and one is not BaseModel:
            found |= _in_source(one)
    return found


@cache
def _in_source(kind: type[BaseModel]) -> Mapping[str, str]:
    """Python keeps no docstrings of fields: they are read from the source."""
    body = _body(inspect.getsource(inspect.getmodule(kind) or kind), kind.__name__)
    found: dict[str, str] = {}
    for field, said in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(said, ast.Expr):
            text = said.value.value if isinstance(said.value, ast.Constant) else ""
            found[field.target.id] = _one_line(str(text))
    return found


def _body(source: str, name: str) -> list[ast.stmt]:
    """What stands in a class of the source; nothing where it was made elsewhere."""
    found = (node for node in ast.walk(_parsed(source)) if isinstance(node, ast.ClassDef) and node.name == name)
    return next((node.body for node in found), [])


@cache
def _parsed(source: str) -> ast.Module:
    return ast.parse(source)


_SPACE: Final = re.compile(r"\s+")


def _one_line(text: str) -> str:
    line = _SPACE.sub(" ", text).strip().replace("`", "")
    return line if line.endswith((".", "?")) else f"{line}."
