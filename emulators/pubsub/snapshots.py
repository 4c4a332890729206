"""Snapshots and seeking, as the service google.pubsub.v1.Subscriber offers them."""

from datetime import UTC
from typing import Any

from google.protobuf import empty_pb2

from emulators.pubsub.broker import Broker
from emulators.pubsub.messages import types
from emulators.pubsub.requests import check_name
from emulators.wire import Method, invalid, merge, page, raw


class Snapshots:
    """What a subscription had not acknowledged, kept under a name, and the way back to it or to a time."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def methods(self) -> dict[str, Method]:
        """The methods by name."""
        snapshot, empty = types.Snapshot, empty_pb2.Empty
        return {
            "CreateSnapshot": Method(types.CreateSnapshotRequest, snapshot, self._create),
            "GetSnapshot": Method(types.GetSnapshotRequest, snapshot, self._get),
            "ListSnapshots": Method(types.ListSnapshotsRequest, types.ListSnapshotsResponse, self._list),
            "UpdateSnapshot": Method(types.UpdateSnapshotRequest, snapshot, self._update),
            "DeleteSnapshot": Method(types.DeleteSnapshotRequest, empty, self._delete),
            "Seek": Method(types.SeekRequest, types.SeekResponse, self._seek),
        }

    def _create(self, request: Any, _context: Any) -> Any:
        check_name("snapshots", request.name)
        to = self._broker.subscription(request.subscription)
        snapshot = raw(types.Snapshot)(name=request.name, labels=request.labels)
        self._broker.take_snapshot(snapshot, to)
        return snapshot

    def _get(self, request: Any, _context: Any) -> Any:
        return self._broker.snapshot(request.snapshot)

    def _list(self, request: Any, _context: Any) -> Any:
        every = self._broker.snapshots(f"{request.project}/")
        found, token = page(every, request.page_size, request.page_token)
        return raw(types.ListSnapshotsResponse)(snapshots=found, next_page_token=token)

    def _update(self, request: Any, _context: Any) -> Any:
        changed = raw(types.Snapshot)()
        changed.CopyFrom(self._broker.snapshot(request.snapshot.name))
        allowed = frozenset({"labels", "expire_time"})
        merge(changed, request.snapshot, request.update_mask.paths, allowed=allowed)
        self._broker.put_snapshot(changed)
        return changed

    def _delete(self, request: Any, _context: Any) -> Any:
        self._broker.delete_snapshot(request.snapshot)
        return empty_pb2.Empty()

    def _seek(self, request: Any, _context: Any) -> Any:
        to = self._broker.subscription(request.subscription)
        if request.snapshot:
            self._broker.seek_snapshot(to, request.snapshot)
        elif request.HasField("time"):
            self._broker.seek(to, request.time.ToDatetime(tzinfo=UTC))
        else:
            raise invalid("A time or a snapshot is missing.")
        return raw(types.SeekResponse)()
