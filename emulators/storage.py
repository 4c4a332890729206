"""Cloud Storage on one machine: buckets and objects as files, with the preconditions that make writes safe."""

import base64
import json
import re
import tempfile
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from hashlib import md5
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

import google_crc32c
from werkzeug.wrappers import Request, Response

from emulators.shelf import Refused, Resource, Shelf

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_PREFIXES = ("/upload/storage/v1/b", "/download/storage/v1/b", "/storage/v1/b")
_PAGE = 1000
_CHANGEABLE = frozenset(
    {
        "cacheControl",
        "contentDisposition",
        "contentEncoding",
        "contentLanguage",
        "contentType",
        "customTime",
        "eventBasedHold",
        "metadata",
        "temporaryHold",
    }
)


SERVED: Final = {
    "buckets.insert": "yes",
    "buckets.get": "yes",
    "buckets.list": "whole",
    "buckets.delete": "when it is empty",
    "objects.insert": "in one request, media or multipart, up to what one request holds; not resumable",
    "objects.get": "metadata or media, ranges, preconditions on generations",
    "objects.list": "by prefix, pages",
    "objects.patch": "metadata, holds",
    "objects.delete": "preconditions, holds; a bucket's retention is kept, not enforced",
}
"""What is served of each method."""


def _not_served(what: str) -> Refused:
    return Refused(HTTPStatus.NOT_IMPLEMENTED, f"the emulator does not serve {what}")


class StorageEmulator:
    """The JSON API's buckets and objects, uploads in one request, downloads, preconditions on generations.

    `path` is a directory of its own; None keeps the files in a temporary directory until `close`. `wsgi` expects
    the full paths the client asks for (`/storage/v1/...`, `/upload/storage/v1/...`, `/download/storage/v1/...`).
    """

    def __init__(self, path: Path | None) -> None:
        self._temporary = None if path else tempfile.TemporaryDirectory(prefix="storage-")
        root = Path(self._temporary.name) if self._temporary else path
        assert root is not None  # noqa: S101 - one of the two lines above made it
        self._shelf = Shelf(root)
        self._lock = threading.RLock()

    def close(self) -> None:
        """Removes what was only temporary."""
        if self._temporary:
            self._temporary.cleanup()

    def wsgi(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """The service as a WSGI application."""
        request = Request(environ)
        try:
            with self._lock:
                response = self._answer(request)
        except Refused as refused:
            response = _error(refused)
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        path = request.root_path + request.path
        prefix = next((p for p in _PREFIXES if path.startswith(p)), None)
        if prefix is None:
            raise _not_served(f"{request.method} {path}")
        bucket, _, rest = path.removeprefix(prefix).removeprefix("/").partition("/")
        if prefix.startswith("/upload"):
            return self._upload(request, bucket)
        kind = "object" if rest.startswith("o/") else "objects" if rest == "o" else "bucket"
        if rest and kind == "bucket":
            raise _not_served(f"{request.method} {path}")
        answers: dict[tuple[str, str], Callable[[Request, str, str], Response]] = {
            ("bucket", "GET"): self._get_bucket if bucket else self._list_buckets,
            ("bucket", "POST"): self._create_bucket,
            ("bucket", "DELETE"): self._delete_bucket,
            ("objects", "GET"): self._list,
            ("object", "GET"): self._get,
            ("object", "PATCH"): self._change,
            ("object", "DELETE"): self._delete,
        }
        answer = answers.get((kind, request.method))
        if answer is None:
            raise _not_served(f"{request.method} {path}")
        return answer(request, bucket, rest.removeprefix("o/"))

    # -- buckets ---------------------------------------------------------------------------------------

    def _create_bucket(self, request: Request, _bucket: str, _name: str) -> Response:
        asked = _resource(request.get_data())
        name = str(asked.get("name", ""))
        if not name or "/" in name or name.startswith("."):
            raise Refused(HTTPStatus.BAD_REQUEST, f"Invalid bucket name: {name!r}")
        if name in self._shelf.buckets:
            raise Refused(HTTPStatus.CONFLICT, "You already own this bucket. Please select another name.")
        bucket = {"location": "EU", "storageClass": "STANDARD"} | asked
        bucket |= {"kind": "storage#bucket", "id": name, "timeCreated": _now(), "metageneration": "1"}
        self._shelf.add_bucket(bucket)
        return _json(bucket)

    def _get_bucket(self, _request: Request, bucket: str, _name: str) -> Response:
        self._shelf.objects(bucket)
        return _json(self._shelf.buckets[bucket])

    def _list_buckets(self, _request: Request, _bucket: str, _name: str) -> Response:
        buckets = [self._shelf.buckets[name] for name in sorted(self._shelf.buckets)]
        return _json({"kind": "storage#buckets", "items": buckets})

    def _delete_bucket(self, _request: Request, bucket: str, _name: str) -> Response:
        if self._shelf.objects(bucket):
            raise Refused(HTTPStatus.CONFLICT, "The bucket you tried to delete is not empty.")
        self._shelf.drop_bucket(bucket)
        return Response(status=HTTPStatus.NO_CONTENT)

    # -- objects ---------------------------------------------------------------------------------------

    def _upload(self, request: Request, bucket: str) -> Response:
        bucket = bucket.removesuffix("/o")
        asked, kind, content = _uploaded(request)
        name = request.args.get("name") or asked.get("name", "")
        if not name:
            raise Refused(HTTPStatus.BAD_REQUEST, "Required object name is missing.")
        before = self._shelf.objects(bucket).get(name)
        _check_preconditions(request, before)
        _check_holds(before)
        resource = _described(asked, bucket, name, content)
        resource["contentType"] = asked.get("contentType") or kind
        generation = str(self._shelf.next_generation())
        resource |= {"generation": generation, "id": f"{bucket}/{name}/{generation}"}
        self._shelf.put(bucket, resource, content)
        return _json(resource)

    def _found(self, request: Request, bucket: str, name: str) -> Resource:
        resource = self._shelf.objects(bucket).get(name)
        generation = request.args.get("generation")
        if resource is None or generation not in {None, resource["generation"]}:
            raise Refused(HTTPStatus.NOT_FOUND, f"No such object: {bucket}/{name}")
        _check_preconditions(request, resource)
        return resource

    def _get(self, request: Request, bucket: str, name: str) -> Response:
        resource = self._found(request, bucket, name)
        if request.args.get("alt") != "media":
            return _json(resource)
        response = Response(self._shelf.content(bucket, resource), content_type=resource["contentType"])
        response.headers["X-Goog-Hash"] = f"crc32c={resource['crc32c']},md5={resource['md5Hash']}"
        response.headers["X-Goog-Generation"] = resource["generation"]
        response.headers["X-Goog-Metageneration"] = resource["metageneration"]
        response.headers["X-Goog-Storage-Class"] = resource["storageClass"]
        return response.make_conditional(request, accept_ranges=True, complete_length=int(resource["size"]))

    def _change(self, request: Request, bucket: str, name: str) -> Response:
        resource = self._found(request, bucket, name)
        asked = {key: value for key, value in _resource(request.get_data()).items() if key in _CHANGEABLE}
        generation = str(int(resource["metageneration"]) + 1)
        changed = resource | asked | {"metageneration": generation, "updated": _now()}
        self._shelf.put(bucket, changed)
        return _json(changed)

    def _delete(self, request: Request, bucket: str, name: str) -> Response:
        _check_holds(self._found(request, bucket, name))
        self._shelf.drop(bucket, name)
        return Response(status=HTTPStatus.NO_CONTENT)

    def _list(self, request: Request, bucket: str, _name: str) -> Response:
        prefix, delimiter = request.args.get("prefix", ""), request.args.get("delimiter", "")
        objects = self._shelf.objects(bucket)
        keys = sorted({_folded(name, prefix, delimiter) for name in objects if name.startswith(prefix)})
        after = request.args.get("pageToken", "")
        limit = min(_PAGE, request.args.get("maxResults", _PAGE, type=int))
        left = [key for key in keys if key > after]
        shown = left[:limit]
        listed: Resource = {"kind": "storage#objects"}
        listed["items"] = [objects[key] for key in shown if not _is_folder(key, prefix, delimiter)]
        listed["prefixes"] = [key for key in shown if _is_folder(key, prefix, delimiter)]
        if len(left) > limit:
            listed["nextPageToken"] = shown[-1]
        return _json(listed)


def _folded(name: str, prefix: str, delimiter: str) -> str:
    rest = name.removeprefix(prefix)
    if delimiter and delimiter in rest:
        return prefix + rest.split(delimiter, 1)[0] + delimiter
    return name


def _is_folder(key: str, prefix: str, delimiter: str) -> bool:
    return bool(delimiter) and key.removeprefix(prefix).endswith(delimiter)


def _uploaded(request: Request) -> tuple[Resource, str, bytes]:
    """What an upload says about the object, its content type and its content."""
    kind = request.args.get("uploadType")
    content_type = request.content_type or "application/octet-stream"
    if kind == "media":
        return {}, content_type, request.get_data()
    if kind != "multipart":
        raise _not_served(f"uploads of type {kind} (objects of more than 8 MiB, or of unknown size)")
    boundary = re.search(r'boundary="?([^";]+)', content_type)
    parts = request.get_data().split(f"--{boundary[1]}".encode()) if boundary else []
    if len(parts) != 4:  # noqa: PLR2004 - nothing, the resource, the content, the end
        raise Refused(HTTPStatus.BAD_REQUEST, "A multipart upload has two parts.")
    (_, described), (inner_type, content) = _part(parts[1]), _part(parts[2])
    return _resource(described), inner_type, content


def _part(part: bytes) -> tuple[str, bytes]:
    head, _, content = part.partition(b"\r\n\r\n")
    found = re.search(rb"content-type:\s*([^\r\n]+)", head, re.IGNORECASE)
    return found[1].decode() if found else "application/octet-stream", content.removesuffix(b"\r\n")


def _resource(body: bytes) -> Resource:
    try:
        asked = json.loads(body or b"{}")
    except ValueError as fault:
        raise Refused(HTTPStatus.BAD_REQUEST, f"Parse error: {fault}") from fault
    if not isinstance(asked, dict):
        raise Refused(HTTPStatus.BAD_REQUEST, "A JSON object is expected.")
    return asked


def _described(asked: Resource, bucket: str, name: str, content: bytes) -> Resource:
    """The new object's resource; refuses content that isn't what its checksums say."""
    sums = {
        "crc32c": base64.b64encode(google_crc32c.value(content).to_bytes(4, "big")).decode(),
        "md5Hash": base64.b64encode(md5(content, usedforsecurity=False).digest()).decode(),
    }
    for key, value in sums.items():
        if asked.get(key, value) != value:
            raise Refused(HTTPStatus.BAD_REQUEST, f"Provided {key} doesn't match the content's {value}.")
    now = _now()
    resource = {key: value for key, value in asked.items() if key in _CHANGEABLE}
    resource |= {"kind": "storage#object", "name": name, "bucket": bucket, "size": str(len(content))}
    resource |= {"metageneration": "1", "storageClass": "STANDARD", "timeCreated": now, "updated": now}
    return resource | sums


def _check_preconditions(request: Request, before: Resource | None) -> None:
    """412 unless the object is as the request expects it; generation 0 means that there is none."""
    for which in ("generation", "metageneration"):
        current = before[which] if before else "0"
        wanted = request.args.get(f"if{which.capitalize()}Match")
        unwanted = request.args.get(f"if{which.capitalize()}NotMatch")
        if wanted not in {None, current} or unwanted == current:
            message = "At least one of the pre-conditions you specified did not hold."
            raise Refused(HTTPStatus.PRECONDITION_FAILED, message)


def _check_holds(before: Resource | None) -> None:
    if before and (before.get("temporaryHold") or before.get("eventBasedHold")):
        raise Refused(HTTPStatus.FORBIDDEN, f"Object {before['name']!r} is under active hold.")


def _json(told: Resource, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(json.dumps(told), status=status, content_type="application/json; charset=UTF-8")


def _error(refused: Refused) -> Response:
    """The JSON error the client library understands."""
    message = refused.message
    told = {"code": refused.status.value, "message": message, "errors": [{"message": message}]}
    return _json({"error": told}, refused.status)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
