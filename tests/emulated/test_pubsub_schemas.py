"""Schemas checked at the door of a topic, unwrapped pushes, and subscriptions that write to BigQuery."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import bigquery
from google.pubsub_v1 import PublisherClient
from google.pubsub_v1.types import Encoding, Schema, SchemaView

from tests.emulated import bigquery_running
from tests.emulated.pubsub_running import QUICK, SUBSCRIPTION, TOPIC, Running, serve
from tests.emulated.receiving import Endpoint, receiving, until

pytestmark = pytest.mark.emulated
FEES = "projects/p/schemas/fees"
TYPED = "projects/p/topics/typed"
GRAVE = "projects/p/topics/grave"
AVRO = json.dumps(
    {
        "type": "record",
        "name": "Fee",
        "fields": [
            {"name": "member", "type": "string"},
            {"name": "minor", "type": "long"},
            {"name": "note", "type": ["null", "string"]},
            {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["listing", "commission"]}},
            {"name": "tags", "type": {"type": "array", "items": "string"}},
        ],
    }
)
PROTO = """
syntax = "proto3";
// a fee
message Fee {
  string member = 1;
  int64 minor = 2;
  optional string note = 3;
  enum Kind { UNKNOWN = 0; LISTING = 1; }
  Kind kind = 4;
  repeated string tags = 5;
  map<string, int32> counts = 6;
}
"""
FEE = {"member": "m", "minor": 120, "note": {"string": "late"}, "kind": "listing", "tags": ["a"]}


@pytest.fixture
def running() -> Iterator[Running]:
    running, end = serve(None)
    running.publisher.create_topic(name=TOPIC)
    yield running
    end()


def define(running: Running, definition: str = AVRO, kind: Any = Schema.Type.AVRO) -> Any:
    schema = {"type_": kind, "definition": definition}
    return running.schemas.create_schema(parent="projects/p", schema=schema, schema_id="fees")


def typed(running: Running, encoding: Any = Encoding.JSON) -> None:
    settings = {"schema": FEES, "encoding": encoding}
    running.publisher.create_topic(request={"name": TYPED, "schema_settings": settings})


def send(running: Running, body: Any) -> Any:
    """Publishes by the plain client: the batching one takes nothing more for a topic that refused once."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    plain = PublisherClient(transport=running.publisher.transport)
    return plain.publish(request={"topic": TYPED, "messages": [{"data": data}]})


# -- the schema service --------------------------------------------------------------------------------


def test_a_schema_is_created_shown_listed_and_deleted(running: Running) -> None:
    made = define(running)
    assert made.name == FEES
    assert running.schemas.get_schema(name=FEES).definition == AVRO
    (listed,) = running.schemas.list_schemas(parent="projects/p")
    assert (listed.name, listed.definition) == (FEES, "")
    (full,) = running.schemas.list_schemas(request={"parent": "projects/p", "view": SchemaView.FULL})
    assert full.definition == AVRO
    with pytest.raises(exceptions.AlreadyExists):
        define(running)
    running.schemas.delete_schema(name=FEES)
    with pytest.raises(exceptions.NotFound):
        running.schemas.get_schema(name=FEES)


@pytest.mark.parametrize(
    ("kind", "definition"),
    [
        (Schema.Type.AVRO, "{"),
        (Schema.Type.AVRO, '"string"'),
        (Schema.Type.AVRO, '{"type": "record", "name": "A", "fields": [{"name": "x", "type": "number"}]}'),
        (Schema.Type.AVRO, '{"type": "record", "name": "A", "fields": [{"name": "1x", "type": "int"}]}'),
        (Schema.Type.PROTOCOL_BUFFER, "message {"),
        (Schema.Type.PROTOCOL_BUFFER, 'syntax = "proto3"; message A { Missing x = 1; }'),
        (Schema.Type.PROTOCOL_BUFFER, 'syntax = "proto3"; message A {} message B {}'),
    ],
)
def test_a_broken_definition_is_refused(running: Running, kind: Any, definition: str) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        running.schemas.validate_schema(parent="projects/p", schema={"type_": kind, "definition": definition})


def test_a_proto_file_that_imports_is_refused_by_name(running: Running) -> None:
    with pytest.raises(exceptions.MethodNotImplemented, match="import"):
        define(running, 'syntax = "proto3"; import "a.proto"; message A {}', Schema.Type.PROTOCOL_BUFFER)


def test_revisions_are_committed_rolled_back_and_deleted(running: Running) -> None:
    first = define(running)
    wider = json.loads(AVRO)
    wider["fields"].append({"name": "more", "type": "int"})
    schema = {"name": FEES, "type_": Schema.Type.AVRO, "definition": json.dumps(wider)}
    second = running.schemas.commit_schema(name=FEES, schema=schema)
    assert running.schemas.get_schema(name=FEES).revision_id == second.revision_id
    third = running.schemas.rollback_schema(name=FEES, revision_id=first.revision_id)
    assert third.definition == AVRO
    revisions = [one.revision_id for one in running.schemas.list_schema_revisions(name=FEES)]
    assert revisions == [third.revision_id, second.revision_id, first.revision_id]
    running.schemas.delete_schema_revision(name=f"{FEES}@{second.revision_id}")
    assert len(list(running.schemas.list_schema_revisions(name=FEES))) == 2


def test_a_message_is_validated_by_hand(running: Running) -> None:
    define(running)
    asked = {"parent": "projects/p", "name": FEES, "encoding": Encoding.JSON}
    running.schemas.validate_message(request={**asked, "message": json.dumps(FEE).encode()})
    with pytest.raises(exceptions.InvalidArgument, match="minor"):
        running.schemas.validate_message(request={**asked, "message": json.dumps(FEE | {"minor": "x"}).encode()})


# -- at the door ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "broken",
    [
        {"minor": 1.5},
        {"note": "late"},
        {"kind": "promotion"},
        {"tags": "a"},
        {"unknown": 1},
        {"minor": 2**63},
    ],
)
def test_a_topic_with_an_avro_schema_takes_only_what_follows_it(running: Running, broken: dict[str, Any]) -> None:
    define(running)
    typed(running)
    running.subscribe(topic=TYPED)
    send(running, FEE)
    with pytest.raises(exceptions.InvalidArgument):
        send(running, FEE | broken)
    (one,) = running.pull()
    assert one.message.attributes["googclient_schemaencoding"] == "JSON"
    assert one.message.attributes["googclient_schemaname"] == FEES


def test_binary_avro_is_read(running: Running) -> None:
    define(running)
    typed(running, Encoding.BINARY)
    send(running, b"\x02m\xf0\x01\x02\x08late\x00\x02\x02a\x00")
    with pytest.raises(exceptions.InvalidArgument, match="ends too early"):
        send(running, b"\x02m\xf0\x01")


def test_a_topic_with_a_protocol_buffer_takes_json_and_refuses_unknown_fields(running: Running) -> None:
    define(running, PROTO, Schema.Type.PROTOCOL_BUFFER)
    typed(running)
    send(running, {"member": "m", "minor": "120", "kind": "LISTING", "tags": ["a"], "counts": {"x": 1}})
    for broken in ({"minor": "x"}, {"who": "m"}, {"kind": "NONE"}):
        with pytest.raises(exceptions.InvalidArgument):
            send(running, broken)


def test_a_topic_needs_its_schema(running: Running) -> None:
    with pytest.raises(exceptions.NotFound):
        typed(running)


# -- unwrapped -----------------------------------------------------------------------------------------


@pytest.fixture
def receiver() -> Iterator[Endpoint]:
    with receiving() as endpoint:
        yield endpoint


def test_an_unwrapped_push_is_the_data_alone_with_its_metadata_in_headers(running: Running, receiver: Endpoint) -> None:
    config = {"push_endpoint": receiver.url, "no_wrapper": {"write_metadata": True}}
    running.subscribe(push_config=config, enable_message_ordering=True)
    number = running.publisher.publish(TOPIC, b"\x00raw", ordering_key="k", market="de").result(timeout=5)
    until(running.emulator.idle)
    (request,) = receiver.requests
    assert request.body == b"\x00raw"
    told = {name: value for name, value in request.headers.items() if name.startswith("x-goog-pubsub-")}
    published = told.pop("x-goog-pubsub-publish-time")
    assert published.endswith("Z")
    assert told == {
        "x-goog-pubsub-subscription-name": SUBSCRIPTION,
        "x-goog-pubsub-message-id": number,
        "x-goog-pubsub-ordering-key": "k",
    }
    assert request.headers["market"] == "de"


def test_without_metadata_an_unwrapped_push_tells_nothing_but_the_data(running: Running, receiver: Endpoint) -> None:
    running.subscribe(push_config={"push_endpoint": receiver.url, "no_wrapper": {}})
    running.publish("plain", market="de")
    until(running.emulator.idle)
    (request,) = receiver.requests
    assert request.body == b"plain"
    assert "market" not in request.headers
    assert not any(name.startswith("x-goog-pubsub-") for name in request.headers)


# -- BigQuery ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def warehouse() -> Iterator[tuple[str, bigquery.Client]]:
    with bigquery_running.running(None) as url:
        client = bigquery_running.client_for(url, "p")
        client.create_dataset("d")
        yield url, client


@pytest.fixture
def writing(warehouse: tuple[str, bigquery.Client]) -> Iterator[Running]:
    running, end = serve(None, lambda: warehouse[0])
    running.publisher.create_topic(name=TOPIC)
    yield running
    end()


def table(client: bigquery.Client, name: str, *columns: tuple[str, str]) -> str:
    client.create_table(bigquery.Table(f"p.d.{name}", [bigquery.SchemaField(*column) for column in columns]))
    return f"p.d.{name}"


def test_messages_become_rows_with_their_metadata(writing: Running, warehouse: tuple[str, bigquery.Client]) -> None:
    kinds = ("data", "subscription_name", "message_id", "attributes")
    name = table(warehouse[1], "plain", *((kind, "STRING") for kind in kinds), ("publish_time", "TIMESTAMP"))
    writing.subscribe(bigquery_config={"table": name, "write_metadata": True})
    numbers = writing.publish("one", "two", market="de")
    until(writing.emulator.idle)
    found = bigquery_running.rows(
        warehouse[1], "SELECT data, subscription_name, message_id, attributes FROM p.d.plain ORDER BY data"
    )
    assert found == [
        ("one", SUBSCRIPTION, numbers[0], '{"market": "de"}'),
        ("two", SUBSCRIPTION, numbers[1], '{"market": "de"}'),
    ]


def test_a_topics_schema_gives_the_columns_and_unknown_fields_can_be_dropped(
    writing: Running, warehouse: tuple[str, bigquery.Client]
) -> None:
    define(writing)
    typed(writing)
    name = table(warehouse[1], "typed", ("member", "STRING"), ("minor", "INT64"), ("note", "STRING"))
    writing.subscribe(
        topic=TYPED, bigquery_config={"table": name, "use_topic_schema": True, "drop_unknown_fields": True}
    )
    send(writing, FEE)
    until(writing.emulator.idle)
    assert bigquery_running.rows(warehouse[1], "SELECT member, minor, note FROM p.d.typed") == [("m", 120, "late")]


def test_a_row_the_table_refuses_is_tried_again_and_given_up(
    writing: Running, warehouse: tuple[str, bigquery.Client]
) -> None:
    name = table(warehouse[1], "strict", ("member", "STRING"))
    writing.publisher.create_topic(name=GRAVE)
    writing.subscribe("projects/p/subscriptions/grave", topic=GRAVE)
    writing.subscribe(
        bigquery_config={"table": name, "use_table_schema": True},
        retry_policy=QUICK,
        dead_letter_policy={"dead_letter_topic": GRAVE, "max_delivery_attempts": 5},
    )
    writing.publish('{"member": "m"}', '{"nobody": "knows"}')
    until(writing.emulator.idle)
    assert bigquery_running.rows(warehouse[1], "SELECT member FROM p.d.strict") == [("m",)]
    (dead,) = writing.pull("projects/p/subscriptions/grave")
    assert dead.message.attributes["CloudPubSubDeadLetterSourceDeliveryCount"] == "5"


def test_a_subscription_to_a_table_that_is_not_there_is_refused(
    writing: Running, warehouse: tuple[str, bigquery.Client]
) -> None:
    with pytest.raises(exceptions.NotFound):
        writing.subscribe(bigquery_config={"table": "p.d.none"})
    name = table(warehouse[1], "narrow", ("data", "STRING"))
    with pytest.raises(exceptions.InvalidArgument, match="message_id"):
        writing.subscribe(bigquery_config={"table": name, "write_metadata": True})
    with pytest.raises(exceptions.InvalidArgument, match="needs a schema"):
        writing.subscribe(bigquery_config={"table": name, "use_topic_schema": True})
