"""All emulators as one thing: one gRPC port, one HTTP port, one directory, one clock, one issuer."""

import fcntl
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent import futures
from contextlib import ExitStack
from functools import partial
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import grpc

from emulators.clock import Clock
from emulators.faults import Faults, FaultyAnswers, fault_routes
from emulators.firestore import Concurrency, FirestoreEmulator
from emulators.http import HttpServer
from emulators.identity import Issuer
from emulators.pubsub import PubSubEmulator
from emulators.site import Site, admin_routes, identity_routes
from emulators.storage import StorageEmulator
from emulators.tasks import TasksEmulator

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

GRPC_THREADS = 96
"""Streaming pulls and requests that wait for a locked document each hold one; they are made when needed."""
STORAGE_PREFIXES = ("/storage/v1", "/upload/storage/v1", "/download/storage/v1")
BIGQUERY_PREFIXES = ("/bigquery/v2", "/upload/bigquery/v2")
_GRPC_OPTIONS = [
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
]
SIMULATORS: Mapping[str, str] = {
    "stripe": "StripeSimulator",
    "adyen": "AdyenSimulator",
    "mollie": "MollieSimulator",
    "gocardless": "GoCardlessSimulator",
    "bank": "BankSimulator",
    "sap": "SapSimulator",
    "mail": "MailSink",
    "vies": "ViesSimulator",
}
"""The class of each, in the module of its name."""
PAYING_OUT = frozenset({"stripe", "adyen", "mollie", "gocardless"})
"""Those whose payouts the bank books."""


class InUse(RuntimeError):
    """Another process works on the same directory."""


class _Late:
    """A service that is imported and opened by its first request, so that it costs a start nothing."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: Any = None

    def wsgi(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        return self.opened().wsgi(environ, start_response)

    def opened(self) -> Any:
        """The service itself, at work."""
        with self._lock:
            if self._made is None:
                made = self._make()
                if hasattr(made, "start"):
                    made.start()
                self._made = made
            return self._made

    @property
    def made(self) -> Any:
        """The service itself, or None before its first request."""
        return self._made

    def close(self) -> None:
        with self._lock:
            if self._made is not None:
                self._made.close()


class Emulators:
    """What stands in for Google and for the world, in this process, on 127.0.0.1.

    State is kept below `data` and survives the death of the process; None keeps it in memory. Port 0 picks a free one.
    A second process on the same `data` is InUse. With `indexes`, a project's `firestore.indexes.json`, Firestore
    refuses queries that lack an index, and documents expire.
    """

    def __init__(
        self,
        data: Path | None,
        grpc_port: int = 0,
        http_port: int = 0,
        *,
        concurrency: Concurrency = "pessimistic",
        indexes: Path | None = None,
    ) -> None:
        self._data = data
        self._ports = (grpc_port, http_port)
        self._concurrency = concurrency
        self._indexes = indexes
        self._opened = ExitStack()
        self._services: dict[str, Any] = {}
        self.faults = Faults()

    def start(self) -> None:
        """Opens the state and both ports, then delivers what an earlier process left undone."""
        with ExitStack() as opened:
            _lock(self._data, opened)
            self.clock = Clock(self._below("clock"))
            self.issuer = Issuer(self._below("identity"))
            self._services = self._made()
            for service in self._services.values():
                if hasattr(service, "close"):
                    opened.callback(service.close)
            http = HttpServer(self._site(), self._ports[1])
            opened.callback(http.close)
            self.http_port = http.port
            self.issuer.url = f"{self.url}/identity"
            self._start_grpc(opened)
            http.start()
            for service in self._having("start").values():
                service.start()
            self._go_on()
            self._opened = opened.pop_all()

    def _go_on(self) -> None:
        """Simulators that have a state have something to go on with: they open beside the start."""
        known = [self._services[name] for name in SIMULATORS if (found := self._below(name)) and found.exists()]
        threading.Thread(target=lambda: [service.opened() for service in known], daemon=True).start()

    def close(self) -> None:
        """Ends everything; what is undone goes on at the next start."""
        self._opened.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def service(self, name: str) -> Any:
        """The running service: firestore, pubsub, tasks, storage, bigquery, stripe, bank, sap, mail or vies."""
        service = self._services[name]
        return service.opened() if isinstance(service, _Late) else service

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
        running = {name: s.made if isinstance(s, _Late) else s for name, s in self._services.items()}
        return {name: service for name, service in running.items() if hasattr(service, method)}

    def _activity(self) -> list[int]:
        return [service.activity for service in self._having("activity").values()]

    def _below(self, name: str) -> Path | None:
        return self._data / name if self._data else None

    def _made(self) -> dict[str, Any]:
        services: dict[str, Any] = {name: _Late(partial(self._simulator, name)) for name in SIMULATORS}
        pubsub, tasks = self._below("pubsub"), self._below("tasks")
        return services | {
            "pubsub": PubSubEmulator(
                pubsub, issuer=self.issuer, clock=Clock(), faults=self.faults, bigquery=lambda: self.url
            ),
            "tasks": TasksEmulator(tasks, issuer=self.issuer, clock=self.clock, faults=self.faults),
            "firestore": FirestoreEmulator(
                self._below("firestore"), concurrency=self._concurrency, indexes=self._indexes, clock=self.clock
            ),
            "storage": StorageEmulator(self._below("storage")),
            "bigquery": _Late(self._bigquery),
        }

    def _simulator(self, name: str) -> Any:
        make = getattr(import_module(f"emulators.{name}"), SIMULATORS[name])
        if name not in PAYING_OUT:
            return make(self._below(name), clock=self.clock)
        return make(self._below(name), clock=self.clock, pay_to=lambda paid: self.service("bank").receive(paid))

    def _bigquery(self) -> Any:
        from emulators.apart import Apart

        return Apart("emulators.bigquery", self._below("bigquery"))

    def _site(self) -> Site:
        mounted: dict[str, WSGIApplication] = {f"/{name}": self._services[name].wsgi for name in SIMULATORS}
        mounted |= dict.fromkeys(BIGQUERY_PREFIXES, self._services["bigquery"].wsgi)
        routes = admin_routes(self, self.clock, sorted(self._services)) | identity_routes(self.issuer)
        for service in self._having("admin_routes").values():
            routes |= service.admin_routes()
        routes |= fault_routes(self.faults)
        return Site(routes, mounted, dict.fromkeys(STORAGE_PREFIXES, self._services["storage"].wsgi))

    def _start_grpc(self, opened: ExitStack) -> None:
        pool = futures.ThreadPoolExecutor(max_workers=GRPC_THREADS, thread_name_prefix="grpc")
        server = grpc.server(pool, options=_GRPC_OPTIONS, interceptors=[FaultyAnswers(self.faults)])
        opened.callback(lambda: server.stop(0.2).wait())
        for service in self._having("grpc_handlers").values():
            server.add_generic_rpc_handlers(tuple(service.grpc_handlers()))
        self.grpc_port: int = server.add_insecure_port(f"127.0.0.1:{self._ports[0]}")
        server.start()


def _lock(data: Path | None, opened: ExitStack) -> None:
    """Holds the directory for this process; the lock ends with the process, however it ends."""
    if data is None:
        return
    data.mkdir(parents=True, exist_ok=True)
    lock = opened.enter_context((data / "lock").open("wb"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as fault:
        raise InUse(f"another process works on {data}") from fault
