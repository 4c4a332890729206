"""An archive's bill of materials names what is deployed: no package more, none less, each with its hashes."""

import json
from hashlib import sha256
from typing import Any

import pytest

from common.tools.areas import AREAS
from common.tools.requirements import locked, names_of
from common.tools.sbom import bill_of_materials

ARCHIVE = b"an archive"
REQUIREMENTS = "".join(
    locked()[name] for name in ("click", "flask", "jinja2", "markupsafe", "pydantic", "pydantic-core")
)


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bill_of_materials("members", ARCHIVE, REQUIREMENTS))
    return found


def test_it_names_each_package_of_the_archive_with_version_and_hashes(bill: dict[str, Any]) -> None:
    assert {one["name"] for one in bill["components"]} == names_of(REQUIREMENTS)
    for one in bill["components"]:
        pin = locked()[one["name"]]
        assert pin.startswith(f"{one['name']}=={one['version']}")
        hashes = [hashed["content"] for file in one["externalReferences"] for hashed in file["hashes"]]
        assert hashes
        assert all(f"sha256:{each}" in pin for each in hashes)
        assert len(hashes) == pin.count("sha256:")


def test_it_says_which_archive_it_is_of(bill: dict[str, Any]) -> None:
    own = bill["metadata"]["component"]
    assert own["hashes"] == [{"alg": "SHA-256", "content": sha256(ARCHIVE).hexdigest()}]
    assert (own["name"], own["type"]) == ("billing-members", "application")


def test_it_says_who_needs_whom_and_refers_to_nothing_else(bill: dict[str, Any]) -> None:
    needed = {one["ref"]: one["dependsOn"] for one in bill["dependencies"]}
    known = {one["bom-ref"] for one in bill["components"]}
    assert set(needed) == known | {"billing-members"}
    assert set(needed["billing-members"]) == known
    by_name = {ref.removeprefix("pkg:pypi/").partition("@")[0]: refs for ref, refs in needed.items()}
    assert {ref.partition("@")[0] for ref in by_name["flask"]} == {
        "pkg:pypi/click", "pkg:pypi/jinja2", "pkg:pypi/markupsafe",
    }  # fmt: skip
    assert by_name["markupsafe"] == []
    assert {ref for refs in needed.values() for ref in refs} <= known


def test_it_tells_licences(bill: dict[str, Any]) -> None:
    told = {one["name"]: one.get("licenses") for one in bill["components"]}
    assert told["flask"] == [{"expression": "BSD-3-Clause"}]
    assert all(told.values())


def test_the_same_archive_has_the_same_bill_and_another_one_another() -> None:
    bills = {bill_of_materials(area, ARCHIVE, REQUIREMENTS) for area in AREAS}
    assert len(bills) == len(AREAS)
    assert bill_of_materials("members", ARCHIVE, REQUIREMENTS) in bills
    serials = {json.loads(one)["serialNumber"] for one in [*bills, bill_of_materials("members", b"", REQUIREMENTS)]}
    assert len(serials) == len(AREAS) + 1
