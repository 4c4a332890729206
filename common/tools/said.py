"""What the source says of each field of the API: its own docstring, or the glossary's word for it."""

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import BaseModel

GLOSSARY: Final[dict[str, str]] = json.loads(Path(__file__).with_name("glossary.json").read_text("utf-8"))
"""Names that mean the same wherever they stand; `StartRun.reason` is for one request alone."""


def described(models: Sequence[type[BaseModel]]) -> dict[str, dict[str, str]]:
    """What is said of each field, by the names under which pydantic knows these models and what they are made of."""
    found: dict[str, dict[str, str]] = {}
    for model in _reached(models):
        said = {name: text for kind in reversed(model.__mro__) for name, text in _docstrings(kind).items()}
        long_name = f"{model.__module__}.{model.__qualname__}".replace(".", "__")
        for name in (model.__name__, long_name):
            found[name] = said
    return found


def with_words(schema: dict[str, Any], said: dict[str, str], *, asked_as: str = "") -> dict[str, Any]:
    """A schema whose fields are described, where somebody has words for them; a request's also by the glossary."""
    words = (_of_request(asked_as) if asked_as else {}) | said
    properties = {
        name: part if "description" in part or name not in words else {**part, "description": words[name]}
        for name, part in schema.get("properties", {}).items()
    }
    return schema | {"properties": properties} if properties else schema


def _of_request(model: str) -> dict[str, str]:
    own = {name.partition(".")[2]: text for name, text in GLOSSARY.items() if name.startswith(f"{model}.")}
    return {name: text for name, text in GLOSSARY.items() if "." not in name} | own


def _reached(models: Sequence[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    waiting, seen = [*models], set[type[BaseModel]]()
    while waiting:
        model = waiting.pop()
        if model not in seen:
            seen.add(model)
            yield model
            for field in model.model_fields.values():
                waiting += _models(field.annotation, field.metadata)


def _models(annotation: Any, metadata: Sequence[Any] = ()) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in (*get_args(annotation), *(one.model for one in metadata if hasattr(one, "model"))):
        yield from _models(inner)


@cache
def _docstrings(kind: type) -> dict[str, str]:
    """The text under each field of a class."""
    if not issubclass(kind, BaseModel) or kind is BaseModel or kind.__module__.startswith("pydantic"):
        return {}
    [body] = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    lines: list[ast.stmt] = getattr(body, "body", [])
    return {
        one.target.id: inspect.cleandoc(str(text.value.value)).replace("\n", " ")
        for one, text in pairwise(lines)
        if isinstance(one, ast.AnnAssign)
        and isinstance(one.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    }
