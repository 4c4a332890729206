"""What a simulator of a payment provider remembers: its things as JSON, what comes due, and answered keys."""

import json
from typing import Any

from emulators.world.rows import Rows

SCHEMA = """
CREATE TABLE IF NOT EXISTS things (
  seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, ref TEXT NOT NULL, created INTEGER NOT NULL,
  body TEXT NOT NULL, UNIQUE (kind, id));
CREATE INDEX IF NOT EXISTS things_by_ref ON things (kind, ref);
CREATE TABLE IF NOT EXISTS timers (
  id INTEGER PRIMARY KEY, thing TEXT NOT NULL, what TEXT NOT NULL, due INTEGER NOT NULL, step TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS timers_by_due ON timers (due);
CREATE INDEX IF NOT EXISTS timers_by_thing ON timers (thing);
CREATE TABLE IF NOT EXISTS keys (
  key TEXT PRIMARY KEY, asked TEXT NOT NULL, created INTEGER NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL);
"""
Json = dict[str, Any]


class Kept:
    """A provider's things by kind and id; `ref` is what else they are looked up by."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def put(self, kind: str, name: str, body: Json, created: int, ref: str = "") -> None:
        """Keep a thing, or its new state; when it was made and its `ref` stay."""
        with self.rows.transaction() as db:
            db.execute(
                "INSERT INTO things (kind, id, ref, created, body) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
                (kind, name, ref, created, json.dumps(body)),
            )

    def change(self, kind: str, name: str, **changes: Any) -> Json:
        """The thing with changes, kept; KeyError where there is none."""
        found = self.get(kind, name)
        if found is None:
            raise KeyError(name)
        self.put(kind, name, found | changes, 0)
        return found | changes

    def get(self, kind: str, name: str) -> Json | None:
        """The thing of that kind and id."""
        row = self.rows.one("SELECT body FROM things WHERE kind = ? AND id = ?", (kind, name))
        return None if row is None else dict(json.loads(row["body"]))

    def of(self, kind: str, ref: str) -> list[Json]:
        """All things of that kind and ref, oldest first."""
        found = self.rows.read("SELECT body FROM things WHERE kind = ? AND ref = ? ORDER BY seq", (kind, ref))
        return [json.loads(row["body"]) for row in found]

    def page(self, kind: str, limit: int, before: str = "") -> list[Json]:
        """The newest things of a kind; with `before`, from that one on, itself among them."""
        seq = self.rows.one("SELECT seq FROM things WHERE kind = ? AND id = ?", (kind, before))
        last = seq["seq"] if seq else 2**62
        found = self.rows.read(
            "SELECT body FROM things WHERE kind = ? AND seq <= ? ORDER BY seq DESC LIMIT ?", (kind, last, limit)
        )
        return [json.loads(row["body"]) for row in found]

    def count(self, kind: str) -> int:
        """How many things of a kind there are."""
        return self.rows.count("SELECT count(*) FROM things WHERE kind = ?", (kind,))

    def later(self, thing: str, what: str, due: int, step: str = "") -> None:
        """Have something come due at a virtual moment."""
        with self.rows.transaction() as db:
            db.execute("INSERT INTO timers (thing, what, due, step) VALUES (?, ?, ?, ?)", (thing, what, due, step))

    def due(self, now: int) -> Any:
        """What has come due first, taken off the list; None where nothing has."""
        with self.rows.transaction() as db:
            row = self.rows.one("SELECT * FROM timers WHERE due <= ? ORDER BY due, id LIMIT 1", (now,))
            if row is not None:
                db.execute("DELETE FROM timers WHERE id = ?", (row["id"],))
            return row

    def answered(self, key: str) -> Any:
        """What was answered under an idempotency key: a row of keys, or None."""
        return self.rows.one("SELECT * FROM keys WHERE key = ?", (key,))

    def remember(self, key: str, asked: str, created: int, status: int, body: Json) -> None:
        """Keep the answer given under an idempotency key."""
        with self.rows.transaction() as db:
            row = (key, asked, created, status, json.dumps(body))
            db.execute("INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?, ?)", row)
