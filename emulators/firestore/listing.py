"""Listing what lies below a parent: collections, documents, and documents that are only parents."""

import base64
import binascii
import secrets
import string
from collections.abc import Sequence
from typing import Final

from emulators.firestore.documents import Documents
from emulators.firestore.errors import invalid
from emulators.firestore.queries import Query, compile_query
from emulators.firestore.values import name_key
from emulators.firestore.wire import DocumentMessage, Message

_ALPHABET: Final = string.ascii_letters + string.digits
_DEFAULT_PAGE: Final = 300


def fresh_id() -> str:
    """A document id that no other document has."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(20))


def collection_ids(documents: Documents, parent: str, snapshot: int | None = None) -> list[str]:
    """The ids of the collections directly below a parent that hold anything, however deep."""
    return sorted({path[len(parent) + 1 :].split("/")[0] for path in documents.paths_below(parent, snapshot)})


def document_names(
    documents: Documents, parent: str, collection_id: str, missing: bool, snapshot: int | None = None
) -> list[str]:
    """The names of documents in one collection (or all below the parent, without an id), in order.

    With ``missing``, also those that do not exist but have collections below them.
    """
    wanted = [collection_id] if collection_id else collection_ids(documents, parent, snapshot)
    names: set[str] = set()
    for each in wanted:
        path = f"{parent}/{each}"
        names.update(documents.names_in(path, snapshot))
        if missing:
            names.update(_parent_below(path, below) for below in documents.paths_below(path, snapshot))
    return sorted(names, key=name_key)


def partitioned(request: Message) -> Query:
    """The query of a PartitionQuery request, refused where the service can't cut it."""
    asked = request.structured_query
    source = asked.from_[0] if asked.from_ else None
    plain = not (asked.HasField("where") or asked.HasField("limit") or asked.offset or asked.HasField("start_at"))
    by_name = [each.field.field_path for each in asked.order_by] in (["__name__"], [])
    if source is None or not (source.all_descendants and plain and by_name):
        raise invalid("A partition query must be a collection group in ascending order of names, and nothing else")
    if request.partition_count < 1:
        raise invalid("partition_count must be positive")
    return compile_query(request.parent, asked)


def cuts(request: Message, found: Sequence[DocumentMessage]) -> list[str]:
    """At most so many names as were asked for, at which parts of about the same size meet."""
    parts = min(request.partition_count + 1, max(len(found), 1))
    return [found[len(found) * part // parts].name for part in range(1, parts)]


def _parent_below(path: str, below: str) -> str:
    return f"{path}/{below[len(path) + 1 :].split('/', maxsplit=1)[0]}"


def page(names: Sequence[str], size: int, token: str) -> tuple[list[str], str]:
    """One page of sorted names after the one a token stands for, and the token of the next page."""
    rest = list(names)
    if token:
        last = name_key(_from_token(token))
        rest = [name for name in names if name_key(name) > last]
    shown = rest[: size or _DEFAULT_PAGE]
    return shown, _to_token(shown[-1]) if len(shown) < len(rest) else ""


def _to_token(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _from_token(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise invalid("The page token is not valid.") from error
