"""Every variant of our files is valid against the ISO schema, says what it must, and is the same each time."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.eu import at_02

from common.parties import SELLERS, Address
from functions.payments.sepa import charset, pain001, pain008
from functions.payments.sepa.messages import (
    SEQUENCES,
    Account,
    Amendment,
    DebitFile,
    DebitOrder,
    Remittance,
    TransferFile,
    TransferOrder,
)
from tests.unit.payments.sepa.scene import IBAN, faults, schema, texts

MADE = datetime(2026, 10, 14, 6, tzinfo=UTC)
US = Account(name="Marketplace Europe GmbH", iban="DE89370400440532013000", bic="COBADEFFXXX")
SWISS = Address(street="Bahnhofstrasse 7", city="Zürich", postcode="8001", country="CH")


def order(**changes: Any) -> DebitOrder:
    known = {
        "end_to_end_id": "MP-2026-0000001-1",
        "amount_minor": 11_900,
        "sequence": "RCUR",
        "mandate_reference": "MP-M-1",
        "signed_on": date(2026, 9, 1),
        "debtor": Account(name="Anna Berg", iban=IBAN),
        "remittance": Remittance(reference="RF79MP20260000001"),
    }
    return DebitOrder.model_validate({**known, **changes})


def debits(*orders: DebitOrder, **changes: Any) -> bytes:
    known = {
        "message_id": "MP-20261014-C1-0123ABCD",
        "made_at": MADE,
        "scheme": "CORE",
        "collect_on": date(2026, 10, 15),
        "creditor": US,
        "creditor_id": SELLERS["MP"].creditor_id,
        "orders": orders,
    }
    return pain008.write(DebitFile.model_validate({**known, **changes}))


def transfers(*orders: TransferOrder) -> bytes:
    return pain001.write(
        TransferFile(
            message_id="MP-20261014-R1-0123ABCD", made_at=MADE, execute_on=date(2026, 10, 15), payer=US, orders=orders
        )
    )


@pytest.mark.parametrize("scheme", ["CORE", "B2B"])
@pytest.mark.parametrize("sequence", SEQUENCES)
@pytest.mark.parametrize(
    "amendment",
    [
        None,
        Amendment(new_account=True),
        Amendment(original_reference="OLD-1"),
        Amendment(original_creditor_id="DE98ZZZ09999999999", original_creditor_name="Old Creditor"),
        Amendment(original_reference="OLD-1", original_creditor_id="DE98ZZZ09999999999", new_account=True),
    ],
)
@pytest.mark.parametrize(
    "debtor",
    [
        Account(name="Anna Berg", iban=IBAN),
        Account(name="Ueli", iban="CH9300762011623852957", bic="POFICHBE", address=SWISS),
    ],
)
def test_every_variant_of_a_debit_is_valid(
    scheme: str, sequence: str, amendment: Amendment | None, debtor: Account
) -> None:
    content = debits(order(sequence=sequence, amendment=amendment, debtor=debtor), scheme=scheme)
    assert faults(content, "pain.008.001.08") == []
    assert texts(content, "SeqTp") == [sequence]
    assert texts(content, "AmdmntInd") == (["true"] if amendment else [])
    assert ("SMNDA" in texts(content, "Id")) == bool(amendment and amendment.new_account)
    assert len(texts(content, "PstlAdr")) == (debtor.address is not None)


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (Remittance(reference="RF79MP20260000001"), "Ref"),
        (Remittance(reference="260000000170", issuer="BBA"), "Ref"),
        (Remittance(text="Invoice MP-2026-0000001 – danke!"), "Ustrd"),
        (Remittance(), ""),
    ],
)
def test_a_reference_is_structured_and_a_text_is_not(told: Remittance, name: str) -> None:
    content = debits(order(remittance=told))
    assert faults(content, "pain.008.001.08") == []
    assert len(texts(content, "Ref")) == (name == "Ref")
    assert len(texts(content, "Ustrd")) == (name == "Ustrd")


def test_a_file_with_every_sequence_type_adds_up_in_each_group_and_in_all() -> None:
    orders = [
        order(end_to_end_id=f"MP-2026-{n:07d}-1", sequence=SEQUENCES[n % 4], amount_minor=n + 1) for n in range(40)
    ]
    content = debits(*orders)
    assert faults(content, "pain.008.001.08") == []
    assert texts(content, "NbOfTxs") == ["40", "10", "10", "10", "10"]
    assert texts(content, "CtrlSum")[0] == "8.20"
    assert sum(int(text.replace(".", "")) for text in texts(content, "CtrlSum")[1:]) == 820
    assert content == debits(*orders)


def test_every_variant_of_a_transfer_is_valid() -> None:
    paid = [
        TransferOrder(end_to_end_id="RF-1", amount_minor=1, payee=Account(name="Zoë", iban=IBAN), remittance=told)
        for told in (Remittance(text="Refund"), Remittance(reference="RF79MP20260000001"))
    ]
    swiss = Account(name="Ueli", iban="CH9300762011623852957", bic="POFICHBE", address=SWISS)
    last = TransferOrder(end_to_end_id="RF-3", amount_minor=99_999, payee=swiss, remittance=Remittance())
    content = transfers(*paid, last)
    assert faults(content, "pain.001.001.09") == []
    assert texts(content, "CtrlSum") == ["1000.01", "1000.01"]


JUDGE = schema("pain.008.001.08")


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=200), st.integers(1, 10**11))
def test_whatever_a_name_holds_the_file_is_valid(name: str, amount: int) -> None:
    from lxml import etree

    made = charset.name(name)
    assert set(made) <= charset.ALLOWED
    assert len(made) <= 70
    assert charset.name(made) == made
    if made:
        content = debits(order(debtor=Account(name=name, iban=IBAN), amount_minor=amount))
        assert JUDGE.validate(etree.fromstring(content)), JUDGE.error_log


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Łukasz Żółć & Söhne", "Lukasz Zolc + Sohne"),
        ("Ελένη", "Eleni"),
        ("Щерба", "Shterba"),
        ("Nguyễn Văn", "Nguyen Van"),
        ("  a\u200bb\tc ", "ab c"),
        ("O’Neill <b>", "O'Neill .b."),
        ("محمد", ""),
        ("😀", ""),
    ],
)
def test_names_stay_names(name: str, written: str) -> None:
    assert charset.name(name) == written


def test_creditor_identifiers_have_right_check_digits() -> None:
    own = {entity: seller.creditor_id for entity, seller in SELLERS.items()}
    assert own["MP"]
    assert [one for one in own.values() if one and not at_02.is_valid(one)] == []
