"""The emulator as its host sees it: made with a directory, mounted as WSGI, closed at the end."""

from __future__ import annotations

from pathlib import Path

from emulators.bigquery.answers import Answers
from emulators.bigquery.catalog import Catalog
from emulators.bigquery.finished import Finished
from emulators.bigquery.jobs import Jobs
from emulators.bigquery.routes import Routes
from emulators.bigquery.store import Store
from emulators.bigquery.tabledata import TableData
from emulators.bigquery.uploads import Uploads


class BigQueryEmulator:
    """BigQuery for one process; state in files under `path`, or in memory when it is None.

    `wsgi` answers paths that start with /bigquery/v2/ and may be called by many threads. A change is on disk when its
    answer leaves, and so is the result of a query: nothing is lost when the process ends between two requests.
    """

    def __init__(self, path: Path | None) -> None:
        self._store = Store(path)
        catalog = Catalog(self._store)
        data = TableData(self._store, catalog)
        self._finished = Finished(path)
        answers = Answers(catalog, data, Jobs(self._store, catalog, self._finished))
        self._uploads = Uploads(answers.load_job, path / "uploads" if path else None)
        self.wsgi = Routes(answers, self._uploads)

    def close(self) -> None:
        """Lets go of the file; no request may run any more."""
        self._uploads.close()
        self._finished.close()
        self._store.close()
