"""The message to SAP is what SAP's schema wants: order, lengths, formats; and it adds up to nothing."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from common.failures import Rejected
from common.parties import SELLERS
from functions.accounting.model.batches import SapBatch, SummaryLine, opened, summed
from functions.accounting.posting import chart_of
from functions.accounting.sap import split
from functions.accounting.sap.entries import JournalEntry, entry_of
from functions.accounting.sap.message import ENVELOPE, fitted, message
from functions.accounting.sap.rules import rules_of

NOW = datetime(2026, 10, 2, 2, 15, tzinfo=UTC)
DAY = date(2026, 10, 1)
SCHEMA = etree.XMLSchema(etree.parse(str(Path(__file__).with_name("journal_entry.xsd"))))


def line(kind: str, account: str, signed: int, code: str = "", country: str = "", debtor: str = "") -> SummaryLine:
    return SummaryLine(
        document_type=kind,
        account=account,
        tax_code=code,
        country=country,
        debtor=debtor,
        debit_minor=max(signed, 0),
        credit_minor=max(-signed, 0),
    )


SALE = (line("DR", "1400", 11_900), line("DR", "4400", -10_000, "A1", "DE"), line("DR", "3806", -1_900, "A1", "DE"))


def batch_of(*lines: SummaryLine, currency: str = "EUR") -> SapBatch:
    batch = opened(DAY, "MP", currency).but(state="prepared", journals=1, lines=summed(lines))
    return split.sealed(batch, NOW)


def entries(batch: SapBatch) -> list[JournalEntry]:
    return [entry_of(batch, part) for part in batch.parts]


def checked(entry: JournalEntry) -> Any:
    """The message's root, valid by the schema."""
    root = etree.fromstring(message(entry, NOW)).find(f"{{{ENVELOPE}}}Body")[0]
    SCHEMA.assertValid(root)
    return root


def test_a_sale_is_a_receivable_its_revenue_and_a_tax_item_with_its_base() -> None:
    (entry,) = entries(batch_of(*SALE))
    root = checked(entry)
    assert root.findtext(".//AccountingDocumentType") == "DR"
    assert [each.findtext("GLAccount") for each in root.iter("Item")] == ["1400", "4400"]
    (tax,) = root.iter("ProductTaxItem")
    told = [tax.findtext(n) for n in ("TaxCode", "AmountInTransactionCurrency", "TaxBaseAmountInTransCrcy")]
    assert told == ["A1", "-19.00", "-100.00"]
    assert root.findtext(".//Item/Tax/TaxItemGroup") == tax.findtext("TaxItemGroup") == "1"


def test_what_owes_no_tax_tells_its_base_with_a_tax_of_nothing() -> None:
    (entry,) = entries(batch_of(line("DR", "1400", 500), line("DR", "4336", -500, "R1", "FR")))
    (tax,) = checked(entry).iter("ProductTaxItem")
    assert tax.findtext("AmountInTransactionCurrency") == "0.00"
    assert (tax.findtext("TaxBaseAmountInTransCrcy"), tax.findtext("DebitCreditCode")) == ("-5.00", "H")


def test_both_sides_of_a_tax_code_keep_their_own_base() -> None:
    both = SummaryLine(
        document_type="DR", account="4400", tax_code="A1", country="DE", debit_minor=1_000, credit_minor=10_000
    )
    vat = SummaryLine(
        document_type="DR", account="3806", tax_code="A1", country="DE", debit_minor=190, credit_minor=1_900
    )
    (entry,) = entries(batch_of(both, vat, line("DR", "1400", 10_710)))
    told = {(i.amount_minor, i.base_minor) for i in entry.items if i.kind == "tax"}
    assert told == {(190, 1_000), (-1_900, -10_000)}
    checked(entry)


def test_a_key_account_is_a_debtor_on_the_same_reconciliation_account() -> None:
    lines = (line("DR", "1400", 119, debtor="0000100007"), line("DR", "1400", 238), line("DR", "4336", -357))
    root = checked(entries(batch_of(*lines))[0])
    (debtor,) = root.iter("DebtorItem")
    assert (debtor.findtext("Debtor"), debtor.findtext("AltvRecnclnAccts")) == ("0000100007", "1400")
    assert [i.findtext("AmountInTransactionCurrency") for i in root.iter("Item") if i.findtext("GLAccount") == "1400"]


def test_each_document_type_is_a_document_of_its_own() -> None:
    payment = (line("DZ", "1200", 11_900), line("DZ", "1590", -11_900))
    assert [e.document_type for e in entries(batch_of(*SALE, *payment))] == ["DR", "DZ"]


@pytest.mark.parametrize("count", [1, 846, 847, 848, 2_400])
def test_a_long_summary_is_several_documents_that_balance_by_an_account_that_runs_empty(count: int) -> None:
    debtors = [line("DR", "1400", 7, debtor=f"{n:010}") for n in range(count)]
    found = entries(batch_of(*debtors, line("DR", "4336", -7 * count, "R1", "FR")))
    splitting = rules_of("MP").splitting
    assert all(len(e.items) <= split.MOST_LINES for e in found)
    assert all(sum(i.amount_minor for i in e.items) == 0 for e in found)
    assert sum(i.amount_minor for e in found for i in e.items if i.account == splitting) == 0
    assert sum(i.amount_minor for e in found for i in e.items if i.kind == "debtor") == 7 * count
    assert len({e.message_id for e in found}) == len({e.reference for e in found}) == len(found)
    assert (len(found) > 1) == (count > 846)
    checked(found[-1])


amounts = st.integers(min_value=1, max_value=10**11)
taxed = st.tuples(st.sampled_from(["A1", "FR", "R1", "X0"]), st.sampled_from(["DE", "FR", "SE"]), amounts, amounts)


@given(st.lists(taxed, min_size=1, max_size=40), st.sampled_from(["EUR", "JPY", "KWD", "ISK"]))
def test_any_summary_gives_documents_that_are_valid_and_add_up(sales: list[Any], currency: str) -> None:
    lines = []
    for code, country, base, vat in sales:
        lines += [line("DR", "4400", -base, code, country), line("DR", "3806", -vat, code, country)]
        lines.append(line("DR", "1400", base + vat))
    batch = batch_of(*lines, currency=currency)
    found = entries(batch)
    for entry in found:
        checked(entry)
        assert sum(item.amount_minor for item in entry.items) == 0
    bases = sum(i.base_minor for e in found for i in e.items if i.kind == "tax")
    assert bases == -sum(base for _, _, base, _ in sales)


def test_a_reversal_is_the_same_document_with_its_sides_changed() -> None:
    batch = batch_of(*SALE)
    part = batch.parts[0]
    accepted = part.model_copy(
        update={"posting": part.posting.model_copy(update={"state": "accepted", "document": "1800000001"})}
    ).reversing(batch.id)
    posting, mirror = entry_of(batch, accepted), entry_of(batch, accepted, reversal=True)
    assert [-i.amount_minor for i in posting.items] == [i.amount_minor for i in mirror.items]
    assert posting.message_id != mirror.message_id
    assert "1800000001" in mirror.header_text
    checked(mirror)


@pytest.mark.parametrize("text", ["x" * 60, "<&>\"'", "Ünï\u0000\u202e\nçødé", "😀" * 60])
def test_what_people_read_is_cut_and_what_no_xml_holds_is_left_out(text: str) -> None:
    (entry,) = entries(batch_of(*SALE))
    hostile = entry.model_copy(
        update={"header_text": text, "items": tuple(item.model_copy(update={"text": text}) for item in entry.items)}
    )
    assert len(checked(hostile).findtext(".//DocumentHeaderText")) <= 25


@pytest.mark.parametrize(("name", "text"), [("GLAccount", "12345678901"), ("Debtor", "1" * 11), ("TaxCode", "ABC")])
def test_what_identifies_is_never_cut(name: str, text: str) -> None:
    with pytest.raises(Rejected, match="too_long"):
        fitted(name, text)


def test_an_empty_field_is_refused_before_sap_does() -> None:
    with pytest.raises(Rejected, match="empty"):
        fitted("GLAccount", " \t")


def test_the_schema_refuses_what_sap_would() -> None:
    root = checked(entries(batch_of(*SALE))[0])
    entry = root.find(".//JournalEntry")
    entry.insert(0, entry.find("PostingDate"))
    assert not SCHEMA.validate(root)


@pytest.mark.parametrize("entity", sorted(SELLERS))
def test_every_entitys_chart_agrees_with_what_sap_is_told_of_its_accounts(entity: str) -> None:
    chart, rules = chart_of(entity, DAY), rules_of(entity)
    assert chart.accounts["receivables"] in rules.receivables
    assert set(chart.vat_payable.values()) <= rules.tax
    assert not rules.tax & set(chart.revenue.values())
    assert rules.splitting not in chart.names
