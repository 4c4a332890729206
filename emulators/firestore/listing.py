"""Listing what lies below a parent: collections, documents, and documents that are only parents."""

import base64
import binascii
import secrets
import string
from collections.abc import Sequence
from typing import Final

from emulators.firestore.documents import Documents
from emulators.firestore.errors import invalid
from emulators.firestore.values import name_key

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
