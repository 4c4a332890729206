"""Sixteen workers on eight documents: nothing is lost, nobody gives up, and nobody starves."""

from typing import Literal

import pytest

from common.google.documents import FirestoreDocuments
from common.ports import Counts
from tests.benchmarks.ground import CONTENDERS, contest, one_of_eight
from tests.emulated.firestore_running import serve

pytestmark = pytest.mark.emulated


@pytest.mark.parametrize("concurrency", ["pessimistic", "optimistic"])
def test_sixteen_workers_on_eight_documents_all_get_on(concurrency: Literal["pessimistic", "optimistic"]) -> None:
    with serve(concurrency=concurrency) as client:
        told = contest(FirestoreDocuments(client, Counts()), CONTENDERS, one_of_eight, 3.0)
    assert told["gave_up"] == 0
    least, most = told["least_and_most_of_a_worker"]
    assert least > 0
    assert concurrency == "optimistic" or least >= most / 4


def test_on_one_hot_document_each_gets_its_turn() -> None:
    with serve() as client:
        told = contest(FirestoreDocuments(client, Counts()), CONTENDERS, lambda _: "hot", 3.0)
    assert told["gave_up"] == 0
    least, most = told["least_and_most_of_a_worker"]
    assert least >= most / 4
