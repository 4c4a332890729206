"""The shelf Cloud Storage's emulator keeps objects on: files that a crash leaves whole or not there."""

import json
import shutil
import time
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any

from emulators.clock import write_atomically

Resource = dict[str, Any]


class Refused(Exception):
    """An answer of the service that is an error."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Shelf:
    """Buckets and objects on disk; the resources (metadata) of all are also in memory. The caller locks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.buckets: dict[str, Resource] = {}
        self._objects: dict[str, dict[str, Resource]] = {}
        self._last = 0
        path.mkdir(parents=True, exist_ok=True)
        for file in sorted(path.glob("*/bucket.json")):
            bucket = json.loads(file.read_bytes())
            self.buckets[bucket["name"]] = bucket
            found = [json.loads(each.read_bytes()) for each in file.parent.glob("objects/*.json")]
            self._objects[bucket["name"]] = {resource["name"]: resource for resource in found}

    def add_bucket(self, bucket: Resource) -> None:
        """Keeps a new bucket."""
        (self._path / bucket["name"] / "objects").mkdir(parents=True)
        write_atomically(self._path / bucket["name"] / "bucket.json", json.dumps(bucket).encode())
        self.buckets[bucket["name"]] = bucket
        self._objects[bucket["name"]] = {}

    def drop_bucket(self, name: str) -> None:
        """Removes a bucket."""
        shutil.rmtree(self._path / name)
        del self.buckets[name], self._objects[name]

    def objects(self, bucket: str) -> dict[str, Resource]:
        """The bucket's objects by name; NOT FOUND without the bucket."""
        if bucket not in self._objects:
            raise Refused(HTTPStatus.NOT_FOUND, "The specified bucket does not exist.")
        return self._objects[bucket]

    def put(self, bucket: str, resource: Resource, content: bytes | None = None) -> None:
        """Keeps an object: the content first, then what points at it, so that no crash shows half an object."""
        before = self.objects(bucket).get(resource["name"])
        if content is not None:
            self._content(bucket, resource).write_bytes(content)
        write_atomically(self._file(bucket, resource["name"], "json"), json.dumps(resource).encode())
        self.objects(bucket)[resource["name"]] = resource
        if content is not None and before is not None:
            self._content(bucket, before).unlink(missing_ok=True)

    def content(self, bucket: str, resource: Resource) -> bytes:
        """The object's bytes."""
        return self._content(bucket, resource).read_bytes()

    def drop(self, bucket: str, name: str) -> None:
        """Removes an object."""
        resource = self.objects(bucket).pop(name)
        self._file(bucket, name, "json").unlink(missing_ok=True)
        self._content(bucket, resource).unlink(missing_ok=True)

    def next_generation(self) -> int:
        """A number greater than every earlier one."""
        self._last = max(self._last + 1, time.time_ns() // 1000)
        return self._last

    def _content(self, bucket: str, resource: Resource) -> Path:
        return self._file(bucket, resource["name"], resource["generation"])

    def _file(self, bucket: str, name: str, ending: str) -> Path:
        return self._path / bucket / "objects" / f"{sha256(name.encode()).hexdigest()}.{ending}"
