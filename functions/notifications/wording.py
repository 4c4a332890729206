"""What mails say, in the languages our invoices speak: sentences, labels, counted nouns, amounts and days."""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from common.wording import Wording

HERE: Final = Path(__file__).parent
FALLBACK: Final = "en"
"""Also of what only our own people are told."""
Kind = dict[str, Any]


class MailWords(Wording):
    """One language's texts beside its amounts and dates; English where we don't speak it."""

    def __init__(self, language: str, country: str = "") -> None:
        super().__init__(language, country)
        self._texts = texts(self.language)

    def kind(self, name: str) -> Kind:
        """The texts of a kind of mail."""
        found: Kind = self._texts["kinds"].get(name) or texts(FALLBACK)["kinds"][name]
        return found

    def __getitem__(self, label: str) -> str:
        return str(self._texts["labels"][label])

    def on(self, iso: str) -> str:
        """A day as people write it; empty where there is none."""
        return self.day(date.fromisoformat(iso)) if iso else ""

    def counted(self, forms: dict[str, str], count: int) -> str:
        """The form that goes with a number, by the language's own rule (Unicode plural rules): `3 faktury`."""
        return forms.get(str(self._locale.plural_form(count)), forms["other"]).format(count=count)


@cache
def texts(language: str) -> dict[str, Any]:
    """Every sentence and label of a language."""
    found: dict[str, Any] = json.loads((HERE / "texts" / f"{language}.json").read_text("utf-8"))
    return found
