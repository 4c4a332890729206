"""Takes the schema of the resource types Terraform uses out of HashiCorp's CDK bindings, for `google_provider.json`.

    pip download --no-deps cdktf-cdktf-provider-google==16.12.1
    python -m tests.architecture.take_schema cdktf_cdktf_provider_google-16.12.1-py3-none-any.whl

These bindings are made from provider 6.50.0 and are the last there are. For a newer provider, `terraform providers
schema -json` says the same, wherever the provider can be had.
"""

import io
import json
import re
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
TERRAFORM: Final = HERE.parents[1] / "terraform"
OURS: Final = frozenset(
    {"connection", "count", "dependsOn", "forEach", "lifecycle", "provider", "provisioners", "timeouts"}
)
"""What Terraform itself adds to every resource."""
PLAIN: Final = {"string": "string", "number": "number", "boolean": "bool", "any": "string"}
Types = dict[str, dict[str, Any]]


def taken(types: Types, wanted: set[str]) -> dict[str, Any]:
    """The schemas of these resource types, as `google_provider.json` has them."""
    known = _resources(types)
    return {name: _resource(types, known[name]) for name in sorted(wanted)}


def _resources(types: Types) -> dict[str, str]:
    """Where each resource type's configuration is described."""
    found = {}
    for name, one in types.items():
        if name.endswith("Config") and types.get(name[:-6], {}).get("kind") == "class":
            told = re.search(r"docs/resources/(\w+)", json.dumps(one.get("properties", [])))
            if told:
                found[f"google_{told[1]}"] = name
    return found


def _resource(types: Types, name: str) -> dict[str, Any]:
    made = _block(types, name, leave=OURS)
    settable = {key.strip("!*").replace("_", "") for key in made}
    for one in types[name[:-6]].get("properties", []):
        kind = one["type"].get("primitive")
        plain = re.sub(r"(?<!^)([A-Z])", r"_\1", one["name"]).lower()
        hidden = one["name"].endswith("Input") or one.get("static") or plain.replace("_", "") in settable
        if kind in {"string", "number"} and not hidden:
            made[plain] = f"={kind}"
    return made


def _block(types: Types, name: str, leave: frozenset[str] = frozenset()) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for one in types[name].get("properties", []):
        if one["name"] in leave:
            continue
        needed = "" if one.get("optional") else "!"
        kind, nested, many = _kind(one["type"])
        if nested:
            made[f"{needed}{_named(one)}{'*' if many else ''}"] = _block(types, nested)
        else:
            made[_named(one)] = f"{needed}{kind}"
    return made


def _named(one: dict[str, Any]) -> str:
    told = re.search(r"docs/\w+/\w+#([a-z0-9_]+)", json.dumps(one.get("docs", {})))
    return told[1] if told else re.sub(r"([A-Z])", r"_\1", one["name"]).lower()


def _kind(kind: dict[str, Any]) -> tuple[str, str, bool]:
    """A value's type, or the description of a block's inside; and whether it comes more than once."""
    if "primitive" in kind:
        return PLAIN[kind["primitive"]], "", False
    if "fqn" in kind:
        return "", kind["fqn"], False
    if "collection" in kind:
        inner, nested, _ = _kind(kind["collection"]["elementtype"])
        outer = "list" if kind["collection"]["kind"] == "array" else "map"
        return f"{outer} of {inner}", nested, True
    options = [_kind(one) for one in kind["union"]["types"] if one.get("fqn") != "cdktf.IResolvable"]
    return next((one for one in options if one[1]), options[0])


def _types(wheel: Path) -> Types:
    with zipfile.ZipFile(wheel) as packed:
        inner = next(name for name in packed.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(packed.read(inner))) as archive:
            member = archive.extractfile("package/.jsii")
            assert member is not None
            found: Types = json.load(member)["types"]
    return found


def main() -> None:
    """Writes the file anew."""
    text = "".join(file.read_text() for file in TERRAFORM.rglob("*.tf"))
    wanted = set(re.findall(r'^resource "(\w+)"', text, re.MULTILINE))
    made = taken(_types(Path(sys.argv[1])), wanted)
    (HERE / "google_provider.json").write_text(json.dumps(made, indent=0, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
