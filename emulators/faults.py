"""What is made to go wrong on purpose: answers that get lost, refusals, stalls, and deliveries out of order.

Nothing happens until somebody asks for it. Each fault says how often it has struck.
"""

import json
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from fnmatch import fnmatchcase
from itertools import count
from typing import Any, Final

import grpc
from werkzeug.wrappers import Request

CODES: Final = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "ABORTED", "INTERNAL", "UNKNOWN", "RESOURCE_EXHAUSTED")
"""The gRPC codes after which a caller can't know whether anything happened, or is asked to try again."""
RPC_KINDS: Final = {
    "lose_answer": "the call has its effect, then its answer is lost: the caller gets `code` instead",
    "refuse": "the call is refused with `code` before it has any effect (ABORTED: a storm)",
    "unavailable": "as refuse with UNAVAILABLE, for `for_s` seconds",
    "stall": "the call is held for `seconds` before it begins",
}
DELIVERY_KINDS: Final = {
    "duplicate": "a Pub/Sub message or a task is delivered `copies` times more",
    "reorder": "deliveries wait up to `seconds` each, drawn by `seed`, so that they overtake each other",
    "delay": "deliveries wait `seconds` each",
}
SETTINGS: Final = {
    "on": "glob of the RPC (`Commit`, `google.pubsub.v1.*`) or of the subscription or queue; default: all",
    "code": "one of " + ", ".join(CODES),
    "containing": "regular expression that must be found in the request's bytes",
    "per": "regular expression: `skip` and `times` count apart for each value of its groups; no match, no fault",
    "skip": "so many matching calls pass first",
    "times": "strikes at most so often; default: without end",
    "probability": "strikes so often of the rest, 0 to 1, drawn by `seed`",
    "seed": "a number; the same one draws the same",
    "for_s": "is over after so many real seconds",
    "seconds": "how long to stall, delay or reorder, in real seconds",
    "copies": "how many duplicates",
}
_STEP_S = 0.05
_OPEN = frozenset({"times", "for_s"})
_NUMBERS = (*_OPEN, "skip", "probability", "seed", "seconds", "copies")


@dataclass(eq=False)
class Fault:
    """One thing to go wrong; `met` counts what it could have struck, `struck` what it did."""

    kind: str
    on: str = "*"
    code: str = "UNAVAILABLE"
    containing: str = ""
    per: str = ""
    skip: int = 0
    times: int | None = None
    probability: float = 1.0
    seed: int = 0
    for_s: float | None = None
    seconds: float = 0.0
    copies: int = 1
    id: int = 0
    met: int = 0
    struck: int = 0
    keys: dict[str, int] = field(default_factory=dict)
    """By the value of `per`: how many calls were met."""

    def __post_init__(self) -> None:
        """ValueError, by name, for what makes no sense."""
        if self.kind not in RPC_KINDS and self.kind not in DELIVERY_KINDS:
            raise ValueError(f"there is no fault {self.kind!r}; there are {', '.join([*RPC_KINDS, *DELIVERY_KINDS])}")
        if self.code not in CODES:
            raise ValueError(f"code {self.code!r} is none of {', '.join(CODES)}")
        for name in _NUMBERS:
            if not isinstance(value := getattr(self, name), int | float) and not (value is None and name in _OPEN):
                raise ValueError(f"{name} is no number: {value!r}")
        if not 0 <= self.probability <= 1:
            raise ValueError("probability is not between 0 and 1")
        self.chance = random.Random(self.seed)  # noqa: S311 - disorder, not secrets
        self.until = float("inf") if self.for_s is None else time.monotonic() + self.for_s
        self._containing = re.compile(self.containing.encode(), re.DOTALL)
        self._per = re.compile(self.per.encode(), re.DOTALL)

    def strikes(self, name: str, content: bytes) -> bool:
        """Whether it strikes this time, and counts it."""
        if time.monotonic() >= self.until or not _named(name, self.on) or not self._containing.search(content):
            return False
        key = self._key(content)
        if key is None:
            return False
        self.met += 1
        self.keys[key] = self.keys.get(key, 0) + 1
        turn = self.keys[key] - self.skip
        wanted = turn > 0 and (self.times is None or turn <= self.times) and self.chance.random() < self.probability
        self.struck += wanted
        return wanted

    def _key(self, content: bytes) -> str | None:
        if not self.per:
            return ""
        found = self._per.search(content)
        return None if found is None else " ".join(part.decode() for part in found.groups() if part)

    def told(self) -> dict[str, Any]:
        """The fault as JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Disorder:
    """What happens to one delivery: how long it is held back, and how many times more it comes."""

    wait_s: float = 0.0
    copies: int = 0


NO_DISORDER: Final = Disorder()


class Faults:
    """The faults that are switched on; thread safe. Costs nothing while there is none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._all: list[Fault] = []

    def add(self, kind: str, **settings: Any) -> Fault:
        """Switches a fault on; ValueError for settings that don't exist or make no sense."""
        known = {one.name for one in fields(Fault)} - {"id", "met", "struck", "keys"}
        unknown = settings.keys() - known
        if unknown:
            raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
        if kind == "unavailable":
            settings = {**settings, "code": "UNAVAILABLE"}
        fault = Fault(kind, **settings)
        with self._lock:
            fault.id = next(self._numbers)
            self._all.append(fault)
        return fault

    def clear(self, number: int | None = None) -> None:
        """Switches all faults off, or the one with this number."""
        with self._lock:
            self._all = [fault for fault in self._all if number is not None and fault.id != number]

    def listed(self) -> list[dict[str, Any]]:
        """What is switched on, with what it has done so far."""
        with self._lock:
            return [fault.told() for fault in self._all]

    def any(self) -> bool:
        """Whether anything is switched on."""
        return bool(self._all)

    def strike(self, kinds: tuple[str, ...], name: str, content: bytes = b"") -> Fault | None:
        """The first fault of these kinds that strikes now."""
        if not self._all:
            return None
        with self._lock:
            return next((f for f in self._all if f.kind in kinds and f.strikes(name, content)), None)

    def delivery(self, name: str, content: bytes = b"") -> Disorder:
        """What happens to a delivery of this subscription or queue."""
        if not self._all:
            return NO_DISORDER
        held = self.strike(("delay",), name, content)
        mixed = self.strike(("reorder",), name, content)
        doubled = self.strike(("duplicate",), name, content)
        wait_s = (held.seconds if held else 0.0) + (mixed.chance.random() * mixed.seconds if mixed else 0.0)
        return Disorder(wait_s, doubled.copies if doubled else 0)

    def hold(self, fault: Fault) -> None:
        """Holds the calling thread as long as the fault says, but not longer than it is switched on."""
        end = time.monotonic() + fault.seconds
        while (left := end - time.monotonic()) > 0 and fault in self._all:
            time.sleep(min(left, _STEP_S))


def _named(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) or fnmatchcase(name.rpartition("/")[2], pattern)


class FaultyAnswers(grpc.ServerInterceptor):
    """Lets faults strike every RPC of a server, whatever service it belongs to."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], grpc.RpcMethodHandler | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler | None:
        """The handler of a call, wrapped while any fault is switched on."""
        handler = continuation(handler_call_details)
        if handler is None or not self._faults.any():
            return handler
        return _Call(self._faults, handler_call_details.method.lstrip("/"), handler).handler()


class _Call:
    """One call of one method, with the bytes it was asked with."""

    def __init__(self, faults: Faults, method: str, handler: Any) -> None:
        self._faults = faults
        self._method = method
        self._handler = handler
        self._content = b""

    def handler(self) -> grpc.RpcMethodHandler:
        """The same kind of handler."""
        asked, told = self._handler.request_streaming, self._handler.response_streaming
        kind = f"{'stream' if asked else 'unary'}_{'stream' if told else 'unary'}"
        make = getattr(grpc, f"{kind}_rpc_method_handler")
        return make(
            self._streaming(getattr(self._handler, kind)) if told else self._once(getattr(self._handler, kind)),
            request_deserializer=self._remember,
            response_serializer=self._handler.response_serializer,
        )

    def _remember(self, content: bytes) -> Any:
        self._content = self._content or content
        parse = self._handler.request_deserializer
        return content if parse is None else parse(content)

    def _once(self, behaviour: Callable[..., Any]) -> Callable[..., Any]:
        def answer(request: Any, context: grpc.ServicerContext) -> Any:
            self._before(context)
            response = behaviour(request, context)
            self._after(context)
            return response

        return answer

    def _streaming(self, behaviour: Callable[..., Any]) -> Callable[..., Any]:
        def answer(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            self._before(context)
            for number, response in enumerate(behaviour(request, context)):
                if number == 0:
                    self._after(context)
                yield response

        return answer

    def _before(self, context: grpc.ServicerContext) -> None:
        stalled = self._faults.strike(("stall",), self._method, self._content)
        if stalled is not None:
            self._faults.hold(stalled)
        refused = self._faults.strike(("refuse", "unavailable"), self._method, self._content)
        if refused is not None:
            context.abort(grpc.StatusCode[refused.code], f"refused before it had any effect (fault {refused.id})")

    def _after(self, context: grpc.ServicerContext) -> None:
        lost = self._faults.strike(("lose_answer",), self._method, self._content)
        if lost is not None:
            context.abort(grpc.StatusCode[lost.code], f"the answer was lost (fault {lost.id})")


def fault_routes(faults: Faults) -> Mapping[tuple[str, str], Callable[[Request], dict[str, Any]]]:
    """The admin routes: GET lists, POST {kind, ...} adds, DELETE ends all, or the one with `?id=`."""

    def add(request: Request) -> dict[str, Any]:
        asked = json.loads(request.get_data())
        if not isinstance(asked, dict) or not isinstance(asked.get("kind"), str):
            raise ValueError("a JSON object with a kind is expected")  # noqa: TRY004 - a fault of the request
        try:
            return faults.add(**asked).told()
        except (TypeError, re.error) as fault:
            raise ValueError(str(fault)) from fault

    def end(request: Request) -> dict[str, Any]:
        number = request.args.get("id")
        faults.clear(None if number is None else int(number))
        return {"faults": faults.listed()}

    return {
        ("GET", "/admin/faults"): lambda _: {"faults": faults.listed()},
        ("POST", "/admin/faults"): add,
        ("DELETE", "/admin/faults"): end,
    }
