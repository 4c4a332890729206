"""The protocol's message classes, taken from the installed client so that no .proto file is needed."""

from typing import Any, Final, TypeAlias

from google.cloud.firestore_v1.types import common, document, firestore, query, write
from google.protobuf import empty_pb2, timestamp_pb2
from google.rpc import status_pb2

# The client's classes are untyped; these names say in signatures which message is meant.
DocumentMessage: TypeAlias = Any
ValueMessage: TypeAlias = Any
TimestampMessage: TypeAlias = Any
Message: TypeAlias = Any

Document: Final = document.Document.pb()
Value: Final = document.Value.pb()
Cursor: Final = query.Cursor.pb()
TargetChange: Final = firestore.TargetChange.pb()
WriteResult: Final = write.WriteResult.pb()
Write: Final = write.Write.pb()
TransactionOptions: Final = common.TransactionOptions.pb()
StructuredQuery: Final = query.StructuredQuery.pb()
Timestamp: Final = timestamp_pb2.Timestamp
Empty: Final = empty_pb2.Empty
Status: Final = status_pb2.Status

SERVICE: Final = "google.firestore.v1.Firestore"


def message(name: str) -> Any:
    """The class of a request or response of the service, by its name."""
    return getattr(firestore, name).pb()


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
