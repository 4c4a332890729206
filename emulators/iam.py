"""Access policies: kept and shown as they were set, but never enforced, for everybody may do everything here."""

import hashlib
from collections.abc import Callable
from typing import Any

import grpc
from google.iam.v1 import iam_policy_pb2, policy_pb2

from emulators.journal import Journal
from emulators.wire import Method, Refused, invalid, not_found

_CHANGED = "There were concurrent policy changes; read the policy again."
_UNSET = b"\0ACAB"
SCHEMA = "CREATE TABLE IF NOT EXISTS policies (resource TEXT PRIMARY KEY, body BLOB NOT NULL);"


class Policies:
    """The policies of one service's resources; `exists` says whether there is such a resource."""

    def __init__(self, journal: Journal, exists: Callable[[str], bool]) -> None:
        self._journal = journal
        self._exists = exists

    def methods(self) -> dict[str, Method]:
        """SetIamPolicy, GetIamPolicy and TestIamPermissions."""
        asked, told = iam_policy_pb2, policy_pb2.Policy
        tested = asked.TestIamPermissionsResponse
        return {
            "SetIamPolicy": Method(asked.SetIamPolicyRequest, told, self._set),
            "GetIamPolicy": Method(asked.GetIamPolicyRequest, told, self._get),
            "TestIamPermissions": Method(asked.TestIamPermissionsRequest, tested, self._test),
        }

    def _set(self, request: Any, _context: Any) -> Any:
        """ABORTED where the policy was changed since it was read, as its etag tells."""
        known = self._of(request.resource)
        if request.policy.etag and request.policy.etag != known.etag:
            raise Refused(grpc.StatusCode.ABORTED, _CHANGED)
        for binding in request.policy.bindings:
            if not binding.role.startswith(("roles/", "projects/", "organizations/")):
                raise invalid(f"Role {binding.role!r} is not valid.")
        policy = policy_pb2.Policy()
        policy.CopyFrom(request.policy)
        policy.ClearField("etag")
        policy.etag = hashlib.sha256(policy.SerializeToString(deterministic=True) + known.etag).digest()[:8]
        body = policy.SerializeToString()
        self._journal.write("INSERT OR REPLACE INTO policies VALUES (?, ?)", (request.resource, body))
        return policy

    def _get(self, request: Any, _context: Any) -> Any:
        return self._of(request.resource)

    def _test(self, request: Any, _context: Any) -> Any:
        if not self._exists(request.resource):
            raise not_found(request.resource)
        return iam_policy_pb2.TestIamPermissionsResponse(permissions=request.permissions)

    def _of(self, resource: str) -> Any:
        if not self._exists(resource):
            raise not_found(resource)
        rows = self._journal.rows("SELECT body FROM policies WHERE resource = ?", (resource,))
        return policy_pb2.Policy.FromString(rows[0][0]) if rows else policy_pb2.Policy(etag=_UNSET)

    def forget(self, resource: str) -> None:
        """The resource is gone, and its policy with it."""
        self._journal.write("DELETE FROM policies WHERE resource = ?", (resource,))
