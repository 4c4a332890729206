"""Francs on the Swiss account: a payment by QR reference finds its invoice without anybody's help."""

from typing import Any

import pytest

from common.parties import SELLERS
from common.references import printed, reference_of
from functions.invoicing.numbering import invoice_number
from functions.matching.model import Item, Receipt, item_id_of
from functions.payments.handlers.statements import own_account
from tests.kit import Platform
from tests.unit.matching.told import invoice
from tests.unit.payments.bank.paper import amount, entry, file, statement, upload

MS = SELLERS["MS"]
NUMBERS = [invoice_number("MS", 2026, place) for place in (1, 2, 3)]
QRR = [reference_of(number, MS) for number in NUMBERS]
TEN = 1_000


@pytest.fixture
def platform() -> Platform:
    platform = Platform("payments", "matching")
    for place, (number, reference) in enumerate(zip(NUMBERS, QRR, strict=True), 1):
        platform.tell(invoice(place, TEN * place, number=number, entity="MS", reference=reference, currency="CHF"))
    return platform


def part(place: int, reference: str = "", minor: int = 0, name: str = "Beat Frei") -> str:
    """A payment by QR bill, as SIX's implementation guidelines for cash management have it."""
    told = f"<Tp><CdOrPrtry><Prtry>QRR</Prtry></CdOrPrtry></Tp><Ref>{reference or QRR[place - 1]}</Ref>"
    return (
        f"<TxDtls><Refs><AcctSvcrRef>T{place}</AcctSvcrRef><EndToEndId>NOTPROVIDED</EndToEndId></Refs>"
        f"{amount(minor or TEN * place, 'CHF')}<RltdPties><Dbtr><Nm>{name}</Nm></Dbtr></RltdPties>"
        f"<RmtInf><Strd><CdtrRefInf>{told}</CdtrRefInf></Strd></RmtInf></TxDtls>"
    )


def francs(*entries: str, came: int, iban: str = MS.iban, **more: Any) -> bytes:
    one = statement(entries, 0, came, iban=iban, currency="CHF", **more)
    return file(one, kind=more.get("kind", "053"), version="08")


def open_minor(platform: Platform) -> list[int]:
    found = [platform.read.find(Item, item_id_of(number)) for number in NUMBERS]
    return [one.open_minor if one is not None else -1 for one in found]


@pytest.mark.parametrize("iban", [MS.iban, MS.qr_iban])
@pytest.mark.parametrize("kind", ["052", "053", "054"])
def test_a_payment_by_qr_reference_settles_its_invoice_in_francs(platform: Platform, kind: str, iban: str) -> None:
    told = upload(platform, francs(entry(TEN, "A1", part(1), currency="CHF"), came=TEN, kind=kind, iban=iban))
    assert told.new == 1
    assert open_minor(platform) == [0, 2 * TEN, 3 * TEN]
    [receipt] = platform.all(Receipt)
    assert (receipt.zone, receipt.entity, receipt.currency) == ("automatic", "MS", "CHF")


def test_a_collective_booking_settles_each_of_its_invoices(platform: Platform) -> None:
    parts = "".join(part(place) for place in (1, 2, 3))
    upload(platform, francs(entry(6 * TEN, "A1", parts, currency="CHF"), came=6 * TEN))
    assert open_minor(platform) == [0, 0, 0]


def test_a_reference_as_people_print_it_is_the_same(platform: Platform) -> None:
    upload(platform, francs(entry(TEN, "A1", part(1, printed(QRR[0])), currency="CHF"), came=TEN))
    assert open_minor(platform)[0] == 0


def test_francs_never_settle_what_is_owed_in_euro(platform: Platform) -> None:
    number = invoice_number("MS", 2026, 4)
    reference = reference_of(number, MS)
    platform.tell(invoice(4, TEN, number=number, entity="MS", reference=reference, currency="EUR"))
    upload(platform, francs(entry(TEN, "A1", part(4, reference, TEN), currency="CHF"), came=TEN))
    item = platform.read.find(Item, item_id_of(number))
    assert item is not None
    assert item.open_minor == TEN
    assert [one.zone for one in platform.all(Receipt)] == ["manual"]


def test_details_that_a_notification_brings_first_are_told_and_the_sum_is_known(platform: Platform) -> None:
    parts = "".join(part(place) for place in (1, 2, 3))
    upload(platform, francs(entry(6 * TEN, "A1", parts, currency="CHF"), came=6 * TEN, kind="054", number="N1"))
    told = upload(platform, francs(entry(6 * TEN, "A1", currency="CHF"), came=6 * TEN))
    assert (told.new, told.statements[0].already_known) == (0, 1)
    assert open_minor(platform) == [0, 0, 0]


def test_a_payment_under_the_qr_iban_and_under_the_iban_of_one_account_is_told_once(platform: Platform) -> None:
    one = entry(TEN, "A1", part(1), currency="CHF")
    upload(platform, francs(one, came=TEN, kind="054", iban=MS.qr_iban, number="N1"))
    told = upload(platform, francs(one, came=TEN))
    assert (told.new, told.statements[0].already_known) == (0, 1)
    assert len(platform.all(Receipt)) == 1


def test_the_account_is_known_by_its_number_alone() -> None:
    assert own_account("300012345") == own_account(MS.qr_iban) == MS.iban
