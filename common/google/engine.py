"""The Google engine: the same promises as the memory engine's, kept by Firestore, Pub/Sub, Tasks and Storage."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final, TypeVar

from google.api_core import exceptions

from common.commit import COLLECTION
from common.functions.declared import function_of
from common.functions.entry import pack
from common.google import channels
from common.google.documents import FirestoreDocuments, FirestoreSession, count, load, select
from common.google.rows import answered
from common.ports import Answer, Clock, Counts, Message, Stored, StoredFile, SystemClock, Write
from common.settings import Settings

T = TypeVar("T")

LONGEST: Final = timedelta(days=29)
"""Cloud Tasks holds a task 30 days at most; a later one is put back when it arrives early."""


class GoogleEngine:
    """See Engine; `counts` says what the cloud would charge for."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.counts = Counts()
        self._clock = clock or SystemClock()
        self._documents = FirestoreDocuments(channels.firestore_client(settings), self.counts)

    # -- documents -----------------------------------------------------------------------------

    def transact(self, work: Callable[[FirestoreSession], tuple[Sequence[Write], T]]) -> T:
        """See Engine."""
        return self._documents.transact(work)

    def load(self, refs: Sequence[tuple[str, str]]) -> list[Stored | None]:
        """See Engine."""
        return load(self._documents.client, refs, self.counts)

    def select(self, collection: str, equals: Mapping[str, Any], *, limit: int, after: str = "") -> list[Stored]:
        """See Engine."""
        return select(self._documents.client, collection, equals, limit, after, self.counts)

    def count(self, collection: str, equals: Mapping[str, Any]) -> int:
        """See Engine."""
        return count(self._documents.client, collection, equals, self.counts)

    def mark_published(self, commit_ids: Sequence[str]) -> None:
        """See Engine. The only write outside a transaction: it says nothing about money, and twice is harmless.

        ConnectionError where it is not known to be done: the sweep tells it all again.
        """
        batch = self._documents.client.batch()
        for commit_id in commit_ids:
            batch.update(self._documents.client.collection(COLLECTION).document(commit_id), {"pending": ""})
        try:
            batch.commit()
        except exceptions.GoogleAPICallError as fault:
            raise ConnectionError(str(fault)) from fault
        self.counts.wrote([Write(f"{COLLECTION} (published)", i, {}) for i in commit_ids])

    # -- messages ------------------------------------------------------------------------------

    def publish(self, messages: Sequence[Message]) -> None:
        """See Engine. All that can go out does; then ConnectionError where Google did not take some."""
        topics: dict[str, list[Message]] = defaultdict(list)
        for message in messages:
            topics["" if message.function else message.name].append(message)
        sendings = [partial(self._enqueue, task) for task in topics.pop("", [])]
        sendings += [partial(self._tell, name, told) for name, told in topics.items()]
        refusals = [refusal for send in sendings if (refusal := _refusal(send)) is not None]
        if refusals:
            raise ConnectionError(str(refusals[0])) from refusals[0]

    def _tell(self, name: str, messages: Sequence[Message]) -> None:
        bodies = [{"data": pack(message), "attributes": {"key": message.key}} for message in messages]
        topic = f"projects/{self.settings.project}/topics/{name}"
        channels.publisher(self.settings).publish(request={"topic": topic, "messages": bodies}, timeout=30)
        self.counts.messages += len(bodies)

    def _enqueue(self, message: Message) -> None:
        name = function_of(message.name) if message.function == "task" else message.function
        queue = f"projects/{self.settings.project}/locations/{self.settings.region}/queues/{name}"
        url = self.settings.function_url(name)
        task: dict[str, Any] = {
            "name": f"{queue}/tasks/{self._task_id(message)}",
            "http_request": {
                "http_method": "POST",
                "url": url,
                "headers": {"Content-Type": "application/json"},
                "body": pack(message),
                "oidc_token": {"service_account_email": self.settings.pusher, "audience": url},
            },
        }
        now = self._clock.now()
        if message.at > now:
            task["schedule_time"] = min(message.at, now + LONGEST)
        try:
            channels.tasks_client(self.settings).create_task(request={"parent": queue, "task": task}, timeout=30)
            self.counts.tasks += 1
        except exceptions.AlreadyExists:
            return

    def _task_id(self, message: Message) -> str:
        """The same message is the same task; put back because it came too early, it is the next one."""
        named = f"{message.key}\x1f{message.function}\x1f{message.parked_id}\x1f{message.again}"
        return hashlib.sha256(named.encode()).hexdigest()[:40]

    # -- files and rows ------------------------------------------------------------------------

    def put_file(self, name: str, content: bytes, content_type: str) -> bool:
        """See Engine."""
        blob = channels.storage_client(self.settings).bucket(self.settings.bucket).blob(name)
        try:
            blob.upload_from_string(content, content_type=content_type, if_generation_match=0)
        except exceptions.PreconditionFailed:
            return False
        return True

    def get_file(self, name: str) -> bytes | None:
        """See Engine."""
        blob = channels.storage_client(self.settings).bucket(self.settings.bucket).blob(name)
        try:
            content: bytes = blob.download_as_bytes()
        except exceptions.NotFound:
            return None
        return content

    def list_files(self, prefix: str) -> list[StoredFile]:
        """See Engine."""
        found = channels.storage_client(self.settings).list_blobs(self.settings.bucket, prefix=prefix)
        return [StoredFile(blob.name, str(blob.generation), int(blob.size or 0)) for blob in found]

    def insert_rows(self, table: str, rows: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """See Engine."""
        faults = channels.bigquery_client(self.settings).insert_rows_json(
            f"{self.settings.project}.{table}", [dict(row) for _, row in rows], row_ids=[i for i, _ in rows]
        )
        if faults:
            raise RuntimeError(f"{table} refused rows: {faults[:3]}")

    def query(self, sql: str, parameters: Mapping[str, Answer]) -> Iterator[dict[str, Any]]:
        """See Engine."""
        return answered(channels.bigquery_client(self.settings), sql, parameters)


def _refusal(send: Callable[[], None]) -> Exception | None:
    """Why Google did not take it, or None where it did."""
    try:
        send()
    except exceptions.GoogleAPICallError as fault:
        return fault
    return None
