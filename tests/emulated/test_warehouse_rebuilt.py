"""The warehouse made anew from commit records holds what loading had put there; what Pub/Sub wrote proves both."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
from google.cloud import bigquery

from common.functions.entry import pack
from common.tools.rebuilt import Rebuilt, rebuild
from common.tools.warehouse import apply
from functions.reporting.facts.layout import tables, tables_of
from functions.reporting.provision import reporting_setup
from tests.emulated.bigquery_running import connected, rows
from tests.kit import Platform
from tests.unit import told

pytestmark = pytest.mark.emulated
TOLD = ("invoice.issued", "credit_note.issued", "payment.received", "item.settled", "reminder.due")
USED = tuple(table.name for name in TOLD for table in tables_of(name))


@pytest.fixture(scope="module")
def made() -> Iterator[bigquery.Client]:
    with connected(Platform("reporting").runtime.settings.project) as client:
        apply(client, client.project, list(_raw_and_once(client.project)))
        yield client


@pytest.fixture
def client(made: bigquery.Client) -> Iterator[bigquery.Client]:
    yield made
    for name in ["events", "messages", *USED]:
        rows(made, f"TRUNCATE TABLE billing_raw.{name}")


def _raw_and_once(project: str) -> Iterator[dict[str, Any]]:
    typed = {table.name for table in tables()}  # of every event: a rebuild goes over all of them
    for one in reporting_setup(project):
        own = one.get("name") in typed | {"events", "messages", "completeness"}
        if one["kind"] == "dataset" or (one["dataset"] != "billing_reporting" and own):
            yield one


def platform_with_facts() -> Platform:
    platform = Platform("reporting")
    two = (told.vat(), told.vat(500, 0, category="E"))
    platform.tell(*(told.invoice_issued(f"MP-2026-{n:07}", *two) for n in range(7)))
    platform.tell(told.credit_note_issued())
    platform.tell(told.payment_received(), told.item_settled())
    platform.tell(told.reminder_due())
    return platform


def stream(client: bigquery.Client, platform: Platform) -> None:
    """What loading put into memory goes into BigQuery."""
    for table, found in platform.engine.rows.items():
        assert client.insert_rows_json(f"{client.project}.{table}", list(map(dict, found.values()))) == []


def facts(client: bigquery.Client, *, raw: bool = False) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, but for when it was loaded."""
    found = {}
    for name in ["events", *USED]:
        source = f"billing_raw.{name} WHERE occurred_at > '2000-01-01'" if raw else f"billing_core.{name}"
        if raw and _split(name) != "occurred_at":
            source += f" AND {_split(name)} > '2000-01-01'"
        told_rows = rows(client, f"SELECT * EXCEPT (loaded_at) FROM {source}")  # noqa: S608 - our own names
        found[name] = sorted(told_rows, key=repr)
    return {name: each for name, each in found.items() if each}


def _split(name: str) -> str:
    return next((table.split for table in tables() if table.name == name), "occurred_at")


def test_rebuilt_tables_equal_loaded_ones(client: bigquery.Client) -> None:
    platform = platform_with_facts()
    stream(client, platform)
    loaded = facts(client)
    assert len(loaded["invoice_issued_vat"]) == 14
    later(platform)
    found = rebuild(client, platform.runtime.world)
    assert facts(client) == loaded
    assert facts(client, raw=True) == loaded  # what stood there before is gone
    assert found.rows == {table: len(each) for table, each in platform.engine.rows.items()}
    assert found.records == 4


def test_what_was_lost_or_never_loaded_is_there_again(client: bigquery.Client) -> None:
    platform = platform_with_facts()
    stream(client, platform)
    loaded = facts(client)
    rows(client, "DELETE FROM billing_raw.invoice_issued_lines WHERE issued_on > '2000-01-01' AND position = 0")
    rows(client, "DELETE FROM billing_raw.payment_received WHERE received_on > '2000-01-01'")
    rows(client, "UPDATE billing_raw.invoice_issued SET total_minor = 1 WHERE issued_on > '2000-01-01'")
    assert facts(client) != loaded
    later(platform)
    rebuild(client, platform.runtime.world)
    assert facts(client) == loaded


def test_one_rebuild_after_another_leaves_every_row_once(client: bigquery.Client) -> None:
    platform = platform_with_facts()
    for _ in range(2):
        later(platform)
        rebuild(client, platform.runtime.world)
    assert facts(client, raw=True) == facts(client)


def test_a_rebuild_from_a_day_leaves_what_is_older(client: bigquery.Client) -> None:
    platform = platform_with_facts()
    stream(client, platform)
    loaded = facts(client)
    later(platform)
    tomorrow = platform.clock.now() + timedelta(days=1)
    assert rebuild(client, platform.runtime.world, tomorrow.date()) == Rebuilt()
    assert facts(client, raw=True) == loaded


def later(platform: Platform) -> None:
    """Some time goes by, so that rows have another time of loading."""
    platform.advance_to(platform.clock.now() + timedelta(minutes=1))


def test_what_pub_sub_wrote_tells_which_facts_are_missing(client: bigquery.Client) -> None:
    platform = platform_with_facts()
    stream(client, platform)
    records = list(platform.runtime.world.each_record())
    sent = [message for record in records for message in record.messages()]
    landed = [
        {"subscription_name": "s", "message_id": str(n), "publish_time": message.at.isoformat(),
         "data": pack(message).decode(), "attributes": "{}"}
        for n, message in enumerate(sent)
    ]  # fmt: skip
    assert client.insert_rows_json(f"{client.project}.billing_raw.messages", landed + landed[:1]) == []
    found = rows(client, "SELECT name, told_count, loaded_count, complete FROM billing_core.completeness ORDER BY name")
    assert found == [
        ("credit_note.issued", 1, 1, True), ("invoice.issued", 7, 7, True), ("item.settled", 1, 1, True),
        ("payment.received", 1, 1, True), ("reminder.due", 1, 1, True),
    ]  # fmt: skip
    rows(client, "DELETE FROM billing_raw.events WHERE occurred_at > '2000-01-01' AND name = 'item.settled'")
    rows(client, "DELETE FROM billing_raw.messages WHERE publish_time > '2000-01-01' AND data LIKE '%reminder.due%'")
    missing = "SELECT name, not_loaded, not_told FROM billing_core.completeness WHERE NOT complete ORDER BY name"
    assert rows(client, missing) == [("item.settled", 1, 0), ("reminder.due", 0, 1)]
    assert orjson.loads(landed[0]["data"])["ids"]
