"""What is stored as the invariants see it: plain bodies by collection, and the commit records that tell of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, takewhile
from typing import Any, Final

import orjson

from common.commit import COLLECTION, Record, open_record, part_refs
from common.ports import Stored
from common.world import World
from functions.audit import trail

Body = dict[str, Any]
AT_ONCE: Final = 4
"""Collections read at the same time, where the state is read ahead."""
RANGES: Final = ("", "4", "8", "c")
"""Where the ranges begin that commits are read in."""
A_MEMBERS: Final = (
    "addressees", "bills", "charges", "checkouts", "credit_notes", "debits", "disputes", "dunning_cases",
    "invoice_credits", "invoices", "items", "journals", "kept_methods", "known_mandates", "mandates", "member_months",
    "notifications", "payables", "payment_links", "payments", "proceeds", "receipts", "refunds", "reversals",
    "write_offs",
)  # fmt: skip
"""Collections whose documents name the member they are about; all can be selected by it."""
NAMED_AS_MEMBERS: Final = ("members", "payers", "recipients")
"""Collections whose documents have their member's id."""


@dataclass
class State:
    """Everything stored at one time, each collection read once."""

    world: World
    _seen: dict[str, dict[str, Stored]] = field(default_factory=dict)
    _parsed: dict[str, list[Body]] = field(default_factory=dict)

    member_id = ""
    """Whose state it is; empty where it is everybody's."""

    def stored(self, collection: str) -> Mapping[str, Stored]:
        """A collection's documents as stored, by id."""
        if collection not in self._seen:
            self._seen[collection] = {found.id: found for found in self._read(collection)}
        return self._seen[collection]

    def _read(self, collection: str) -> Iterable[Stored]:
        return self.world.scan(collection)

    def bodies(self, collection: str) -> list[Body]:
        """A collection's documents."""
        if collection not in self._parsed:
            found = self.stored(collection).values()
            self._parsed[collection] = [orjson.loads(one.fields["body"]) for one in found]
        return self._parsed[collection]

    @property
    def accounts(self) -> list["State"]:
        """Where what one person was charged and billed is found together: here."""
        return [self]

    def read_ahead(self) -> None:
        """Reads several collections at a time, where waiting for the store is what takes the time."""
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(AT_ONCE) as pool:
            ranges = pool.map(self._commits, RANGES, [*RANGES[1:], "~"])
            self._seen[COLLECTION] = {one.id: one for commits in ranges for one in commits}
            list(pool.map(self.stored, sorted(self.collections)))

    def _commits(self, after: str, until: str) -> list[Stored]:
        """Commits after one id and before another: their ids are hashes."""
        return list(takewhile(lambda one: one.id < until, self.world.scan(COLLECTION, after)))

    @cached_property
    def records(self) -> list[Record]:
        """Every commit record, by time."""
        commits = self.stored(COLLECTION)
        found = (
            open_record(one, [commits[part] for _, part in part_refs(one) if part in commits])
            for one in commits.values()
            if one.fields["parts"]
        )
        return sorted(found, key=lambda record: str(record.body["at"]))

    @cached_property
    def _told(self) -> dict[str, list[tuple[Record, Body]]]:
        """Every event that was ever committed, by name, each with its commit."""
        found: dict[str, list[tuple[Record, Body]]] = {}
        for record in self.records:
            for event in record.body["events"]:
                if self.member_id in {"", event["body"]["member_id"]}:
                    found.setdefault(event["name"], []).append((record, event["body"]))
        return found

    def told(self, name: str) -> list[tuple[Record, Body]]:
        """Every event of a name with the commit that told it."""
        return self._told.get(name, [])

    def events(self, name: str) -> list[Body]:
        """Every event of a name that was ever committed."""
        return [body for _, body in self.told(name)]

    @cached_property
    def steps(self) -> dict[str, list[trail.Step]]:
        """Every version of every document, oldest first, by `collection/id`."""
        found: dict[str, list[trail.Step]] = {}
        for record in self._writing():
            for entry in record.body["documents"]:
                reference = f"{entry['kind']}/{entry['id']}"
                if self._is_ours(reference):
                    step = trail.Step(entry["version"], entry["previous"], entry["body"], record)
                    found.setdefault(reference, []).append(step)
        for versions in found.values():
            versions.sort(key=lambda step: step.version)
        return found

    def _writing(self) -> Iterable[Record]:
        """The commits whose documents are looked at."""
        return self.records

    def _is_ours(self, reference: str) -> bool:
        return bool(reference)

    @cached_property
    def collections(self) -> set[str]:
        """Every collection a commit ever wrote to."""
        return {entry["kind"] for record in self.records for entry in record.body["documents"]} - {COLLECTION}


class MemberState(State):
    """What is stored about one member: a bounded read, whatever the platform holds besides."""

    def __init__(self, world: World, member_id: str) -> None:
        super().__init__(world)
        self.member_id = member_id

    @property
    def accounts(self) -> list[State]:
        """The member's, and those that were closed for it: their charges move. A closed one is looked at with that."""
        (member,) = self.bodies("members") or [{}]
        if member.get("merged_into"):
            return []
        return [self, *(MemberState(self.world, one) for one in member.get("replaces", ()))]

    def _read(self, collection: str) -> Iterable[Stored]:
        if collection in NAMED_AS_MEMBERS:
            return self._loaded(collection, [self.member_id])
        own = self.world.scan(collection, member_id=self.member_id) if collection in A_MEMBERS else iter(())
        return chain(own, self._paying()) if collection == "receipts" else own

    def _loaded(self, collection: str, ids: Iterable[str]) -> Iterator[Stored]:
        found = ((i, self.world.stored(collection, i)) for i in ids)
        return (Stored(i, fields) for i, fields in found if fields is not None)

    def _paying(self) -> Iterator[Stored]:
        """Money of somebody else's that is on the member's items."""
        parts = (part for item in self.bodies("items") for part in item["allocations"])
        return self._loaded("receipts", sorted({part["receipt_id"] for part in parts} - {""}))

    @cached_property
    def records(self) -> list[Record]:
        """The commits that tell of the member, by time."""
        return self.world.records(subjects=self.member_id)

    def _writing(self) -> Iterable[Record]:
        """Every commit that wrote one of the member's documents: one query a document."""
        known: dict[str, Record] = {}
        for reference in sorted(self._own):
            known |= {record.id: record for record in self.world.each_record(documents=reference)}
        return known.values()

    def _is_ours(self, reference: str) -> bool:
        return reference in self._own

    @cached_property
    def _own(self) -> set[str]:
        """The member's own documents."""
        return {
            f"{kind}/{one.id}"
            for kind in self.collections
            for one in self.stored(kind).values()
            if kind in NAMED_AS_MEMBERS or one.fields["member_id"] == self.member_id
        }

    @cached_property
    def collections(self) -> set[str]:
        """The collections that hold something about the member."""
        return {*A_MEMBERS, *NAMED_AS_MEMBERS}


def grouped(bodies: Iterable[Body], key: Callable[[Body], Any]) -> dict[Any, list[Body]]:
    """Bodies by a key."""
    found: dict[Any, list[Body]] = {}
    for body in bodies:
        found.setdefault(key(body), []).append(body)
    return found
