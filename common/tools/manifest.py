"""Everything outside Python that follows from the declared functions: written, or checked for freshness."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson

from common.commit import COLLECTION, UNINDEXED
from common.documents import Document
from common.events import every_event
from common.functions.declared import DEAD_LETTERS, Function
from common.machine import Machine
from common.parking import Parked
from common.tools import client, warehouse_schema
from common.tools.areas import AREAS, functions
from common.tools.host import public_prefixes
from common.tools.infrastructure import declaration, task_functions
from common.tools.openapi import describe

ROOT: Final = Path(__file__).parents[2]
BEGIN: Final = "<!-- generated: {name} -->"
END: Final = "<!-- end -->"


def generated() -> Iterator[tuple[Path, str]]:
    """Each generated file and what it must hold."""
    found = functions()
    yield ROOT / "terraform" / "declared.json", _json(declaration(found))
    yield ROOT / "terraform" / "firestore.indexes.json", _json(_indexes())
    yield ROOT / "common" / "functions" / "tasks.json", _json(task_functions(found))
    api = _json(describe(found))
    yield ROOT / "common" / "openapi.json", api
    yield from client.generated(api.encode(), ROOT / "common" / "client")
    for name, event in every_event().items():
        schema = event.model_json_schema()
        yield ROOT / "common" / "events" / "schemas" / f"{name}.v{event.schema_version}.json", _json(schema)
    yield warehouse_schema.STORED, _json(warehouse_schema.present())
    readme = (ROOT / "README.md").read_text()
    readme = between(readme, "functions", _table(found))
    yield ROOT / "README.md", between(readme, "machines", _diagrams())


def between(text: str, name: str, inner: str) -> str:
    """The text with the part between a name's markers replaced; unchanged where there are none."""
    begin = BEGIN.format(name=name)
    if begin not in text:
        return text
    head, _, rest = text.partition(begin)
    _, _, tail = rest.partition(END)
    return f"{head}{begin}\n{inner}\n{END}{tail}"


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"


def documents() -> list[type[Document]]:
    """Every kind of document there is, by collection."""
    found: dict[str, type[Document]] = {}
    waiting = [*Document.__subclasses__()]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.collection and kind.__module__.startswith(("functions.", "common.")):
            found[kind.collection] = kind
    return [found[name] for name in sorted(found)]


def machines() -> list[tuple[str, Machine[Any]]]:
    """Every state table with the package that keeps it, area by area."""
    held = {
        id(value): (name, value)
        for name in sorted(sys.modules, reverse=True)
        if name.startswith(("functions.", "common."))
        for value in vars(sys.modules[name]).values()
        if isinstance(value, Machine)
    }
    found = [(package(name), machine) for name, machine in held.values()]
    return sorted(found, key=lambda entry: ([*AREAS, "common"].index(entry[0]), entry[1].name))


def package(module: str) -> str:
    """The area a module belongs to, or `common`."""
    top, _, rest = module.partition(".")
    return rest.partition(".")[0] if top == "functions" else top


def _diagrams() -> str:
    return "\n\n".join(_diagram(kept_by, machine) for kept_by, machine in machines())


def _diagram(kept_by: str, machine: Machine[Any]) -> str:
    """Folded, with its states in the line that stays, so that the page stays readable."""
    states = ", ".join(machine.moves)
    return "\n".join(
        [
            f"<details><summary><b>{machine.name}</b> ({kept_by}): {states}</summary>",
            "",
            "```mermaid",
            machine.diagram(),
            "```",
            "",
            "</details>",
        ]
    )


def _indexes() -> dict[str, Any]:
    """Firestore's field overrides: what is not selected by is not indexed.

    None has a TTL, for nothing expires: a stored answer to an Idempotency-Key is its commit's record, which is the
    audit log; a parked message waits for a person; personal data goes by erasure, which is itself recorded.
    """
    assert Parked in documents()  # noqa: S101 - the common kinds are loaded
    exempt: list[dict[str, Any]] = [
        {"collectionGroup": kind.collection, "fieldPath": name, "indexes": []}
        for kind in documents()
        for name in ("body", "head", "version")
    ]
    exempt += [{"collectionGroup": COLLECTION, "fieldPath": name, "indexes": []} for name in UNINDEXED]
    return {"fieldOverrides": exempt, "indexes": []}


def _table(found: list[Function]) -> str:
    rows = ["| function | trigger | emits |", "|---|---|---|"]
    for function in found:
        told = ", ".join(f"`{event.name}`" for event in function.emits)
        rows.append(f"| `{function.name}` | {_trigger(function)} | {told} |")
    return "\n".join(rows)


def _trigger(function: Function) -> str:
    if function.kind == "http":
        return "HTTP " + ", ".join(f"`{prefix}`" for prefix in public_prefixes(function))
    if function.kind == "schedule":
        return f"schedule `{function.cron}`"
    if function.kind == "stream":
        return "every event"
    if function.kind == "dead_letter":
        return f"topic `{DEAD_LETTERS}`"
    return f"{function.kind} `{function.trigger.name}`" if function.trigger else function.kind


def main() -> int:
    """Writes what is generated; with `--check`, names what is stale and exits with 1."""
    stale = [(path, text) for path, text in generated() if not path.exists() or path.read_text() != text]
    if faults := warehouse_schema.faults():
        sys.stderr.write("\n".join([*faults, warehouse_schema.HOW, ""]))
        stale = [(path, text) for path, text in stale if path != warehouse_schema.STORED]
    if "--check" in sys.argv[1:]:
        for path, _ in stale:
            sys.stderr.write(f"stale: {path.relative_to(ROOT)} (make generate)\n")
        return 1 if stale or faults else 0
    for path, text in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        sys.stderr.write(f"wrote {path.relative_to(ROOT)}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
