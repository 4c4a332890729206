"""The charts of accounts as dated data, and which one a legal entity keeps its books by on a day (`charts/*.json`)."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, Literal, Self, get_args

from pydantic import Field, model_validator

from common.events.invoicing import VatTotal
from common.events.payments import BankEntryBooked
from common.failures import Rejected
from common.parties import SELLERS
from common.values import Exact

FOLDER: Final = Path(__file__).parent.parent / "charts"
WORDS: Final = frozenset(
    {
        "receivables", "unapplied", "refunds", "in_transit", "return_fees", "provider_fees", "provider_adjustments",
        "contract_liability", "write_offs",
    }
)  # fmt: skip
"""The business words that every chart has an account for."""
SOURCES: Final = frozenset({"bank", "sepa", "stripe", "adyen", "gocardless", "mollie", "proceeds"})
"""Where money arrives."""
SCHEMES: Final = frozenset(get_args(VatTotal.model_fields["scheme"].annotation))
BANK_KINDS: Final = frozenset(get_args(BankEntryBooked.model_fields["kind"].annotation))
SALES: Final = ("revenue", "vat")
"""How the words of revenue and of VAT payable begin."""

Kind = Literal["asset", "liability", "revenue", "expense", "tax", "clearing"]


class Account(Exact):
    """One account: what it is called, what it is, on which side it stands, and how soon a clearing one must empty."""

    name: str = Field(min_length=1)
    kind: Kind
    normal: Literal["debit", "credit"]
    empty_within_days: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _clearing_empties(self) -> Self:
        if (self.kind == "clearing") != (self.empty_within_days is not None):
            raise ValueError("a clearing account says within how many days it empties, and no other does")
        return self


class Chart(Exact):
    """A chart of accounts and the mapping of business words to it; ValueError where a word or an account is missing."""

    title: str
    source: str
    """By which standard it is laid out."""
    defers: bool = False
    """Whether revenue of later months is a contract liability until then; said by the legal entity's row."""
    accounts: dict[str, str]
    bank_entries: dict[str, str]
    """Against what is booked that is nobody's payment, by its kind."""
    money_accounts: dict[str, str]
    """Where money of each source arrives."""
    revenue: dict[str, str]
    """By VAT scheme."""
    vat_payable: dict[str, str]
    """By VAT scheme; a scheme that is not here owes no VAT."""
    tax_codes: dict[str, dict[str, str]]
    """By VAT scheme and country; `*` stands for every other country."""
    ledger: dict[str, Account]
    """Every account by its number."""

    @cached_property
    def names(self) -> dict[str, str]:
        """What the accounts are called, by number."""
        return {number: account.name for number, account in self.ledger.items()}

    @cached_property
    def sales(self) -> frozenset[str]:
        """The accounts of revenue and of VAT payable."""
        return frozenset({*self.revenue.values(), *self.vat_payable.values()})

    @cached_property
    def words(self) -> dict[str, str]:
        """The account of each word, those of the maps with what they map: `money.stripe`, `revenue.oss`."""
        return dict(self._words())

    def _words(self) -> Iterator[tuple[str, str]]:
        yield from self.accounts.items()
        for begin, part in self._maps():
            yield from ((f"{begin}.{word}", account) for word, account in part.items())

    def _maps(self) -> Iterable[tuple[str, Mapping[str, str]]]:
        return (
            ("bank_entry", self.bank_entries),
            ("money", self.money_accounts),
            ("revenue", self.revenue),
            ("vat", self.vat_payable),
        )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        wanted = {"words": (WORDS, self.accounts), "kinds of bank entries": (BANK_KINDS, self.bank_entries)}
        wanted |= {"sources": (SOURCES, self.money_accounts), "schemes": (SCHEMES, self.revenue)}
        for what, (names, there) in wanted.items():
            if names ^ there.keys():
                raise ValueError(f"{what} without an account, or unknown: {sorted(names ^ there.keys())}")
        if missing := SCHEMES - self.tax_codes.keys():
            raise ValueError(f"schemes without tax codes: {sorted(missing)}")
        if odd := set(self.words.values()) ^ self.ledger.keys():
            raise ValueError(f"accounts without a description, or without a word: {sorted(odd)}")
        return self._kinds_fit()

    def _kinds_fit(self) -> Self:
        for begin, kind in (("revenue.", "revenue"), ("vat.", "tax")):
            for word, number in self.words.items():
                if word.startswith(begin) != (self.ledger[number].kind == kind) and word != "bank_entry.interest":
                    raise ValueError(f"account {number} is for {word}, but {self.ledger[number].kind}")
        return self


class Keeping(Exact):
    """From a day on a legal entity keeps its books by a chart."""

    entity: str
    chart: str
    valid_from: date
    defers: bool = False


def load(name: str) -> Chart:
    """A chart by its file's name; ValueError where it is not whole."""
    return Chart.model_validate(_read(name))


def _read(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_bytes())


@lru_cache(maxsize=1)
def keepings() -> tuple[Keeping, ...]:
    """Which entity keeps its books by which chart from when on, the latest first; ValueError where one is missing."""
    found = [Keeping.model_validate_json(json.dumps(row)) for row in _read("entities")]
    if len({(row.entity, row.valid_from) for row in found}) < len(found):
        raise ValueError("an entity has two charts from the same day on")
    if odd := {row.entity for row in found} ^ SELLERS.keys():
        raise ValueError(f"entities without a chart, or unknown: {sorted(odd)}")
    return tuple(sorted(found, key=lambda row: row.valid_from, reverse=True))


@lru_cache(maxsize=64)
def _kept(name: str, *, defers: bool) -> Chart:
    return Chart.model_validate(_read(name) | {"defers": defers})


@lru_cache(maxsize=4096)
def chart_of(entity: str, on: date) -> Chart:
    """The chart an entity keeps its books by on a day; Rejected `unknown_entity` or `no_chart`."""
    if entity not in SELLERS:
        raise Rejected("unknown_entity", f"there is no legal entity {entity!r}")
    for row in keepings():
        if row.entity == entity and row.valid_from <= on:
            return _kept(row.chart, defers=row.defers)
    raise Rejected("no_chart", f"{entity} has no chart of accounts on {on.isoformat()}")


def chart(entity: str = "MP") -> Chart:
    """The newest chart of an entity this release was shipped with."""
    return chart_of(entity, date.max)


@lru_cache(maxsize=1)
def sales_accounts() -> frozenset[str]:
    """The accounts of revenue and of VAT payable, in every chart that is in use."""
    return frozenset().union(*(_kept(row.chart, defers=row.defers).sales for row in keepings()))
