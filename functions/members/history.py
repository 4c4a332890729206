"""How a member came to be as they are: every version, what it changed, and the state as of a moment."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from common.commit import Record, is_erased
from common.documents import shape_of
from common.parties import ERASED
from functions.members.model import Member

OWN_REASONS: Final = {
    "members-check-vat-ids": "the tax authorities' answer about the VAT id",
    "members-take-methods": "the member set up how their invoices are collected",
}
"""Why the platform itself changed a member, by its function."""
UNTOLD: Final = frozenset({"id", "version", "search"})
"""Fields that follow from others, or say nothing to anybody."""


class Change(BaseModel):
    """One field that a version changed; `before` is null in the first version."""

    model_config = ConfigDict(frozen=True)

    field: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class Kept:
    """One version of a member as the commit that wrote it recorded it."""

    version: int
    body: Mapping[str, Any]
    record: Record

    @property
    def at(self) -> datetime:
        """When it was committed."""
        return datetime.fromisoformat(self.record.body["at"])


def versions(member_id: str, records: Iterable[Record], *, hidden: bool) -> list[Kept]:
    """Every version of a member, the oldest first; `hidden` leaves out what is personal, as after erasure."""
    shown = _hiding if hidden else _told
    found = [
        Kept(entry["version"], shown(entry["body"]), record)
        for record in records
        for entry in record.body["documents"]
        if (entry["kind"], entry["id"]) == (Member.collection, member_id)
    ]
    return sorted(found, key=lambda kept: kept.version)


def changes(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[Change]:
    """What differs between two versions, field by field; in the first one, all that is not empty."""
    if before is None:
        return [Change(field=name, after=value) for name, value in after.items() if value not in ("", None, [])]
    names = dict.fromkeys([*before, *after])
    return [
        Change(field=name, before=before.get(name), after=after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    ]


def as_of(trail: Iterable[Kept], moment: datetime) -> Kept | None:
    """The version in force at an instant, or None before the first."""
    return next((kept for kept in sorted(trail, key=lambda k: -k.version) if kept.at <= moment), None)


def why(record: Record) -> str:
    """The reason a commit gives, in words where the platform itself acted."""
    return str(record.body["reason"]) or OWN_REASONS.get(str(record.body["function"]), "")


def _told(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: ERASED if is_erased(value) else value for name, value in body.items() if name not in UNTOLD}


def _hiding(body: Mapping[str, Any]) -> dict[str, Any]:
    personal = set(_personal())
    return {name: ERASED if name in personal and value else value for name, value in _told(body).items()}


def _personal() -> Iterator[str]:
    shape = shape_of(Member)
    assert shape is not None  # noqa: S101 - a member is a person
    yield from (name for name, _ in shape.leaves)
    yield from (name for name, _ in shape.inner)
