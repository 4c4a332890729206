"""What really happened in a month, written beside the platform: nothing of it is ever shown to what it judges."""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from common.tools.month.sales import Transfer


@dataclass
class Truth:
    """By the payer's own id of each transfer; and what the marketplace kept back of members' sales."""

    transfers: dict[str, Transfer] = field(default_factory=dict)
    proceeds_minor: int = 0
    pages: Counter[str] = field(default_factory=Counter)
    """How members' visits to the payment page ended."""
    files: Counter[str] = field(default_factory=Counter)
    """What was handed to the bank, and what came from it."""
    matched_by_hand: set[str] = field(default_factory=set)
    """Receipts that staff had to put somewhere."""
    given_back: Counter[str] = field(default_factory=Counter)
    """What was given back, by why."""

    def invoice_of(self, name: str) -> str:
        """The invoice a transfer was meant for; empty where it was for none of ours, or is not a member's."""
        return self.transfers[name].number if name in self.transfers else ""

    def write(self, folder: Path, people: list[Any]) -> None:
        """Writes everything to `truth.json`."""
        told = {
            "members": [asdict(person) for person in people],
            "transfers": {name: asdict(sent) for name, sent in self.transfers.items()},
            "proceeds_minor": self.proceeds_minor,
            "pages": self.pages,
            "files": self.files,
            "matched_by_hand": sorted(self.matched_by_hand),
            "given_back": self.given_back,
        }
        (folder / "truth.json").write_text(json.dumps(told, indent=1, default=str, ensure_ascii=False), "utf-8")
