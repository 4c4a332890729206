"""Stripe's lists and searches: filters by moment, pages by cursor, and the query language on metadata."""

import json
import re
from collections.abc import Mapping
from typing import Any

from emulators.stripe.faults import invalid, missing
from emulators.stripe.ledger import Json, Ledger

_COMPARE = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_CLAUSE = re.compile(
    r"""\s*(?P<field>status|currency|customer|amount|created|metadata\[(?P<q>['"])(?P<label>[^'"]+)(?P=q)\])"""
    r"""\s*(?P<how>:|>=|<=|>|<)\s*(?:(?P<v>['"])(?P<text>(?:\\.|(?!(?P=v)).)*)(?P=v)|(?P<number>\d+))\s*"""
)
_MOST = 100
# One value holds label and text, so that every condition has exactly one.
_LABELLED = "id IN (SELECT object FROM labels WHERE key || char(0) || value = ?)"
Conditions = list[tuple[str, Any]]  # SQL with one question mark each, and its value


def listing(ledger: Ledger, kind: str, asked: Mapping[str, Any], path: str) -> Json:
    """A page of a list, newest first, as `limit`, `created`, `starting_after` and the fields asked for say."""
    conditions = _created(asked.get("created"))
    if cursor := asked.get("starting_after"):
        conditions.append(_after(ledger, kind, str(cursor)))
    if "payout" in asked:
        conditions.append(("id IN (SELECT id FROM lines WHERE payout = ?)", asked["payout"]))
    for name in ("customer", "payment_intent", "charge", "type", "source", "currency", "status"):
        if name in asked:
            conditions.append((f"json_extract(body, '$.{name}') = ?", asked[name]))
    if "types" in asked:
        kinds = json.dumps(list(asked["types"]))
        conditions.append(("json_extract(body, '$.type') IN (SELECT value FROM json_each(?))", kinds))
    data, more = ledger.page(kind, conditions, _limit(asked))
    return {"object": "list", "data": data, "has_more": more, "url": path}


def search(ledger: Ledger, kind: str, asked: Mapping[str, Any], path: str) -> Json:
    """What a query finds, newest first; clauses are joined by AND (or a blank)."""
    query = str(asked.get("query") or "")
    if not query:
        raise invalid("Missing required param: query.", "query", "parameter_missing")
    conditions = _clauses(query)
    if token := asked.get("page"):
        conditions.append(("seq < ?", int(token) if str(token).isdecimal() else 0))
    data, more = ledger.page(kind, conditions, _limit(asked))
    following = str(_seq(ledger, data[-1]["id"])) if more else None
    return {"object": "search_result", "data": data, "has_more": more, "next_page": following, "url": path}


def _limit(asked: Mapping[str, Any]) -> int:
    text = str(asked.get("limit") or 10)
    if not text.isdecimal() or not 1 <= int(text) <= _MOST:
        raise invalid(f"Invalid limit: must be between 1 and {_MOST}", "limit")
    return int(text)


def _created(wanted: Any) -> Conditions:
    bounds = wanted if isinstance(wanted, dict) else {} if wanted is None else {"gte": wanted, "lte": wanted}
    conditions: Conditions = []
    for name, value in bounds.items():
        if name not in _COMPARE or not str(value).isdecimal():
            raise invalid(f"Invalid created filter: {name}={value}", "created")
        conditions.append((f"created {_COMPARE[name]} ?", int(value)))
    return conditions


def _after(ledger: Ledger, kind: str, name: str) -> tuple[str, Any]:
    if ledger.get(kind, name) is None:
        raise missing(kind, name, "starting_after", 400)
    return "seq < ?", _seq(ledger, name)


def _seq(ledger: Ledger, name: str) -> int:
    return ledger.rows.count("SELECT seq FROM objects WHERE id = ?", (name,))


def _clauses(query: str) -> Conditions:
    conditions: Conditions = []
    at = 0
    while at < len(query):
        found = _CLAUSE.match(query, at)
        if found is None:
            raise invalid(f"The simulator does not understand the search query at: {query[at:]!r}", "query")
        conditions.append(_condition(found))
        at = found.end()
        if joined := re.compile(r"AND\s", re.IGNORECASE).match(query, at):
            at = joined.end()
    return conditions


def _condition(found: re.Match[str]) -> tuple[str, Any]:
    how = "=" if found["how"] == ":" else found["how"]
    value: Any = int(found["number"]) if found["number"] else re.sub(r"\\(.)", r"\1", found["text"])
    if found["label"]:
        if how != "=":
            raise invalid("Metadata can be searched by equality only.", "query")
        return _LABELLED, f"{found['label']}\x00{value}"
    if found["field"] == "created":
        return f"created {how} ?", int(value)
    return f"json_extract(body, '$.{found['field']}') {how} ?", value
