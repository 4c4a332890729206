"""`billing up` is killed in the middle of a billing run; after a restart the month completes."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import httpx

from common.client import Billing, models

PROGRAM = [sys.executable, "-m", "common.tools.program"]
MEMBERS = 150


class Up:
    """A running `billing up`, seen from outside."""

    def __init__(self, process: subprocess.Popen[bytes], state: Path) -> None:
        self.process = process
        self.http = httpx.Client(timeout=30)
        addresses = state / "addresses.json"
        wait_for(lambda: addresses.exists() and self._answers(addresses), process)
        told = json.loads(addresses.read_text())
        self.url, self.emulators = told["url"], told["emulators"]
        asked = {"email": "m@x.example", "audience": self.url, "scopes": SCOPES}
        token = self.http.post(f"{self.emulators}/identity/token", json=asked).json()["token"]
        self.api = Billing(self.url, token)

    def _answers(self, addresses: Path) -> bool:
        try:
            return self.http.get(json.loads(addresses.read_text())["url"] + "/openapi.json").is_success
        except (httpx.TransportError, ValueError):
            return False

    def pass_time(self, minutes: int) -> None:
        now = datetime.fromisoformat(self.http.get(f"{self.emulators}/admin/clock").json()["now"])
        moment = (now + timedelta(minutes=minutes)).isoformat()
        self.http.post(f"{self.emulators}/admin/clock", json={"now": moment}).raise_for_status()


SCOPES = ["members:write", "charges:write", "invoices:run", "invoices:read"]


def wait_for(done: Callable[[], bool], process: subprocess.Popen[bytes], patience_s: float = 60) -> None:
    until = monotonic() + patience_s
    while not done():
        assert process.poll() is None, "billing up ended"
        assert monotonic() < until, "patience ended"
        sleep(0.05)


@contextmanager
def up(state: Path) -> Iterator[Up]:
    (state / "addresses.json").unlink(missing_ok=True)
    process = subprocess.Popen([*PROGRAM, "up", "--state", str(state)], stdout=subprocess.DEVNULL)
    try:
        yield Up(process, state)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def begin_a_run(platform: Up) -> str:
    address = {"street": "Weg 1", "city": "Hamburg", "postcode": "20457", "country": "DE"}
    everyone = [
        {"external_id": f"m{n}", "kind": "private", "name": f"M {n}", "email": f"m{n}@x.example", "address": address}
        for n in range(MEMBERS)
    ]
    platform.api.members.upsert_members(models.MembersBatch.model_validate({"members": everyone}))
    today = datetime.now(UTC).date()
    charges = [
        models.TakeCharge(
            charge=f"c{n}",
            member=f"m{n}",
            currency="EUR",
            kind="commission",
            description="Commission",
            occurred_on=today,
            basis_minor=5000 + n,
        )
        for n in range(MEMBERS)
    ]
    idle: Callable[[], bool] = lambda: bool(platform.http.get(f"{platform.emulators}/admin/idle").json()["idle"])  # noqa: E731
    wait_for(idle, platform.process)
    taken = platform.api.charging.take_charges(models.ChargingBatch(charges=charges))
    assert {item.outcome for item in taken.items} == {"accepted"}
    wait_for(idle, platform.process)
    runs = platform.api.invoicing
    run_id = runs.start_run(models.StartRun(entity="MP", cut_off=today)).id
    wait_for(lambda: runs.show_run(run_id).state == "frozen", platform.process)
    runs.release_run(run_id, models.ChangeRunBody(reason="test"))
    return run_id


def test_a_month_completes_after_kill_9_in_the_middle_of_a_run(tmp_path: Path) -> None:
    with up(tmp_path) as platform:
        run_id = begin_a_run(platform)
        os.kill(platform.process.pid, signal.SIGKILL)
    with up(tmp_path) as platform:
        platform.pass_time(minutes=3)

        def completed() -> bool:
            return platform.api.invoicing.show_run(run_id).state == "completed"

        wait_for(completed, platform.process, patience_s=90)
        assert platform.api.invoicing.show_run(run_id).invoices == MEMBERS
    proved = subprocess.run([*PROGRAM, "prove", "--json", "--state", str(tmp_path)], capture_output=True, check=False)
    told = json.loads(proved.stdout)
    assert told["broken"] == []
    assert proved.returncode == 0
