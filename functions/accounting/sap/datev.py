"""The same batches as DATEV reads them: EXTF 700, format 13 of `Buchungsstapel`, Windows-1252, CRLF, decimal comma.

Each item is a row against the splitting account, which adds up to nothing over a document. Source: DATEV's format
description, https://developer.datev.de/de/file-format/details/datev-format/format-description/booking-batch
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Final

from common.failures import Rejected
from common.money import decimal_text
from common.parties import SELLERS
from functions.accounting.sap.entries import Item, JournalEntry
from functions.accounting.sap.rules import Rules, rules_of

VERSION: Final = 700
CATEGORY: Final = 21
FORMAT: Final = 13
NO_AUTOMATIC: Final = "40"
"""BU key that keeps DATEV from adding VAT of its own: VAT is booked here."""
ADDITIONS: Final = tuple(f"Zusatzinformation{dash}{n}" for n in range(1, 21) for dash in (" - Art ", "- Inhalt "))
COLUMNS: Final = (
    "Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Kurs", "Basis-Umsatz", "WKZ Basis-Umsatz",
    "Konto", "Gegenkonto (ohne BU-Schlüssel)", "BU-Schlüssel", "Belegdatum", "Belegfeld 1", "Belegfeld 2", "Skonto",
    "Buchungstext", "Postensperre", "Diverse Adressnummer", "Geschäftspartnerbank", "Sachverhalt", "Zinssperre",
    "Beleglink",
    *(f"Beleginfo - {kind} {n}" for n in range(1, 9) for kind in ("Art", "Inhalt")),
    "KOST1 - Kostenstelle", "KOST2 - Kostenstelle", "Kost-Menge", "EU-Land u. UStID (Bestimmung)",
    "EU-Steuersatz (Bestimmung)", "Abw. Versteuerungsart", "Sachverhalt L+L", "Funktionsergänzung L+L",
    "BU 49 Hauptfunktionstyp", "BU 49 Hauptfunktionsnummer", "BU 49 Funktionsergänzung",
    *ADDITIONS,
    "Stück", "Gewicht", "Zahlweise", "Forderungsart", "Veranlagungsjahr", "Zugeordnete Fälligkeit", "Skontotyp",
    "Auftragsnummer", "Buchungstyp", "USt-Schlüssel (Anzahlungen)", "EU-Land (Anzahlungen)",
    "Sachverhalt L+L (Anzahlungen)", "EU-Steuersatz (Anzahlungen)", "Erlöskonto (Anzahlungen)", "Herkunft-Kz",
    "Buchungs GUID", "KOST-Datum", "SEPA-Mandatsreferenz", "Skontosperre", "Gesellschaftername", "Beteiligtennummer",
    "Identifikationsnummer", "Zeichnernummer", "Postensperre bis", "Bezeichnung SoBil-Sachverhalt",
    "Kennzeichen SoBil-Buchung", "Festschreibung", "Leistungsdatum", "Datum Zuord. Steuerperiode", "Fälligkeit",
    "Generalumkehr (GU)", "Steuersatz", "Land", "Abrechnungsreferenz", "BVV-Position", "EU-Land u. UStID (Ursprung)",
    "EU-Steuersatz (Ursprung)", "Abw. Skontokonto",
)  # fmt: skip
FIELDS: Final = len(COLUMNS)


def extf(entries: Sequence[JournalEntry], now: datetime) -> bytes:
    """One file for the entries of one batch. Rejected `too_long` where an account or amount has no room."""
    first = entries[0]
    rules = rules_of(first.entity)
    lines = [_header(first, rules, now), ";".join(COLUMNS)]
    lines += [row for entry in entries for row in _rows(entry, rules)]
    return "".join(f"{line}\r\n" for line in lines).encode("cp1252", "replace")


def _header(entry: JournalEntry, rules: Rules, now: datetime) -> str:
    day = entry.posted_on
    stamp = now.astimezone(UTC).strftime("%Y%m%d%H%M%S") + f"{now.microsecond // 1000:03d}"
    year = date(day.year, 1, 1)
    told = [
        _quoted("EXTF"), str(VERSION), str(CATEGORY), _quoted("Buchungsstapel"), str(FORMAT), stamp, "", _quoted("RE"),
        _quoted(entry.created_by), _quoted(""), str(rules.datev_consultant), str(rules.datev_client), f"{year:%Y%m%d}",
        str(rules.account_length), f"{day:%Y%m%d}", f"{day:%Y%m%d}", _quoted(f"Billing {day:%Y-%m-%d}"), _quoted(""),
        "1", "0", "0", _quoted(SELLERS[entry.entity].currency), "", _quoted(""), "", "", _quoted(""), "", "",
        _quoted(""), _quoted(""),
    ]  # fmt: skip
    return ";".join(told)


def _rows(entry: JournalEntry, rules: Rules) -> Iterator[str]:
    for item in entry.items:
        if item.amount_minor and not (item.account == rules.splitting and item.kind == "gl"):
            yield _row(entry, item, rules)


def _row(entry: JournalEntry, item: Item, rules: Rules) -> str:
    """A row; what balances the parts of a document has none, for the splitting account is the other side of all."""
    account = item.debtor.lstrip("0") if item.kind == "debtor" else item.account
    if len(account) > rules.account_length + (item.kind == "debtor") or not account.isdigit():
        raise Rejected("too_long", f"DATEV has no room for account {account!r} of {rules.account_length} digits")
    fields = [""] * FIELDS
    fields[0] = _amount(item.amount_minor, entry.currency)
    fields[1] = _quoted("S" if item.amount_minor > 0 else "H")
    fields[2] = _quoted(entry.currency)
    fields[6], fields[7] = account, rules.splitting
    fields[8] = _quoted(NO_AUTOMATIC if item.tax_code and item.kind == "gl" else "")
    fields[9] = f"{entry.posted_on:%d%m}"
    fields[10] = _quoted(entry.reference.replace("/", "-")[:36])
    fields[13] = _quoted(item.text[:60])
    fields[113] = "0"
    return ";".join(fields)


def _amount(minor: int, currency: str) -> str:
    """`Umsatz`: positive, ten digits and a comma with two."""
    text = decimal_text(abs(minor), currency)
    whole, _, places = text.partition(".")
    if len(whole) > 10 or len(places.rstrip("0")) > 2:  # noqa: PLR2004 - the field's own digits
        raise Rejected("too_long", f"DATEV has no room for {text} {currency}")
    return f"{whole},{places[:2]:0<2}"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
