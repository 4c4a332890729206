"""How a function becomes a gRPC method without generated code; what is not served is refused by name."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import grpc


class Refused(Exception):
    """An answer of the service that is an error; `code` is a gRPC status code."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def not_found(what: str) -> Refused:
    """The resource doesn't exist."""
    return Refused(grpc.StatusCode.NOT_FOUND, f"Resource not found ({what}).")


def already_exists(what: str) -> Refused:
    """The name is taken."""
    return Refused(grpc.StatusCode.ALREADY_EXISTS, f"Resource already exists in the project ({what}).")


def invalid(message: str) -> Refused:
    """The request makes no sense to the real service either."""
    return Refused(grpc.StatusCode.INVALID_ARGUMENT, message)


def not_served(what: str) -> Refused:
    """The real service would do it, the emulator doesn't."""
    return Refused(grpc.StatusCode.UNIMPLEMENTED, f"the emulator does not serve {what}")


@dataclass(frozen=True)
class Method:
    """One served method: its proto-plus request and response types, and the function that answers.

    The function takes the raw protobuf request (an iterator of them when `streaming`) and the gRPC context.
    """

    request: Any
    response: Any
    answer: Callable[[Any, Any], Any]
    streaming: bool = False

    def handler(self) -> grpc.RpcMethodHandler:
        """The method as grpc wants it."""
        make = grpc.unary_unary_rpc_method_handler
        behaviour: Callable[[Any, Any], Any] = self._once
        if self.streaming:
            make, behaviour = grpc.stream_stream_rpc_method_handler, self._stream
        return make(
            behaviour,
            request_deserializer=raw(self.request).FromString,
            response_serializer=raw(self.response).SerializeToString,
        )

    def _once(self, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return self.answer(request, context)
        except Refused as refused:
            context.abort(refused.code, refused.message)

    def _stream(self, requests: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
        try:
            yield from self.answer(requests, context)
        except Refused as refused:
            context.abort(refused.code, refused.message)


def raw(message_type: Any) -> Any:
    """The protobuf class behind a proto-plus class; a protobuf class stays itself."""
    return message_type.pb() if hasattr(message_type, "pb") else message_type


class Service(grpc.GenericRpcHandler):
    """One gRPC service; a method of it that isn't listed answers UNIMPLEMENTED with its name."""

    def __init__(self, name: str, methods: Mapping[str, Method]) -> None:
        self._prefix = f"/{name}/"
        self._handlers = {self._prefix + method: served.handler() for method, served in methods.items()}

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        """The handler for a call, None where the call is meant for another service."""
        path = handler_call_details.method
        if not path.startswith(self._prefix):
            return None
        return self._handlers.get(path) or _refusal(path.removeprefix(self._prefix))


def _refusal(method: str) -> grpc.RpcMethodHandler:
    def refuse(_requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, not_served(method).message)
        yield b""

    return grpc.stream_stream_rpc_method_handler(refuse)


def merge(target: Any, source: Any, paths: Iterable[str], *, allowed: frozenset[str]) -> None:
    """Copies the fields a mask names; a field the service can't change is INVALID_ARGUMENT."""
    for path in paths:
        field = path.split(".")[0]
        if field not in allowed:
            raise invalid(f"Invalid update_mask provided: {path} can't be changed")
        target.ClearField(field)
        partial = type(source)()
        partial.CopyFrom(source)
        for other in [f.name for f in partial.DESCRIPTOR.fields if f.name != field]:
            partial.ClearField(other)
        target.MergeFrom(partial)


def page(items: list[Any], size: int, token: str, *, default: int = 100) -> tuple[list[Any], str]:
    """One page of a list and the token of the next (empty at the end)."""
    if token and not re.fullmatch(r"\d+", token):
        raise invalid(f"Invalid page token: {token}")
    start = int(token or 0)
    end = start + (size or default)
    return items[start:end], str(end) if end < len(items) else ""
