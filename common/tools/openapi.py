"""The OpenAPI document of the whole API, made from the declared routes."""

import inspect
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

import orjson
from flask import Response
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from common.functions.declared import Function
from common.functions.routes import Each, Route
from common.tools.examples import committed, with_examples
from common.tools.refusals import refusals
from common.tools.said import described, with_words

REF: Final = "#/components/schemas/{model}"
OWN: Final = re.compile(r"functions__(\w+?)__requests(?:__[a-z_]+?)?__(\w+)")
"""How pydantic names classes of one name in several areas."""
Schemas = dict[str, Any]
PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable word for machines."},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}
REFUSED: Final = {
    400: "The request can't be read.",
    401: "Nobody known asks.",
    403: "The caller may not.",
    404: "There is nothing.",
    409: "The state does not allow it.",
    412: "Somebody else was first.",
    413: "Over 10 MiB.",
    415: "Another media type is needed.",
    422: "The request has faults.",
    498: "The signature is not theirs.",
    500: "Our fault; it was reported.",
    503: "Try again.",
}


def document(functions: Sequence[Function]) -> Response:
    """The document as an HTTP answer."""
    return Response(_bytes(tuple(functions)), content_type="application/json")


@lru_cache(maxsize=1)
def _bytes(functions: tuple[Function, ...]) -> bytes:
    return orjson.dumps(describe(functions))


def describe(functions: Sequence[Function]) -> dict[str, Any]:
    """OpenAPI 3.1 of every route of these functions but those for people with a browser."""
    every = [(function, route) for function in functions for route in function.routes]
    routed = [(function, route) for function, route in every if route.kind not in {"view", "form"}]
    names, schemas = _schemas([route for _, route in routed])
    happened = committed()
    paths: dict[str, dict[str, Any]] = {}
    for function, route in routed:
        operation = _operation(function, route, names, schemas)
        paths.setdefault(route.path, {})[route.method.lower()] = with_examples(
            operation, happened.get(operation["operationId"], [])
        )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Marketplace billing", "version": "1.0.0"},
        "paths": paths,
        "components": {
            "schemas": _needed(schemas | {"Problem": PROBLEM}, _refs(paths)),
            "securitySchemes": {
                "identity": {"type": "http", "scheme": "bearer", "description": "OIDC identity token with scopes."}
            },
        },
    }


def _schemas(routes: Sequence[Route]) -> tuple[dict[type[BaseModel], str], Schemas]:
    """Every schema by its public name, and what each class is called; a body lacks what comes from the path."""
    models = dict.fromkeys(model for route in routes for model in (route.takes, route.gives) if model is not None)
    models |= dict.fromkeys(each.model for _, _, each in [*_batches(models)])
    refs, found = models_json_schema([(model, "validation") for model in models], ref_template=REF)
    said, asked = described(list(models)), {route.takes for route in routes}
    inputs = {refs[one, "validation"]["$ref"].rpartition("/")[2]: one.__name__ for one in models if one in asked}
    schemas = {
        _public(name): _plain(with_words(schema, said.get(name, {}), asked_as=inputs.get(name, "")))
        for name, schema in found.get("$defs", {}).items()
    }
    for model, name, each in _batches(models):
        items = {"$ref": REF.format(model=_public(refs[each.model, "validation"]["$ref"].rpartition("/")[2]))}
        schemas[_public(refs[model, "validation"]["$ref"].rpartition("/")[2])]["properties"][name]["items"] = items
    names = {model: _public(refs[model, "validation"]["$ref"].rpartition("/")[2]) for model in models}
    for route in routes:
        if route.takes_body and route.takes is not None and route.parameters:
            schemas[_body(route, names)] = _without(schemas[names[route.takes]], route.parameters)
    return names, schemas


def _batches(models: Iterable[type[BaseModel]]) -> Iterator[tuple[type[BaseModel], str, Each]]:
    """The fields whose objects are checked one by one, and as what."""
    for model in models:
        for name, field in model.model_fields.items():
            yield from ((model, name, each) for each in field.metadata if isinstance(each, Each))


def _public(name: str) -> str:
    """`MembersPage` for the class `Page` of `functions.members.requests`, where others have a `Page` too."""
    return OWN.sub(lambda found: found[1].title() + found[2], name)


def _plain(schema: Any) -> Any:
    """A schema with public names and without what says nothing."""
    if isinstance(schema, dict):
        plain = {k: _plain(part) for k, part in schema.items() if not _says_nothing(k, part)}
        return plain | {"$ref": _public(plain["$ref"])} if isinstance(plain.get("$ref"), str) else plain
    return [_plain(part) for part in schema] if isinstance(schema, list) else schema


def _says_nothing(key: str, part: Any) -> bool:
    """Titles only repeat names, and what may be left out is null anyway."""
    return (key == "title" and isinstance(part, str)) or (key == "default" and part is None)


def _without(schema: Schemas, parameters: Sequence[str]) -> Schemas:
    properties = {name: part for name, part in schema["properties"].items() if name not in parameters}
    required = [name for name in schema.get("required", []) if name not in parameters]
    return schema | {"properties": properties, "required": required}


def _needed(schemas: Schemas, names: set[str]) -> Schemas:
    """The schemas of these names and all that they are made of."""
    waiting, found = [*names], dict[str, Any]()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = schemas[name]
            waiting += _refs(schemas[name])
    return {name: found[name] for name in sorted(found)}


def _refs(part: Any) -> set[str]:
    return set(_each_ref(part))


def _each_ref(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"].rpartition("/")[2]
        for inner in part.values():
            yield from _each_ref(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _each_ref(inner)


def _body(route: Route, names: dict[type[BaseModel], str]) -> str:
    assert route.takes is not None  # noqa: S101 - asked only of commands
    return names[route.takes] + ("Body" if route.parameters else "")


def _operation(function: Function, route: Route, names: dict[type[BaseModel], str], schemas: Schemas) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"{function.area}_{route.action.__name__}",
        "tags": [function.area],
        "summary": route.summary,
        "description": _description(route),
        "parameters": _parameters(route, schemas[names[route.takes]] if route.takes else {"properties": {}}),
        "responses": {
            str(route.status): _answer(route, names),
            **{str(status): _refusal(status, codes) for status, codes in refusals(route).items()},
        },
        "security": [{"identity": []}] if route.scope else [],
    }
    if route.takes_body and route.takes is not None:
        body = {"$ref": REF.format(model=_body(route, names))}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    if route.kind == "upload":
        operation["requestBody"] = {
            "required": True,
            "content": {one: {"schema": {"type": "string"}} for one in route.media.split(", ")},
        }
    return operation


def _description(route: Route) -> str:
    """What the action says beyond its summary, what it takes, and who may."""
    _, _, more = inspect.cleandoc(route.action.__doc__ or "").partition("\n")
    takes = inspect.cleandoc(route.takes.__doc__ or "") if route.takes and not route.takes_body else ""
    who = f"Needs the scope `{route.scope}`." if route.scope else "Needs no token: what is sent is signed."
    return "\n\n".join(part for part in (more.strip(), takes, who) if part)


def _parameters(route: Route, schema: Schemas) -> list[dict[str, Any]]:
    properties, required = schema.get("properties", {}), schema.get("required", [])
    found = [
        {"name": name, "in": "path", "required": True, **_apart(properties.get(name, {"type": "string"}))}
        for name in route.parameters
    ]
    if route.kind in {"query", "page"} and not route.takes_body:
        found += [
            {"name": name, "in": "query", "required": name in required, **_apart(properties[name])}
            for name in properties
            if name not in route.parameters
        ]
    if route.kind == "command":
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "description": "Yours, for this command: sent again with the same key it takes effect once.",
                "example": "5b8f0c52-6d1e-4a0c-9d0a-1f6d2b7f3c11",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            }
        )
    return found


def _apart(schema: Schemas) -> dict[str, Any]:
    """A parameter's description stands beside its schema."""
    plain = {key: part for key, part in schema.items() if key != "description"}
    return {"schema": plain} | ({"description": schema["description"]} if "description" in schema else {})


def _answer(route: Route, names: dict[type[BaseModel], str]) -> dict[str, Any]:
    if route.kind == "page":
        return {"description": "The file.", "content": {route.media: {}}}
    assert route.gives is not None  # noqa: S101 - every other route says what it gives
    schema = {"$ref": REF.format(model=names[route.gives])}
    return {"description": "Done.", "content": {"application/json": {"schema": schema}}}


def _refusal(status: int, codes: Sequence[str]) -> dict[str, Any]:
    problem = {"allOf": [{"$ref": REF.format(model="Problem")}, {"properties": {"code": {"enum": list(codes)}}}]}
    told = f"{REFUSED[status]} {', '.join(f'`{code}`' for code in codes)}"
    return {"description": told, "content": {"application/problem+json": {"schema": problem}}}
