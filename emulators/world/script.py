"""Scripted disorder: what a simulator does at each turn, told beforehand and kept with its rows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulators.world.rows import Rows

SCHEMA = """
CREATE TABLE IF NOT EXISTS script (key TEXT PRIMARY KEY, steps TEXT NOT NULL, used INTEGER NOT NULL);
"""
DEFAULT = "default"


@dataclass(frozen=True)
class Step:
    """What happens at one turn: effects by name with their argument, as in `decline:lost_card+drop_webhook`."""

    effects: Mapping[str, str]

    def __contains__(self, name: str) -> bool:
        return name in self.effects

    def number(self, name: str, otherwise: int = 0) -> int:
        """The whole number given to an effect, `otherwise` when there is none."""
        return int(self.effects.get(name) or otherwise)

    def text(self, name: str, otherwise: str = "") -> str:
        """The text given to an effect, `otherwise` when there is none."""
        return self.effects.get(name) or otherwise


def parse(step: str, known: Mapping[str, type]) -> Step:
    """Read one step; `known` says which effects there are and what type their argument has.

    Raises ValueError for an effect the simulator does not know or an argument of the wrong kind.
    """
    effects: dict[str, str] = {}
    for part in step.split("+"):
        name, _, argument = part.strip().partition(":")
        if name not in known:
            raise ValueError(f"unknown behaviour {name!r}; there are: {', '.join(sorted(known))}")
        if known[name] is int and argument and not argument.isdecimal():
            raise ValueError(f"the behaviour {name!r} takes a whole number, not {argument!r}")
        effects[name] = argument
    return Step(effects)


class Script:
    """The steps to take by key (a payment method, a company code); the last step of a list stays in force."""

    def __init__(self, rows: Rows, known: Mapping[str, type]) -> None:
        self._rows = rows
        self._known = known

    def write(self, key: str, steps: Sequence[Any]) -> None:
        """Take these steps from now on; none at all returns to the convention."""
        checked = [str(step) for step in steps]
        for step in checked:
            parse(step, self._known)
        with self._rows.transaction() as db:
            db.execute("DELETE FROM script WHERE key = ?", (key,))
            if checked:
                db.execute("INSERT INTO script VALUES (?, ?, 0)", (key, json.dumps(checked)))

    def take(self, *keys: str) -> Step | None:
        """The next step of the first key that has a script, None when none has one."""
        for key in keys:
            if row := self._rows.one("SELECT * FROM script WHERE key = ?", (key,)):
                return self._use(key, json.loads(row["steps"]), row["used"])
        return None

    def all(self) -> dict[str, list[str]]:
        """Every script there is, by key."""
        return {row["key"]: json.loads(row["steps"]) for row in self._rows.read("SELECT * FROM script")}

    def _use(self, key: str, steps: list[str], used: int) -> Step:
        with self._rows.transaction() as db:
            db.execute("UPDATE script SET used = used + 1 WHERE key = ?", (key,))
        return parse(steps[min(used, len(steps) - 1)], self._known)
