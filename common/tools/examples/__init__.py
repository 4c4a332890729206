"""Examples that really happened: a small story played through the real routes, kept beside the API's description."""

import json
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).parents[2] / "examples.json"
WITHOUT: Final = {
    "charging_rate_charge": "what a parked charge waited for rates it at once: whoever asks sees only refusals",
}
"""Operations without an example of success, and why."""

REFUSED: Final = 400
"""From this HTTP status on an answer is a refusal."""
Examples = dict[str, list[dict[str, Any]]]


def committed() -> Examples:
    """The examples by operation, as they were written last; none where nothing was written yet."""
    found: Examples = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
    return found


def with_examples(operation: dict[str, Any], happened: list[dict[str, Any]]) -> dict[str, Any]:
    """An operation with what was really asked and answered: parameters, bodies, answers, refusals."""
    if not happened:
        return operation
    filled = next((one for one in happened if one["status"] < REFUSED), happened[0])["parameters"]
    operation["parameters"] = [_parameter(one, filled) for one in operation["parameters"]]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        content["examples"] = {one["name"]: _example(one, "body") for one in happened if "body" in one}
    for one in happened:
        for content in operation["responses"].get(str(one["status"]), {}).get("content", {}).values():
            if "answer" in one:
                content.setdefault("examples", {})[one["name"]] = _example(one, "answer")
    return operation


def without_examples(document: dict[str, Any]) -> dict[str, Any]:
    """The description without them: what a client is made from."""
    for operation in (one for methods in document["paths"].values() for one in methods.values()):
        for parameter in operation["parameters"]:
            parameter.pop("example", None)
        for told in (operation.get("requestBody", {}), *operation["responses"].values()):
            for content in told.get("content", {}).values():
                content.pop("examples", None)
    return document


def _parameter(parameter: dict[str, Any], filled: dict[str, Any]) -> dict[str, Any]:
    name = parameter["name"]
    return parameter | {"example": filled[name]} if name in filled else parameter


def _example(one: dict[str, Any], part: str) -> dict[str, Any]:
    return {"summary": one["summary"], "value": one[part]}
