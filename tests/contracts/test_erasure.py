"""Both engines keep personal data beside the chain and erase it in the commit that says so."""

from typing import Annotated, Any

import pytest

from common.commit import Cause, erase
from common.documents import Document
from common.parties import personal
from common.ports import Engine, SystemClock
from common.runtime import Runtime
from common.settings import Settings
from common.transaction import UnitOfWork


class Person(Document):
    """Somebody with a long name."""

    collection = "people"
    indexed = ("member_id", "words")

    member_id: str
    name: Annotated[str, personal()]
    words: tuple[str, ...] = ()


@pytest.fixture
def runtime(engine: Engine) -> Runtime:
    return Runtime(engine, SystemClock(), Settings())


def test_erased_personal_data_is_gone_and_the_chain_holds(runtime: Runtime) -> None:
    told, erasing = Cause("contract", "told", "machine:test"), Cause("contract", "erase", "machine:test")

    def tell(unit: UnitOfWork) -> None:
        for n in (1, 2):
            unit.put(Person(id=f"p{n}", member_id=f"mem_{n}", name="Canary " * 80_000, words=("canary", str(n))))

    def forget(unit: UnitOfWork) -> Any:
        values = erase(unit, told.commit_id, "mem_1")
        person = unit.get(Person, "p1")
        unit.put(person.forgotten())
        return {"values": values}

    runtime.commit(told, tell)
    assert [runtime.commit(erasing, forget) for _ in range(2)] == [{"values": 1}] * 2
    (record,) = [r for r in runtime.world.records(documents="people/p1") if r.id == told.commit_id]
    assert (record.faults, record.erased) == ((), {"mem_1"})
    assert [e["body"]["name"] == "Canary " * 80_000 for e in record.body["documents"]] == [False, True]
    assert [p.name for p in runtime.world.read.select(Person, words="1")] == ["[erased]"]
