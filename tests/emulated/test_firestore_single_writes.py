"""The RPCs that write one document each, which the Python client leaves to others, as those call them."""

from collections.abc import Iterator
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud.firestore_v1.types import Document, DocumentMask, Precondition, Value

from tests.emulated.firestore_running import serve

pytestmark = pytest.mark.emulated
ROOT = "projects/p/databases/(default)/documents"


@pytest.fixture
def client() -> Iterator[Any]:
    with serve() as client:
        yield client


def fields(**given: int) -> dict[str, Value]:
    return {name: Value(integer_value=number) for name, number in given.items()}


def read(document: Document) -> dict[str, int]:
    return {name: value.integer_value for name, value in document.fields.items()}


def test_a_document_is_created_under_an_id_of_its_own_or_the_services(client: Any) -> None:
    api = client._firestore_api
    asked = {"parent": ROOT, "collection_id": "rows", "document": Document(fields=fields(n=1))}
    named = api.create_document({**asked, "document_id": "a"})
    assert (named.name, read(named)) == (f"{ROOT}/rows/a", {"n": 1})
    with pytest.raises(exceptions.AlreadyExists):
        api.create_document({**asked, "document_id": "a"})
    unnamed = api.create_document({**asked, "mask": DocumentMask(field_paths=["none"])})
    assert len(unnamed.name.rpartition("/")[2]) == 20
    assert read(unnamed) == {}
    assert client.document(unnamed.name.removeprefix(f"{ROOT}/")).get().to_dict() == {"n": 1}


def test_an_update_writes_what_its_mask_names_if_its_precondition_holds(client: Any) -> None:
    api = client._firestore_api
    client.document("rows/a").set({"n": 1, "m": 1, "gone": 1})
    given = Document(name=f"{ROOT}/rows/a", fields=fields(n=2, m=2))
    mask = DocumentMask(field_paths=["n", "gone"])
    told = api.update_document({"document": given, "update_mask": mask, "mask": DocumentMask(field_paths=["m"])})
    assert read(told) == {"m": 1}
    assert client.document("rows/a").get().to_dict() == {"n": 2, "m": 1}
    elsewhere = Document(name=f"{ROOT}/rows/b", fields=fields(n=1))
    with pytest.raises(exceptions.NotFound):
        api.update_document({"document": elsewhere, "current_document": Precondition(exists=True)})
    api.update_document({"document": elsewhere})
    assert client.document("rows/b").get().exists


def test_a_document_is_deleted_if_its_precondition_holds(client: Any) -> None:
    api = client._firestore_api
    client.document("rows/a").set({})
    old = client.document("rows/a").get().update_time
    client.document("rows/a").set({"n": 1})
    with pytest.raises(exceptions.FailedPrecondition):
        api.delete_document({"name": f"{ROOT}/rows/a", "current_document": Precondition(update_time=old)})
    api.delete_document({"name": f"{ROOT}/rows/a", "current_document": Precondition(exists=True)})
    api.delete_document({"name": f"{ROOT}/rows/a"})
    assert not client.document("rows/a").get().exists
