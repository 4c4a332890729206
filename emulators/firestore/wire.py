"""The protocol's message classes, taken from the installed client so that no .proto file is needed."""

from typing import Any, Final, TypeAlias

from google.protobuf import empty_pb2, timestamp_pb2
from google.rpc import status_pb2

from emulators.messages import types_of

# The client's classes are untyped; these names say in signatures which message is meant.
DocumentMessage: TypeAlias = Any
ValueMessage: TypeAlias = Any
TimestampMessage: TypeAlias = Any
Message: TypeAlias = Any

_types: Final = types_of("google.cloud.firestore_v1")

Document: Final = _types.document.Document.pb()
Value: Final = _types.document.Value.pb()
Cursor: Final = _types.query.Cursor.pb()
TargetChange: Final = _types.firestore.TargetChange.pb()
WriteResult: Final = _types.write.WriteResult.pb()
Write: Final = _types.write.Write.pb()
TransactionOptions: Final = _types.common.TransactionOptions.pb()
StructuredQuery: Final = _types.query.StructuredQuery.pb()
Timestamp: Final = timestamp_pb2.Timestamp
Empty: Final = empty_pb2.Empty
Status: Final = status_pb2.Status

SERVICE: Final = "google.firestore.v1.Firestore"


def message(name: str) -> Any:
    """The class of a request or response of the service, by its name."""
    return getattr(_types.firestore, name).pb()


BatchGetDocumentsResponse: Final = message("BatchGetDocumentsResponse")
BatchWriteResponse: Final = message("BatchWriteResponse")
BeginTransactionResponse: Final = message("BeginTransactionResponse")
CommitResponse: Final = message("CommitResponse")
ListCollectionIdsResponse: Final = message("ListCollectionIdsResponse")
ListDocumentsResponse: Final = message("ListDocumentsResponse")
ListenResponse: Final = message("ListenResponse")
PartitionQueryResponse: Final = message("PartitionQueryResponse")
RunAggregationQueryResponse: Final = message("RunAggregationQueryResponse")
RunQueryResponse: Final = message("RunQueryResponse")
