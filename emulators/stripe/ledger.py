"""What the Stripe simulator remembers: its objects as Stripe would show them, answered keys, webhooks to send."""

import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from emulators.world.rows import Rows

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, created INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_by_moment ON objects (kind, created);
CREATE TABLE IF NOT EXISTS labels (object TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS labels_by_value ON labels (key || char(0) || value);
CREATE INDEX IF NOT EXISTS labels_by_object ON labels (object);
CREATE TABLE IF NOT EXISTS keys (
  key TEXT PRIMARY KEY, asked TEXT NOT NULL, created INTEGER NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS timers (
  id INTEGER PRIMARY KEY, due INTEGER NOT NULL, what TEXT NOT NULL, thing TEXT NOT NULL, step TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS timers_by_due ON timers (due, id);
CREATE INDEX IF NOT EXISTS timers_by_thing ON timers (thing);
CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS lines (
  id TEXT PRIMARY KEY, currency TEXT NOT NULL, net INTEGER NOT NULL, available_on INTEGER NOT NULL, payout TEXT);
CREATE INDEX IF NOT EXISTS lines_by_payout ON lines (payout, available_on);
CREATE TABLE IF NOT EXISTS endpoints (id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, secret TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
  id INTEGER PRIMARY KEY, endpoint INTEGER NOT NULL, event TEXT NOT NULL, type TEXT NOT NULL, intent TEXT NOT NULL,
  due REAL NOT NULL, hold INTEGER NOT NULL, after_next INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'waiting', answer TEXT);
CREATE INDEX IF NOT EXISTS deliveries_by_state ON deliveries (state, due);
CREATE INDEX IF NOT EXISTS deliveries_by_intent ON deliveries (intent);
"""
Json = dict[str, Any]


def new_id(prefix: str) -> str:
    """An id as Stripe makes them."""
    return f"{prefix}_3{secrets.token_hex(12)}"


class Ledger:
    """Stripe's objects by id and kind, newest first in lists."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def put(self, thing: Json) -> None:
        """Keep an object, or its new state."""
        with self.rows.transaction() as db:
            db.execute(
                "INSERT INTO objects (id, kind, created, body) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                (thing["id"], thing["object"], thing["created"], json.dumps(thing)),
            )
            db.execute("DELETE FROM labels WHERE object = ?", (thing["id"],))
            pairs = [(thing["id"], key, value) for key, value in thing.get("metadata", {}).items()]
            db.executemany("INSERT INTO labels VALUES (?, ?, ?)", pairs)

    def get(self, kind: str, name: str) -> Json | None:
        """The object of that kind and id."""
        row = self.rows.one("SELECT body FROM objects WHERE id = ? AND kind = ?", (name, kind))
        return None if row is None else dict(json.loads(row["body"]))

    def find(self, name: str) -> Json | None:
        """The object of that id, whatever it is."""
        row = self.rows.one("SELECT body FROM objects WHERE id = ?", (name,))
        return None if row is None else dict(json.loads(row["body"]))

    def session_of(self, intent: str) -> Json | None:
        """The page a payment was made on, if it was made on one."""
        data, _ = self.page("checkout.session", [("json_extract(body, '$.payment_intent') = ?", intent)], 1)
        return data[0] if data else None

    def got(self, kind: str, name: str) -> Json:
        """The object of that kind and id, which is known to be there; LookupError where it is not."""
        found = self.get(kind, name)
        if found is None:
            raise LookupError(f"there is no {kind} {name}")
        return found

    def page(self, kind: str, conditions: Sequence[tuple[str, Any]], limit: int) -> tuple[list[Json], bool]:
        """At most `limit` objects that meet all conditions, newest first, and whether there are more."""
        where = "".join(f" AND {condition}" for condition, _ in conditions)
        values = [value for _, value in conditions]
        found = self.rows.read(
            f"SELECT body FROM objects WHERE kind = ?{where} ORDER BY seq DESC LIMIT ?", (kind, *values, limit + 1)
        )
        return [json.loads(row["body"]) for row in found[:limit]], len(found) > limit

    def answered(self, key: str) -> Any:
        """What was answered under an idempotency key: a row of keys, or None."""
        return self.rows.one("SELECT * FROM keys WHERE key = ?", (key,))

    def remember(self, key: str, asked: str, created: int, status: int, body: Mapping[str, Any]) -> None:
        """Keep the answer given under an idempotency key."""
        with self.rows.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?, ?)", (key, asked, created, status, json.dumps(body))
            )
