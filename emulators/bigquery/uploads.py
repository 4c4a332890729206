"""Files on their way in: the upload protocol of load jobs, all in one request or in pieces."""

from __future__ import annotations

import json
import os
import re
import threading
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from emulators.bigquery.errors import invalid, not_found, unserved
from emulators.clock import write_atomically

Start = Callable[[str, Mapping[str, Any], bytes], dict[str, Any]]
"""Runs a load job: project, the job as asked for, the file; the job's resource."""
Answer = tuple[int, dict[str, Any] | None, dict[str, str]]
PATH = re.compile(r"/(?:resumable/)?upload/bigquery/v2/projects/(?P<project>[^/]+)/jobs/?")
_ID = re.compile(r"[0-9a-f]{32}")
_KEPT = 100
_INCOMPLETE = 308


class Uploads:
    """Serves multipart and resumable uploads; what has come of an unfinished one is in `folder`, None: nowhere."""

    def __init__(self, start: Start, folder: Path | None) -> None:
        self._start = start
        self._temporary = TemporaryDirectory() if folder is None else None
        self._folder = Path(self._temporary.name) if self._temporary else folder or Path()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()

    def close(self) -> None:
        """Removes what nobody will go on with."""
        if self._temporary:
            self._temporary.cleanup()

    def answer(self, environ: Mapping[str, Any], project: str, query: Mapping[str, str], raw: bytes) -> Answer:
        """One request of an upload: status, body, headers."""
        kind, verb = query.get("uploadType"), environ["REQUEST_METHOD"]
        if kind == "multipart" and verb == "POST":
            asked, content = _parts(environ.get("CONTENT_TYPE", ""), raw)
            return 200, self._start(project, asked, content), {}
        if kind == "resumable" and verb == "POST":
            return 200, {}, {"Location": self._opened(environ, project, _object(raw))}
        if kind == "resumable" and verb == "PUT":
            return self._continued(query.get("upload_id", ""), environ.get("HTTP_CONTENT_RANGE", ""), raw)
        raise unserved(f"{verb} uploads of the type {kind}")

    def _opened(self, environ: Mapping[str, Any], project: str, asked: Mapping[str, Any]) -> str:
        upload_id = uuid.uuid4().hex
        with self._lock:
            for old in sorted(self._folder.glob("*.json"), key=lambda file: file.stat().st_mtime)[: -_KEPT + 1]:
                old.with_suffix("").unlink(missing_ok=True)
                old.unlink()
            self._file(upload_id).write_bytes(b"")
            self._note(upload_id, {"project": project, "asked": asked})
        host = f"{environ.get('wsgi.url_scheme', 'http')}://{environ['HTTP_HOST']}"
        return f"{host}/upload/bigquery/v2/projects/{project}/jobs?uploadType=resumable&upload_id={upload_id}"

    def _continued(self, upload_id: str, range_: str, raw: bytes) -> Answer:
        """A piece; one that came before is taken again, one that leaves a gap is not."""
        with self._lock:
            session = self._noted(upload_id)
            if "job" in session:
                return 200, session["job"], {}
            start, total = _range(range_, len(raw))
            size = self._taken(upload_id, start, raw)
            if size != total:
                return _INCOMPLETE, None, {"Range": f"bytes=0-{size - 1}"} if size else {}
            job = self._start(session["project"], session["asked"], self._file(upload_id).read_bytes())
            self._note(upload_id, {**session, "job": job})
            self._file(upload_id).unlink()
            return 200, job, {}

    def _taken(self, upload_id: str, start: int | None, raw: bytes) -> int:
        """How long the file is with the piece."""
        with self._file(upload_id).open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            if start is None or start > size:
                return size
            file.seek(start)
            file.write(raw)
            return max(size, file.tell())

    def _noted(self, upload_id: str) -> dict[str, Any]:
        note = self._file(upload_id).with_suffix(".json") if _ID.fullmatch(upload_id) else None
        if note is None or not note.exists():
            raise not_found("Upload", upload_id)
        return _object(note.read_bytes())

    def _note(self, upload_id: str, session: Mapping[str, Any]) -> None:
        write_atomically(self._file(upload_id).with_suffix(".json"), json.dumps(session).encode())

    def _file(self, upload_id: str) -> Path:
        return self._folder / upload_id


def _range(text: str, size: int) -> tuple[int | None, int | None]:
    """Where a piece begins, and how long the whole file is, as far as it is told."""
    found = re.fullmatch(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)", text)
    if found is None or (found[1] and int(found[2]) - int(found[1]) + 1 != size):
        raise invalid(f"Invalid Content-Range: {text!r} for {size} bytes")
    return (int(found[1]) if found[1] else None), (None if found[3] == "*" else int(found[3]))


def _parts(content_type: str, raw: bytes) -> tuple[dict[str, Any], bytes]:
    """The job and the file of a multipart/related request."""
    boundary = re.search(r'boundary="?([^";]+)', content_type)
    if boundary is None:
        raise invalid("A multipart upload names its boundary.")
    mark = f"--{boundary[1]}".encode()
    pieces = (b"\r\n" + raw).split(b"\r\n" + mark)
    if len(pieces) != 4:  # noqa: PLR2004 - nothing, the job, the file, the end
        raise invalid("A multipart upload has two parts.")
    return _object(pieces[1].partition(b"\r\n\r\n")[2]), pieces[2].partition(b"\r\n\r\n")[2]


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw or b"{}")
    except ValueError:
        raise invalid("Invalid JSON payload received.") from None
    if not isinstance(found, dict):
        raise invalid("The JSON payload must be an object.")
    return found
