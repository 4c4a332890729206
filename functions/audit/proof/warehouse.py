"""Journal and BigQuery: the day's postings as rows, none missing, none twice, each as it was told."""

import re
from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Final

from common.failures import Rejected, TryLater
from common.ports import Answer
from functions.audit.proof.day import Body, Day, Key, net
from functions.audit.proof.model import Difference, Figure, Outcome, Timing

BY_ACCOUNT: Final = """
SELECT account, currency, SUM(debit_minor) AS debit_minor, SUM(credit_minor) AS credit_minor,
  COUNT(*) AS row_count, IFNULL(SUM(SAFE_CAST(CONCAT('0x', SUBSTR(journal_id, 5, 8)) AS INT64)), 0) AS journals
FROM billing_core.journal_posted_postings WHERE posted_on = @day AND entity = @entity
GROUP BY account, currency ORDER BY account, currency"""
BY_JOURNAL: Final = """
SELECT journal_id, SUM(debit_minor) AS debit_minor, SUM(credit_minor) AS credit_minor, COUNT(*) AS row_count
FROM billing_core.journal_posted_postings WHERE posted_on = @day AND entity = @entity
  AND account = @account AND currency = @currency
GROUP BY journal_id ORDER BY journal_id"""
NEWEST: Final = """
SELECT MAX(occurred_at) AS newest FROM billing_core.journal_posted_postings WHERE posted_on >= @day"""
STANDING: Final = timedelta(days=2)
"""So long all that came after a moment may be missing as well, for loading stands still; then the rows are lost."""


HEX: Final = re.compile(r"[0-9a-f]{1,8}")
Seen = tuple[int, int, int]
"""Debits, credits, rows."""
NOTHING: Final[Seen] = (0, 0, 0)


def warehouse(day: Day) -> Outcome:
    """Compares sums, rows and journals of each account; where they differ, journal by journal."""
    try:
        rows = list(day.world.query(BY_ACCOUNT, {"day": day.on, "entity": day.entity}))
        theirs = {(row["account"], row["currency"]): row for row in rows}
        found = Outcome(figures=_figures(day, theirs))
        ours = _ours(day)
        apart = [key for key in sorted(ours.keys() | theirs.keys()) if ours.get(key) != _told(theirs.get(key))]
        found.add(_drilled(day, apart))
    except (Rejected, TryLater) as fault:
        late = Timing(source="bigquery", code="unreachable", says=f"BigQuery can't be asked: {fault}")
        return Outcome(late=[late])
    return found


def number_of(journal_id: str) -> int:
    """Ids are hashes: eight digits of each, added up, say in one number of which journals the rows are."""
    digits = journal_id[4:12]
    return int(digits, 16) if HEX.fullmatch(digits) else 0


def _told(row: Body | None) -> tuple[int, int, int, int] | None:
    if row is None:
        return None
    return int(row["debit_minor"]), int(row["credit_minor"]), int(row["row_count"]), int(row["journals"])


def _ours(day: Day) -> dict[Key, tuple[int, int, int, int]]:
    """The same figures of the day's journals."""
    lines: dict[Key, list[tuple[str, Body]]] = {}
    for name, journal in day.journals.items():
        for line in journal["postings"]:
            lines.setdefault((line["account"], journal["currency"]), []).append((name, line))
    return {
        key: (
            sum(line["debit_minor"] for _, line in found),
            sum(line["credit_minor"] for _, line in found),
            len(found),
            sum(number_of(name) for name, _ in found),
        )
        for key, found in lines.items()
    }


def _figures(day: Day, theirs: dict[Key, Body]) -> list[Figure]:
    return [
        Figure(
            source="bigquery",
            measure="moved",
            account=account,
            currency=currency,
            journal_minor=day.moved[account, currency],
            other_minor=net(theirs[account, currency]) if (account, currency) in theirs else 0,
        )
        for account, currency in sorted(day.moved.keys() | theirs.keys())
    ]


def _drilled(day: Day, apart: list[Key]) -> Outcome:
    """Each journal whose rows are not its lines, once, however many accounts it differs on."""
    found, known = Outcome(), set[str]()
    newest = _newest(day) if apart else None
    for account, currency in apart:
        asked: dict[str, Answer] = {"day": day.on, "entity": day.entity, "account": account, "currency": currency}
        rows = {str(row["journal_id"]): _seen(row) for row in day.world.query(BY_JOURNAL, asked)}
        lines = _lines(day, account, currency)
        for name in sorted(rows.keys() | lines.keys()):
            if rows.get(name) != lines.get(name) and name not in known:
                known.add(name)
                _judge(day, name, (account, currency), (lines.get(name), rows.get(name)), newest, found)
    return found


def _judge(
    day: Day, name: str, key: Key, seen: tuple[Seen | None, Seen | None], newest: datetime | None, found: Outcome
) -> None:
    """A row that is missing may still be on its way; one that is there and differs is not."""
    line, row = seen
    if row is None and (waiting := _on_its_way(day, name, newest)):
        code, says = waiting
        found.late.append(Timing(source="bigquery", code=code, documents=(f"journals/{name}",), says=says))
        return
    ours, theirs = line or NOTHING, row or NOTHING
    code = "missing" if row is None else "unknown_there" if line is None else _kind(ours, theirs)
    found.differences.append(
        Difference(
            source="bigquery",
            code=code,
            account=key[0],
            currency=key[1],
            amount_minor=(theirs[0] - theirs[1]) - (ours[0] - ours[1]),
            documents=(f"journals/{name}",),
            says=f"journal {name} has {ours[2]} lines on {key[0]}, debits {ours[0]} and credits {ours[1]}; "
            f"BigQuery {theirs[2]} rows, {theirs[0]} and {theirs[1]}",
        )
    )


def _kind(ours: Seen, theirs: Seen) -> str:
    return "twice" if theirs[2] > ours[2] else "missing" if theirs[2] < ours[2] else "differs"


def _on_its_way(day: Day, name: str, newest: datetime | None) -> tuple[str, str] | None:
    records = day.world.records(documents=f"journals/{name}")
    if not records:
        return None
    at = datetime.fromisoformat(records[0].body["at"])
    if day.is_fresh(at):
        return "not_loaded_yet", f"journal {name} was told at {at.isoformat()}, and is still being loaded"
    if (newest is None or at > newest) and day.now - at < STANDING:
        since = newest.isoformat() if newest else "the day began"
        return "loading_stands_still", f"nothing was loaded since {since}, nor journal {name}"
    return None


def _newest(day: Day) -> datetime | None:
    """When the newest posting in BigQuery happened, of that day or later."""
    (row,) = list(day.world.query(NEWEST, {"day": day.on}))[:1] or [{"newest": None}]
    newest: Any = row["newest"]
    return datetime.fromisoformat(newest) if isinstance(newest, str) else newest


def _seen(row: Body) -> Seen:
    return int(row["debit_minor"]), int(row["credit_minor"]), int(row["row_count"])


def _lines(day: Day, account: str, currency: str) -> dict[str, Seen]:
    debits, credits_, rows = Counter[str](), Counter[str](), Counter[str]()
    for name, journal in day.journals.items():
        for line in journal["postings"] if journal["currency"] == currency else ():
            if line["account"] == account:
                debits[name] += line["debit_minor"]
                credits_[name] += line["credit_minor"]
                rows[name] += 1
    return {name: (debits[name], credits_[name], rows[name]) for name in rows}
