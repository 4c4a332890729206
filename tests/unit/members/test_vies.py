"""Only a plain yes or no about the very number that was asked is an answer; whatever else comes is unknown."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.members.vies import Question, understood

NOW = datetime(2026, 10, 1, 8, tzinfo=UTC)
QUESTION = Question("mem_1", "DE", "136695976", "Anna Müller", "Lange Straße 1", "50667", "Köln", NOW)
YES: dict[str, Any] = {
    "countryCode": "DE",
    "vatNumber": "136695976",
    "requestDate": "2026-10-01T08:00:00.000Z",
    "valid": True,
    "requestIdentifier": "WAPIAAAAZ8Cq1x2b",
    "name": "---",
    "address": "---",
    "traderName": "Anna Müller",
    "traderNameMatch": "NOT_PROCESSED",
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*YES, "errorWrappers"]), inner),
    max_leaves=12,
)


def test_a_yes_is_kept_with_its_number_and_date() -> None:
    proof = understood(QUESTION, 200, YES).proof
    assert proof is not None
    assert (proof.vat_id, proof.request_id, proof.dated) == ("DE136695976", "WAPIAAAAZ8Cq1x2b", YES["requestDate"])
    assert (proof.name, proof.agrees, proof.differs, proof.checked_at) == ("", (), (), NOW)


def test_a_no_has_no_proof() -> None:
    assert understood(QUESTION, 200, YES | {"valid": False}).model_dump() == {
        "outcome": "invalid",
        "code": "",
        "proof": None,
    }


@pytest.mark.parametrize(
    ("field", "said", "same"),
    [
        ("traderNameMatch", "VALID", True),
        ("traderNameMatch", "INVALID", False),
        ("name", "ANNA MULLER", True),
        ("name", "Müller, Anna", True),
        ("name", "Bert Braun", False),
        ("name", None, None),
        ("name", "", None),
        ("traderNameMatch", 1, None),
    ],
)
def test_the_service_compares_names_and_where_it_does_not_we_do(field: str, said: Any, same: bool | None) -> None:
    proof = understood(QUESTION, 200, YES | {field: said}).proof
    assert proof is not None
    assert ("name" in proof.agrees, "name" in proof.differs) == (same is True, same is False)


@pytest.mark.parametrize("valid", [1, 0, "true", "false", None, [], {}])
def test_only_a_boolean_is_a_yes_or_a_no(valid: Any) -> None:
    assert understood(QUESTION, 200, YES | {"valid": valid}).code == "UNREADABLE"


@pytest.mark.parametrize(
    "more",
    [{"countryCode": "FR"}, {"vatNumber": "1"}, {"vatNumber": 136695976}, {"vatNumber": None}, {"countryCode": ""}],
)
def test_an_answer_about_another_number_is_none(more: dict[str, Any]) -> None:
    for valid in (True, False):
        assert understood(QUESTION, 200, YES | {"valid": valid} | more).code == "OTHER_NUMBER"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"actionSucceed": False, "errorWrappers": [{"error": "MS_UNAVAILABLE"}]}, "MS_UNAVAILABLE"),
        ({"errorWrappers": [{"error": "VOW-ERR-1", "message": "An unexpected error occurred"}]}, "VOW-ERR-1"),
        ({"actionSucceed": False}, "UNREADABLE"),
        ({"errorWrappers": []}, "UNREADABLE"),
        ({"errorWrappers": [{"error": "<script>"}]}, "UNREADABLE"),
        ({"errorWrappers": [{"error": "A" * 200}]}, "UNREADABLE"),
        ({"errorWrappers": {"error": "TIMEOUT"}}, "UNREADABLE"),
        (YES | {"actionSucceed": False}, "UNREADABLE"),
        (YES | {"valid": False, "errorWrappers": [{"error": "TIMEOUT"}]}, "TIMEOUT"),
        ([], "UNREADABLE"),
        (None, "UNREADABLE"),
        ("valid", "UNREADABLE"),
    ],
)
def test_an_error_is_unknown_in_every_shape(body: Any, code: str) -> None:
    for status in (200, 400, 500):
        assert (understood(QUESTION, status, body).outcome, understood(QUESTION, status, body).code) == (
            "unknown",
            code,
        )


def test_what_can_not_be_printed_is_not_kept() -> None:
    proof = understood(QUESTION, 200, YES | {"name": "A\ud800\x00\u202eB\nC", "requestIdentifier": "W" * 500}).proof
    assert proof is not None
    assert (proof.name, len(proof.request_id)) == ("A B C", 60)
    assert proof.model_dump_json()


@given(st.integers(100, 599), JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(YES, JSON)))
def test_nothing_breaks_it_and_nothing_but_a_yes_is_one(status: int, body: Any) -> None:
    answer = understood(QUESTION, status, body)
    asked_about = isinstance(body, dict) and (body.get("countryCode"), body.get("vatNumber")) == ("DE", "136695976")
    assert (answer.outcome == "unknown") or (status == 200 and asked_about and isinstance(body["valid"], bool))
    assert (answer.proof is not None) == (answer.outcome == "valid")


@given(st.sampled_from(sorted(YES)), JSON)
def test_no_strange_field_turns_a_yes_into_a_no(field: str, value: Any) -> None:
    answer = understood(QUESTION, 200, YES | {field: value})
    assert answer.outcome != "invalid" or (field == "valid" and value is False)
