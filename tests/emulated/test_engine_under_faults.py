"""The engine's transaction bears what the wire does at any of its calls."""

from collections.abc import Iterator
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from common.google.documents import FirestoreDocuments
from common.ports import Counts, Write
from emulators.faults import CODES
from emulators.process import Emulators

pytestmark = pytest.mark.emulated


@pytest.fixture(scope="module")
def emulators() -> Iterator[Emulators]:
    with Emulators(None) as found:
        yield found


@pytest.fixture
def documents(emulators: Emulators, monkeypatch: pytest.MonkeyPatch) -> Iterator[FirestoreDocuments]:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulators.environment()["FIRESTORE_EMULATOR_HOST"])
    yield FirestoreDocuments(firestore.Client(project="p", credentials=AnonymousCredentials()), Counts())
    emulators.faults.clear()


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("call", ["BeginTransaction", "BatchGetDocuments", "Commit"])
@pytest.mark.parametrize("kind", ["refuse", "lose_answer"])
def test_one_count_is_one_count(
    emulators: Emulators, documents: FirestoreDocuments, call: str, code: str, kind: str
) -> None:
    name = f"{call}-{code}-{kind}"

    def work(session: Any) -> tuple[list[Write], int]:
        done, counter = session.load([("done", name), ("counters", name)])
        if done is not None:
            return [], done.fields["n"]
        n = (counter.fields["n"] if counter else 0) + 1
        return [Write("done", name, {"n": n}, new=True), Write("counters", name, {"n": n}, new=n == 1)], n

    emulators.faults.add(kind, on=call, code=code, times=2)
    assert documents.transact(work) == 1
    assert documents.client.collection("counters").document(name).get().to_dict() == {"n": 1}
