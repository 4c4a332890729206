"""Members as the marketplace sends them, and a register that says what a test wants."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from common.events.members import MemberChanged
from common.world import World
from functions.members import handlers, providers
from functions.members.checks import CheckVatId, VatAnswer, VatProof
from functions.members.model import Member, member_id_of
from functions.members.requests import UpsertMember
from functions.members.vies import Question
from tests.kit import Platform

ADDRESS = {"street": "Lange Straße 1", "city": "Köln", "postcode": "50667", "country": "DE"}
ANNA = {
    "external_id": "m-1",
    "kind": "private",
    "name": "Anna Müller-Weiß",
    "email": "Anna@shop.example",
    "address": ADDRESS,
}
VAT_ID = "DE136695976"
OTHER_VAT_ID = "DE811115368"
STAFF = "staff:ada@marketplace.example"


def upsert(platform: Platform, actor: str = "machine:test", **changes: Any) -> dict[str, Any]:
    answer: dict[str, Any] = platform.do(
        handlers.upsert_member, UpsertMember.model_validate(ANNA | changes), actor=actor
    )
    return answer


def stored(platform: Platform, external_id: str = "m-1") -> Member:
    found = platform.read.find(Member, member_id_of(external_id))
    assert found is not None
    return found


def told(platform: Platform, external_id: str = "m-1") -> list[MemberChanged]:
    """Every change of a member that was told, in order of revision."""
    events = [event for event in platform.events(MemberChanged) if isinstance(event, MemberChanged)]
    return sorted((e for e in events if e.member_id == member_id_of(external_id)), key=lambda e: e.revision)


class Scripted:
    """A register that gives its answers in turn, the last one for ever, and remembers who was asked about."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def ask(self, asked: Question) -> VatAnswer:
        self.asked.append(asked.country + asked.number)
        said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if said == "valid":
            request_id = f"WAPI{len(self.asked)}"
            proof = VatProof(vat_id=asked.country + asked.number, request_id=request_id, checked_at=asked.at)
            return VatAnswer(outcome="valid", proof=proof)
        return VatAnswer(outcome="invalid") if said == "invalid" else VatAnswer(outcome="unknown", code=said)


def with_register(platform: Platform, register: providers.Register) -> Platform:
    """The platform with a register in the place of the Commission's."""
    return with_answers(platform, lambda tasks, world: providers.check(tasks, world, register))


def with_answers(platform: Platform, ask: Callable[[Sequence[CheckVatId], World], list[VatAnswer]]) -> Platform:
    platform.bus.functions = [
        replace(f, ask=ask, _name=f.variable) if f.name == "members-check-vat-ids" else f
        for f in platform.bus.functions
    ]
    return platform
