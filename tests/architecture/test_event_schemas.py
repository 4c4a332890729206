"""Events grow by optional fields only: who reads old facts, or reads with old code, goes on."""

from copy import deepcopy
from pathlib import Path
from typing import Any, Literal

import orjson
import pytest
from pydantic import BaseModel, Field

from common.events import every_event
from common.tools.compatibility import RELEASED, SCHEMAS, compatible, since_release

FILES = sorted(SCHEMAS.glob("*.json"))


class Part(BaseModel):
    amount_minor: int
    kind: Literal["fee", "tax"] = "fee"


class Told(BaseModel):
    """As it was released."""

    number: str = Field(max_length=20)
    parts: tuple[Part, ...]
    buyer: Part | None = None
    more: dict[str, str] = Field(default_factory=dict)
    parent: "Told | None" = None


OLD = Told.model_json_schema()


def changed(place: str, **keywords: Any) -> dict[str, Any]:
    """The released schema with some keywords of one place changed."""
    schema = deepcopy(OLD)
    at = schema
    for step in filter(None, place.split("/")):
        at = at[step]
    at.update(keywords)
    return schema


TOLD = "$defs/Told"
PART = "$defs/Part"


def test_a_schema_follows_itself() -> None:
    assert compatible(OLD, OLD) == []
    assert [file.name for file in FILES if compatible(load(file), load(file))] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_event_may_grow_by_an_optional_field_and_lose_none(file: Path) -> None:
    schema = load(file)
    grown = schema | {"properties": {**schema["properties"], "new_since": {"type": "string", "default": ""}}}
    assert compatible(schema, grown) == []
    assert compatible(schema, grown | {"required": [*schema.get("required", []), "new_since"]}) == [
        "/new_since: is new and required"
    ]
    assert compatible(grown, schema) == ["/new_since: was removed"]
    for name in schema["properties"]:
        narrowed = schema | {"properties": {**schema["properties"], name: {"const": "only this"}}}
        assert compatible(schema, narrowed) != [], name


@pytest.mark.parametrize(
    "grown",
    [
        changed(f"{PART}/properties", rate={"type": "integer", "default": 0}),
        changed(PART, description="A part of it."),
        changed(f"{PART}/properties/kind", title="What kind", enum=["tax", "fee"]),
    ],
    ids=["optional_field_of_a_part", "description", "order_of_an_enumeration"],
)
def test_what_breaks_nobody_is_let_through(grown: dict[str, Any]) -> None:
    assert compatible(OLD, grown) == []


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (changed(f"{PART}/properties/amount_minor", type="string"), 'type was "integer" and is "string"'),
        (changed(f"{PART}/properties/kind", enum=["fee"]), 'enum was ["fee","tax"] and is ["fee"]'),
        (changed(f"{PART}/properties/kind", enum=["fee", "tax", "tip"]), "enum was"),
        (changed(f"{PART}/properties/kind", default="tax"), 'default was "fee" and is "tax"'),
        (changed(PART, required=[]), "amount_minor: became optional"),
        (changed(PART, required=["amount_minor", "kind"]), "kind: became required"),
        (changed(f"{TOLD}/properties/number", maxLength=10), "maxLength was 20 and is 10"),
        (changed(f"{TOLD}/properties/more/additionalProperties", type="integer"), "more/additionalProperties"),
        (changed(f"{TOLD}/properties/parts", items={"type": "integer"}), "parts/items"),
        (changed(f"{TOLD}/properties/buyer", anyOf=[{"$ref": "#/$defs/Part"}]), "anyOf had 2 forms and has 1"),
    ],
)
def test_what_breaks_somebody_is_told_with_its_place(broken: dict[str, Any], fault: str) -> None:
    faults = compatible(OLD, broken)
    assert faults
    assert any(fault in one for one in faults), faults


def test_a_removed_field_is_told_however_deep() -> None:
    narrower = changed("")
    del narrower["$defs"]["Part"]["properties"]["kind"]
    assert compatible(OLD, narrower) == ["/parts/items/kind: was removed", "/buyer/anyOf/0/kind: was removed"]


def load(file: Path) -> dict[str, Any]:
    schema: dict[str, Any] = orjson.loads(file.read_bytes())
    return schema


def test_every_event_has_its_schema_and_no_schema_is_left_over() -> None:
    assert {file.name for file in FILES} == {f"{n}.v{event.schema_version}.json" for n, event in every_event().items()}


def test_what_was_released_is_still_told_alike() -> None:
    assert since_release(RELEASED, SCHEMAS) == {}


def test_a_released_schema_is_compared_and_may_only_give_way_to_a_later_version(tmp_path: Path) -> None:
    released, present = tmp_path / "released", tmp_path / "present"
    for folder in (released, present):
        folder.mkdir()
        (folder / "a.told.v1.json").write_bytes(orjson.dumps(OLD))
    assert since_release(released, present) == {}
    (present / "a.told.v1.json").write_bytes(orjson.dumps(changed(PART, required=[])))
    assert list(since_release(released, present)) == ["a.told.v1.json"]
    (present / "a.told.v1.json").unlink()
    assert since_release(released, present) == {"a.told.v1.json": ["/: was withdrawn"]}
    (present / "a.told.v2.json").write_bytes(orjson.dumps(OLD))
    assert since_release(released, present) == {}
