"""Documents of every kind that occurs, made by hand: the model only checks that they add up."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from common.events.invoicing import Exchange, Line, VatTotal
from common.events.invoicing import Preceding as Replaced
from common.money import share
from common.parties import SELLERS, Address, Buyer
from common.references import reference_of
from functions.invoicing.model.credit_notes import CreditNote
from functions.invoicing.model.invoices import Invoice

ISSUED: Final = date(2026, 10, 1)
Document = Invoice | CreditNote


@dataclass(frozen=True)
class Taxed:
    """A category and rate, and what falls in it."""

    category: str = "S"
    rate: int = 1_900
    country: str = "DE"
    scheme: Any = "domestic"
    amounts: Sequence[int] = (1_000, 2_599, 5)
    quoted: bool = False
    """The amounts are quoted with VAT."""
    text: str = "Listing fee"
    note: str = ""
    note_key: str = ""
    code: str = ""
    days: tuple[date, date] | None = None
    """The days it is for, where it is for some."""


@dataclass(frozen=True)
class Case:
    """What one member is billed."""

    buyer: Buyer
    taxed: Sequence[Taxed] = field(default_factory=lambda: (Taxed(),))
    currency: str = "EUR"
    exchange: Exchange | None = None
    reason: str = "charged twice"
    seller: str = "MP"
    replaces: Replaced | None = None
    rest: Any = "credit"


def address(country: str, city: str, postcode: str, street: str) -> Address:
    return Address(street=street, city=city, postcode=postcode, country=country)


def buyer(member: str, name: str, where: Address, **facts: Any) -> Buyer:
    given: dict[str, Any] = {"business": False, "email": f"{member}@example.com", **facts}
    return Buyer(member_id=member, name=name, address=where, **given)


HAMBURG: Final = address("DE", "Hamburg", "20095", "Rathausmarkt 1")
GHENT: Final = address("BE", "Gent", "9000", "Veldstraat 12")
BASEL: Final = address("CH", "Basel", "4051", "Freie Strasse 9")
TURIN: Final = address("IT", "Torino", "10121", "Via Roma 7")
BOSTON: Final = address("US", "Boston", "02108", "1 Beacon Street")
ATHENS: Final = address("GR", "Αθήνα", "105 57", "Οδός Ερμού 4")
GDANSK: Final = address("PL", "Gdańsk", "80-001", "ul. Długa 3")
LYON: Final = address("FR", "Lyon", "69002", "12 rue Mercière")

AE: Final = Taxed("AE", 0, "BE", "reverse_charge", note="Reverse charge", note_key="reverse_charge", code="VATEX-EU-AE")
OUTSIDE: Final = Taxed("O", 0, "", "outside_scope", note="Outside the scope of EU VAT", note_key="outside_scope")

CENT_BESIDE: Final = 2_859
"""A price whose VAT is a cent less than the rate of its base, because base and VAT have to add up to it."""

HOSTILE: Final = {
    "markup": "<script>alert('1')</script> & <![CDATA[ ]]> &amp; \"",
    "emoji": "👩‍👩‍👧 Vintage 🏳️‍🌈",
    "right to left": "שלום‎ بازار \u202eecioN\u2066",
    "controls": "a\x00b\x07c\x1b[31m\x7f\x85d\x9fe",
    "no characters": "a\ufffeb\uffffc\ufdd0d\U0001ffff",
    "long": "Ä" * 200,
    "code": "#AAI#SKONTO#TAGE=7#PROZENT=2.00#\n",
    "spaces": " \t\u00a0 x \u2028 y\r\n ",
    "blank": " \u2003 ",
}

CASES: Final = {
    "german business": Case(
        buyer("de", "Antik & Söhne GmbH", HAMBURG, business=True, vat_id="DE811907980", reference="04011000-12345-39",
              endpoint="0204:04011000-12345-39", language="de")
    ),
    "german consumer by card": Case(buyer("dec", "Erika Muster", HAMBURG, language="de", payment_method="card")),
    "belgian business": Case(
        buyer("be", "Peeters Fietsen BV", GHENT, business=True, vat_id="BE0202239951", endpoint="0208:0202239951",
              language="nl", payment_method="direct_debit"), (AE,)
    ),
    "french business without an address": Case(
        buyer("fr", "Dubois Livres", LYON, business=True, vat_id="FR40303265045", language="fr"),
        (Taxed("AE", 0, "FR", "reverse_charge"),)
    ),
    "swiss business": Case(buyer("ch", "Keller Uhren AG", BASEL, business=True, language="de"), (OUTSIDE,)),
    "italian consumer": Case(
        buyer("it", "Fabio Rossi", TURIN, language="it"), (Taxed("S", 2_200, "IT", "oss"),)
    ),
    "american member": Case(buyer("us", "Hank Hill", BOSTON, language="en"), (OUTSIDE,)),
    "greek business": Case(
        buyer("gr", "Παλαιοπωλείο Αθηνών Ε.Π.Ε.", ATHENS, business=True, vat_id="EL094259216", language="el"),
        (Taxed("AE", 0, "GR", "reverse_charge", text="Τέλος καταχώρισης"),)
    ),
    "bulgarian text": Case(
        buyer("bg", "Книжарница Пловдив", address("BG", "Пловдив", "4000", "ул. Главна 5"), language="bg"),
        (Taxed("S", 2_000, "BG", "oss", text="Такса"),)
    ),
    "polish consumer": Case(
        buyer("pl", "Katarzyna Żółć", GDANSK, language="pl"), (Taxed("S", 2_300, "PL", "oss", (10_000, 333)),),
        "PLN", Exchange(currency="EUR", rate="0.2345", on=date(2026, 9, 30), source="ECB", vat_minor=557)
    ),
    "polish business in zloty": Case(
        buyer("plb", "Nowak Rowery sp. z o.o.", GDANSK, business=True, vat_id="PL5260250274", language="pl"),
        (Taxed("AE", 0, "PL", "reverse_charge"),), "PLN",
        Exchange(currency="EUR", rate="0.2345", on=date(2026, 9, 30), source="ECB", vat_minor=0)
    ),
    "prices with VAT": Case(
        buyer("gross", "Clara Janssen", HAMBURG, language="de"), (Taxed(amounts=(999, 1_499, 499), quoted=True),)
    ),
    "prices with VAT, a cent beside": Case(
        buyer("cent", "Clara Janssen", HAMBURG, language="de"), (Taxed(amounts=(CENT_BESIDE,), quoted=True),)
    ),
    "reversals": Case(
        buyer("rev", "Ben Müller", HAMBURG), (Taxed(amounts=(1_000, -1_000, 2_500, -1)),)
    ),
    "rate change": Case(
        buyer("rate", "Jüri Tamm", address("EE", "Tallinn", "10111", "Pikk 1"), language="en"),
        (Taxed("S", 2_200, "EE", "oss", (1_000, 55)), Taxed("S", 2_400, "EE", "oss", (2_000, 77)))
    ),
    "odd rate": Case(
        buyer("fi", "Aino Virtanen", address("FI", "Turku", "20100", "Aurakatu 1")),
        (Taxed("S", 2_550, "FI", "oss", (1, 3, 199)),)
    ),
    "a fee without a supply": Case(
        buyer("fee", "Nora Silva", HAMBURG),
        (Taxed("O", 0, "", "outside_scope", (4_000,), text="Compensation for late payment", note_key="no_supply"),)
    ),
    "an exempt fee among others": Case(
        buyer("ex", "Olof Byrne", HAMBURG),
        (Taxed(), Taxed("E", 0, "DE", "exempt", (500,), note_key="exempt_financial", code="VATEX-EU-135-1"))
    ),
    "belgian seller": Case(
        buyer("beb", "Lucas Maes", GHENT, language="fr"), (Taxed("S", 2_100, "BE"),), seller="MB"
    ),
    "swiss seller": Case(
        buyer("chs", "Urs Müller", BASEL, language="de"), (Taxed("S", 810, "CH"),), "CHF", seller="MS"
    ),
    "swiss seller and foreign business": Case(
        buyer("chf", "Gruber Design GmbH", address("AT", "Graz", "8010", "Herrengasse 3"), business=True,
              vat_id="ATU13585627", language="de"),
        (Taxed("O", 0, "", "outside_scope", note_key="outside_swiss_vat"),), seller="MS"
    ),
    "consumer at the home rate": Case(
        buyer("home", "Lena Gruber", address("AT", "Wien", "1010", "Graben 1"), language="de"),
        (Taxed("S", 2_100, "BE", "home_rate"),), seller="MB"
    ),
    "a new invoice in place of another": Case(
        buyer("again", "Paula García", address("ES", "Valencia", "46001", "Calle 1"), language="es"),
        (Taxed("S", 2_100, "ES", "oss"),),
        replaces=Replaced(kind="invoice", number="MP-2026-0000041", issued_on=date(2026, 9, 1),
                          invoice_number="MP-2026-0000041", credit_note_id="crn_0"), rest="refund"
    ),
    "subscription in advance": Case(
        buyer("sub", "Abo & Co. KG", HAMBURG, business=True, vat_id="DE811907980", reference="A-1", language="de"),
        (Taxed(amounts=(4_900, -100), text="Shop", days=(date(2026, 9, 10), date(2026, 10, 31))),
         Taxed("S", 700, amounts=(300,)))
    ),
    "zero rated": Case(buyer("zero", "Zoë Zero", HAMBURG), (Taxed("Z", 0, "IE", "oss"),)),
    "no decimals": Case(
        buyer("is", "Björk", address("IS", "Reykjavík", "101", "Laugavegur 1")), (OUTSIDE,), "ISK"
    ),
} | {
    f"hostile: {name}": Case(
        buyer(f"h-{name.replace(' ', '-')}", text[:200], address("DE", text[:200], text[:16], text[:200]),
              reference=text),
        (Taxed(text=text),), reason=text
    )
    for name, text in HOSTILE.items()
    if name != "blank"
}  # fmt: skip


def invoice(case: Case) -> Invoice:
    """The invoice of a case."""
    number = "MP-2026-0000042"
    facts = _amounts(case)
    seller = SELLERS[case.seller]
    return Invoice(
        id="inv_1",
        number=number,
        reference=reference_of(number, seller),
        entity=case.seller,
        member_id=case.buyer.member_id,
        run_id="run_1",
        seller=seller,
        buyer=case.buyer,
        issued_on=ISSUED,
        due_on=ISSUED + timedelta(days=14),
        evidence=(),
        preceding=case.replaces,
        **facts,
    )


def credit_note(case: Case) -> CreditNote:
    """Its credit note, for all of it."""
    facts = _amounts(case)
    return CreditNote(
        id="crn_1",
        number="MP-C26-0000007",
        entity=case.seller,
        member_id=case.buyer.member_id,
        invoice_id="inv_1",
        invoice_number="MP-2026-0000042",
        invoice_issued_on=ISSUED,
        seller=SELLERS[case.seller],
        buyer=case.buyer,
        issued_on=ISSUED + timedelta(days=9),
        reason=case.reason,
        rest=case.rest,
        **facts,
    )


def documents(case: Case) -> tuple[Invoice, CreditNote]:
    return invoice(case), credit_note(case)


def _amounts(case: Case) -> dict[str, Any]:
    parts = [_part(taxed, place) for place, taxed in enumerate(case.taxed)]
    vat = tuple(total for _, total in parts)
    net, tax = sum(total.base_minor for total in vat), sum(total.vat_minor for total in vat)
    return {
        "currency": case.currency,
        "lines": tuple(line for lines, _ in parts for line in lines),
        "vat": vat,
        "net_minor": net,
        "vat_minor": tax,
        "total_minor": net + tax,
        "exchange": case.exchange,
    }


def _part(taxed: Taxed, place: int) -> tuple[list[Line], VatTotal]:
    quoted = sum(taxed.amounts) if taxed.quoted else None
    base = (
        sum(taxed.amounts) if quoted is None else (quoted * 20_000 + 10_000 + taxed.rate) // (20_000 + 2 * taxed.rate)
    )
    vat = share(base, taxed.rate) if quoted is None else quoted - base
    nets = list(taxed.amounts)
    if quoted is not None:
        nets = [base * amount // quoted for amount in taxed.amounts]
        nets[0] += base - sum(nets)
    lines = [_line(taxed, net, f"c{place}-{number}", number) for number, net in enumerate(nets)]
    total = VatTotal(
        category=taxed.category,
        country=taxed.country,
        rate_basis_points=taxed.rate,
        base_minor=base,
        vat_minor=vat,
        scheme=taxed.scheme,
        note=taxed.note,
        note_key=taxed.note_key,
        exemption_code=taxed.code,
        quoted_minor=quoted,
    )
    return lines, total


def _line(taxed: Taxed, net: int, charge_id: str, number: int) -> Line:
    return Line(
        charge_id=charge_id,
        kind="listing",
        description=taxed.text,
        occurred_on=date(2026, 9, 15) + timedelta(days=number),
        amount_minor=net,
        rule=f"fees version 2, valid from 2026-01-01; listing (category any): {taxed.text}",
        category=taxed.category,
        rate_basis_points=taxed.rate,
        quoted_minor=taxed.amounts[number] if taxed.quoted else None,
        service_from=taxed.days[0] if taxed.days else None,
        service_to=taxed.days[1] if taxed.days else None,
    )
