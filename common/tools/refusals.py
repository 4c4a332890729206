"""Which refusals a route can give: found in the source that it reaches, so that no list of them grows stale."""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from functools import cache
from types import FunctionType, MethodType, ModuleType
from typing import Any, Final

from common.failures import Rejected
from common.functions.routes import Route

Codes = dict[int, list[str]]
Told = Mapping[int, tuple[str, ...]]

OURS: Final = ("functions.", "common.failures", "common.machine", "common.parties", "common.money", "common.dates")
DOOR: Final[Told] = {
    401: ("unauthenticated",),
    403: ("forbidden",),
    413: ("too_large",),
    422: ("invalid",),
    500: ("internal",),
    503: ("try_later",),
}
"""What every route that asks for a token may tell (`common.functions.entry`, `common.functions.serving`)."""
BODY: Final[Told] = {400: ("malformed_json",), 415: ("not_json",)}
COMMAND: Final[Told] = {
    400: ("idempotency_key_missing",),
    409: ("erased",),
    422: ("idempotency_key_reused",),
}
"""What every command may (`common.runtime`, `common.commit`)."""
NOT_DRAFTED: Final = (
    "carried_forward", "location_contradictory", "member_merged", "no_exchange_rate", "no_recipient",
    "no_vat_rate", "no_vat_registration", "unknown_service", "unknown_tax_area",
)  # fmt: skip
"""Why `functions.invoicing.drafts` makes no draft."""
VARIABLE: Final[dict[str, dict[int, tuple[str, ...]]]] = {
    "rate_charge": {422: ("no_fee_schedule", "no_fee_rule", "no_basis", "unknown_member")},
    "credit_invoice": {422: ("no_such_line", "line_twice")},
    "reissue_invoice": {409: NOT_DRAFTED},
    "cancel_credit_note": {409: NOT_DRAFTED},
}
"""What is told by a variable, by action: no reading of the source finds it."""


def refusals(route: Route) -> Codes:
    """The codes a route may answer with, by HTTP status."""
    found: dict[int, set[str]] = {}
    for told in (*_of_the_door(route), VARIABLE.get(route.action.__name__, {})):
        for status, codes in told.items():
            found.setdefault(status, set()).update(codes)
    for status, code in _told_by(route):
        found.setdefault(status, set()).add(code)
    return {status: sorted(found[status]) for status in sorted(found)}


def _of_the_door(route: Route) -> Iterator[Told]:
    without_token = {401, 403} if not route.scope else set()
    yield {status: codes for status, codes in DOOR.items() if status not in without_token}
    if route.takes_body:
        yield BODY
    if route.kind == "command":
        yield COMMAND


def _told_by(route: Route) -> Iterator[tuple[int, str]]:
    waiting: list[Any] = [part for part in (route.action, route.parse) if part is not None]
    seen: set[Any] = set()
    while waiting:
        function = waiting.pop()
        if function not in seen:
            seen.add(function)
            told, reached = _read(function)
            yield from told
            waiting += reached


@cache
def _read(function: FunctionType) -> tuple[tuple[tuple[int, str], ...], tuple[FunctionType, ...]]:
    """What a function itself may refuse with, and the functions it may call."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    names = {**function.__globals__, **dict(_imported(tree))}
    told, reached = [], []
    for node in _uncaught(tree):
        if isinstance(node, ast.Call) and _is_refusal(_resolved(node.func, names)):
            told += list(_codes(node))
        elif isinstance(node, ast.Name | ast.Attribute):
            reached += list(_functions(node, names))
    return tuple(told), tuple(dict.fromkeys(reached))


def _imported(tree: ast.AST) -> Iterator[tuple[str, Any]]:
    """What is imported inside the function, so that cold starts are short."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(("functions.", "common.")):
            module = __import__(node.module, fromlist=["*"])
            for alias in node.names:
                yield alias.asname or alias.name, getattr(module, alias.name, None)


def _uncaught(node: ast.AST) -> Iterator[ast.AST]:
    """Every node but those of a `try` whose refusals are caught."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Try) and any(_catches(handler) for handler in child.handlers):
            for part in (*child.handlers, *child.orelse, *child.finalbody):
                yield from _uncaught(part)
        else:
            yield from _uncaught(child)


def _catches(handler: ast.ExceptHandler) -> bool:
    """Whether refusals end here; one that is raised again under some condition does not."""
    again = any(isinstance(node, ast.Raise) and node.exc is None for node in ast.walk(handler))
    return isinstance(handler.type, ast.Name) and handler.type.id == "Rejected" and not again


def _codes(call: ast.Call) -> Iterator[tuple[int, str]]:
    status = next((word.value for word in call.keywords if word.arg == "status"), ast.Constant(422))
    if call.args and isinstance(call.args[0], ast.Constant) and isinstance(status, ast.Constant):
        yield int(str(status.value)), str(call.args[0].value)


def _functions(node: ast.Name | ast.Attribute, names: dict[str, Any]) -> Iterator[FunctionType]:
    """The functions of ours that a name stands for; of a method of who knows what, those of every class in sight."""
    found = _resolved(node, names)
    if found is None and isinstance(node, ast.Attribute):
        for value in list(names.values()):
            kind = value if isinstance(value, type) else type(value)
            if _is_ours(kind):
                yield from _plain(inspect.getattr_static(kind, node.attr, None))
    else:
        yield from _plain(found)


def _plain(value: Any) -> Iterator[FunctionType]:
    inner = {property: "fget", classmethod: "__func__", staticmethod: "__func__", MethodType: "__func__"}
    found = getattr(value, inner[type(value)]) if type(value) in inner else value
    found = inspect.unwrap(found) if callable(found) else found
    if isinstance(found, FunctionType) and _is_ours(found) and found.__name__ != "<lambda>":
        yield found


def _resolved(node: ast.AST, names: dict[str, Any]) -> Any:
    """What a name, or a name in a module or class, stands for; None where only the running program knows."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        holder = _resolved(node.value, names)
        if isinstance(holder, ModuleType | type):
            return getattr(holder, node.attr, None)
    return None


def _is_refusal(thing: Any) -> bool:
    return isinstance(thing, type) and issubclass(thing, Rejected)


def _is_ours(thing: Any) -> bool:
    return str(getattr(thing, "__module__", "")).startswith(OURS)
