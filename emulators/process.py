"""All emulators as one thing: one gRPC port, one HTTP port, one directory, one clock, one issuer."""

import fcntl
import importlib
import importlib.util
import threading
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self

import grpc

from emulators.clock import Clock
from emulators.http import HttpServer
from emulators.identity import Issuer
from emulators.pubsub import PubSubEmulator
from emulators.site import Site, admin_routes, identity_routes
from emulators.storage import StorageEmulator
from emulators.tasks import TasksEmulator

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

GRPC_THREADS = 96
"""Streaming pulls and requests that wait for a locked document each hold one; they are made when needed."""
STORAGE_PREFIXES = ("/storage/v1", "/upload/storage/v1", "/download/storage/v1")
BIGQUERY_PREFIX = "/bigquery/v2"
_GRPC_OPTIONS = [
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
]
_SIMULATORS = {
    "stripe": "StripeSimulator",
    "bank": "BankSimulator",
    "sap": "SapSimulator",
    "mail": "MailSink",
}


class InUse(RuntimeError):
    """Another process works on the same directory."""


@dataclass
class _Late:
    """A service that is imported and made by its first request, so that it costs a start nothing."""

    module: str
    name: str
    path: Path | None

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._made: Any = None

    def wsgi(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        with self._lock:
            if self._made is None:
                self._made = _class(self.module, self.name)(self.path)
        return self._made.wsgi(environ, start_response)

    def close(self) -> None:
        with self._lock:
            if self._made is not None:
                self._made.close()


class Emulators:
    """What stands in for Google and for the world, in this process, on 127.0.0.1.

    State is kept below `data` and survives the death of the process; None keeps it in memory. Port 0 picks a free one.
    A second process on the same `data` is InUse.
    """

    def __init__(self, data: Path | None, grpc_port: int = 0, http_port: int = 0) -> None:
        self._data = data
        self._ports = (grpc_port, http_port)
        self._lock: BinaryIO | None = None
        self._running: dict[str, Any] = {}

    def start(self) -> None:
        """Opens the state and both ports, then delivers what an earlier process left undone."""
        self._lock = _locked(self._data)
        self.clock = Clock(self._below("clock"))
        self.issuer = Issuer(self._below("identity"))
        self._running = self._services()
        self._http = HttpServer(self._site(), self._ports[1])
        self.http_port = self._http.port
        self.issuer.url = f"{self.url}/identity"
        self._start_grpc()
        self._http.start()
        for service in self._running.values():
            if hasattr(service, "start"):
                service.start()

    def close(self) -> None:
        """Ends everything; what is undone goes on at the next start."""
        self._grpc.stop(0.2).wait()
        for service in self._running.values():
            if hasattr(service, "close"):
                service.close()
        self._http.close()
        if self._lock is not None:
            self._lock.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def service(self, name: str) -> Any:
        """The running service: firestore, pubsub, tasks, storage, bigquery, stripe, bank, sap or mail."""
        return self._running[name]

    @property
    def url(self) -> str:
        """Where the HTTP port is."""
        return f"http://127.0.0.1:{self.http_port}"

    def environment(self) -> dict[str, str]:
        """The variables that lead the clients here."""
        grpc_host = f"127.0.0.1:{self.grpc_port}"
        return {
            "FIRESTORE_EMULATOR_HOST": grpc_host,
            "PUBSUB_EMULATOR_HOST": grpc_host,
            "CLOUD_TASKS_EMULATOR_HOST": grpc_host,
            "BIGQUERY_EMULATOR_HOST": self.url,
            "STORAGE_EMULATOR_HOST": self.url,
            "BILLING_ISSUER_URL": self.issuer.url,
            "BILLING_EMULATORS_URL": self.url,
        }

    def idle(self) -> bool:
        """True when no message, task or webhook moves or waits for a retry, and none did while looking."""
        before = self._activity()
        return all(s.idle() for s in self._having("idle").values()) and self._activity() == before

    def pending(self) -> dict[str, Any]:
        """What waits, by service."""
        return {name: service.pending() for name, service in self._having("pending").items()}

    def _having(self, method: str) -> dict[str, Any]:
        return {name: service for name, service in self._running.items() if hasattr(service, method)}

    def _activity(self) -> list[int]:
        return [service.activity for service in self._having("activity").values()]

    def _below(self, name: str) -> Path | None:
        return self._data / name if self._data else None

    def _services(self) -> dict[str, Any]:
        shared = {"issuer": self.issuer, "clock": self.clock}
        services: dict[str, Any] = {
            name: _class(f"emulators.{name}", kind)(self._below(name), clock=self.clock)
            for name, kind in _SIMULATORS.items()
            if _exists(f"emulators.{name}")
        }
        services["pubsub"] = PubSubEmulator(self._below("pubsub"), **shared)
        services["tasks"] = TasksEmulator(self._below("tasks"), **shared)
        services["storage"] = StorageEmulator(self._below("storage"))
        if _exists("emulators.firestore"):
            services["firestore"] = _class("emulators.firestore", "FirestoreEmulator")(self._below("firestore"))
        if _exists("emulators.bigquery"):
            services["bigquery"] = _Late("emulators.bigquery", "BigQueryEmulator", self._below("bigquery"))
        return services

    def _site(self) -> Site:
        mounted: dict[str, WSGIApplication] = {
            f"/{name}": self._running[name].wsgi for name in _SIMULATORS if name in self._running
        }
        if "bigquery" in self._running:
            mounted[BIGQUERY_PREFIX] = self._running["bigquery"].wsgi
        routes = admin_routes(self, self.clock, sorted(self._running)) | identity_routes(self.issuer)
        return Site(routes, mounted, dict.fromkeys(STORAGE_PREFIXES, self._running["storage"].wsgi))

    def _start_grpc(self) -> None:
        pool = futures.ThreadPoolExecutor(max_workers=GRPC_THREADS, thread_name_prefix="grpc")
        self._grpc = grpc.server(pool, options=_GRPC_OPTIONS)
        for service in self._having("grpc_handlers").values():
            self._grpc.add_generic_rpc_handlers(tuple(service.grpc_handlers()))
        self.grpc_port: int = self._grpc.add_insecure_port(f"127.0.0.1:{self._ports[0]}")
        self._grpc.start()


def _exists(module: str) -> bool:
    spec = importlib.util.find_spec(module)
    return spec is not None and spec.origin is not None


def _class(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


def _locked(data: Path | None) -> BinaryIO | None:
    """Holds the directory for this process; the lock ends with the process, however it ends."""
    if data is None:
        return None
    data.mkdir(parents=True, exist_ok=True)
    lock = (data / "lock").open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as fault:
        lock.close()
        raise InUse(f"another process works on {data}") from fault
    return lock
