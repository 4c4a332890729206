"""Every door answers clearly, lets in only who may, and loses nothing."""

from typing import Any

import httpx
import pytest

from common.tools.areas import functions
from common.tools.local import Local

MEMBER: dict[str, Any] = {
    "kind": "private",
    "name": "Anna Berg",
    "email": "anna@members.example",
    "address": {"street": "Weg 1", "city": "Hamburg", "postcode": "20457", "country": "DE"},
}
CHARGE: dict[str, Any] = {
    "charge": "c-1",
    "member": "anna",
    "currency": "EUR",
    "kind": "commission",
    "description": "Commission",
    "basis_minor": 5000,
}


@pytest.fixture(scope="module")
def anna(platform: Local, caller: Any) -> str:
    assert caller.put("/v1/members/anna", MEMBER).status_code == 200
    platform.settle()
    return "anna"


@pytest.fixture
def charge(platform: Local) -> dict[str, Any]:
    return CHARGE | {"occurred_on": platform.runtime.clock.now().date().isoformat()}


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    return answer.status_code, body["code"]


BY_THEIR_RULES = {"/webhooks/gocardless": 498, "/webhooks/mollie": 200}
"""What providers want to be answered: GoCardless for a bad signature
(https://developer.gocardless.com/api-reference/#webhooks-signing-webhooks); Mollie's are hints that nobody signs, and
one about nothing changes nothing (https://docs.mollie.com/reference/webhooks)."""
WORDS = {"document_id": "inv_1", "format": "cii"}
"""What stands in a path where not every word is understood."""


def test_no_route_is_open_without_a_token(platform: Local) -> None:
    unsigned = {"upload": 400, "page": 403, "view": 404, "form": 415} | BY_THEIR_RULES
    for function in functions():
        for route in function.routes:
            path = route.path.format_map({name: WORDS.get(name, name) for name in route.parameters})
            is_signed = route.path.startswith("/v1/downloads")
            asked: dict[str, str | int] = {"expires": 4_102_444_800, "signature": "0" * 64} if is_signed else {}
            answer = platform.http.request(route.method, platform.url + path, params=asked)
            expected = 401 if route.scope else unsigned.get(route.path, unsigned[route.kind])
            assert answer.status_code == expected, f"{route.method} {route.path}: {answer.text}"


def test_no_scope_no_entry(platform: Local) -> None:
    token = platform.token("nothing:read")
    for function in functions():
        for route in function.routes:
            if route.scope:
                path = platform.url + route.path.replace("{", "").replace("}", "")
                answer = platform.http.request(route.method, path, headers={"Authorization": f"Bearer {token}"})
                assert problem(answer) == (403, "forbidden"), route.path


def test_pushed_functions_take_the_platforms_own_messages_only(platform: Local) -> None:
    for function in functions():
        if function.kind == "http":
            continue
        url = f"{platform.url}/_functions/{function.name}"
        assert platform.http.post(url, json={}).status_code == 401
        stranger = platform.token("everything", audience=url)
        assert platform.http.post(url, json={}, headers={"Authorization": f"Bearer {stranger}"}).status_code == 403
        elsewhere = platform.token(email=platform.settings.pusher, audience=platform.url)
        assert platform.http.post(url, json={}, headers={"Authorization": f"Bearer {elsewhere}"}).status_code == 401
        pusher = platform.token(email=platform.settings.pusher, audience=url)
        answer = platform.http.post(url, json={}, headers={"Authorization": f"Bearer {pusher}"})
        assert problem(answer) == (400, "not_a_message"), function.name


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer x", "Basic abc", "Bearer a.b.c", "Bearer eyJhbGciOiJub25lIn0.e30.", "bearer \xff\xfe"],
)
def test_a_bad_token_is_401(platform: Local, header: str) -> None:
    answer = platform.http.get(f"{platform.url}/v1/members", headers={b"Authorization": header.encode("latin-1")})
    assert problem(answer) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "invalid"),
        (b"{", 400, "malformed_json"),
        (b"[]", 400, "malformed_json"),
        (b'{"a": NaN}', 400, "malformed_json"),
        (b"\xff\xfe{}", 400, "malformed_json"),
        (b'{"charge": "\\ud800"}', 400, "malformed_json"),
        (b"[" * 10_000, 400, "malformed_json"),
        (b'{"status": "paid"}', 422, "invalid"),
    ],
)
def test_a_bad_body_is_told_clearly(caller: Any, body: bytes, status: int, code: str) -> None:
    headers = {"Idempotency-Key": "bad", "Content-Type": "application/json"}
    assert problem(caller.http.post("/v1/charges", content=body, headers=headers)) == (status, code)


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("basis_minor", 12.5, "/basis_minor"),
        ("basis_minor", 50.0, "/basis_minor"),
        ("basis_minor", "50", "/basis_minor"),
        ("basis_minor", True, "/basis_minor"),
        ("basis_minor", -1, "/basis_minor"),
        ("basis_minor", 2**63, "/basis_minor"),
        ("currency", "eur", "/currency"),
        ("currency", "XXX", "/currency"),
        ("unknown", 1, "/unknown"),
        ("occurred_on", "2026-02-30", "/occurred_on"),
        ("description", "a\x00b", "/description"),
    ],
)
def test_a_bad_field_is_pointed_at(
    caller: Any, anna: str, charge: dict[str, Any], field: str, value: object, pointer: str
) -> None:
    assert anna == charge["member"]
    answer = caller.post("/v1/charges", charge | {field: value})
    assert problem(answer) == (422, "invalid")
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


def test_a_charge_of_an_unknown_member_waits_for_them(caller: Any, charge: dict[str, Any]) -> None:
    answer = caller.post("/v1/charges", charge | {"charge": "waits", "member": "nobody"})
    assert (answer.status_code, answer.json()["outcome"]) == (200, "parked")
    assert answer.json()["charge"]["code"] == "unknown_member"


def test_a_preview_needs_a_body_and_no_key(caller: Any) -> None:
    case = {"country": "DE", "currency": "EUR", "kind": "commission", "basis_minor": 10_000}
    answer = caller.http.post("/v1/charges/preview", json={"cases": [case | {"occurred_on": "2026-01-01"}]})
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["items"]) == 1
    assert problem(caller.http.post("/v1/charges/preview", json={})) == (422, "invalid")


def test_a_key_is_needed_and_short(caller: Any, charge: dict[str, Any]) -> None:
    assert problem(caller.http.post("/v1/charges", json=charge)) == (400, "idempotency_key_missing")
    assert problem(caller.post("/v1/charges", charge, key="x" * 256)) == (400, "idempotency_key_missing")


def test_the_same_key_answers_as_before_and_another_body_is_refused(
    caller: Any, anna: str, charge: dict[str, Any]
) -> None:
    assert anna
    first = caller.post("/v1/charges", charge | {"charge": "twice"}, key="twice")
    again = caller.post("/v1/charges", charge | {"charge": "twice"}, key="twice")
    assert (first.status_code, first.content) == (again.status_code, again.content)
    other = caller.post("/v1/charges", charge | {"charge": "other"}, key="twice")
    assert problem(other) == (422, "idempotency_key_reused")


def test_paths_and_methods_that_are_not_there_say_so(caller: Any) -> None:
    assert problem(caller.get("/v1/nothing")) == (404, "not_found")
    assert problem(caller.http.delete("/v1/charges")) == (405, "method_not_allowed")
    assert problem(caller.get("/v1/invoices/inv_nothing")) == (404, "not_found")
    assert problem(caller.get("/v1/members/..%2f..%2fetc")) == (404, "not_found")


def test_other_media_are_refused(caller: Any) -> None:
    headers = {"Idempotency-Key": "k", "Content-Type": "text/plain"}
    assert problem(caller.http.post("/v1/charges", content=b"{}", headers=headers)) == (415, "not_json")


@pytest.mark.parametrize("signature", ["", "t=1,v1=00", "t=x", "v1=", "\xff\xfe", "t=1," * 5000])
def test_a_webhook_without_a_right_signature_is_refused(platform: Local, signature: str) -> None:
    headers = {b"Stripe-Signature": signature.encode("latin-1")}
    answer = platform.http.post(f"{platform.url}/webhooks/stripe", content=b"{}", headers=headers)
    assert answer.status_code in {400, 431}


BOMB = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><Document>&b;</Document>'


@pytest.mark.parametrize(
    "content",
    [b"", b"<", b"<html/>", BOMB, b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x"><Document/>', b"<a>" * 20_000, b"\x00\x01"],
)
def test_a_hostile_statement_is_refused(caller: Any, content: bytes) -> None:
    answer = caller.http.post("/v1/statements", content=content, headers={"Content-Type": "application/xml"})
    assert 400 <= answer.status_code < 500, answer.text


def test_a_request_over_ten_mebibytes_is_refused(caller: Any) -> None:
    headers = {"Idempotency-Key": "big", "Content-Type": "application/json"}
    answer = caller.http.post("/v1/charges", content=b" " * (10 * 1_048_576 + 1), headers=headers)
    assert problem(answer) == (413, "too_large")
