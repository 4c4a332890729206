"""Every document in every syntax passes the published schemas and rules, and says what the ledger says, exactly."""

from typing import Final

import pytest
from facturx.parse_xml import parse_ubl_cii_xml

from functions.invoicing import einvoice
from functions.invoicing.einvoice import PEPPOL, Profile
from functions.invoicing.einvoice.statement import terms_of
from tests.unit.invoicing.einvoice.cases import CASES, Case, Document, documents
from tests.unit.invoicing.einvoice.exact import faults
from tests.unit.invoicing.einvoice.read import minor, read
from tests.unit.invoicing.einvoice.rules_peppol import broken as broken_of_peppol
from tests.unit.invoicing.einvoice.rules_xrechnung import broken as broken_of_xrechnung
from tests.unit.invoicing.einvoice.schemas import findings, schema_faults

PROFILES: Final = {one.suffix: one for one in (einvoice.FACTUR_X, einvoice.CORE, einvoice.XRECHNUNG, PEPPOL)}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def written(case: Case) -> list[tuple[Document, Profile, bytes]]:
    return [
        (document, PROFILES[suffix], write())
        for document in documents(case)
        for suffix, write in einvoice.syntaxes(document).items()
    ]


@every_case
def test_it_is_as_its_schema_wants_it(case: Case) -> None:
    for _, profile, content in written(case):
        assert not schema_faults(content), profile


@every_case
def test_no_rule_of_en_16931_is_broken_and_none_warns(case: Case) -> None:
    for _, profile, content in written(case):
        assert not findings(content), profile


@every_case
def test_no_rule_of_xrechnung_is_broken(case: Case) -> None:
    for document in documents(case):
        assert not broken_of_xrechnung(einvoice.ubl(document, einvoice.XRECHNUNG))


@every_case
def test_no_rule_of_peppol_is_broken(case: Case) -> None:
    for _, profile, content in written(case):
        if profile is PEPPOL:
            assert not broken_of_peppol(content)


@every_case
def test_what_is_read_back_is_what_the_ledger_says_exactly(case: Case) -> None:
    for document, profile, content in written(case):
        assert not faults(read(content), document), profile


@every_case
def test_both_syntaxes_are_read_back_to_the_same_terms(case: Case) -> None:
    for document, profile, content in written(case):
        assert read(content) == terms_of(document, profile)


@pytest.mark.parametrize(
    "name", ["german business", "belgian business", "swiss seller", "polish consumer", "reversals"]
)
def test_somebody_elses_reader_finds_the_same_terms_in_both_syntaxes(name: str) -> None:
    for document in documents(CASES[name]):
        cii, ubl = (parse_ubl_cii_xml(one, check_xsd=False) for one in (einvoice.cii(document), einvoice.ubl(document)))
        assert cii == ubl
        assert (cii["BT-1"], cii["BT-5"]) == (document.number, document.currency)
        stated = [minor(cii[term], document.currency) for term in ("BT-106", "BT-110", "BT-112", "BT-115")]
        assert stated == [document.net_minor, document.vat_minor, document.total_minor, document.total_minor]
        assert len(cii["BG-25"]) == len(document.lines)


def test_the_cases_cover_every_profile_language_category_and_kind() -> None:
    made = [(document, profile) for case in CASES.values() for document, profile, _ in written(case)]
    assert {profile for _, profile in made} == set(PROFILES.values())
    assert {document.buyer.language for document, _ in made} == {"de", "nl", "fr", "it", "en", "el", "es", "bg", "pl"}
    assert {total.category for document, _ in made for total in document.vat} == {"S", "AE", "O", "E", "Z"}
    assert {document.buyer.payment_method for document, _ in made} == {"transfer", "card", "direct_debit"}
