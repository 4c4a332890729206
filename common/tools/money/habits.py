"""How payers write what they pay, in two styles that know nothing of each other: people's, and what banks make of it.

The lists are what was seen in the field: languages, abbreviations, what stands beside a number by chance.
"""

from collections.abc import Sequence
from random import Random
from typing import Final

from common.tools.money.people import pick
from common.tools.money.world import Member
from functions.matching.evidence.money import Invoice

_FILLERS: Final = ("", "", "danke", "thanks", "merci", "bis dann", "Gruß", "Zahlung", "payment", "Marketplace fees")
_LEAD: Final = (
    "",
    "",
    "Rechnung ",
    "Re. ",
    "RE-Nr. ",
    "Invoice ",
    "Inv ",
    "Rg ",
    "Rechnungsnr.: ",
    "invoice no ",
    "Nr ",
)


def number_with_noise(chance: Random, number: str) -> str:  # noqa: PLR0911 - a line a habit
    """An invoice number as people write it."""
    groups = _groups(number)
    kind = chance.randrange(10)
    if kind <= 2:  # noqa: PLR2004
        return number
    if kind == 3:  # noqa: PLR2004
        return number.lower().replace("-", " ").replace("/", " ")
    if kind == 4:  # noqa: PLR2004
        return "".join(groups)
    if kind == 5:  # noqa: PLR2004
        return chance.choice([" ", ".", "/", "_", " - "]).join(groups)
    if kind == 6 and len(groups) > 1 and groups[0].isalpha():  # noqa: PLR2004 - without its letters
        return number[len(groups[0]) :].lstrip("-/ ")
    if kind == 7:  # noqa: PLR2004 - the running number alone
        return _core(groups)
    if kind == 8:  # noqa: PLR2004
        return _core(groups).lstrip("0") or number
    return number.upper()


def plain_text(chance: Random, member: Member, invoices: Sequence[Invoice], habit: str) -> tuple[str, str]:  # noqa: PLR0911 - a line a habit
    """Remittance and structured reference in the style of people."""
    first = invoices[0]
    if habit == "structured" and first.creditor_reference and _by_reference(chance, invoices):
        if chance.random() < 0.75:  # noqa: PLR2004
            return "", first.creditor_reference
        return pick(chance, ["", "Ref ", "ref. "]) + spaced(first.creditor_reference, 4), ""
    if habit in {"structured", "number"}:
        return _plain_numbers(chance, invoices), ""
    if habit == "member":
        lead = pick(chance, ["", "Kunde ", "Mitglied ", "Kd.-Nr. ", "member ", "customer no. "])
        return lead + member.key, ""
    if habit == "wrong":
        return pick(chance, _LEAD) + _wrong(member, invoices), ""
    if habit == "mistyped":
        if chance.random() < 0.5 and first.creditor_reference:  # noqa: PLR2004
            return "", mistyped(chance, first.creditor_reference)
        return pick(chance, _LEAD) + mistyped(chance, first.number), ""
    if habit == "name":
        return f"{pick(chance, ['', 'fees ', 'Gebühren '])}{member.name}", ""
    return "", ""


def _wrong(member: Member, invoices: Sequence[Invoice]) -> str:
    """The number of an invoice that is not paid now."""
    paid = {one.number for one in invoices}
    others = [*member.past, *(one.number for one in member.invoices), "1"]
    return next(number for number in others if number not in paid)


def _by_reference(chance: Random, invoices: Sequence[Invoice]) -> bool:
    """Whether a reference is given: always for one invoice; for several, some give that of the first for all."""
    return len(invoices) == 1 or chance.random() < 0.4  # noqa: PLR2004


def _plain_numbers(chance: Random, invoices: Sequence[Invoice]) -> str:
    filler = pick(chance, _FILLERS)
    if len(invoices) == 1:
        return f"{pick(chance, _LEAD)}{number_with_noise(chance, invoices[0].number)} {filler}".strip()
    joined = pick(chance, [", ", " + ", " und ", " ", "; ", " & "])
    if chance.random() < 0.6:  # noqa: PLR2004
        return pick(chance, _LEAD) + joined.join(one.number for one in invoices)
    rest = [_core(_groups(one.number)) for one in invoices[1:]]
    return pick(chance, _LEAD) + joined.join([invoices[0].number, *rest])


_BANK_LEAD: Final = (
    "FACTURE N° ", "FACT. ", "factuur ", "Factuurnr. ", "Fattura n. ", "Factura ", "Rg.Nr.", "RG-NR ",
    "RNR", "Faktura nr ",
    "Rech.", "BELEG ", "N. ", "fact ", "ft ", "FA ", "", "",
)  # fmt: skip
_BANK_TAIL: Final = (
    "", "", " VOM {d}", " du {d}", " dd {d}", " Kd.-Nr. 48213", " KDNR {k}", " TEL 040 1234567", " EUR {a}",
    " Betrag {a}",
    " Danke fuer alles", " BEDANKT", " ORDER 5512", " 20457 Hamburg",
)  # fmt: skip


def bank_text(chance: Random, member: Member, invoices: Sequence[Invoice], habit: str) -> tuple[str, str]:
    """Remittance and structured reference as a bank's file shows them: tags, capitals, lines of 27 or 35 characters."""
    first, structured = invoices[0], ""
    if habit == "structured" and first.creditor_reference and _by_reference(chance, invoices):
        text = _framed(chance, first.creditor_reference)
        if chance.random() < 0.5:  # noqa: PLR2004
            text, structured = "", text if chance.random() < 0.5 else first.creditor_reference  # noqa: PLR2004
    elif habit in {"structured", "number"}:
        text = _bank_numbers(chance, invoices) + _tail(chance, member, invoices)
    elif habit == "member":
        text = pick(chance, ["Kd.-Nr. ", "Klantnr ", "N° client ", "KUNDE", "cliente ", ""]) + _as_email(chance, member)
    elif habit == "wrong":
        text = pick(chance, _BANK_LEAD) + _wrong(member, invoices) + _tail(chance, member, invoices)
    elif habit == "mistyped":
        text = pick(chance, _BANK_LEAD) + mistyped(
            chance, pick(chance, [first.number, first.creditor_reference or first.number])
        )
    elif habit == "name":
        text = pick(chance, ["Mitgliedsbeitrag ", "frais ", "kosten ", "marketplace "]) + member.name
    else:
        text = pick(chance, ["", "NOTPROVIDED", "Gutschrift", "virement", "EREF+NOTPROVIDED"])
    return _through_a_bank(chance, text, member), structured


def _bank_numbers(chance: Random, invoices: Sequence[Invoice]) -> str:  # noqa: PLR0911 - a line a habit
    lead = pick(chance, _BANK_LEAD)
    if len(invoices) > 1:
        joined = pick(chance, [" ET ", " en ", " e ", "/", ",", " i "])
        numbers = [one.number for one in invoices]
        cores = [_core(_groups(number)).lstrip("0") or number for number in numbers]
        return lead + joined.join(numbers if chance.random() < 0.5 else [numbers[0], *cores[1:]])  # noqa: PLR2004
    number, groups = invoices[0].number, _groups(invoices[0].number)
    kind = chance.randrange(9)
    if kind == 0:
        return lead.strip() + "".join(groups)
    if kind == 1:
        return lead + " ".join(groups)
    if kind == 2:  # noqa: PLR2004 - letters for digits
        return lead + number.replace("0", "O", chance.randrange(1, 3)).replace("1", "I", chance.randrange(0, 2))
    if kind == 3:  # noqa: PLR2004 - a short year
        return lead + number.replace("2026", "26", 1)
    if kind == 4:  # noqa: PLR2004
        return lead + _core(groups)
    if kind == 5:  # noqa: PLR2004 - a break anywhere
        at = chance.randrange(1, len(number))
        return lead + number[:at] + " " + number[at:]
    return lead + number


def _tail(chance: Random, member: Member, invoices: Sequence[Invoice]) -> str:
    cents = sum(one.open_cents for one in invoices)
    values = {"d": pick(chance, ["12.09.2026", "03/10/26", "2026-09-30"]), "k": member.key}
    return pick(chance, _BANK_TAIL).format(a=f"{cents // 100},{cents % 100:02d}", **values)


def _as_email(chance: Random, member: Member) -> str:
    if "@" in member.key:
        return member.key.replace("@", pick(chance, ["@", "(at)", "?"]))
    return member.key if chance.random() < 0.7 else member.key.replace("-", " ").upper()  # noqa: PLR2004


def _framed(chance: Random, reference: str) -> str:
    if len(reference) == 12 and reference.isdigit():  # noqa: PLR2004 - Belgian
        return f"+++{reference[:3]}/{reference[3:7]}/{reference[7:]}+++"
    if len(reference) == 27 and reference.isdigit():  # noqa: PLR2004 - Swiss
        return " ".join([reference[:2], *(reference[at : at + 5] for at in range(2, 27, 5))])
    text = spaced(reference, 4) if chance.random() < 0.5 else reference  # noqa: PLR2004
    return text.lower() if chance.random() < 0.2 else text  # noqa: PLR2004


def _through_a_bank(chance: Random, text: str, member: Member) -> str:
    kind = chance.randrange(7)
    if kind == 0:
        text = text.upper()
    if kind == 1 and text:
        text = f"EREF+{chance.randrange(10**9):09d} KREF+{chance.randrange(10**12):012d} SVWZ+{text}"
    if kind == 2:  # noqa: PLR2004
        text = f"SVWZ+{text} ABWA+{member.name}"
    if kind == 3:  # noqa: PLR2004 - lines
        width = chance.choice([27, 35])
        text = chance.choice(["\n", " ", ""]).join(text[at : at + width] for at in range(0, len(text), width))
    if kind == 4 and chance.random() < 0.3:  # noqa: PLR2004
        text = f"PP.{chance.randrange(10**4)}.PP . MARKETPLACE, {text} IBAN+{member.iban}"
    return text[:140]


def spaced(text: str, width: int) -> str:
    """In groups, as references are printed."""
    return " ".join(text[at : at + width] for at in range(0, len(text), width))


def mistyped(chance: Random, number: str) -> str:
    """One digit wrong, two swapped, one lost or one doubled."""
    places = [at for at, character in enumerate(number) if character.isdigit()][-6:]
    at, kind = chance.choice(places), chance.randrange(4)
    if kind == 1 and at + 1 < len(number) and number[at + 1].isdigit() and number[at] != number[at + 1]:
        return number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    if kind == 2:  # noqa: PLR2004
        return number[:at] + number[at + 1 :]
    if kind == 3:  # noqa: PLR2004
        return number[:at] + number[at] + number[at:]
    other = chance.choice([d for d in "0123456789" if d != number[at]])
    return number[:at] + other + number[at + 1 :]


def _groups(number: str) -> list[str]:
    import re

    return re.findall("[A-Za-z]+|[0-9]+", number)


def _core(groups: list[str]) -> str:
    digits = [group for group in groups if group.isdigit()]
    return max(digits, key=lambda one: (len(one), digits.index(one)))
