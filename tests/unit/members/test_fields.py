"""A member's fields refuse what would break a mail, a document or a log, and VAT ids are checked offline."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from common.failures import Rejected
from functions.members.countries import EU, KNOWN
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
        {"external_id": "a/b"}, {"external_id": ""}, {"external_id": "a\n"}, {"external_id": "x" * 101},
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
        ("DE136695976", "DE", "valid"),
        ("DE136695977", "DE", "invalid"),
        ("136695976", "DE", "invalid"),
        ("ATU13585627", "AT", "valid"),
        ("EL094259216", "GR", "valid"),
        ("FR40303265045", "FR", "valid"),
        ("XI366303068", "GB", "valid"),
        ("GB980780684", "GB", "unknown"),
        ("CHE107787577MWST", "CH", "unknown"),
        ("12-3456789", "US", "unknown"),
    ],
)
def test_a_vat_id_is_checked_offline(vat_id: str, country: str, state: str) -> None:
    assert check_vat_id(vat_id, country) == state


@pytest.mark.parametrize(("vat_id", "country"), [("DE136695976", "AT"), ("EL094259216", "CY"), ("GB980780684", "IE")])
def test_a_vat_id_belongs_to_the_country_of_the_address(vat_id: str, country: str) -> None:
    with pytest.raises(Rejected, match="vat_id_of_another_country"):
        check_vat_id(vat_id, country)
