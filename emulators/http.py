"""A threaded HTTP server that can be closed from another thread."""

import logging
import threading
from typing import TYPE_CHECKING, Any

from waitress import create_server, wasyncore

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# That a request waits a moment for a thread is no news.
logging.getLogger("waitress.queue").setLevel(logging.ERROR)
THREADS = 32
CONNECTIONS = 1000


class HttpServer:
    """Serves a WSGI application on 127.0.0.1; the port is bound at once, requests are answered after `start`."""

    def __init__(self, application: "WSGIApplication", port: int, *, threads: int = THREADS) -> None:
        self._sockets: dict[int, Any] = {}
        self._server = create_server(
            application,
            map=self._sockets,
            host="127.0.0.1",
            port=port,
            threads=threads,
            connection_limit=CONNECTIONS,
            asyncore_use_poll=True,
            ident="emulators",
        )
        self.port: int = self._server.effective_port
        self._thread = threading.Thread(target=self._server.run, name="http", daemon=True)

    def start(self) -> None:
        """Starts answering."""
        self._thread.start()

    def close(self) -> None:
        """Closes every connection; returns when the last thread has ended, or after two seconds."""
        if self._thread.is_alive():
            self._server.trigger.pull_trigger(self._close_sockets)
            self._thread.join(2)
        else:
            self._close_sockets()
        self._server.task_dispatcher.shutdown(timeout=2)

    def _close_sockets(self) -> None:
        wasyncore.close_all(self._sockets, ignore_all=True)
