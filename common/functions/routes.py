"""An area's HTTP routes as a table: what comes in, which handler it is for, what goes out, who may."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field

from common.access import Caller
from common.failures import Rejected
from common.settings import Settings
from common.values import Exact, Value
from common.world import World


class Input(Exact):
    """What a caller sends: unknown fields, wrong types and floats are refused. Path parameters are fields too."""


class Output(Value):
    """What a caller is told."""


LONGEST_PAGE = 100
Limit = Annotated[int, Field(ge=1), AfterValidator(lambda limit: min(limit, LONGEST_PAGE))]
"""How many a page of a list holds at most; who asks for more than there may be gets as many as may be."""
PageToken = Annotated[str, Field(pattern=r"^([A-Za-z0-9][A-Za-z0-9_.:-]*)?$", max_length=200)]
"""Where a list goes on: the `next_page_token` of the page before, which is its last id; empty at the beginning."""


@dataclass(frozen=True, slots=True)
class Each:
    """Marks a list of objects that are checked one by one: callers are told what each has to look like.

    `Annotated[list[dict[str, Any]], Each(TakeCharge)]`: a faulty one does not stop the others.
    """

    model: type[BaseModel]


@dataclass(frozen=True, slots=True)
class Call:
    """A request that got in: who, with what."""

    caller: Caller
    headers: Mapping[str, str]
    body: bytes
    world: World


@dataclass(frozen=True, slots=True)
class Upload:
    """Raw bytes, checked and understood: the command they mean and the key that makes it unique."""

    key: str
    command: Any


@dataclass(frozen=True, slots=True)
class Asked:
    """What a browser sends: what stands in the path, the address's or form's fields, the headers by lower-case name."""

    parameters: Mapping[str, str]
    fields: Mapping[str, tuple[str, ...]]
    headers: Mapping[str, str] = field(default_factory=dict)

    def one(self, name: str) -> str:
        """A field's first value; empty where it was not sent."""
        return next(iter(self.fields.get(name, ())), "")


@dataclass(frozen=True, slots=True)
class Page:
    """What a browser is shown, with the headers that protect it."""

    body: bytes
    headers: Mapping[str, str]
    status: int = 200


class Seen(Value):
    """What came of a form: where on this site the browser goes to see it."""

    see: Annotated[str, Field(pattern=r"^/[A-Za-z0-9_/.?=&%+-]*$")]


Refuse = Callable[[Asked, Rejected, World], Page]
"""How a refusal looks to a person, who may read it, put it right and send it again."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one path."""

    method: Literal["GET", "POST", "PUT"]
    path: str
    kind: Literal["command", "query", "page", "upload", "view", "form"]
    """`view` and `form` are for people with a browser, and no part of the API."""
    action: Callable[..., Any]
    scope: str
    """What the caller must be allowed; empty only where the action checks a signature: of an upload, of an address."""
    takes: type[BaseModel] | None = None
    gives: type[BaseModel] | None = None
    status: int = 200
    parse: Callable[[bytes, Mapping[str, str], Settings], Upload] | None = None
    keep: Callable[[Any, World], Any] | None = None
    """Of an upload: puts into files what is too much for a commit, before the commit; gives the command with it."""
    media: str = "application/json"
    """Of the answer for a page, of the request for an upload; several with commas between."""
    understand: Callable[[Asked, World], Upload] | None = None
    """Of a form: what it means."""
    refuse: Refuse | None = None

    @property
    def parameters(self) -> list[str]:
        """The names in the path: `/v1/invoices/{invoice_id}` has `invoice_id`."""
        return re.findall(r"{(\w+)}", self.path)

    @property
    def takes_body(self) -> bool:
        """Whether what it takes comes as a JSON body, apart from what stands in the path."""
        return self.kind == "command" or (self.kind == "query" and self.method == "POST")

    @property
    def summary(self) -> str:
        """The action's first docstring line."""
        return (self.action.__doc__ or self.action.__name__).strip().splitlines()[0]


def command(
    method: Literal["POST", "PUT"],
    path: str,
    handler: Callable[..., Any],
    takes: type[Input],
    gives: type[BaseModel],
    *,
    scope: str,
    status: int = 200,
) -> Route:
    """`handler(input, transaction)` in one commit, once for each `Idempotency-Key`; gives its answer."""
    return Route(method, path, "command", handler, scope, takes, gives, status)


def query(path: str, show: Callable[..., Any], takes: type[Input], gives: type[BaseModel], *, scope: str) -> Route:
    """`show(input, world)` answers a GET; Rejected with status 404 where there is nothing."""
    return Route("GET", path, "query", show, scope, takes, gives)


def preview(path: str, show: Callable[..., Any], takes: type[Input], gives: type[BaseModel], *, scope: str) -> Route:
    """`show(input, world)` answers a POST: a question too long for an address line. Nothing is recorded, no key needed.

    A dry run has the same checks as the command it is about (AIP-163), and no effect.
    """
    return Route("POST", path, "query", show, scope, takes, gives)


def page(
    path: str, show: Callable[..., bytes | Iterator[bytes]], takes: type[Input], *, scope: str, media: str
) -> Route:
    """`show(input, world)` answers a GET with a file of that media type, whole or part by part."""
    return Route("GET", path, "page", show, scope, takes, media=media)


def signed_page(path: str, show: Callable[..., bytes], takes: type[Input], *, media: str) -> Route:
    """As `page`, for whoever has the address: `show` checks the signature in it, and refuses one that is not ours."""
    return Route("GET", path, "page", show, "", takes, media=media)


def upload(
    path: str,
    handler: Callable[..., Any],
    parse: Callable[[bytes, Mapping[str, str], Settings], Upload],
    gives: type[BaseModel],
    *,
    media: str,
    scope: str = "",
    keep: Callable[[Any, World], Any] | None = None,
) -> Route:
    """Raw bytes: `parse(body, headers, settings)` checks and understands them, then `handler(command, transaction)`.

    Between them `keep(command, world)` may put files away; it has to bear repetition.
    """
    return Route("POST", path, "upload", handler, scope, gives=gives, parse=parse, media=media, keep=keep)


def view(path: str, show: Callable[[Asked, World], Page], refuse: Refuse) -> Route:
    """`show(asked, world)` answers a browser's GET for whoever has the address: `show` checks the signature in it."""
    return Route("GET", path, "view", show, "", media="text/html", refuse=refuse)


def form(
    path: str,
    handler: Callable[[Any, Any], Seen],
    understand: Callable[[Asked, World], Upload],
    refuse: Refuse,
) -> Route:
    """A browser's form: `understand(asked, world)` checks the signature in its address and says what it means.

    `handler(command, transaction)` says where the browser goes from there (303), in one commit, once for each key: who
    presses twice, or reloads, is led to the same place.
    """
    media = "application/x-www-form-urlencoded"
    return Route("POST", path, "form", handler, "", media=media, understand=understand, refuse=refuse)
