"""What the GoCardless simulator remembers: its things as GoCardless shows them, keys, what is due, webhooks to send."""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from emulators.world.rows import Rows

SCHEMA = """
CREATE TABLE IF NOT EXISTS things (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, created INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS things_by_kind ON things (kind, seq);
CREATE INDEX IF NOT EXISTS things_of_a_payment ON things (kind, json_extract(body, '$.links.payment'));
CREATE INDEX IF NOT EXISTS things_of_a_mandate ON things (kind, json_extract(body, '$.links.mandate'));
CREATE INDEX IF NOT EXISTS things_of_a_payout ON things (kind, json_extract(body, '$.links.payout'));
CREATE TABLE IF NOT EXISTS keys (key TEXT PRIMARY KEY, thing TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS due (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, action TEXT NOT NULL, thing TEXT NOT NULL, detail TEXT NOT NULL,
  UNIQUE (at, action, thing));
CREATE TABLE IF NOT EXISTS steps (thing TEXT PRIMARY KEY, step TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS endpoints (id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, secret TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
  id INTEGER PRIMARY KEY, endpoint INTEGER NOT NULL, event TEXT NOT NULL, about TEXT NOT NULL, due REAL NOT NULL,
  hold INTEGER NOT NULL, late INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'waiting', answer TEXT);
CREATE INDEX IF NOT EXISTS deliveries_by_state ON deliveries (state, due);
"""
Json = dict[str, Any]
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id(prefix: str) -> str:
    """An id as GoCardless makes them."""
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(12))


def stamp(seconds: int) -> str:
    """A moment as GoCardless writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


class Ledger:
    """GoCardless's things by id and kind, newest first in lists."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def put(self, kind: str, thing: Json, created: int = 0) -> Json:
        """Keep a thing, or its new state; `created` counts when it is new."""
        with self.rows.transaction() as db:
            db.execute(
                "INSERT INTO things (id, kind, created, body) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                (thing["id"], kind, created, json.dumps(thing)),
            )
        return thing

    def get(self, kind: str, name: str) -> Json | None:
        """The thing of that kind and id."""
        row = self.rows.one("SELECT body FROM things WHERE id = ? AND kind = ?", (name, kind))
        return None if row is None else dict(json.loads(row["body"]))

    def seq(self, name: str) -> int | None:
        """Where a thing stands in its list."""
        row = self.rows.one("SELECT seq FROM things WHERE id = ?", (name,))
        return None if row is None else int(row["seq"])

    def each(self, kind: str, conditions: Sequence[tuple[str, Any]] = (), limit: int = 1_000_000) -> list[Json]:
        """At most `limit` things that meet all conditions, newest first."""
        where = "".join(f" AND {condition}" for condition, _ in conditions)
        found = self.rows.read(
            f"SELECT body FROM things WHERE kind = ?{where} ORDER BY seq DESC LIMIT ?",
            (kind, *(value for _, value in conditions), limit),
        )
        return [json.loads(row["body"]) for row in found]

    def made_by(self, key: str) -> str:
        """What an idempotency key has made; empty where it has made nothing."""
        row = self.rows.one("SELECT thing FROM keys WHERE key = ?", (key,))
        return "" if row is None else str(row["thing"])

    def note_key(self, key: str, thing: str) -> None:
        """Keep what a key has made."""
        with self.rows.transaction() as db:
            db.execute("INSERT INTO keys VALUES (?, ?)", (key, thing))

    def plan(self, at: int, action: str, thing: str, detail: Mapping[str, Any] | None = None) -> None:
        """Have something done at a moment; the same twice is once."""
        with self.rows.transaction() as db:
            row = (at, action, thing, json.dumps(detail or {}))
            db.execute("INSERT OR IGNORE INTO due (at, action, thing, detail) VALUES (?, ?, ?, ?)", row)

    def note_step(self, thing: str, step: str) -> None:
        """Keep how a payment behaves."""
        with self.rows.transaction() as db:
            db.execute("INSERT OR REPLACE INTO steps VALUES (?, ?)", (thing, step))

    def step(self, thing: str) -> str:
        """How a payment behaves, as text."""
        row = self.rows.one("SELECT step FROM steps WHERE thing = ?", (thing,))
        return "succeed" if row is None else str(row["step"])
