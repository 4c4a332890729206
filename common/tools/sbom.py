"""What an archive consists of, for those who look for known weaknesses: a bill of materials in CycloneDX 1.6.

The same archive gives the same bytes: no moment and no random number is in it.
"""

import json
import re
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, metadata
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from packaging.utils import canonicalize_name

from common.tools.requirements import direct

_PIN: Final = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)(.*?)(?=^[A-Za-z0-9]|\Z)", re.MULTILINE | re.DOTALL)
_OSI: Final = "License :: OSI Approved :: "
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def bill_of_materials(area: str, archive: bytes, requirements: str) -> bytes:
    """The bill of an area's archive: itself with its hash, and every package it is deployed with, pinned and hashed."""
    pins: dict[str, tuple[str, list[str]]] = {
        str(canonicalize_name(name)): (version, _HASH.findall(hashes))
        for name, version, hashes in _PIN.findall(requirements)
    }
    own = f"billing-{area}"
    digest = sha256(archive).hexdigest()
    edges = {_reference(name, pins[name][0]): _needed(name, pins) for name in sorted(pins)}
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, f'{own}:{digest}')}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": own,
                "version": digest[:12],
                "hashes": [{"alg": "SHA-256", "content": digest}],
            }
        },
        "components": [_component(name, *pins[name]) for name in sorted(pins)],
        "dependencies": [{"ref": own, "dependsOn": sorted(edges)}]
        + [{"ref": reference, "dependsOn": needed} for reference, needed in edges.items()],
    }
    return (json.dumps(bill, indent=1) + "\n").encode()


def _component(name: str, version: str, hashes: list[str]) -> dict[str, Any]:
    """A package; each hash is that of one of its files, of which the build takes the one that fits."""
    reference = _reference(name, version)
    files = [
        {"type": "distribution", "url": reference, "hashes": [{"alg": "SHA-256", "content": one}]} for one in hashes
    ]
    found = {"type": "library", "bom-ref": reference, "name": name, "version": version, "purl": reference}
    return {**found, **_licence(name), "externalReferences": files}


def _reference(name: str, version: str) -> str:
    return f"pkg:pypi/{name}@{version}"


def _needed(name: str, pins: dict[str, tuple[str, list[str]]]) -> list[str]:
    return sorted(_reference(other, pins[other][0]) for other in direct(name) if other in pins)


def _licence(name: str) -> dict[str, Any]:
    """As the package itself tells it: an SPDX expression, or names from its classifiers or its own line."""
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return {}
    if expressions := told.get_all("License-Expression"):
        return {"licenses": [{"expression": one} for one in expressions]}
    listed = [line.rpartition(" :: ")[2] for line in told.get_all("Classifier") or [] if line.startswith(_OSI)]
    named = listed or [line for line in told.get_all("License") or [] if line and "\n" not in line]
    return {"licenses": [{"license": {"name": one}} for one in named]} if named else {}
