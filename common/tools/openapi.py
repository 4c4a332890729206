"""The OpenAPI document of the whole API, made from the declared routes."""

from collections.abc import Sequence
from typing import Any

import orjson
from flask import Response
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from common.functions.declared import Function
from common.functions.routes import Route

REF = "#/components/schemas/{model}"
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
REFUSALS = {
    "400": "The request can't be read.",
    "401": "Nobody known asks.",
    "403": "The caller may not.",
    "404": "There is nothing.",
    "405": "The path takes another method.",
    "409": "The state does not allow it.",
    "413": "Over 10 MiB.",
    "415": "Another media type is needed.",
    "422": "The request has faults.",
    "503": "Try again.",
}


def document(functions: Sequence[Function]) -> Response:
    """The document as an HTTP answer."""
    return Response(orjson.dumps(describe(functions)), content_type="application/json")


def describe(functions: Sequence[Function]) -> dict[str, Any]:
    """OpenAPI 3.1 of every route of these functions."""
    routed = [(function, route) for function in functions for route in function.routes]
    models: dict[type[BaseModel], None] = {}
    for _, route in routed:
        models |= {model: None for model in (route.takes, route.gives) if model is not None}
    _, schemas = models_json_schema([(model, "validation") for model in models], ref_template=REF, by_alias=True)
    paths: dict[str, dict[str, Any]] = {}
    for function, route in routed:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(function, route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Marketplace billing", "version": "1.0.0"},
        "paths": paths,
        "components": {
            "schemas": {**schemas.get("$defs", {}), **_bodies(routed), "Problem": PROBLEM},
            "securitySchemes": {
                "identity": {"type": "http", "scheme": "bearer", "description": "OIDC identity token with scopes."}
            },
        },
    }


def _body_name(route: Route) -> str:
    assert route.takes is not None  # noqa: S101 - asked only of commands
    return f"{route.takes.__name__}Body"


def _bodies(routed: Sequence[tuple[Function, Route]]) -> dict[str, Any]:
    """A command's body is its model without what comes from the path."""
    found = {}
    for _, route in routed:
        if route.kind == "command" and route.takes is not None and route.parameters:
            schema = route.takes.model_json_schema(ref_template=REF)
            schema.pop("$defs", None)
            schema["properties"] = {k: v for k, v in schema["properties"].items() if k not in route.parameters}
            schema["required"] = [name for name in schema.get("required", []) if name not in route.parameters]
            found[_body_name(route)] = schema
    return found


def _operation(function: Function, route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"{function.area}_{route.action.__name__}",
        "tags": [function.area],
        "summary": route.summary,
        "parameters": _parameters(route),
        "responses": {
            str(route.status): _answer(route),
            **{status: _refusal(told) for status, told in REFUSALS.items()},
        },
        "security": [{"identity": []}] if route.scope else [],
    }
    if route.scope:
        operation["description"] = f"Needs the scope `{route.scope}`."
    if route.kind == "command" and route.takes is not None:
        name = _body_name(route) if route.parameters else route.takes.__name__
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": REF.format(model=name)}}},
        }
    if route.kind == "upload":
        operation["requestBody"] = {"required": True, "content": {route.media: {"schema": {"type": "string"}}}}
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    schema = route.takes.model_json_schema(ref_template=REF) if route.takes else {"properties": {}}
    properties, required = schema.get("properties", {}), schema.get("required", [])
    found = [
        {"name": name, "in": "path", "required": True, "schema": properties.get(name, {"type": "string"})}
        for name in route.parameters
    ]
    if route.kind in {"query", "page"}:
        found += [
            {"name": name, "in": "query", "required": name in required, "schema": properties[name]}
            for name in properties
            if name not in route.parameters
        ]
    if route.kind == "command":
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            }
        )
    return found


def _answer(route: Route) -> dict[str, Any]:
    if route.kind == "page":
        return {"description": "The file.", "content": {route.media: {}}}
    assert route.gives is not None  # noqa: S101 - every other route says what it gives
    schema = {"$ref": REF.format(model=route.gives.__name__)}
    return {"description": "Done.", "content": {"application/json": {"schema": schema}}}


def _refusal(told: str) -> dict[str, Any]:
    schema = {"$ref": REF.format(model="Problem")}
    return {"description": told, "content": {"application/problem+json": {"schema": schema}}}
