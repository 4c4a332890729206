"""The issuer's tokens hold against its published keys, and against nothing else."""

from pathlib import Path
from typing import Any

import jwt
import pytest

from emulators.identity import IAP_ISSUER, Issuer


def decode(issuer: Issuer, token: str, *, audience: str, algorithm: str) -> dict[str, Any]:
    key = jwt.PyJWKSet.from_dict(issuer.jwks())[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=[algorithm], audience=audience)
    return claims


def test_an_identity_token_says_who_for_whom_and_with_which_scopes() -> None:
    issuer = Issuer(url="http://127.0.0.1:1/identity")
    token = issuer.identity_token(email="shop@p", audience="https://b", scopes=["fees.write", "fees.read"])
    claims = decode(issuer, token, audience="https://b", algorithm="RS256")
    assert claims["iss"] == "http://127.0.0.1:1/identity"
    assert (claims["email"], claims["email_verified"]) == ("shop@p", True)
    assert claims["scope"] == "fees.write fees.read"
    assert claims["exp"] - claims["iat"] == 3600


def test_a_token_for_another_audience_is_refused() -> None:
    issuer = Issuer()
    token = issuer.identity_token(email="shop@p", audience="https://b")
    with pytest.raises(jwt.InvalidAudienceError):
        decode(issuer, token, audience="https://c", algorithm="RS256")


def test_a_token_that_has_run_out_is_refused() -> None:
    issuer = Issuer()
    token = issuer.identity_token(email="shop@p", audience="https://b", lifetime_s=-1)
    with pytest.raises(jwt.ExpiredSignatureError):
        decode(issuer, token, audience="https://b", algorithm="RS256")


def test_a_token_of_another_issuer_is_not_known() -> None:
    token = Issuer().identity_token(email="shop@p", audience="https://b")
    with pytest.raises(KeyError):
        decode(Issuer(), token, audience="https://b", algorithm="RS256")


def test_an_iap_assertion_is_signed_with_the_other_key() -> None:
    issuer = Issuer()
    assertion = issuer.iap_assertion(email="staff@p", audience="/projects/0/x")
    claims = decode(issuer, assertion, audience="/projects/0/x", algorithm="ES256")
    assert (claims["iss"], claims["email"]) == (IAP_ISSUER, "staff@p")


def test_one_address_has_one_subject_and_another_has_another() -> None:
    issuer = Issuer()
    subjects = [
        decode(issuer, issuer.identity_token(email=email, audience="a"), audience="a", algorithm="RS256")["sub"]
        for email in ("a@p", "a@p", "b@p")
    ]
    assert subjects[0] == subjects[1] != subjects[2]


def test_published_keys_are_public_only() -> None:
    keys = Issuer().jwks()["keys"]
    assert [(key["kty"], key["alg"]) for key in keys] == [("RSA", "RS256"), ("EC", "ES256")]
    assert not any("d" in key for key in keys)


def test_keys_outlive_the_process(tmp_path: Path) -> None:
    token = Issuer(tmp_path).identity_token(email="shop@p", audience="https://b")
    assert decode(Issuer(tmp_path), token, audience="https://b", algorithm="RS256")["email"] == "shop@p"
