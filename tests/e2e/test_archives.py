"""What would be deployed is whole: the platform runs from its archives, and what is taken out does not go unnoticed."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from common.functions.declared import Function
from common.tools.archive import ROOT, contents, files, zipped
from common.tools.archived import Archive, NotStarted, Served
from common.tools.areas import AREAS, functions
from common.tools.local import Local, local
from common.tools.needs import needs
from common.tools.requirements import Missing, exported, imports, names_of

pytestmark = pytest.mark.timeout(300)
FUNCTIONS = functions()
SWEEP = """
import json, sys
sys.path[:0] = json.loads(sys.argv[1])
import main
from common.functions.declared import function_of
print(function_of("payments.charge_attempt"))
"""


@pytest.fixture(scope="session")
def packed() -> dict[str, dict[str, bytes]]:
    return {area: contents(area) for area in AREAS}


def own(area: str) -> list[Function]:
    return [function for function in FUNCTIONS if function.area == area]


def started(archive: Archive, platform: Local) -> Served:
    settings = {f"BILLING_{name.upper()}": str(value) for name, value in platform.settings.model_dump().items()}
    return Served(archive, own(archive.area), {**os.environ, **settings}, None)


def fault_of(area: str, packed: dict[str, bytes], platform: Local, folder: Path) -> str:
    """Why an archive does not start."""
    served = started(Archive(area, folder, packed), platform)
    try:
        with pytest.raises(NotStarted) as told:
            served.wait()
    finally:
        served.close()
    return str(told.value)


# -- what is in them -------------------------------------------------------------------------------


@pytest.mark.parametrize("area", AREAS)
def test_an_archive_holds_its_area_and_what_all_share_and_nothing_else(
    area: str, packed: dict[str, dict[str, bytes]]
) -> None:
    foreign = [
        path
        for path in packed[area]
        if not path.startswith((f"functions/{area}/", "common/", "__pycache__/main.", "functions/__pycache__/__init__"))
        and path not in {"main.py", "requirements.txt", "functions/__init__.py"}
    ]
    assert foreign == []
    assert [path for path in packed[area] if "/tools/" in path or "schemas" in path or path.endswith(".png")] == []


def test_every_source_file_comes_with_its_bytecode(packed: dict[str, dict[str, bytes]]) -> None:
    for area, held in packed.items():
        compiled = {path.rpartition("/")[2].partition(".")[0] for path in held if path.endswith(".pyc")}
        assert {Path(path).stem for path in held if path.endswith(".py")} == compiled, area
        assert all(held[path][4:8] == b"\x01\0\0\0" for path in held if path.endswith(".pyc")), area


def test_the_same_source_gives_the_same_bytes_wherever_it_stands(
    tmp_path: Path, packed: dict[str, dict[str, bytes]]
) -> None:
    leave = shutil.ignore_patterns("__pycache__", "tools")
    for folder in ("common", "functions"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=leave)
    assert zipped(contents("charging", tmp_path)) == zipped(packed["charging"])
    shuffled = dict(reversed(packed["charging"].items()))
    assert zipped(shuffled) == zipped(packed["charging"])
    (tmp_path / "functions" / "charging" / "model.py").write_text('"""Other."""\n')
    assert zipped(contents("charging", tmp_path)) != zipped(packed["charging"])


def test_only_who_uses_a_package_is_deployed_with_it(packed: dict[str, dict[str, bytes]]) -> None:
    required = {area: names_of(held["requirements.txt"].decode()) for area, held in packed.items()}
    having = {
        name: {area for area, names in required.items() if name in names}
        for name in ("google-cloud-bigquery", "typst", "google-cloud-storage", "pytest", "duckdb", "rich", "ruff")
    }
    assert having["google-cloud-bigquery"] == {"audit", "reporting"}
    assert having["typst"] == {"invoicing"}
    assert having["google-cloud-storage"] == {
        a for a in AREAS if (n := needs(a, FUNCTIONS)).reads_files or n.writes_files
    }
    assert not having["pytest"] | having["duckdb"] | having["rich"] | having["ruff"]


def test_every_requirement_is_pinned_and_hashed_as_it_is_locked(packed: dict[str, dict[str, bytes]]) -> None:
    lock = (ROOT / "requirements.lock").read_text()
    for held in packed.values():
        lines = held["requirements.txt"].decode().splitlines()
        assert [line for line in lines if line not in lock] == []
        assert sum("==" in line for line in lines) >= 20
        assert all("--hash=sha256:" in line for line in lines if line.startswith(" "))


def test_an_import_that_no_locked_package_has_is_refused() -> None:
    sources = {**files("members"), "functions/members/more.py": b"import numpy\n"}
    assert "numpy" in imports(sources)
    with pytest.raises(Missing, match="numpy"):
        exported(sources, needs("members", FUNCTIONS))


# -- what they do ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    with local(Path(tmp_path_factory.mktemp("archived")), archives=True) as running:
        yield running


def test_a_charge_becomes_an_invoice_a_document_a_mail_and_rows(archived: Local) -> None:
    scopes = ("members:write", "charges:write", "invoices:run", "invoices:read", "items:read")
    token = archived.token(*scopes)
    http = httpx.Client(base_url=archived.url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
    today = archived.runtime.clock.now().date()
    with http:
        register(http, today)
        archived.settle()
        run = told(http.post("/v1/billing-runs", json=billing_run(today), headers={"Idempotency-Key": "3"}))
        archived.settle()
        reason = {"reason": "test"}
        told(http.post(f"/v1/billing-runs/{run['id']}/release", json=reason, headers={"Idempotency-Key": "4"}))
        for _ in range(2):
            archived.advance_to(archived.runtime.clock.now() + timedelta(hours=1))
        (invoice,) = told(http.get("/v1/invoices"))["items"]
        document = http.get(f"/v1/invoices/{invoice['id']}/pdf")
    assert document.content.startswith(b"%PDF")
    assert archived.http.get(f"{archived.emulators}/mail/").text.count("anna@members.example")
    assert rows_of(archived, "invoice.issued") == 1
    assert archived.archives is not None


def register(http: httpx.Client, today: date) -> None:
    """Anna, and what she sold."""
    member = {
        "kind": "private",
        "name": "Anna Berg",
        "email": "anna@members.example",
        "address": {"street": "Weg 1", "city": "Hamburg", "postcode": "20457", "country": "DE"},
    }
    told(http.put("/v1/members/anna", json=member, headers={"Idempotency-Key": "1"}))
    charge = {"charge": "c-1", "member": "anna", "currency": "EUR", "kind": "commission", "description": "Fee"}
    sold = {**charge, "basis_minor": 500_000, "occurred_on": today.isoformat()}
    for _ in range(100):
        answer = http.post("/v1/charges", json=sold, headers={"Idempotency-Key": "2"})
        if answer.status_code != 422:
            break
    told(answer)


def billing_run(today: date) -> dict[str, Any]:
    return {"entity": "MP", "cut_off": today.isoformat()}


def told(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()


def rows_of(platform: Local, name: str) -> int:
    from common.google import channels

    client = channels.bigquery_client(platform.settings)
    (row,) = client.query(f"SELECT COUNT(*) AS n FROM billing_core.events WHERE name = '{name}'").result()  # noqa: S608 - ours
    return int(row["n"])


def test_every_schedule_comes_round_at_its_archive(archived: Local) -> None:
    archived.fire_schedules()
    assert archived.admin("pending")


def test_the_platforms_own_doors_are_shut_to_strangers(archived: Local) -> None:
    for function in FUNCTIONS:
        if function.kind != "http":
            url = archived.settings.function_url(function.name)
            assert archived.http.post(url, json={}).status_code == 401, function.name


def test_the_relay_knows_where_every_areas_tasks_go(packed: dict[str, dict[str, bytes]], tmp_path: Path) -> None:
    archive = Archive("relay", tmp_path, packed["relay"])
    command = [sys.executable, "-I", "-S", "-c", SWEEP, json.dumps(archive.search_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.stdout.strip() == "payments-charge-attempts", ended.stderr


def test_a_process_that_falls_over_is_replaced_and_nothing_is_lost(archived: Local) -> None:
    assert archived.archives is not None
    dead = archived.archives.process_of("members")
    dead.kill()
    dead.wait()
    token = archived.token("members:read")
    answer = archived.http.get(f"{archived.url}/v1/members", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    assert archived.archives.process_of("members").pid != dead.pid


# -- what is missing shows -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("area", "path"),
    [("invoicing", "functions/invoicing/numbering.py"), ("charging", "common/runtime.py"), ("relay", "main.py")],
)
def test_a_file_that_is_taken_out_is_noticed(
    archived: Local, packed: dict[str, dict[str, bytes]], tmp_path: Path, area: str, path: str
) -> None:
    held = {name: content for name, content in packed[area].items() if name != path}
    told = fault_of(area, held, archived, tmp_path)
    assert Path(path).stem in told
    assert area in told


@pytest.mark.parametrize(("area", "name"), [("members", "pydantic"), ("payments", "defusedxml"), ("console", "babel")])
def test_a_package_that_is_not_required_is_not_there(
    archived: Local, packed: dict[str, dict[str, bytes]], tmp_path: Path, area: str, name: str
) -> None:
    pins = packed[area]["requirements.txt"].decode().split("\n")
    kept = "\n".join(line for line in pins if not line.startswith(f"{name}=="))
    held = {**packed[area], "requirements.txt": kept.encode()}
    assert f"No module named '{name}" in fault_of(area, held, archived, tmp_path)


def test_a_whole_archive_starts(archived: Local, packed: dict[str, dict[str, bytes]], tmp_path: Path) -> None:
    served = started(Archive("relay", tmp_path, packed["relay"]), archived)
    try:
        served.wait()
    finally:
        served.close()
    assert served.process.returncode == 0
