"""The gRPC service google.pubsub.v1.SchemaService."""

import re
from typing import Any

import grpc
from google.protobuf import empty_pb2

from emulators.pubsub.broker import Broker
from emulators.pubsub.messages import types
from emulators.pubsub.requests import check_name
from emulators.wire import Method, Service, invalid, page, raw

_BASIC = types.SchemaView.BASIC


class Registry:
    """Schemas and their revisions, and checks by hand."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._schemas = broker.schemas

    def service(self) -> grpc.GenericRpcHandler:
        """What a gRPC server registers."""
        schema, empty = types.Schema, empty_pb2.Empty
        listed, revised = types.ListSchemasResponse, types.ListSchemaRevisionsResponse
        valid, message = types.ValidateSchemaResponse, types.ValidateMessageResponse
        return Service(
            "google.pubsub.v1.SchemaService",
            {
                "CreateSchema": Method(types.CreateSchemaRequest, schema, self._create),
                "GetSchema": Method(types.GetSchemaRequest, schema, self._get),
                "ListSchemas": Method(types.ListSchemasRequest, listed, self._list),
                "ListSchemaRevisions": Method(types.ListSchemaRevisionsRequest, revised, self._revisions),
                "CommitSchema": Method(types.CommitSchemaRequest, schema, self._commit),
                "RollbackSchema": Method(types.RollbackSchemaRequest, schema, self._rollback),
                "DeleteSchemaRevision": Method(types.DeleteSchemaRevisionRequest, schema, self._delete_revision),
                "DeleteSchema": Method(types.DeleteSchemaRequest, empty, self._delete),
                "ValidateSchema": Method(types.ValidateSchemaRequest, valid, self._validate),
                "ValidateMessage": Method(types.ValidateMessageRequest, message, self._validate_message),
            },
        )

    def _create(self, request: Any, _context: Any) -> Any:
        schema = raw(types.Schema)()
        schema.CopyFrom(request.schema)
        schema.name = f"{request.parent}/schemas/{request.schema_id}" if request.schema_id else request.schema.name
        check_name("schemas", schema.name)
        with self._broker.pushing:
            return self._schemas.create(schema)

    def _get(self, request: Any, _context: Any) -> Any:
        with self._broker.pushing:
            return _view(self._schemas.get(request.name), request.view)

    def _list(self, request: Any, _context: Any) -> Any:
        with self._broker.pushing:
            found, token = page(self._schemas.listed(request.parent), request.page_size, request.page_token)
        shown = [_view(one, request.view or _BASIC) for one in found]
        return raw(types.ListSchemasResponse)(schemas=shown, next_page_token=token)

    def _revisions(self, request: Any, _context: Any) -> Any:
        with self._broker.pushing:
            found, token = page(self._schemas.revisions(request.name), request.page_size, request.page_token)
        shown = [_view(one, request.view or _BASIC) for one in found]
        return raw(types.ListSchemaRevisionsResponse)(schemas=shown, next_page_token=token)

    def _commit(self, request: Any, _context: Any) -> Any:
        schema = raw(types.Schema)()
        schema.CopyFrom(request.schema)
        schema.name = request.name
        with self._broker.pushing:
            return self._schemas.commit(schema)

    def _rollback(self, request: Any, _context: Any) -> Any:
        with self._broker.pushing:
            return self._schemas.rollback(request.name, request.revision_id)

    def _delete_revision(self, request: Any, _context: Any) -> Any:
        if not re.search(r"@[0-9a-f]+$", request.name):
            raise invalid(f"Name a revision as schema@revision: {request.name}")
        with self._broker.pushing:
            return self._schemas.delete_revision(request.name)

    def _delete(self, request: Any, _context: Any) -> Any:
        with self._broker.pushing:
            self._schemas.delete(request.name)
        return empty_pb2.Empty()

    def _validate(self, request: Any, _context: Any) -> Any:
        self._schemas.validate(request.schema)
        return raw(types.ValidateSchemaResponse)()

    def _validate_message(self, request: Any, _context: Any) -> Any:
        with self._broker.pushing:
            schema = self._schemas.get(request.name) if request.name else request.schema
        self._schemas.read(schema, request.encoding, request.message)
        return raw(types.ValidateMessageResponse)()


def _view(schema: Any, view: int) -> Any:
    """A copy of the schema; without its definition in the basic view."""
    shown = raw(types.Schema)()
    shown.CopyFrom(schema)
    if view == _BASIC:
        shown.ClearField("definition")
    return shown
