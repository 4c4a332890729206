"""What a month came to, from the documents and from BigQuery, and whether the two agree."""

from collections import Counter
from dataclasses import replace
from typing import Any

from common.google import channels
from common.tools.local import Local
from functions.audit.invariants import INVARIANTS, prove
from functions.audit.invariants.state import State


def summary(platform: Local) -> dict[str, Any]:
    """Counts and totals; `ties` says whether invoices, items, journals and BigQuery agree."""
    counts = replace(platform.engine.counts)
    state = State(platform.runtime.world)
    invoices, items, receipts = state.bodies("invoices"), state.bodies("items"), state.bodies("receipts")
    overdue = {event["invoice_number"] for event in state.events("item.overdue")}
    rows, told = _rows(platform), sum(len(record.body["events"]) for record in state.records)
    found: dict[str, Any] = {
        "members": len(state.bodies("members")),
        "charges": len(state.bodies("charges")),
        "invoices": len(invoices),
        "totals_minor": _totals(invoices, "total_minor"),
        "paid": sum(item["state"] == "settled" for item in items),
        "open": sum(item["state"] == "open" for item in items),
        "open_minor": _totals(items, "open_minor"),
        "overdue": sum(item["state"] == "open" and item["number"] in overdue for item in items),
        "receipts": len(receipts),
        "matched_automatically_percent": _percent(
            sum(bool(receipt["allocations"]) for receipt in receipts), len(receipts)
        ),
        "reminders": dict(Counter(event["level"] for event in state.events("reminder.due"))),
        "messages_sent": len(state.events("notification.sent")),
        "journals": len(state.bodies("journals")),
        "sap_batches": dict(Counter(batch["state"] for batch in state.bodies("sap_batches"))),
        "parked": sum(parked["state"] == "parked" for parked in state.bodies("parked")),
        "commits": len(state.records),
        "events": told,
        "rows_in_bigquery": rows,
        "ties": _ties(platform, state, told, rows),
        "per_invoice": {
            "reads": round(counts.reads / max(1, len(invoices)), 1),
            "writes": round(counts.writes / max(1, len(invoices)), 1),
            "messages": round((counts.messages + counts.tasks) / max(1, len(invoices)), 1),
        },
    }
    broken = prove(platform.runtime.world, state)
    found["invariants_checked"] = len(INVARIANTS)
    found["broken_invariants"] = [f"{b.invariant.title} {b.evidence[0]}" for b in broken]
    return found


def _totals(bodies: list[dict[str, Any]], field: str) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for body in bodies:
        totals[body["currency"]] += body[field]
    return dict(totals)


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def _query(platform: Local, sql: str) -> list[Any]:
    return list(channels.bigquery_client(platform.settings).query(sql).result())


def _rows(platform: Local) -> int:
    return int(_query(platform, "SELECT COUNT(*) AS n FROM billing_core.events")[0].n)


def _ties(platform: Local, state: State, told: int, rows: int) -> bool:
    """Events in Firestore and BigQuery are the same ones, with the same totals, and finance's own proofs hold."""
    sql = (
        "SELECT SUM(CAST(JSON_VALUE(payload, '$.total_minor') AS INT64)) AS total "
        "FROM billing_core.events WHERE name = 'invoice.issued'"
    )
    landed = _query(platform, sql)[0].total or 0
    issued = sum(invoice["total_minor"] for invoice in state.bodies("invoices"))
    return told == rows and landed == issued and _proven(platform, state)


def _proven(platform: Local, state: State) -> bool:
    """The views' controls show no difference, and what is open there is what is open here."""
    journal = _query(
        platform,
        "SELECT COUNT(*) AS n FROM billing_reporting.journal_control "
        "WHERE NOT balanced OR difference_minor != 0 OR unposted_documents != 0",
    )
    items = _query(platform, "SELECT currency, open_minor, difference_minor FROM billing_reporting.ar_control")
    open_there = {row.currency: row.open_minor for row in items if row.open_minor}
    open_here = {currency: minor for currency, minor in _totals(state.bodies("items"), "open_minor").items() if minor}
    return journal[0].n == 0 and not any(row.difference_minor for row in items) and open_there == open_here
