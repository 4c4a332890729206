"""How each language counts, dates and names: exactly, and only with letters that can be set."""

import string
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import EXPONENTS, decimal_text
from common.wording import REGIONS
from functions.invoicing.documents import pdf_of
from functions.invoicing.paper.words import Words, breakable, printable, spoken_there, texts
from functions.invoicing.tax.notes import NOTES
from functions.invoicing.tax.territories import member_states
from tests.unit.invoicing.given import buyer
from tests.unit.invoicing.given_documents import invoice

LANGUAGES = list(REGIONS)
HABITS = [(language, country) for language, countries in REGIONS.items() for country in countries]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text_with_the_same_gaps(language: str) -> None:
    own, english = texts(language), texts("en")
    assert list(own) == list(english)
    assert all(own.values())
    assert {name: placeholders(text) for name, text in own.items()} == {
        name: placeholders(text) for name, text in english.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_can_be_set(language: str) -> None:
    assert printable(texts(language)) == texts(language)


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_no_sentence_was_left_in_english(language: str) -> None:
    own, english = texts(language), texts("en")
    assert [name for name, text in english.items() if len(text) > 25 and own[name] == text and name != "exchange"] == []


def test_every_legal_text_of_a_tax_decision_is_there() -> None:
    for language in LANGUAGES:
        assert [key for key in NOTES if key and f"{key}_note" not in texts(language)] == []


def test_what_is_called_otherwise_somewhere_is_called_something_everywhere() -> None:
    swiss = spoken_there("de", "CH")
    assert set(swiss) <= set(texts("de"))
    assert all(placeholders(text) == placeholders(texts("de")[name]) for name, text in swiss.items())


@pytest.mark.parametrize(
    ("language", "country", "amount", "money"),
    [
        ("en", "DE", "−1,234,567.89", "EUR\u00a0−1,234,567.89"),
        ("de", "DE", "−1.234.567,89", "−1.234.567,89\u00a0EUR"),
        ("de", "AT", "−1.234.567,89", "EUR\u00a0−1.234.567,89"),
        ("de", "CH", "−1’234’567.89", "EUR\u00a0−1’234’567.89"),
        ("fr", "FR", "−1\u202f234\u202f567,89", "−1\u202f234\u202f567,89\u00a0EUR"),
        ("nl", "BE", "−1.234.567,89", "EUR\u00a0−1.234.567,89"),
        ("it", "IT", "−1.234.567,89", "−1.234.567,89\u00a0EUR"),
        ("es", "ES", "−1.234.567,89", "−1.234.567,89\u00a0EUR"),
        ("pl", "PL", "−1\u00a0234\u00a0567,89", "−1\u00a0234\u00a0567,89\u00a0EUR"),
        ("el", "GR", "−1.234.567,89", "−1.234.567,89\u00a0EUR"),
        ("bg", "BG", "−1\u00a0234\u00a0567,89", "−1\u00a0234\u00a0567,89\u00a0EUR"),
        ("fi", "FI", "−1,234,567.89", "EUR\u00a0−1,234,567.89"),
    ],
)
def test_amounts_are_written_as_people_do(language: str, country: str, amount: str, money: str) -> None:
    words = Words(language, country)
    assert words.amount(-123_456_789, "EUR") == amount
    assert words.money(-123_456_789, "EUR") == money


@given(st.integers(-(10**13), 10**13), st.sampled_from(sorted(EXPONENTS)), st.sampled_from(HABITS))
def test_an_amount_is_written_to_the_last_minor_unit(minor: int, currency: str, habit: tuple[str, str]) -> None:
    words = Words(*habit)
    shown = words.amount(minor, currency)
    digits = "".join(letter for letter in shown if letter.isdigit())
    assert int(digits) == abs(minor)
    assert shown.startswith("−") == (minor < 0)
    assert len(digits) == len(decimal_text(abs(minor), currency).replace(".", ""))
    assert printable(shown) == shown, "what holds it together is kept, and can be set"


@given(st.integers(0, 10_000), st.sampled_from(HABITS))
def test_a_rate_is_written_exactly_without_needless_zeros(points: int, habit: tuple[str, str]) -> None:
    shown = Words(*habit).rate(points)
    number = shown.replace("%", "").strip("\u00a0\u202f ").replace(",", ".")
    assert Decimal(number) == Decimal(points) / 100
    assert not ("." in number and number.endswith("0"))
    assert printable(shown) == shown


def test_an_exchange_rate_keeps_all_its_places() -> None:
    assert Words("de").number("0.951200") == "0,951200"
    assert Words("en").number("1.05") == "1.05"


@pytest.mark.parametrize(
    ("language", "day"),
    {
        "en": "1 Oct 2026", "de": "01.10.2026", "fr": "1 oct. 2026", "nl": "1 okt 2026", "it": "1 ott 2026",
        "es": "1 oct 2026", "pl": "1 paź 2026", "el": "1 Οκτ 2026", "bg": "1.10.2026 г.",
    }.items(),
)  # fmt: skip
def test_days_are_written_as_people_do(language: str, day: str) -> None:
    assert printable(Words(language).day(date(2026, 10, 1))).replace("\u202f", " ").replace("\u00a0", " ") == day


def test_the_days_of_supply_are_a_period_or_the_one_day() -> None:
    words = Words("en")
    assert words.period(date(2026, 9, 1), date(2026, 9, 30)) == "1 Sept 2026 – 30 Sept 2026"
    assert words.period(date(2026, 9, 1), date(2026, 9, 1)) == "1 Sept 2026"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_country_of_the_union_has_a_name_that_can_be_set(language: str) -> None:
    words = Words(language)
    for country in [*member_states(), "CH", "GB", "US", "NO"]:
        assert words.country(country) != country
        assert printable(words.country(country)) == words.country(country)
    assert words.country("XX") == "XX"


@pytest.mark.parametrize("text", ["Łódź, Čapek, Őrség", "Ελλάδα", "Пловдив", "Ħal Għaxaq", "Þórr & Søn", "12 € – “so”"])
def test_the_letters_of_every_language_of_the_union_stay_as_they_are(text: str) -> None:
    assert printable(text) == text


def test_letters_the_font_lacks_become_boxes() -> None:
    assert printable("日本 a\u202eb") == "□□ a□b"


def test_every_letter_that_is_let_through_can_be_set() -> None:
    letters = "".join(letter for code in range(0x20, 0x2300) if printable(letter := chr(code)) == letter)
    assert len(letters) > 1_000
    assert pdf_of(invoice(buyer(), description=" ".join(letters)), b"<x/>")


def test_only_long_words_may_be_broken() -> None:
    assert breakable("Donaudampfschifffahrt"[:20]) == "Donaudampfschifffahrt"[:20]
    assert breakable("Müller & Söhne Handelsgesellschaft") == "Müller & Söhne Handelsgesellschaft"
    assert "\u200b" in breakable("W" * 13)
    assert "\u200b" in breakable("w" * 21)
    assert breakable("W" * 40 + "  x").replace("\u200b", "") == "W" * 40 + "  x"
