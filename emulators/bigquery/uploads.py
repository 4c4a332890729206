"""Files on their way in: the upload protocol of load jobs, all in one request or in pieces."""

from __future__ import annotations

import collections
import json
import re
import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from emulators.bigquery.errors import invalid, not_found, unserved

Start = Callable[[str, Mapping[str, Any], bytes], dict[str, Any]]
"""Runs a load job: project, the job as asked for, the file; the job's resource."""
Answer = tuple[int, dict[str, Any] | None, dict[str, str]]
PATH = re.compile(r"/(?:resumable/)?upload/bigquery/v2/projects/(?P<project>[^/]+)/jobs/?")
_KEPT = 100
_INCOMPLETE = 308


class _Session:
    """One file that comes in pieces."""

    def __init__(self, project: str, asked: Mapping[str, Any]) -> None:
        self.project = project
        self.asked = asked
        self.content = bytearray()
        self.job: dict[str, Any] | None = None
        self.lock = threading.Lock()


class Uploads:
    """Serves multipart and resumable uploads; an unfinished one is forgotten when the process ends."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._sessions: collections.OrderedDict[str, _Session] = collections.OrderedDict()
        self._lock = threading.Lock()

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
            self._sessions[upload_id] = _Session(project, asked)
            while len(self._sessions) > _KEPT:
                self._sessions.popitem(last=False)
        host = f"{environ.get('wsgi.url_scheme', 'http')}://{environ['HTTP_HOST']}"
        return f"{host}/upload/bigquery/v2/projects/{project}/jobs?uploadType=resumable&upload_id={upload_id}"

    def _continued(self, upload_id: str, range_: str, raw: bytes) -> Answer:
        with self._lock:
            session = self._sessions.get(upload_id)
        if session is None:
            raise not_found("Upload", upload_id)
        with session.lock:
            return self._taken(session, range_, raw)

    def _taken(self, session: _Session, range_: str, raw: bytes) -> Answer:
        """A piece; one that came before is taken again, one that leaves a gap is not."""
        start, total = _range(range_, len(raw))
        if session.job is None and start is not None and start <= len(session.content):
            session.content[start : start + len(raw)] = raw
        if session.job is None and total is not None and len(session.content) == total:
            session.job = self._start(session.project, session.asked, bytes(session.content))
            session.content.clear()
        if session.job is not None:
            return 200, session.job, {}
        return _INCOMPLETE, None, {"Range": f"bytes=0-{len(session.content) - 1}"} if session.content else {}


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
