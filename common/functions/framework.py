"""What functions-framework starts in the cloud: it takes plain Python functions from one `main.py` and nothing else."""

from collections.abc import Callable
from types import ModuleType

from flask import Request, Response

from common.functions.declared import Function, declared

EntryPoint = Callable[[Request], Response]


def entry_points(area: ModuleType) -> dict[str, EntryPoint]:
    """The declared functions of an area's `main` by entry point, for the `main.py` at the root of its archive."""
    return {function.variable: _plain(function) for function in declared(area)}


def _plain(function: Function) -> EntryPoint:
    """The framework refuses an object that is merely callable."""

    def entry_point(request: Request) -> Response:
        answered: Response = function(request)
        return answered

    entry_point.__name__ = function.variable
    return entry_point
