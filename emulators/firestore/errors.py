"""How a request is refused: the status code and the sentence the client is told."""

import grpc


class Refusal(Exception):
    """A request answered with a gRPC status other than OK."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def invalid(message: str) -> Refusal:
    """INVALID_ARGUMENT: the request can never succeed as it stands."""
    return Refusal(grpc.StatusCode.INVALID_ARGUMENT, message)


def precondition(message: str) -> Refusal:
    """FAILED_PRECONDITION: the request can succeed only once something else is changed."""
    return Refusal(grpc.StatusCode.FAILED_PRECONDITION, message)


def aborted(message: str) -> Refusal:
    """ABORTED: another transaction came first; the same request may succeed when run again."""
    return Refusal(grpc.StatusCode.ABORTED, message)


def unserved(what: str) -> Refusal:
    """UNIMPLEMENTED: says by name what this emulator does not do."""
    return Refusal(grpc.StatusCode.UNIMPLEMENTED, f"the emulator does not serve {what}")
