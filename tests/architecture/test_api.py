"""The API's description: everything has words and examples that really happened, and every refusal is told before."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from common.tools import client
from common.tools.areas import functions
from common.tools.examples import FILE, REFUSED, WITHOUT, committed
from common.tools.examples.story import written
from common.tools.manifest import ROOT
from common.tools.openapi import describe
from common.tools.refusals import VARIABLE

Operation = dict[str, Any]
ONE_ANSWER = {
    "charging_list_parked": "a group a reason, and there are four",
    "relay_list_causes": "a cause a function and code",
    "invoicing_show_upcoming": "one a legal entity and currency",
}
"""Lists that are told whole, and why that is enough."""


@pytest.fixture(scope="module")
def api() -> dict[str, Any]:
    return describe(functions())


@pytest.fixture(scope="module")
def operations(api: dict[str, Any]) -> list[Operation]:
    return [operation for methods in api["paths"].values() for operation in methods.values()]


def contents(operation: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every body and answer of an operation, by status; the request's has none."""
    yield from (("", content) for content in operation.get("requestBody", {}).get("content", {}).values())
    for status, answer in operation["responses"].items():
        yield from ((status, content) for content in answer["content"].values())


def test_the_story_is_told_the_same_each_time() -> None:
    assert written() == FILE.read_text("utf-8"), "python -m common.tools.examples writes it anew"


def test_every_operation_has_an_example_of_success(operations: list[Operation]) -> None:
    done = {name for name, told in committed().items() if any(one["status"] < REFUSED for one in told)}
    assert {one["operationId"] for one in operations} - done == set(WITHOUT)


def test_an_example_without_its_operation_is_gone(operations: list[Operation]) -> None:
    assert set(committed()) <= {one["operationId"] for one in operations}


def test_every_operation_and_every_word_of_a_request_is_described(api: dict[str, Any]) -> None:
    schemas = api["components"]["schemas"]
    silent = []
    for methods in api["paths"].values():
        for operation in methods.values():
            assert operation["summary"].endswith(".")
            assert operation["description"].strip()
            fields = {one["name"]: one for one in operation["parameters"]}
            for content in operation.get("requestBody", {}).get("content", {}).values():
                fields |= schemas.get(content["schema"].get("$ref", "").rpartition("/")[2], {}).get("properties", {})
            silent += [
                f"{operation['operationId']}.{name}" for name, part in fields.items() if "description" not in part
            ]
    assert silent == [], "a docstring below the field, or a word in common/tools/glossary.json"


def test_every_refusal_of_the_story_is_documented(operations: list[Operation]) -> None:
    happened = committed()
    told = {
        (one["operationId"], example["status"], example["name"])
        for one in operations
        for example in happened.get(one["operationId"], [])
        if example["status"] >= REFUSED
    }
    documented = {
        (one["operationId"], int(status), code)
        for one in operations
        for status, content in contents(one)
        for part in content.get("schema", {}).get("allOf", ())
        for code in part.get("properties", {}).get("code", {}).get("enum", ())
    }
    assert len(told) >= 25
    assert told - documented == set()


def test_refusals_that_are_caught_or_somebody_elses_are_not_told(api: dict[str, Any]) -> None:
    def codes(path: str, method: str, status: str) -> str:
        return str(api["paths"][path][method]["responses"].get(status, {}).get("description", ""))

    assert "four_eyes" in codes("/v1/billing-runs/{run_id}/release", "post", "403")
    assert "four_eyes" not in codes("/v1/billing-runs/{run_id}/pause", "post", "403")
    assert "unknown_member" not in codes("/v1/charges/batch", "post", "422"), "in a batch it is an item's answer"
    assert "unauthenticated" not in codes("/v1/downloads/{document_id}/pdf", "get", "401")


def test_what_is_said_of_variable_refusals_is_of_routes_that_exist(operations: list[Operation]) -> None:
    actions = {one["operationId"].partition("_")[2] for one in operations}
    assert set(VARIABLE) <= actions


def test_every_example_is_as_its_schema_says(api: dict[str, Any], operations: list[Operation]) -> None:
    whole = {"components": api["components"]}
    checked = 0
    for operation in operations:
        for status, content in contents(operation):
            for name, example in content.get("examples", {}).items():
                if "schema" not in content or (not status and faulty(operation, name)):
                    continue
                faults = jsonschema_rs.Draft202012Validator({**content["schema"], **whole}).iter_errors(
                    example["value"]
                )
                assert [str(fault) for fault in faults] == [], operation["operationId"]
                checked += 1
    assert checked > 150


def faulty(operation: Operation, name: str) -> bool:
    """Whether an example's request was meant to have a fault."""
    return name == "invalid" or operation["operationId"].endswith(("take_charges", "upsert_members"))


def test_every_list_goes_on_by_a_token(api: dict[str, Any], operations: list[Operation]) -> None:
    schemas = api["components"]["schemas"]
    for operation in operations:
        answer = operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
        properties = schemas.get(answer.get("$ref", "").rpartition("/")[2], {}).get("properties", {})
        listed = "items" in properties and "requestBody" not in operation
        if listed and operation["operationId"] not in ONE_ANSWER:
            assert "next_page_token" in properties, operation["operationId"]
            assert {"page_token"} <= {one["name"] for one in operation["parameters"]}, operation["operationId"]


def test_the_client_is_what_the_description_gives() -> None:
    document = (ROOT / "common" / "openapi.json").read_bytes()
    folder = ROOT / "common" / "client"
    assert client.models(document) == (folder / "models.py").read_text("utf-8")
    assert client.operations(document) == (folder / "operations.py").read_text("utf-8")


def test_other_examples_make_no_other_client() -> None:
    document = json.loads((ROOT / "common" / "openapi.json").read_bytes())
    before = client.digest(json.dumps(document).encode())
    answer = document["paths"]["/v1/invoices"]["get"]["responses"]["200"]["content"]["application/json"]
    answer["examples"]["done_1"]["value"] = {}
    assert client.digest(json.dumps(document).encode()) == before
    answer["schema"] = {"type": "object"}
    assert client.digest(json.dumps(document).encode()) != before


def test_a_client_made_from_another_description_is_stale(tmp_path: Path) -> None:
    document = (ROOT / "common" / "openapi.json").read_bytes()
    (tmp_path / "operations.py").write_text("sha256 0:", "utf-8")
    made = dict(client.generated(document, tmp_path))
    assert "class Billing(Client)" in made[tmp_path / "operations.py"]
