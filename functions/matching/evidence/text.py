"""Texts of payments as they can be compared: one case, no accents, however a bank wrote, cut or glued them."""

import re
import unicodedata
from typing import Final

_LETTERS: Final = str.maketrans(
    {"Ø": "O", "Ł": "L", "Đ": "D", "Æ": "AE", "Œ": "OE", "Þ": "TH", "Ð": "D", "ẞ": "SS", "ı": "I", "ſ": "S"}
)
_PLAIN: Final = re.compile(r"[^A-Z0-9]+")
_IBAN: Final = re.compile(r"(?<![A-Z0-9])(?!RF)[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}")
_TAGS: Final = re.compile(r"(?:IBAN|BIC|CRED|DEBT|COAM|OAMT|ABWE)\+[^+]*?(?=\s|[A-Z]{4}\+|$)|NOTPROVIDED")
_DATE: Final = re.compile(
    r"(?<![0-9])(?:[0-3]?[0-9][./-][01]?[0-9][./-](?:20)?[0-9]{2}|20[0-9]{2}-[01][0-9]-[0-3][0-9])(?![0-9])"
)
_AMOUNT: Final = re.compile(
    r"(?<![0-9.,])(?:[1-9][0-9]{0,2}(?:[. '][0-9]{3})+|[1-9][0-9]*|0),[0-9]{2}(?![0-9])"
    r"|(?:EUR|CHF|PLN|SEK|€)\s?[0-9][0-9.,' ]*|[0-9]+[.,][0-9]{2}\s?(?:EUR|CHF|PLN|SEK|€)"
)
_PHONE: Final = re.compile(
    r"(?:TEL|FON|PHONE|MOBIL|HANDY|GSM)[A-Z]*[\s.:]*[+0-9][0-9 /.-]{5,}|\+[1-9][0-9][0-9 /()-]{7,}"
)
_CONFUSED: Final = re.compile(r"[OQIL]+(?=[0-9])|(?<=[0-9])[OQIL]+")
_MEANT: Final = str.maketrans("OQIL", "0011")


def fold(text: str) -> str:
    """In capitals and without accents; letters of other alphabets stay."""
    if text.isascii():
        return text.upper()
    parts = unicodedata.normalize("NFKD", text.upper().translate(_LETTERS))
    kept = "".join(character for character in parts if not unicodedata.combining(character))
    return kept.upper().translate(_LETTERS)


def compact(text: str) -> str:
    """Its letters and digits alone, as references and numbers are compared."""
    return _PLAIN.sub("", fold(text))


def untagged(folded: str) -> str:
    """Without the values of SEPA's tags that never name an invoice (accounts, creditor ids, original amounts)."""
    return _TAGS.sub(" ", folded) if "+" in folded or "NOTPROVIDED" in folded else folded


def without_lookalikes(folded: str) -> str:
    """Without what has digits but is no number of ours: valid IBANs, phone numbers, dates, amounts of money."""
    masked = _IBAN.sub(_unless_iban, folded)
    return _AMOUNT.sub(" | ", _DATE.sub(" | ", _PHONE.sub(" | ", masked)))


def unconfused(folded: str) -> str:
    """With the letters next to digits read as the digits they look like: O as 0, I and L as 1."""
    return _CONFUSED.sub(lambda match: match[0].translate(_MEANT), folded)


def ibans_in(folded: str) -> list[str]:
    """Every valid IBAN in a text (ISO 13616)."""
    return [found for match in _IBAN.finditer(folded) if (found := _leading_iban(match[0]))]


def one_edit(left: str, right: str) -> bool:
    """Whether one digit or letter was mistyped, left out, doubled, or two neighbours were swapped."""
    if left == right or abs(len(left) - len(right)) > 1:
        return False
    start, shorter = 0, min(len(left), len(right))
    while start < shorter and left[start] == right[start]:
        start += 1
    if len(left) != len(right):
        longer, other = (left, right) if len(left) > len(right) else (right, left)
        return longer[start + 1 :] == other[start:]
    if left[start + 1 :] == right[start + 1 :]:
        return True
    swapped = left[start : start + 2] == right[start : start + 2][::-1]
    return swapped and left[start + 2 :] == right[start + 2 :]


def _unless_iban(match: re.Match[str]) -> str:
    found = _leading_iban(match[0])
    if not found:
        return match[0]
    rest = len(match[0].replace(" ", "")) - len(found)
    return " | " + (match[0].replace(" ", "")[-rest:] if rest else "")


_LENGTHS: Final = {
    "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18,
    "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20,
    "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24, "SI": 19, "SK": 24,
}  # fmt: skip
"""Characters of an IBAN by country (SWIFT IBAN registry)."""


def _leading_iban(text: str) -> str:
    """The IBAN a run of letters and digits begins with, whatever is glued behind it; empty where there is none."""
    packed = text.replace(" ", "")
    length = _LENGTHS.get(packed[:2], 0)
    found = packed[:length]
    if not length or len(found) < length:
        return ""
    return found if int("".join(str(int(c, 36)) for c in found[4:] + found[:4])) % 97 == 1 else ""
