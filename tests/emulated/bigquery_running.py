"""A BigQuery emulator behind a real socket, and the real client for it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from werkzeug.serving import WSGIRequestHandler, make_server

from emulators.bigquery import BigQueryEmulator


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Says nothing."""


def client_for(url: str, project: str = "demo-p") -> bigquery.Client:
    """The real client, with nothing but the address changed."""
    return bigquery.Client(project=project, credentials=AnonymousCredentials(), client_options={"api_endpoint": url})


@contextlib.contextmanager
def running(path: Path | None) -> Iterator[str]:
    """The address of an emulator that ends with the block."""
    emulator = BigQueryEmulator(path)
    server = make_server("127.0.0.1", 0, emulator.wsgi, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        emulator.close()
