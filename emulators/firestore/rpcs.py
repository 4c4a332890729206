"""Every RPC of the service: how it is called and what of it is served. Handlers and help come from this list."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple

import grpc

from emulators.firestore.errors import Refusal, unserved
from emulators.firestore.wire import SERVICE, Message, message


class Rpc(NamedTuple):
    """One RPC: its way of calling, and in words what it does here; one that is not served says so."""

    way: Literal["single", "streamed", "both ways"]
    does: str
    served: bool = True


RPCS: Final[Mapping[str, Rpc]] = {
    "GetDocument": Rpc("single", "now, in a transaction, or at a read_time of the last hour"),
    "BatchGetDocuments": Rpc("streamed", "the same; may begin a transaction"),
    "ListDocuments": Rpc("single", "pages, masks, missing parents, read_time; not order_by"),
    "ListCollectionIds": Rpc("single", "pages, read_time"),
    "CreateDocument": Rpc("single", "with or without an id"),
    "UpdateDocument": Rpc("single", "masks, preconditions"),
    "DeleteDocument": Rpc("single", "preconditions"),
    "BeginTransaction": Rpc("single", "read-write, pessimistic or optimistic, retries keep their age; read-only"),
    "Commit": Rpc("single", "preconditions, masks, all transforms, limits of size; Enterprise types are kept as maps"),
    "Rollback": Rpc("single", "an unknown transaction is no error"),
    "BatchWrite": Rpc("single", "500 writes, each for itself"),
    "RunQuery": Rpc("streamed", "all filters, orders, cursors, collection groups; not find_nearest, not explain"),
    "RunAggregationQuery": Rpc("streamed", "count, sum, avg; not explain"),
    "PartitionQuery": Rpc("single", "collection groups in order of names, pages, read_time"),
    "Listen": Rpc("both ways", "documents and queries, resume by token or read_time, once; not the database's labels"),
    "Write": Rpc("both ways", "the stream of writes of web clients", served=False),
    "ExecutePipeline": Rpc("streamed", "pipelines of the Enterprise edition", served=False),
}


def handlers(methods: object) -> grpc.GenericRpcHandler:
    """The service answered by an object's methods of the RPCs' names; what is not served is UNIMPLEMENTED by name."""
    made = {name: _HANDLERS[rpc.way](name, _method(methods, name, rpc)) for name, rpc in RPCS.items()}
    return grpc.method_handlers_generic_handler(SERVICE, made)


def _method(methods: object, name: str, rpc: Rpc) -> Callable[..., Any]:
    if rpc.served:
        return getattr(methods, name)

    def refuse(*_: Any) -> Any:
        raise unserved(name)

    return refuse


def _single(name: str, method: Callable[[Message], Message]) -> grpc.RpcMethodHandler:
    def answer(request: Message, context: grpc.ServicerContext) -> Message:
        try:
            return method(request)
        except Refusal as refusal:
            context.abort(refusal.code, refusal.message)

    return grpc.unary_unary_rpc_method_handler(answer, *_coding(name))


def _streamed(name: str, method: Callable[[Message], Iterator[Message]]) -> grpc.RpcMethodHandler:
    def answer(request: Message, context: grpc.ServicerContext) -> Iterator[Message]:
        try:
            yield from method(request)
        except Refusal as refusal:
            context.abort(refusal.code, refusal.message)

    return grpc.unary_stream_rpc_method_handler(answer, *_coding(name))


def _both_ways(name: str, method: Callable[[Iterator[Message], Any], Iterator[Message]]) -> grpc.RpcMethodHandler:
    def answer(requests: Iterator[Message], context: grpc.ServicerContext) -> Iterator[Message]:
        try:
            yield from method(requests, context)
        except Refusal as refusal:
            context.abort(refusal.code, refusal.message)

    return grpc.stream_stream_rpc_method_handler(answer, *_coding(name))


def _coding(name: str) -> tuple[Callable[[bytes], Message], Callable[[Message], bytes]]:
    return message(f"{name}Request").FromString, lambda response: response.SerializeToString()


_HANDLERS: Final[Mapping[str, Callable[[str, Callable[..., Any]], grpc.RpcMethodHandler]]] = {
    "single": _single,
    "streamed": _streamed,
    "both ways": _both_ways,
}
