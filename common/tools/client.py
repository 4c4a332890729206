"""The typed Python client of the API, written from its OpenAPI document."""

import hashlib
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import orjson

from common.tools.examples import without_examples

HEADER: Final = '"""{what}"""\n\n# Generated from common/openapi.json, sha256 {digest}: `make generate`.\n'
AS_SAID: Final = "# ruff: noqa: A002, PYI051 - names and types are as the API has them\n"
MODELS: Final = "The shapes of the API's requests and answers."
OPERATIONS: Final = "Every operation of the API, by area."
PLAIN: Final = {"string": "str", "integer": "int", "boolean": "bool", "number": "float"}
FORMATS: Final = {"date": "date", "date-time": "datetime"}
LIMITS: Final = frozenset(
    {"minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "pattern", "enum", "minItems", "maxItems"}
)
REFERENCE: Final = re.compile(rb'"#/components/schemas/([^"]+)"')
METHOD: Final = '''\
    def {name}({asked}) -> {gives}:
        """{summary}.

        {description}
        """
        return self.{told}'''
OPTIONS: Final = (
    "--input-file-type=openapi", "--output-model-type=pydantic_v2.BaseModel", "--target-python-version=3.11",
    "--use-standard-collections", "--use-union-operator", "--use-double-quotes", "--disable-timestamp",
    "--use-schema-description", "--use-field-description", "--use-single-line-docstring",
    "--enum-field-as-literal=all", "--use-annotated", "--strict-nullable", "--disable-future-imports",
    "--collapse-root-models", "--formatters=builtin",
)  # fmt: skip


def digest(document: bytes) -> str:
    """What a generated file says it was made from: the API, without the examples of it, and this generator."""
    said = orjson.dumps(without_examples(orjson.loads(document)))
    return hashlib.sha256(said + Path(__file__).read_bytes()).hexdigest()


def is_fresh(text: str, document: bytes) -> bool:
    """Whether a generated file was made from this document."""
    return f"sha256 {digest(document)}:" in text


def models(document: bytes) -> str:
    """The module of shapes, by datamodel-code-generator.

    A client leaves limits to the API: those that are widened later, and states that are added, must not break it.
    """
    with TemporaryDirectory() as folder:
        given, made = Path(folder) / "openapi.json", Path(folder) / "models.py"
        given.write_bytes(orjson.dumps(_patient(without_examples(orjson.loads(document)))))
        program = [sys.executable, "-m", "datamodel_code_generator", *OPTIONS]
        subprocess.run([*program, f"--input={given}", f"--output={made}"], check=True)  # noqa: S603 - our own words
        _, _, code = made.read_text("utf-8").partition("\n\n")
    return _formatted(HEADER.format(what=MODELS, digest=digest(document)) + "\n" + code)


def _patient(document: dict[str, Any]) -> dict[str, Any]:
    """Without limits; and what is told may have fields tomorrow that this client does not know."""
    schemas: dict[str, Any] = document["components"]["schemas"]
    operations = [one for methods in document["paths"].values() for one in methods.values()]
    waiting = [ref for one in operations for ref in REFERENCE.findall(orjson.dumps(one["responses"]))]
    told: set[str] = set()
    while waiting:
        name = waiting.pop().decode()
        if name not in told:
            told.add(name)
            schemas[name].pop("additionalProperties", None)
            waiting += REFERENCE.findall(orjson.dumps(schemas[name]))
    patient: dict[str, Any] = _lenient(document)
    return patient


def _lenient(part: Any) -> Any:
    """Without limits, and without the defaults of whole objects: what is left out, the API fills in."""
    if isinstance(part, dict):
        kept = {key: _lenient(inner) for key, inner in part.items() if not _limits(key, inner, part)}
        for inner in kept.pop("patternProperties", {}).values():
            kept["additionalProperties"] = inner
        return kept
    return [_lenient(inner) for inner in part] if isinstance(part, list) else part


def _limits(key: str, inner: Any, part: dict[str, Any]) -> bool:
    return (key in LIMITS and not isinstance(inner, dict)) or (key == "default" and "$ref" in part)


def operations(document: bytes) -> str:
    """The module of operations: a class an area, a method an operation."""
    areas: dict[str, list[str]] = {}
    for path, methods in orjson.loads(document)["paths"].items():
        for method, operation in methods.items():
            if operation["security"]:
                areas.setdefault(operation["tags"][0], []).append(_method(method.upper(), path, operation))
    body = "\n\n\n".join(_class(area, areas[area]) for area in sorted(areas))
    imports = (
        "from datetime import date, datetime\nfrom typing import Literal\n\n"
        "from common.client import models\nfrom common.client.transport import Area, Client, part\n\n\n"
    )
    head = HEADER.format(what=OPERATIONS, digest=digest(document)) + AS_SAID
    return _formatted(f"{head}\n{imports}{body}\n\n\n{_whole(sorted(areas))}\n")


def _class(area: str, methods: Sequence[str]) -> str:
    return f'class {area.title()}(Area):\n    """The operations of `{area}`."""\n\n' + "\n\n".join(methods)


def _whole(areas: Sequence[str]) -> str:
    parts = "\n".join(f"        self.{area} = {area.title()}(self)" for area in areas)
    return (
        'class Billing(Client):\n    """The API, area by area; see `Client` for how it is reached."""\n\n'
        f"    def _open(self) -> None:\n{parts}"
    )


def _method(method: str, path: str, operation: dict[str, Any]) -> str:
    name = operation["operationId"].partition("_")[2]
    summary = operation["summary"].rstrip(".")
    return METHOD.format(
        name=name,
        asked=", ".join(_asked(method, operation)),
        gives=_gives(operation),
        summary=summary,
        description=textwrap.indent(operation["description"], 8 * " ").strip(),
        told=_told(method, path, operation),
    )


def _asked(method: str, operation: dict[str, Any]) -> list[str]:
    """A method's parameters: the path's, the body, and then what is given by name only, the required first."""
    parameters = [one for one in operation["parameters"] if one["in"] != "header"]
    path = [f"{one['name']}: {_type(one['schema'])}" for one in parameters if one["in"] == "path"]
    query = sorted((one for one in parameters if one["in"] == "query"), key=lambda one: not one["required"])
    named = [f"{one['name']}: {_type(one['schema'])}{_default(one)}" for one in query]
    named += ['key: str = ""'] if method != "GET" else []
    body = [f"body: {takes}"] if (takes := _takes(operation)) else []
    return ["self", *path, *body, *(["*", *named] if named else [])]


def _told(method: str, path: str, operation: dict[str, Any]) -> str:
    """How a method calls what `Area` has for its kind."""
    query = [f'"{one["name"]}": {one["name"]}' for one in operation["parameters"] if one["in"] == "query"]
    told = [f'"{method}"', _address(path)]
    told += [f"query={{{', '.join(query)}}}"] if query else []
    if _gives(operation) == "bytes":
        return f"_file({', '.join(told)})"
    told.insert(2, _gives(operation))
    told += ["key=key"] if method != "GET" else []
    if _takes(operation) == "bytes":
        return f'_upload({", ".join(told)}, body=body, media="{next(iter(operation["requestBody"]["content"]))}")'
    told += ["body=body"] if _takes(operation) else []
    return f"_ask({', '.join(told)})"


def _address(path: str) -> str:
    filled = re.sub(r"{(\w+)}", r"{part(\1)}", path)
    return f'"{path}"' if filled == path else f'f"{filled}"'


def _takes(operation: dict[str, Any]) -> str:
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        return _type(content["schema"]) if media == "application/json" else "bytes"
    return ""


def _gives(operation: dict[str, Any]) -> str:
    done = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    content = done["content"].get("application/json")
    return _type(content["schema"]) if content else "bytes"


def _default(parameter: dict[str, Any]) -> str:
    return "" if parameter["required"] else f" = {parameter['schema'].get('default')!r}"


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return "models." + schema["$ref"].rpartition("/")[2]
    if "enum" in schema or "const" in schema:
        return f"Literal[{', '.join(map(repr, schema.get('enum') or [schema['const']]))}]"
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(part) for part in schema["anyOf"]))
    if schema.get("type") == "null":
        return "None"
    if schema.get("type") == "array":
        return f"list[{_type(schema['items'])}]"
    return FORMATS.get(schema.get("format", ""), PLAIN[schema["type"]])


def _formatted(code: str) -> str:
    """As `ruff` wants it, under the project's rules."""
    for work in (["check", "--fix", "--quiet", "--exit-zero"], ["format", "--quiet"]):
        command = [sys.executable, "-m", "ruff", *work, "--stdin-filename", "common/client/made.py", "-"]
        code = subprocess.run(command, input=code, capture_output=True, text=True, check=True).stdout  # noqa: S603
    return code


def generated(document: bytes, folder: Path) -> Iterator[tuple[Path, str]]:
    """Each generated module and what it must hold; one that was made from this document is not made again."""
    for path, write in ((folder / "models.py", models), (folder / "operations.py", operations)):
        there = path.read_text("utf-8") if path.exists() else ""
        yield path, there if is_fresh(there, document) else write(document)
