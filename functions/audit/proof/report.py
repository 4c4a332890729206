"""The signed report of a proof: canonical JSON whose author and content can be checked without the platform."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any, Final

import orjson

from common.documents import canonical
from functions.audit.proof.model import Proven

SCHEMA: Final = "daily-proof/1"
PURPOSE: Final = b"daily-proof-v1"
"""Stands in what is signed, so that no other signature of the same secret is one of these."""


class NotOurs(ValueError):
    """A report that is not as it was signed; its text says why."""


def secrets_in(setting: str) -> list[str]:
    """The secrets in a setting, newest first; RuntimeError where there is none."""
    found = [secret.strip() for secret in setting.split(",") if secret.strip()]
    if not found:
        raise RuntimeError("proof_secrets is empty: no report can be signed")
    return found


def written(proven: Proven, secret: str) -> tuple[bytes, str]:
    """The report's bytes, and the SHA-256 of what it says."""
    says = canonical(proven.model_dump(mode="json", exclude={"report", "sha256"}))
    digest = hashlib.sha256(says).hexdigest()
    report = {
        "schema": SCHEMA,
        "proof": orjson.loads(says),
        "sha256": digest,
        "signature": {"algorithm": "HMAC-SHA256", "key": key_id(secret), "value": _signature(digest, secret)},
    }
    return canonical(report), digest


def verified(content: bytes, secrets: Sequence[str]) -> dict[str, Any]:
    """What a report says; NotOurs where it is none, was changed, or none of these secrets signed it."""
    try:
        report = orjson.loads(content)
        schema, says, digest = report["schema"], report["proof"], report["sha256"]
        signature = str(report["signature"]["value"])
    except (orjson.JSONDecodeError, KeyError, TypeError) as fault:
        raise NotOurs("this is no report of a daily proof") from fault
    if schema != SCHEMA or not isinstance(says, dict) or canonical(report) != content:
        raise NotOurs("this is no report of a daily proof, or not as it was written")
    if hashlib.sha256(canonical(says)).hexdigest() != digest:
        raise NotOurs("what the report says was changed: its SHA-256 is another one")
    expected = [_signature(digest, secret) for secret in secrets]
    if not any([hmac.compare_digest(one.encode(), signature.encode()) for one in expected]):  # noqa: C419
        raise NotOurs("none of the known secrets signed this report")
    return says


def key_id(secret: str) -> str:
    """By what a secret is named without being told."""
    return hashlib.sha256(PURPOSE + b"\x1f" + secret.encode()).hexdigest()[:8]


def _signature(digest: str, secret: str) -> str:
    return hmac.new(secret.encode(), PURPOSE + b"\n" + digest.encode(), "sha256").hexdigest()
