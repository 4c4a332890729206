"""The Firestore service itself: requests in, answers out, and a plain word where something is not served."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import grpc

from emulators.clock import Clock
from emulators.firestore.aggregation import aggregate, aggregated_paths
from emulators.firestore.documents import Documents
from emulators.firestore.errors import Refusal, invalid, unserved
from emulators.firestore.expiry import Expiry
from emulators.firestore.fields import Path as FieldPath
from emulators.firestore.fields import select_fields
from emulators.firestore.indexes import Indexes, read_indexes
from emulators.firestore.limits import MAX_BATCH_WRITES, check_commit_size, check_name
from emulators.firestore.listening import Listening
from emulators.firestore.listing import collection_ids, cuts, document_names, fresh_id, page, partitioned
from emulators.firestore.queries import Query, compile_query, mask_paths
from emulators.firestore.rpcs import RPCS, handlers
from emulators.firestore.storage import Storage
from emulators.firestore.transactions import Concurrency, Reading, Transaction, Transactions
from emulators.firestore.wire import (
    BatchGetDocumentsResponse,
    BatchWriteResponse,
    BeginTransactionResponse,
    CommitResponse,
    Cursor,
    Document,
    DocumentMessage,
    Empty,
    ListCollectionIdsResponse,
    ListDocumentsResponse,
    Message,
    PartitionQueryResponse,
    RunAggregationQueryResponse,
    RunQueryResponse,
    Value,
    Write,
)


class FirestoreEmulator:
    """google.firestore.v1.Firestore over the documents of one folder, or of memory where there is none.

    Requests that meet a locked document wait in their thread: give the gRPC server at least 64 threads.
    With ``indexes``, a project's ``firestore.indexes.json``, queries that lack an index are refused, and documents
    expire by its TTL policies when the clock is moved on, or when asked to by POST /admin/firestore/expire.
    Pass the server ``grpc.max_receive_message_length`` of more than 10 MiB, the largest commit.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        concurrency: Concurrency = "pessimistic",
        indexes: Path | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._storage = Storage(path)
        self._enforced = indexes is not None
        self._indexes = read_indexes(indexes) if indexes else Indexes((), ())
        self._transactions = Transactions(Documents(self._storage), concurrency, self._indexes.check_document)
        self._expiry = Expiry(self._transactions, self._indexes.expiring, clock or Clock())

    def grpc_handlers(self) -> Sequence[grpc.GenericRpcHandler]:
        """The handlers to add to a gRPC server."""
        return (handlers(self),)

    def admin_routes(self) -> Mapping[tuple[str, str], Callable[[Any], dict[str, Any]]]:
        """What the admin port answers for this service."""
        return {
            ("GET", "/admin/firestore"): lambda _: {name: rpc._asdict() for name, rpc in RPCS.items()},
            ("POST", "/admin/firestore/expire"): lambda _: {"removed": self._expiry.sweep()},
        }

    def close(self) -> None:
        """Closes the file; stop the gRPC server first."""
        self._transactions.look(lambda _: self._storage.close())

    def GetDocument(self, request: Message) -> Message:
        """One document; NOT_FOUND where there is none."""
        transaction = self._transaction(request)
        (found,), _ = self._transactions.read([check_name(request.name)], transaction)
        if found is None:
            raise Refusal(grpc.StatusCode.NOT_FOUND, f"Document {request.name!r} not found.")
        return _masked(request, found)

    def BatchGetDocuments(self, request: Message) -> Iterator[Message]:
        """Each document found or missing, in the order asked for."""
        transaction = self._transaction(request)
        names = list(dict.fromkeys(map(check_name, request.documents)))
        documents, read_at = self._transactions.read(names, transaction)
        if request.HasField("new_transaction") and transaction is not None:
            yield BatchGetDocumentsResponse(transaction=transaction.id, read_time=read_at)
        for name, found in zip(names, documents, strict=True):
            if found is None:
                yield BatchGetDocumentsResponse(missing=name, read_time=read_at)
            else:
                yield BatchGetDocumentsResponse(found=_masked(request, found), read_time=read_at)

    def ListDocuments(self, request: Message) -> Message:
        """The documents of a collection by name, those that are only parents of others too if wanted."""
        if request.order_by:
            raise unserved("order_by in ListDocuments")
        transaction = self._transaction(request)
        moment = None if transaction is None else transaction.snapshot
        parent, collection_id, missing = request.parent, request.collection_id, request.show_missing
        names = self._transactions.look(lambda seen: document_names(seen, parent, collection_id, missing, moment))
        shown, next_token = page(names, request.page_size, request.page_token)
        documents, _ = self._transactions.read(shown, transaction)
        listed = [
            Document(name=name) if found is None else _masked(request, found)
            for name, found in zip(shown, documents, strict=True)
            if missing or found is not None
        ]
        return ListDocumentsResponse(documents=listed, next_page_token=next_token)

    def ListCollectionIds(self, request: Message) -> Message:
        """The ids of the collections directly below a document or the database's root."""
        transaction = self._transaction(request)
        moment = None if transaction is None else transaction.snapshot
        ids = self._transactions.look(lambda seen: collection_ids(seen, request.parent, moment))
        shown, next_token = page(ids, request.page_size, request.page_token)
        return ListCollectionIdsResponse(collection_ids=shown, next_page_token=next_token)

    def CreateDocument(self, request: Message) -> Message:
        """A new document; ALREADY_EXISTS where there is one. An id is made up if none is given."""
        identity = request.document_id or fresh_id()
        write = Write(update=request.document)
        write.update.name = f"{request.parent}/{request.collection_id}/{identity}"
        write.current_document.exists = False
        return self._write_one(request, write)

    def UpdateDocument(self, request: Message) -> Message:
        """A document written as a commit of one write would."""
        write = Write(update=request.document)
        for field in ("update_mask", "current_document"):
            if request.HasField(field):
                getattr(write, field).CopyFrom(getattr(request, field))
        return self._write_one(request, write)

    def DeleteDocument(self, request: Message) -> Message:
        """A document removed, if its precondition holds."""
        write = Write(delete=request.name)
        if request.HasField("current_document"):
            write.current_document.CopyFrom(request.current_document)
        self._transactions.commit([write])
        return Empty()

    def BeginTransaction(self, request: Message) -> Message:
        """A new transaction's id."""
        return BeginTransactionResponse(transaction=self._transactions.begin(request.options).id)

    def Commit(self, request: Message) -> Message:
        """All writes or none; ABORTED when another transaction came first."""
        transaction = self._transactions.get(request.transaction)
        check_commit_size(request)
        results, committed_at = self._transactions.commit(request.writes, transaction)
        return CommitResponse(write_results=results, commit_time=committed_at)

    def Rollback(self, request: Message) -> Message:
        """The end of a transaction, if it is still open."""
        self._transactions.rollback(request.transaction)
        return Empty()

    def BatchWrite(self, request: Message) -> Message:
        """Each write for itself, with a status of its own."""
        check_commit_size(request)
        if len(request.writes) > MAX_BATCH_WRITES:
            raise invalid(f"A BatchWrite takes at most {MAX_BATCH_WRITES} writes.")
        results, statuses = self._transactions.commit_each(request.writes)
        return BatchWriteResponse(write_results=results, status=statuses)

    def RunQuery(self, request: Message) -> Iterator[Message]:
        """The documents a query finds, in order."""
        _refuse_explain(request)
        query = self._compiled(request.parent, request.structured_query)
        transaction = self._transaction(request)
        found, read_at = self._find(query, request.structured_query, transaction)
        if request.HasField("new_transaction") and transaction is not None:
            yield RunQueryResponse(transaction=transaction.id, read_time=read_at)
        for document in query.project(found):
            yield RunQueryResponse(document=document, read_time=read_at)
        if not found:
            yield RunQueryResponse(read_time=read_at)

    def RunAggregationQuery(self, request: Message) -> Iterator[Message]:
        """Counts, sums and averages over what a query finds."""
        _refuse_explain(request)
        asked = request.structured_aggregation_query
        query = self._compiled(request.parent, asked.structured_query, aggregated_paths(asked.aggregations))
        transaction = self._transaction(request)
        found, read_at = self._find(query, asked.structured_query, transaction)
        response = RunAggregationQueryResponse(read_time=read_at)
        if request.HasField("new_transaction") and transaction is not None:
            response.transaction = transaction.id
        for alias, value in aggregate(asked.aggregations, found).items():
            response.result.aggregate_fields[alias].CopyFrom(value)
        yield response

    def PartitionQuery(self, request: Message) -> Message:
        """Names that cut a query's results into parts of about the same size."""
        query = partitioned(request)
        found, _ = self._transactions.find(query, self._transaction(request))
        shown, next_token = page(cuts(request, found), request.page_size, request.page_token)
        cursors = [Cursor(values=[Value(reference_value=name)], before=True) for name in shown]
        return PartitionQueryResponse(partitions=cursors, next_page_token=next_token)

    def Listen(self, requests: Iterator[Message], context: grpc.ServicerContext) -> Iterator[Message]:
        """What documents and queries show, now and after each commit."""
        return Listening(self._transactions, self._compiled).answers(requests, context)

    def _compiled(self, parent: str, asked: Message, aggregated: Iterable[FieldPath] = ()) -> Query:
        query = compile_query(parent, asked, aggregated)
        if self._enforced:
            self._indexes.check(query, asked)
        return query

    def _find(self, query: Query, asked: Message, transaction: Transaction | None) -> Reading:
        reading = self._transactions.find(query, transaction)
        if self._enforced:
            self._indexes.check_found(query, asked, reading.documents)
        return reading

    def _transaction(self, request: Message) -> Transaction | None:
        """The transaction a read belongs to, begun now if the request says so."""
        selector = request.WhichOneof("consistency_selector")
        if selector == "new_transaction":
            return self._transactions.begin(request.new_transaction)
        if selector == "read_time":
            return self._transactions.looking_back(request.read_time)
        return self._transactions.get(request.transaction) if selector == "transaction" else None

    def _write_one(self, request: Message, write: Message) -> Message:
        check_commit_size(request)
        self._transactions.commit([write])
        (written,), _ = self._transactions.read([write.update.name])
        return _masked(request, written or write.update)


def _masked(request: Message, document: DocumentMessage) -> DocumentMessage:
    if not request.HasField("mask"):
        return document
    return select_fields(document, mask_paths(request.mask))


def _refuse_explain(request: Message) -> None:
    if request.HasField("explain_options"):
        raise unserved("explain_options")
