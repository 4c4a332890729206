"""The tables events are loaded into, as data: every column with its type and what it means."""

from typing import Any, Final, TypedDict

RAW: Final = "billing_raw"
CORE: Final = "billing_core"
REPORTING: Final = "billing_reporting"
EVENTS_TABLE: Final = f"{RAW}.events"


class Column(TypedDict):
    """A column as BigQuery's API takes it."""

    name: str
    type: str
    mode: str
    description: str


def column(name: str, kind: str, description: str, *, mode: str = "REQUIRED") -> Column:
    """A column; required unless said otherwise."""
    return {"name": name, "type": kind, "mode": mode, "description": description}


DATASETS: Final[dict[str, str]] = {
    RAW: "Every event as it was told, possibly twice. For the platform, not for reports.",
    CORE: "Every event exactly once.",
    REPORTING: "What finance reads. Every view says as of when it is.",
}

EVENT_COLUMNS: Final[tuple[Column, ...]] = (
    column("event_id", "STRING", "Unique id of the fact: its commit and its place in it."),
    column("name", "STRING", "What happened, for instance invoice.issued."),
    column("schema_version", "INTEGER", "Version of the payload's schema."),
    column("member_id", "STRING", "The member it is about; empty where it is about none or many."),
    column("occurred_at", "TIMESTAMP", "When it was committed, in UTC."),
    column("entity", "STRING", "The legal entity's code; empty where there is none."),
    column("currency", "STRING", "ISO 4217 code of the amounts in the payload; empty where there are none."),
    column("payload", "STRING", "The whole fact as canonical JSON. Amounts are integers in minor units."),
    column("commit_id", "STRING", "The commit record that proves it."),
    column("loaded_at", "TIMESTAMP", "When the row came in, in UTC.", mode="NULLABLE"),
)

MESSAGES_DEFINITION: Final[dict[str, Any]] = {
    "kind": "table",
    "dataset": RAW,
    "name": "messages",
    "description": "Every message of every event's topic as Pub/Sub itself wrote it, by no code of ours: loading is "
    "compared with (billing_core.completeness). Forgotten after 90 days.",
    "schema": (
        column("subscription_name", "STRING", "The subscription that wrote it.", mode="NULLABLE"),
        column("message_id", "STRING", "Pub/Sub's id of the message.", mode="NULLABLE"),
        column("publish_time", "TIMESTAMP", "When it was published, in UTC.", mode="NULLABLE"),
        column("data", "STRING", "The message: its name, and facts with their ids, as JSON.", mode="NULLABLE"),
        column("attributes", "STRING", "The message's attributes as JSON.", mode="NULLABLE"),
    ),
    "partitioning": {"type": "DAY", "field": "publish_time", "expiration_ms": 90 * 86_400_000},
    "require_partition_filter": True,
    "clustering": ["subscription_name"],
}
"""Columns as a BigQuery subscription with metadata wants them (cloud.google.com/pubsub/docs/bigquery)."""
MESSAGES_TABLE: Final = f"{RAW}.messages"

EVENTS_DEFINITION: Final[dict[str, Any]] = {
    "kind": "table",
    "dataset": RAW,
    "name": "events",
    "description": "Every event of the platform, as loaded. A fact may stand here twice: read billing_core.events.",
    "schema": EVENT_COLUMNS,
    "partitioning": {"type": "DAY", "field": "occurred_at"},
    "require_partition_filter": True,
    "clustering": ["name", "member_id"],
}
