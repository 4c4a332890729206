"""Documents: frozen facts with an id, a version and the head of their hash chain."""

import hashlib
from typing import Any, ClassVar, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field


class Document(BaseModel):
    """A frozen document of one area.

    A subclass names its `collection` (plural noun, one owner) and the fields that are `indexed`: those alone
    can be selected by. `version` counts its commits from 1; `head` is the hash of the commit record that wrote
    it last. Both are set by the transaction, never by a handler.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    collection: ClassVar[str] = ""
    indexed: ClassVar[tuple[str, ...]] = ()

    id: str
    version: int = 0
    head: str = Field(default="", exclude=True)

    def but(self, **changes: Any) -> Self:
        """The same document with some fields changed; the changes are validated."""
        unchecked = self.model_copy(update=changes)
        type(self).__pydantic_validator__.validate_python(dict(unchecked.__dict__))
        return unchecked


def canonical(value: Any) -> bytes:
    """Canonical JSON: sorted keys, no white space, UTF-8 (RFC 8785 for strings, integers, booleans and null)."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def id_from(prefix: str, *causes: str) -> str:
    """An id that the same causes always give: `inv_` and 26 hex digits of their hash."""
    digest = hashlib.sha256("\x1f".join(causes).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{prefix}_{digest[:26]}"
