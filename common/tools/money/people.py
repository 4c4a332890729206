"""Names, accounts and numbers of made members: enough of them that namesakes are as rare, or as common, as in life."""

# ruff: noqa: E501 - lists read best in long lines

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Final

FIRST: Final = {
    "DE": "Anna Ben Clara Dieter Elke Felix Greta Hans Ingrid Jürgen Karin Lukas Marlene Norbert Oskar Petra Ralf Sabine "
    "Thomas Ursula Volker Wolfgang Yannick Jörg Käthe Björn Hans-Peter Anna-Lena Karl-Heinz Sören",
    "FR": "Amélie Benoît Chloé Denis Élodie François Gaëlle Hugo Inès Jean-Pierre Léa Marie-Claire Noémie Olivier Pascal "
    "Rémi Sylvie Thierry Valérie Xavier",
    "NL": "Anneke Bram Cees Daan Eva Femke Gijs Hanneke Ingmar Jeroen Koen Lotte Maarten Niels Pieter Sanne Tim Wouter",
    "IT": "Alessia Bruno Chiara Davide Elena Fabio Giulia Lorenzo Marta Nicolò Paola Riccardo Sara Tommaso",
    "ES": "Álvaro Begoña Carlos Diego Elena Fernando Iñaki Jesús Lucía María José Nuria Óscar Pilar Raúl",
    "PL": "Agnieszka Bartosz Elżbieta Grzegorz Jacek Katarzyna Łukasz Małgorzata Paweł Stanisław Wojciech Żaneta",
    "SE": "Åsa Björn Elin Göran Håkan Ingrid Jörgen Karin Lars Märta Nils Örjan",
}
LAST: Final = {
    "DE": "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf "
    "Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Werner Krause Lehmann Köhler Maier Groß Weiß "
    "Jäger Möller Böhm Straßer von Stein",
    "FR": "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Lefèvre Garnier Rousseau Lefebvre Béranger "
    "D'Amour Le Goff Saint-Martin",
    "NL": "de Jong Jansen de Vries van den Berg Bakker van Dijk Visser Smit Meijer Mulder Peeters Janssens Maes Willems",
    "IT": "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco D'Angelo De Luca",
    "ES": "García López Martínez Sánchez Pérez Gómez Fernández Muñoz Álvarez Núñez",
    "PL": "Nowak Kowalski Wiśniewski Wójcik Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski",
    "SE": "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Åkesson Öberg Sjöström",
}
TRADES: Final = (
    "Antik Bikes Bücher Keramik Kameras Design Records Spielwaren Vintage Uhren Elektro Handel Import Moden Sport Garten "
    "Foto Media Digital Technik Auto Möbel Wein Tee Stoffe Papier Schmuck"
)
FORMS: Final = {
    "DE": "GmbH,GmbH & Co. KG,UG (haftungsbeschränkt),e.K.,AG,OHG", "FR": "SARL,SAS,EURL,SA", "NL": "B.V.,VOF",
    "IT": "S.r.l.,S.p.A.", "ES": "S.L.,S.A.", "PL": "sp. z o.o.,S.A.", "SE": "AB,HB",
}  # fmt: skip
SPEAKS: Final = {"AT": "DE", "CH": "DE", "BE": "NL"}
PARTICLES: Final = frozenset({"de", "van", "den", "von", "le", "da", "la"})


def chosen(chance: Random, weights: Mapping[str, int]) -> str:
    """One of the names, by weight."""
    return chance.choices(list(weights), list(weights.values()))[0]


def person(chance: Random, country: str, rare: int) -> tuple[str, str]:
    """First and last name; in one of `rare` percent a last name that is made up, so that few have it."""
    language = SPEAKS.get(country, country)
    first, lasts = chance.choice(FIRST[language].split()), surnames(language)
    last = chance.choice(lasts) if chance.randrange(100) >= rare else invented(chance)
    if chance.randrange(100) < 6:  # noqa: PLR2004 - a second name for some
        last = f"{last}-{chance.choice(lasts)}"
    return first, last


def surnames(language: str) -> list[str]:
    """Last names with the particles that belong to them."""
    found: list[str] = []
    before: list[str] = []
    for word in LAST[language].split():
        if word in PARTICLES or word in {"De", "Le"}:
            before.append(word)
        else:
            found.append(" ".join([*before, word]))
            before = []
    return found


_ONSETS: Final = [
    "b",
    "br",
    "d",
    "dr",
    "f",
    "fr",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "kl",
    "kr",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "r",
    "s",
    "sch",
    "st",
    "t",
    "tr",
    "v",
    "w",
    "z",
]
_VOWELS: Final = ["a", "e", "i", "o", "u", "au", "ei", "ie", "ö", "ü", "ä"]
_CODAS: Final = ["n", "r", "l", "s", "ck", "tz", "mann", "berg", "er", "sen", "ski", "ner", "rich", "old"]


def invented(chance: Random) -> str:
    """A last name nobody else is likely to have."""
    middle = chance.choice(_ONSETS) + chance.choice(_VOWELS) + chance.choice(_CODAS[:6])
    name = chance.choice(_ONSETS) + chance.choice(_VOWELS) + middle + chance.choice(_CODAS)
    return name.capitalize()


def company(chance: Random, country: str, last: str) -> str:
    """A firm's name with its form."""
    language = SPEAKS.get(country, country)
    trade, form = chance.choice(TRADES.split()), chance.choice(FORMS[language].split(","))
    start = last if chance.random() < 0.6 else invented(chance)  # noqa: PLR2004
    return f"{start} {trade} {form}"


_ACCOUNT: Final = {"DE": 18, "FR": 23, "NL": 14, "BE": 12, "AT": 16, "IT": 23, "ES": 20, "CH": 17, "PL": 24, "SE": 20}


def account(chance: Random, country: str) -> str:
    """An IBAN with right check digits (ISO 13616)."""
    letters = {"NL": "INGB", "IT": "X"}.get(country, "")
    body = letters + "".join(chance.choice("0123456789") for _ in range(_ACCOUNT[country] - len(letters)))
    numeric = "".join(str(int(c, 36)) for c in f"{body}{country}00")
    return f"{country}{98 - int(numeric) % 97:02d}{body}"


Format = Callable[[int, Random], str]


def formats() -> dict[str, tuple[Format, Format]]:
    """Ways to number invoices and members, by name: the number's, the member id's."""
    return {
        "MP": (lambda n, _: f"MP-2026-{n:07d}", lambda n, _: f"user-{n:07d}"),
        "slashes": (lambda n, _: f"2026/{1 + n % 9:02d}/{1000 + n // 9}", lambda n, _: f"K{100000 + n}"),
        "R": (lambda n, _: f"R{1_000_000 + n * 3}", lambda n, _: str(700_000 + n)),
        "INV": (lambda n, _: f"INV-{n:05d}", lambda n, _: f"C-{n:06d}"),
        "RE": (lambda n, _: f"RE 2026 {n:06d}", lambda n, c: f"mem_{c.randrange(36**8):x}{n:x}"),
        "plain": (lambda n, _: str(202_600_000 + n), lambda n, _: f"M-{10_000 + n}"),
        "random": (lambda n, c: f"{c.choice('ABCDEFGHJK')}{c.choice('LMNPRST')}{c.randrange(10**4):04d}{n % 10**5:05d}",
                   lambda n, _: f"{chr(97 + n % 26)}{n}@mail{n % 50}.example"),
        "entities": (
            lambda n, _: f"{('MP', 'MPF', 'MPCH')[n % 3]}-{2025 + n % 2}-{n // 3:07d}",
            lambda n, _: f"{n:08d}",
        ),
        "short": (lambda n, _: str(n + 1), lambda n, _: f"U{n}"),
        "yearlast": (lambda n, _: f"{n:06d}/26", lambda n, _: f"KD{n:05d}"),
    }  # fmt: skip


def pick(chance: Random, options: Sequence[str]) -> str:
    """One of several texts."""
    return chance.choice(options)
