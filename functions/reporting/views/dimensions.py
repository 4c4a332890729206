"""Small tables that the platform knows itself, as views: legal entities, what accounts are for, reference rates."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from common.money import EXPONENTS
from common.parties import SELLERS

DATA: Final[Mapping[str, Any]] = {
    path.stem: json.loads(path.read_text("utf-8")) for path in Path(__file__).parent.glob("data/*.json")
}


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _query(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A view of rows written as SQL expressions; every field is named in every row."""
    structs = [
        "  STRUCT(" + ", ".join(f"{value} AS {name}" for name, value in zip(columns, row, strict=True)) + ")"
        for row in rows
    ]
    told = ", ".join(f"known.{name} AS {name}" for name in columns)
    return f"SELECT {told}\nFROM UNNEST([\n" + ",\n".join(structs) + "\n]) AS known\n"


def _entities() -> str:
    head = """-- The legal entities that bill: where each is and by which clock its days begin.
--
-- entity
-- country STRING: Where it is.
-- currency STRING: Of its books, ISO 4217.
-- vat_currency STRING: In which it tells its tax office what it owes, ISO 4217.
-- time_zone STRING: By which its days begin and end, a name of the IANA database.
"""
    columns = ("entity", "country", "currency", "vat_currency", "time_zone")
    rows = [
        (one.entity, one.address.country, one.currency, one.vat_currency, one.time_zone) for one in SELLERS.values()
    ]
    return head + _query(columns, [tuple(map(_text, row)) for row in rows])


def _currencies() -> str:
    head = """-- How many minor units one of each currency has (ISO 4217).
--
-- currency STRING: ISO 4217.
-- minor_units INTEGER: Minor units of one: 100 cents are a euro, 1 is a yen.
"""
    rows = [(_text(code), str(10**places)) for code, places in EXPONENTS.items()]
    return head + _query(("currency", "minor_units"), rows)


def _accounts() -> str:
    head = """-- What accounts were for in journals that do not say so themselves yet.
--
-- account
-- word STRING: The same in every chart: receivables, money.stripe.
"""
    return head + _query(
        ("account", "word"), [(_text(account), _text(word)) for account, word in DATA["accounts"].items()]
    )


def _rates() -> str:
    """What the One-Stop-Shop is told in (Directive 2006/112, art. 369h)."""
    head = """-- Euro reference rates of the European Central Bank on each quarter's last day.
--
-- day DATE: The quarter's last day, or the next one for which a rate was published.
-- quarter
-- currency STRING: ISO 4217.
-- rate NUMERIC: Units of the currency for one euro.
"""
    rows = [("DATE '2000-01-01'", "DATE '2000-01-01'", "'EUR'", "NUMERIC '1'")]
    for quarter, told in DATA["ecb_rates"]["quarters"].items():
        rows += [
            (f"DATE '{told['day']}'", f"DATE '{quarter}'", _text(code), f"NUMERIC '{rate}'")
            for code, rate in told["rates"].items()
        ]
    return head + _query(("day", "quarter", "currency", "rate"), rows)


DIMENSIONS: Final[dict[str, str]] = {
    "entities": _entities(),
    "currencies": _currencies(),
    "old_accounts": _accounts(),
    "ecb_quarter_rates": _rates(),
}
"""By name: the text of a view's file."""
