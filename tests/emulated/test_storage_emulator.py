"""Cloud Storage's promises, kept by the emulator as the real client sees them."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from werkzeug.serving import make_server

from emulators.storage import StorageEmulator

pytestmark = pytest.mark.emulated


@contextmanager
def serving(path: Path | None) -> Iterator[Any]:
    emulator = StorageEmulator(path)
    server = make_server("127.0.0.1", 0, emulator.wsgi, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    yield storage.Client(project="p", credentials=AnonymousCredentials(), client_options={"api_endpoint": url})
    server.shutdown()
    server.server_close()
    emulator.close()


@pytest.fixture
def client() -> Iterator[Any]:
    with serving(None) as client:
        yield client


@pytest.fixture
def bucket(client: Any) -> Any:
    return client.create_bucket("documents")


def test_a_bucket_is_created_once_and_found(client: Any) -> None:
    client.create_bucket("documents", location="EU")
    assert client.get_bucket("documents").location == "EU"
    with pytest.raises(exceptions.Conflict):
        client.create_bucket("documents")
    with pytest.raises(exceptions.NotFound):
        client.get_bucket("others")


@pytest.mark.parametrize("content", [b"", b"plain", b"\r\n--\r\n\x00\xff\n", b"x" * 3_000_000])
def test_what_is_uploaded_is_downloaded_byte_for_byte(bucket: Any, content: bytes) -> None:
    blob = bucket.blob("2026/11/invoice 1 ä.pdf")
    blob.upload_from_string(content, content_type="application/pdf")
    again = bucket.blob("2026/11/invoice 1 ä.pdf")
    assert again.download_as_bytes() == content
    again.reload()
    assert (again.content_type, again.size) == ("application/pdf", len(content))


def test_metadata_is_kept_and_can_be_changed(bucket: Any) -> None:
    blob = bucket.blob("a")
    blob.metadata = {"sha": "1"}
    blob.upload_from_string("x")
    blob.metadata = {"sha": "2"}
    blob.patch()
    kept = bucket.get_blob("a")
    assert (kept.metadata, kept.metageneration, kept.generation) == ({"sha": "2"}, 2, blob.generation)


def test_a_write_meant_to_be_the_first_fails_if_it_is_not(bucket: Any) -> None:
    bucket.blob("a").upload_from_string("first", if_generation_match=0)
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.blob("a").upload_from_string("second", if_generation_match=0)
    assert bucket.blob("a").download_as_bytes() == b"first"


def test_of_many_first_writes_at_once_one_wins(bucket: Any) -> None:
    def write(number: int) -> bool:
        try:
            bucket.blob("a").upload_from_string(str(number), if_generation_match=0)
        except exceptions.PreconditionFailed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(write, range(8))) == 1


def test_an_overwrite_has_a_new_generation(bucket: Any) -> None:
    blob = bucket.blob("a")
    blob.upload_from_string("1")
    first = blob.generation
    blob.upload_from_string("2", if_generation_match=first)
    assert blob.generation > first
    with pytest.raises(exceptions.PreconditionFailed):
        blob.upload_from_string("3", if_generation_match=first)


def test_existence_follows_upload_and_deletion(bucket: Any) -> None:
    blob = bucket.blob("a/b")
    assert not blob.exists()
    blob.upload_from_string("x")
    assert blob.exists()
    blob.delete()
    assert not blob.exists()
    with pytest.raises(exceptions.NotFound):
        blob.delete()
    with pytest.raises(exceptions.NotFound):
        blob.download_as_bytes()


def test_objects_are_listed_by_prefix_and_page(bucket: Any, client: Any) -> None:
    for name in ("b/1", "b/2", "b/c/3", "d"):
        bucket.blob(name).upload_from_string("x")
    assert [b.name for b in client.list_blobs("documents", prefix="b/")] == ["b/1", "b/2", "b/c/3"]
    assert [b.name for b in client.list_blobs("documents", page_size=2)] == ["b/1", "b/2", "b/c/3", "d"]
    folders = client.list_blobs("documents", delimiter="/")
    assert ([b.name for b in folders], folders.prefixes) == (["d"], {"b/"})


def test_a_part_of_an_object_can_be_downloaded(bucket: Any) -> None:
    bucket.blob("a").upload_from_string("0123456789")
    assert bucket.blob("a").download_as_bytes(start=2, end=4, checksum=None) == b"234"


def test_content_that_is_not_what_its_checksum_says_is_refused(bucket: Any) -> None:
    blob = bucket.blob("a")
    blob.crc32c = "AAAAAA=="
    with pytest.raises(exceptions.BadRequest, match="crc32c"):
        blob.upload_from_string("x", checksum=None)
    assert not bucket.blob("a").exists()


def test_a_held_object_can_be_neither_overwritten_nor_deleted(bucket: Any) -> None:
    blob = bucket.blob("a")
    blob.upload_from_string("x")
    blob.temporary_hold = True
    blob.patch()
    with pytest.raises(exceptions.Forbidden):
        blob.delete()
    with pytest.raises(exceptions.Forbidden):
        bucket.blob("a").upload_from_string("y")


def test_objects_outlive_the_process(tmp_path: Path) -> None:
    with serving(tmp_path) as client:
        client.create_bucket("documents").blob("a/b").upload_from_string("x", content_type="text/plain")
    with serving(tmp_path) as client:
        blob = client.get_bucket("documents").get_blob("a/b")
        assert (blob.download_as_bytes(), blob.content_type) == (b"x", "text/plain")


def test_an_overwritten_object_leaves_no_file_behind(tmp_path: Path) -> None:
    with serving(tmp_path) as client:
        blob = client.create_bucket("documents").blob("a")
        blob.upload_from_string("1")
        blob.upload_from_string("2")
    assert len(list((tmp_path / "documents" / "objects").iterdir())) == 2


def test_what_is_not_served_says_so_by_name(bucket: Any) -> None:
    bucket.blob("a").upload_from_string("x")
    with pytest.raises(exceptions.GoogleAPICallError, match="does not serve POST"):
        bucket.blob("b").compose([bucket.blob("a")], retry=None)
