"""The first requests of a process may come all at once: they share one connection, which lives as long as they do."""

import sys
from collections.abc import Iterator

import pytest

from common.google import channels
from common.settings import Settings
from tests.emulated.firestore_running import listening, together

pytestmark = pytest.mark.emulated


@pytest.fixture
def impatient() -> Iterator[None]:
    """Threads take turns as often as they can, so that what can happen between two lines does."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("impatient")
def test_first_queries_of_many_threads_share_one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as address:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", address)
        for turn in range(5):
            client = channels.firestore_client(Settings(project=f"first-{turn}"))
            used = dict[int, object]()

            def ask(number: int, client: object = client, used: dict[int, object] = used) -> None:
                used[number] = client._firestore_api  # type: ignore[attr-defined]
                assert list(client.collection("things").stream()) == []  # type: ignore[attr-defined]

            together(16, ask)
            assert len({id(connection) for connection in used.values()}) == 1
            client._firestore_api.transport.close()
    channels.firestore_client.cache_clear()
