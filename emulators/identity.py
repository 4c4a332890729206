"""The issuer of identities: signs the tokens that deliveries, staff and programs show at a door."""

import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from emulators.clock import write_atomically

IAP_ISSUER = "https://cloud.google.com/iap"
IAP_LIFETIME_S = 600
IDENTITY, IAP = "identity.pem", "iap.pem"
ALGORITHMS = {IDENTITY: "RS256", IAP: "ES256"}
"""The files the keys are kept in, and what each signs with."""


class _PrivateKey(Protocol):
    def private_bytes(
        self,
        encoding: serialization.Encoding,
        format: serialization.PrivateFormat,  # noqa: A002 - the library's own name
        encryption_algorithm: serialization.KeySerializationEncryption,
    ) -> bytes: ...


@dataclass(frozen=True)
class _Signer:
    """One private key, and how the world knows its public half."""

    algorithm: str
    pem: bytes

    @cached_property
    def private(self) -> Any:
        """The key itself: reading it checks it, which takes longer than signing."""
        return serialization.load_pem_private_key(self.pem, password=None)

    @property
    def jwk(self) -> dict[str, Any]:
        family = jwt.algorithms.get_default_algorithms()[self.algorithm]
        public: dict[str, Any] = family.to_jwk(self.private.public_key(), as_dict=True)
        return public | {"alg": self.algorithm, "use": "sig", "kid": self.kid}

    @property
    def kid(self) -> str:
        return base64.urlsafe_b64encode(sha256(self.pem).digest()[:12]).decode()

    def sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self.private, algorithm=self.algorithm, headers={"kid": self.kid})


def _pem(key: _PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _rsa_pem() -> bytes:
    return _pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))


def _ec_pem() -> bytes:
    return _pem(ec.generate_private_key(ec.SECP256R1()))


def _kept(path: Path | None, name: str) -> bytes:
    make = {IDENTITY: _rsa_pem, IAP: _ec_pem}[name]
    if path is None:
        return make()
    path.mkdir(parents=True, exist_ok=True)
    file = path / name
    if not file.exists():
        write_atomically(file, make())
    return file.read_bytes()


class Issuer:
    """Signs OIDC identity tokens (RS256) and Identity-Aware-Proxy assertions (ES256) with keys that persist.

    `path` is a directory of its own; None makes new keys that live as long as the object.
    `url` is the `iss` of identity tokens; the process sets it once its port is known.
    """

    def __init__(self, path: Path | None = None, *, url: str = "http://127.0.0.1/identity") -> None:
        self.url = url
        self._path = path
        self._lock = Lock()
        self._signers: dict[str, _Signer] = {}

    def _signer(self, name: str) -> _Signer:
        """A key, made when it is first needed: finding primes takes a tenth of a second."""
        with self._lock:
            if name not in self._signers:
                self._signers[name] = _Signer(ALGORITHMS[name], _kept(self._path, name))
            return self._signers[name]

    def identity_token(self, *, email: str, audience: str, scopes: Sequence[str] = (), lifetime_s: int = 3600) -> str:
        """An OIDC token for the e-mail address, valid in real time for `lifetime_s` seconds."""
        claims = self._claims(self.url, email, audience, lifetime_s)
        return self._signer(IDENTITY).sign(claims | {"email_verified": True, "scope": " ".join(scopes)})

    def iap_assertion(self, *, email: str, audience: str) -> str:
        """What Identity-Aware Proxy sends as X-Goog-IAP-JWT-Assertion; valid for ten minutes."""
        return self._signer(IAP).sign(self._claims(IAP_ISSUER, email, audience, IAP_LIFETIME_S))

    def _claims(self, issuer: str, email: str, audience: str, lifetime_s: int) -> dict[str, Any]:
        now = int(time.time())
        subject = str(int.from_bytes(sha256(email.encode()).digest()[:8], "big"))
        return {
            "iss": issuer,
            "sub": subject,
            "aud": audience,
            "email": email,
            "iat": now,
            "exp": now + lifetime_s,
        }

    def jwks(self) -> dict[str, Any]:
        """Both public keys as a JSON Web Key Set."""
        return {"keys": [self._signer(IDENTITY).jwk, self._signer(IAP).jwk]}
