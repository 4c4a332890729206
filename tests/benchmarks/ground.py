"""The figures of the ground: `python -m tests.benchmarks.ground` prints them as JSON.

They are measured through the real client and the engine's own transactions, each with its commit record, against
emulators in a process of their own over a folder; or against another server (`--against`).
"""

import argparse
import json
import random
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter
from typing import Any, Final
from uuid import uuid4

import grpc
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports.grpc import FirestoreGrpcTransport

from common.google.documents import FirestoreDocuments
from common.ports import Conflict, Counts, Write
from emulators.launch import Launched, launch
from tests.conformance.jars import google, jar_of

STARTS: Final = 5
CONTENDERS: Final = 16
CONTENDED: Final = 8
_BODY: Final = "x" * 600  # a commit record's after-image is about that long


def figures(seconds: float = 5.0, against: str = "") -> dict[str, Any]:
    """Every figure; each contest lasts so many seconds."""
    found: dict[str, Any] = {} if against else {"start": starts()}
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder), against) as (address, launched):
        documents = FirestoreDocuments(client_of(address), Counts())
        contest(documents, 1, lambda worker: f"warm-{worker}", 0.5)
        found["one_thread"] = contest(documents, 1, lambda worker: f"own-{worker}", seconds)
        found["eight_threads"] = contest(documents, 8, lambda worker: f"own-{worker}", seconds)
        found["hot_document"] = contest(documents, 8, lambda _: "hot", seconds)
        found["sixteen_on_eight"] = contest(documents, CONTENDERS, one_of_eight, seconds)
        if launched:
            found["memory_mb_after"] = memory_mb(launched.process.pid)
    return found


def googles(seconds: float) -> dict[str, Any]:
    """The same contests on Google's own emulator, where there is one; the hot document takes it over a minute."""
    if jar_of("firestore") is None:
        return {}
    with google("firestore") as address:
        documents = FirestoreDocuments(client_of(address), Counts())
        contest(documents, 1, lambda worker: f"warm-{worker}", 2.0)
        return {
            "one_thread": contest(documents, 1, lambda worker: f"own-{worker}", seconds),
            "eight_threads": contest(documents, 8, lambda worker: f"own-{worker}", seconds),
            "hot_document": contest(documents, 8, lambda _: "hot", seconds),
        }


def starts() -> dict[str, Any]:
    """Seconds from starting the process to open ports, and its memory then; medians."""
    took, memory = [], []
    for _ in range(STARTS):
        with tempfile.TemporaryDirectory() as folder:
            began = perf_counter()
            with launch(Path(folder)) as launched:
                took.append(perf_counter() - began)
                memory.append(memory_mb(launched.process.pid))
    return {"seconds": round(median(took), 3), "memory_mb": median(memory)}


def one_of_eight(_worker: int) -> str:
    """The document a contender takes next."""
    return f"shared-{random.randrange(CONTENDED)}"  # noqa: S311 - load, not secrets


def contest(documents: FirestoreDocuments, workers: int, pick: Callable[[int], str], seconds: float) -> dict[str, Any]:
    """Increments by so many workers until time is up; every one that was answered must be in the sums at the end.

    Raises AssertionError where an increment is lost. Times are in milliseconds.
    """
    run = uuid4().hex
    end = monotonic() + seconds
    took: list[list[float]] = [[] for _ in range(workers)]
    gave_up = [0] * workers
    picked: set[str] = set()

    def work(worker: int) -> None:
        while monotonic() < end:
            name = f"{run}-{pick(worker)}"
            picked.add(name)
            began = perf_counter()
            try:
                documents.transact(lambda session, name=name: _increment(session, name))  # type: ignore[misc]
            except Conflict:
                gave_up[worker] += 1
            else:
                took[worker].append((perf_counter() - began) * 1000)

    began = perf_counter()
    _together(workers, work)
    lasted = perf_counter() - began
    stored = documents.client.get_all([documents.client.document(f"accounts/{name}") for name in picked])
    counted = sum(snapshot.get("n") for snapshot in stored if snapshot.exists)
    done = sorted(each for times in took for each in times)
    assert counted == len(done), f"{len(done)} increments were answered, {counted} are there"
    per_worker = [len(times) for times in took]
    return {
        "a_second": round(len(done) / lasted, 1),
        "gave_up": sum(gave_up),
        "p50_ms": round(_quantile(done, 0.5), 1),
        "p99_ms": round(_quantile(done, 0.99), 1),
        "longest_ms": round(done[-1], 1) if done else 0,
        "least_and_most_of_a_worker": [min(per_worker), max(per_worker)],
    }


def _increment(session: Any, name: str) -> tuple[Sequence[Write], None]:
    """An account read and written, and the commit record that every commit leaves."""
    (found,) = session.load([("accounts", name)])
    n = found.fields["n"] + 1 if found else 1
    record = Write("commits", uuid4().hex, {"body": _BODY, "pending": "7"}, new=True)
    return [Write("accounts", name, {"n": n, "head": record.id}), record], None


def _together(count: int, work: Callable[[int], None]) -> None:
    start = threading.Barrier(count)

    def begin(worker: int) -> None:
        start.wait()
        work(worker)

    with ThreadPoolExecutor(count) as threads:
        for done in [threads.submit(begin, worker) for worker in range(count)]:
            done.result()


def _quantile(done: Sequence[float], share: float) -> float:
    return done[min(len(done) - 1, int(len(done) * share))] if done else 0.0


def memory_mb(pid: int) -> int:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) // 1024


@contextmanager
def _server(folder: Path, against: str) -> Iterator[tuple[str, Launched | None]]:
    if against:
        yield against, None
        return
    with launch(folder) as launched:
        yield launched.environment["FIRESTORE_EMULATOR_HOST"], launched


def client_of(address: str) -> Any:
    """The real client, made as the emulator variable makes it, without touching the environment."""
    client = firestore.Client(project="ground", credentials=AnonymousCredentials())
    channel = grpc.insecure_channel(address)
    client._firestore_api_internal = FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))
    client._emulator_host = address
    return client


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.ground", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each contest (default: %(default)s)")
    parser.add_argument("--against", default="", help="host:port of another server")
    parser.add_argument("--jars", action="store_true", help="also measure Google's own emulator, where there is one")
    asked = parser.parse_args()
    found = figures(asked.seconds, asked.against)
    if asked.jars:
        found["google"] = googles(asked.seconds)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
