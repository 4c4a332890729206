"""Members with hidden traits, and what they owe: made first, so that what they pay and write follows from it."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final, Literal

from common.tools.money.people import Format, account, chosen, company, formats, person
from functions.matching.evidence.money import Invoice, Money

FIGURES: Final[dict[str, Any]] = json.loads((Path(__file__).parent / "distributions.json").read_text())
Form = Literal["rf", "ogm", "qrr", "mixed", "none"]


@dataclass(slots=True)
class Member:
    """A member and what nobody but the generator knows."""

    key: str
    country: str
    segment: str
    first: str
    last: str
    name: str
    iban: str
    listed_iban: str
    invoices: list[Invoice] = field(default_factory=list)
    past: list[str] = field(default_factory=list)
    """Numbers of invoices that are paid long since."""
    payer: tuple[str, str] | None = None
    """A third party who pays: name and account."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What one world is like: its size, how it numbers, how much it repeats itself."""

    seed: int
    invoices: int
    payments: int
    numbering: str = "MP"
    form: Form = "rf"
    rare_names: int = 60
    other_account: bool = False
    """Where the account is not known: the list has an old one (else none)."""
    style: str = "plain"
    """Whose habits: `plain` or `bank`, see `habits`."""
    hostile: int = 0
    """Percent of payments with a trap."""


@dataclass(slots=True)
class Truth:
    """What a payment is for, and whether what came with it is enough to know."""

    shares: dict[str, int]
    kind: str
    decidable: bool


@dataclass(slots=True)
class World:
    """Invoices, payments, and the truth about them apart."""

    setting: Setting
    members: list[Member]
    invoices: list[Invoice]
    payments: list[Money] = field(default_factory=list)
    truth: dict[str, Truth] = field(default_factory=dict)


def world(setting: Setting) -> World:
    """Members and their open invoices; the same setting gives the same world."""
    chance = Random(setting.seed)  # noqa: S311 - a generator, no secrets
    members: list[Member] = []
    rows: list[Invoice] = []
    number_of, id_of = formats()[setting.numbering]
    place = 0
    while len(rows) < setting.invoices:
        member = _member(chance, setting, len(members), id_of)
        members.append(member)
        for _ in range(min(_how_many(chance, member.segment), setting.invoices - len(rows))):
            place += chance.choice([1, 1, 1, 2])
            invoice = _invoice(chance, setting, member, len(rows), number_of(place, chance))
            member.invoices.append(invoice)
            rows.append(invoice)
    known = {row.number for row in rows}
    for member in members:
        member.past = [_wrong_number(chance, rows, known, place, number_of)]
        if len(member.invoices) > 1 and chance.random() < 0.3:  # noqa: PLR2004 - of another invoice that is open
            member.past = [chance.choice(member.invoices).number]
        if member.payer and chance.random() < 0.3:  # noqa: PLR2004 - the third party is a member, too
            other = chance.choice(members)
            member.payer = (other.name, other.iban)
    chance.shuffle(rows)
    return World(setting, members, rows)


def _wrong_number(chance: Random, rows: list[Invoice], known: set[str], place: int, number_of: Format) -> str:
    """What somebody quotes by mistake: an older invoice that is paid, or one that is somebody else's and open."""
    if chance.random() < 0.3:  # noqa: PLR2004
        return chance.choice(rows).number
    older = (number_of(chance.randrange(1, place + 1), chance) for _ in range(20))
    return next(
        (number for number in older if number not in known), number_of(place + 1 + chance.randrange(5000), chance)
    )


def _member(chance: Random, setting: Setting, number: int, id_of: Any) -> Member:
    segment, country = chosen(chance, FIGURES["segments"]), chosen(chance, FIGURES["countries"])
    first, last = person(chance, country, setting.rare_names)
    name = f"{first} {last}" if segment == "private" or chance.random() < 0.3 else company(chance, country, last)  # noqa: PLR2004
    iban = account(chance, country)
    known = chance.randrange(100) < FIGURES["known_account_percent"]
    listed = iban if known else (account(chance, country) if setting.other_account else "")
    member = Member(id_of(number, chance), country, segment, first, last, name, iban, listed)
    if chance.randrange(100) < FIGURES["third_party_percent"][segment]:
        other_first, other_last = person(chance, country, setting.rare_names)
        spouse = segment == "private" and chance.random() < 0.5  # noqa: PLR2004
        member.payer = (f"{other_first} {last if spouse else other_last}", account(chance, country))
    return member


def _how_many(chance: Random, segment: str) -> int:
    weights = FIGURES["open_invoices"][segment]
    return 1 + int(chance.choices(range(len(weights)), weights)[0])


def _invoice(chance: Random, setting: Setting, member: Member, row: int, number: str) -> Invoice:
    day = f"2026-{chance.randrange(7, 11):02d}-{chance.randrange(1, 29):02d}"
    return Invoice(
        f"inv_{row:08d}",
        number,
        reference_of(number, row, setting.form, member.country),
        member.key,
        member.name,
        member.listed_iban,
        _amount(chance, member.segment),
        day,
    )


def _amount(chance: Random, segment: str) -> int:
    if chance.randrange(100) < FIGURES["fixed_percent"]:
        return int(chance.choice(FIGURES["fixed_amounts_cents"]))
    median, sigma = FIGURES["amount_median_cents"][segment], FIGURES["amount_sigma"][segment]
    return max(50, round(chance.lognormvariate(0, sigma) * median))


def reference_of(number: str, row: int, form: Form, country: str) -> str:
    """The structured reference of an invoice in the form its payer's country uses."""
    if form == "mixed":
        form = {"BE": "ogm", "CH": "qrr"}.get(country, "rf")  # type: ignore[assignment]
    if form == "rf":
        body = "".join(c for c in number.upper() if c.isalnum())[:21]
        numeric = "".join(str(int(c, 36)) for c in body + "RF00")
        return f"RF{98 - int(numeric) % 97:02d}{body}"
    if form == "ogm":
        body = f"26{row:08d}"
        return f"{body}{int(body) % 97 or 97:02d}"
    if form == "qrr":
        from stdnum.ch import esr

        body = f"{1316:08d}2026{row:014d}"
        return body + str(esr.calc_check_digit(body))
    return ""
